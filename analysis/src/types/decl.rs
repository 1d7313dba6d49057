//! Declarations: constants, variables and types, at package level and in functions.
//!
//! Upstream: `cmd/compile/internal/types2/decl.go`.

use std::sync::Arc;

use super::assignments::{NewVar, Purpose};
use super::check::{Checker, Delayed, LocalType};
use super::constant::Value;
use super::env::TypeParamDef;
use super::exprstring::expr_string;
use super::info::{LocalKind, Mode};
use super::operand::Operand;
use super::predicates::is_type_param;
use super::scope::Entry;
use super::ty::{DefId, Ty};
use crate::syntax::ast::{ConstSpec, ExprId, Ident, TypeSpec, VarSpec};

impl Checker<'_> {
    /// The type and value of one constant. Upstream: `constDecl`.
    pub(super) fn const_decl(&mut self, spec: &ConstSpec, index: usize) -> (Ty, Value) {
        let before = (self.ctx.iota, self.ctx.error_pos);
        self.ctx.iota = Some(spec.iota);
        self.ctx.error_pos = None;
        let found = self.const_value(spec, index);
        (self.ctx.iota, self.ctx.error_pos) = before;
        found
    }

    fn const_value(&mut self, spec: &ConstSpec, index: usize) -> (Ty, Value) {
        let mut ty = None;
        if let Some(e) = spec.ty {
            let declared = self.typ(e);
            if !self.cx.is_const_type(declared) {
                if !self.cx.under(declared).is_invalid() {
                    let name = self.type_string(declared);
                    self.error_at(e, format!("invalid constant type {name}"));
                }
                return (Ty::invalid(), Value::Unknown);
            }
            ty = Some(declared);
        }
        let Some(value) = spec.values.get(index) else {
            return (ty.unwrap_or_else(Ty::invalid), Value::Unknown);
        };
        if spec.inherited {
            self.ctx.error_pos = spec.names.get(index).map(|ident| ident.pos);
        }
        let mut x = self.expr(None, *value);
        self.init_const(ty, &mut x)
    }

    /// Upstream: `initConst`.
    fn init_const(&mut self, ty: Option<Ty>, x: &mut Operand) -> (Ty, Value) {
        let invalid = (ty.unwrap_or_else(Ty::invalid), Value::Unknown);
        if !x.is_valid() || x.ty.is_invalid() {
            return invalid;
        }
        if x.mode != Mode::Constant {
            let text = self.operand_string(x);
            let at = self.pos_of(x);
            self.error(at, format!("{text} is not constant"));
            return invalid;
        }
        let ty = ty.unwrap_or(x.ty);
        self.assignment(x, Some(ty), "constant declaration");
        match x.val.take() {
            Some(val) if x.is_valid() => (ty, val),
            _ => (ty, Value::Unknown),
        }
    }

    /// The types of variables that are declared together. `only` is the one asked for where each
    /// has a value of its own. Upstream: `varDecl`.
    pub(super) fn var_decl(&mut self, spec: &VarSpec, only: usize) -> Vec<(usize, Ty)> {
        let names = spec.names.len();
        let declared = spec.ty.map(|e| self.var_type(e));
        let var = |ident: &Ident| NewVar { name: ident.name, ty: declared, local: None };
        if names > 1 && spec.values.len() == 1 {
            let mut vars: Vec<NewVar> = spec.names.iter().map(var).collect();
            self.init_vars(&mut vars, &spec.values, Purpose::Variables);
            let ty = |var: &NewVar| var.ty.unwrap_or_else(Ty::invalid);
            return vars.iter().map(ty).enumerate().collect();
        }
        let mut ty = declared;
        if let (Some(value), Some(ident)) = (spec.values.get(only), spec.names.get(only)) {
            let mut one = var(ident);
            let target = self.target(declared, || ident.name.as_str().into());
            let mut x = self.expr(target.as_ref(), *value);
            self.init_var(&mut one, &mut x, "variable declaration");
            ty = one.ty;
        }
        vec![(only, ty.unwrap_or_else(Ty::invalid))]
    }

    /// Counts names and values. Upstream: `arity`.
    pub(super) fn arity(
        &mut self,
        names: &[Ident],
        values: &[ExprId],
        constant: Option<&ConstSpec>,
    ) {
        let inherited = constant.is_some_and(|spec| spec.inherited);
        let (l, r) = (names.len(), values.len());
        if l < r {
            let value = values[l];
            if inherited {
                let at = names.first().map_or(0, |ident| ident.pos);
                self.error(at, "extra init expr");
            } else {
                let text = expr_string(self.decl, value);
                self.error_at(value, format!("extra init expr {text}"));
            }
        } else if l > r && (constant.is_some() || r != 1) {
            let ident = names[r];
            self.error(ident.pos, format!("missing init expr for {}", ident.name));
        }
    }

    /// A constant declaration in a function.
    pub(super) fn const_stmt(&mut self, spec: &ConstSpec) {
        let top = self.delayed.len();
        let mut locals = Vec::with_capacity(spec.names.len());
        for (i, ident) in spec.names.iter().enumerate() {
            let (ty, value) = self.const_decl(spec, i);
            let local = self.new_local(ident.name, ident.pos, ty, LocalKind::Const(value));
            self.info.decls.insert(ident.pos, local);
            locals.push(local);
        }
        self.arity(&spec.names, &spec.values, Some(spec));
        self.process_delayed(top);
        for (ident, local) in spec.names.iter().zip(locals) {
            self.declare(ident.name, ident.pos, Entry::Local(local));
        }
    }

    /// A variable declaration in a function.
    pub(super) fn var_stmt(&mut self, spec: &VarSpec) {
        let top = self.delayed.len();
        let mut types = vec![Ty::invalid(); spec.names.len()];
        if spec.names.len() > 1 && spec.values.len() == 1 {
            for (i, ty) in self.var_decl(spec, 0) {
                types[i] = ty;
            }
        } else {
            for i in 0..spec.names.len() {
                for (i, ty) in self.var_decl(spec, i) {
                    types[i] = ty;
                }
            }
            for value in spec.values.iter().skip(spec.names.len()) {
                self.use_expr(*value);
            }
        }
        if spec.ty.is_none() || !spec.values.is_empty() {
            self.arity(&spec.names, &spec.values, None);
        }
        self.process_delayed(top);
        for (ident, ty) in spec.names.iter().zip(types) {
            let local = self.new_local(ident.name, ident.pos, ty, LocalKind::Var);
            self.info.decls.insert(ident.pos, local);
            self.declare(ident.name, ident.pos, Entry::Local(local));
        }
    }

    /// A type declaration in a function.
    pub(super) fn type_stmt(&mut self, spec: &TypeSpec) {
        let ident = spec.name;
        let local = self.new_local(ident.name, ident.pos, Ty::invalid(), LocalKind::Type);
        self.info.decls.insert(ident.pos, local);
        self.declare(ident.name, ident.pos, Entry::Local(local));
        let def = self.local_def(ident.name);
        let at = local.0 as usize;
        self.scopes.locals[at].alias = spec.alias;
        self.open_types.push(def);
        if spec.alias {
            let (target, tparams) = self.alias_decl(def, spec, &|_| {});
            self.info.locals[at].ty = target;
            self.scopes.locals[at].tparams = (!tparams.is_empty()).then_some(tparams);
        } else {
            let outer = Arc::clone(&self.outer);
            let rec = self.rec;
            let set = |tparams: Arc<[TypeParamDef]>| {
                rec.set_local(def, LocalType { underlying: Ty::invalid(), tparams });
            };
            set(Arc::clone(&outer));
            let mut args: Vec<Ty> = outer.iter().map(|def| def.ty).collect();
            // The type has a name before it is known what it is.
            self.info.locals[at].ty = Ty::named(def, &args);
            self.open_block();
            let first = u32::try_from(outer.len()).unwrap_or(u32::MAX);
            if !spec.tparams.is_empty() {
                let fresh = self.type_params(def, first, &spec.tparams, &outer, &set);
                args.extend(fresh.iter().map(|def| def.ty));
                self.info.locals[at].ty = Ty::named(def, &args);
                self.scopes.locals[at].tparams = Some(fresh);
            }
            let rhs = self.defined_rhs(spec);
            self.close_block();
            let underlying = self.cx.under(rhs);
            self.rec.set_local_underlying(def, underlying);
            let ty = self.info.locals[at].ty;
            self.later(Delayed::ValidType { at: ident.pos, def, ty });
        }
        self.open_types.pop();
    }

    /// What stands on the right of a type declaration.
    pub(super) fn defined_rhs(&mut self, spec: &TypeSpec) -> Ty {
        let rhs = self.typ(spec.ty);
        if is_type_param(rhs) {
            let message = "cannot use a type parameter as RHS in type declaration";
            self.error_at(spec.ty, message);
            return Ty::invalid();
        }
        rhs
    }

    /// What an alias stands for, and its type parameters.
    pub(super) fn alias_decl(
        &mut self,
        def: DefId,
        spec: &TypeSpec,
        keep: &dyn Fn(Arc<[TypeParamDef]>),
    ) -> (Ty, Arc<[TypeParamDef]>) {
        let at = spec.name.pos;
        if spec.tparams.is_empty() {
            self.require(at, 9, |_| "type alias".into());
        } else {
            self.require(spec.tparams[0].name.pos, 23, |_| "generic type alias".into());
        }
        self.open_block();
        let tparams = self.type_params(def, 0, &spec.tparams, &[], keep);
        let mut target = self.typ(spec.ty);
        if tparams.iter().any(|def| def.ty == target) {
            let message = "cannot use type parameter declared in alias declaration as RHS";
            self.error_at(spec.ty, message);
            target = Ty::invalid();
        }
        self.close_block();
        (target, tparams)
    }
}

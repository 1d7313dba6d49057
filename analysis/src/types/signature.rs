//! Signatures: receivers, type parameters, parameters and results.
//!
//! Upstream: `cmd/compile/internal/types2/signature.go`.

use std::rc::Rc;
use std::sync::Arc;

use super::check::{Checker, Delayed, ResultVar};
use super::env::{FuncDef, TypeParamDef};
use super::info::{LocalId, LocalKind, Object};
use super::predicates::is_type_param;
use super::scope::{BlockId, Entry};
use super::ty::{DefId, Ty, TyKind, TypeParam};
use crate::symbol::Symbol;
use crate::syntax::ast::{self, ExprId, ExprKind, FuncDecl, FuncSig, Ident, Offset, Param, Recv};

/// A checked signature.
pub(super) struct Sig {
    /// A [`TyKind::Func`].
    pub(super) ty: Ty,
    pub(super) results: Rc<[ResultVar]>,
    /// The block that holds the parameters.
    pub(super) block: BlockId,
}

/// A receiver taken apart: `(*T[P])`.
pub(super) struct Receiver<'d> {
    pub(super) pointer: bool,
    /// The type without `*` and brackets.
    pub(super) base: ExprId,
    /// What is in the brackets.
    pub(super) args: &'d [ExprId],
    /// Whether there are brackets.
    pub(super) generic: bool,
}

/// Takes a receiver's type apart. Upstream: `unpackRecv`.
pub(super) fn unpack_receiver(decl: &ast::Decl, ty: ExprId) -> Receiver<'_> {
    let mut base = unparen(decl, ty);
    let mut pointer = false;
    if let ExprKind::Star(inner) = decl[base].kind {
        pointer = true;
        base = unparen(decl, inner);
    }
    match &decl[base].kind {
        ExprKind::Index { x, indices } => {
            Receiver { pointer, base: *x, args: indices, generic: true }
        }
        _ => Receiver { pointer, base, args: &[], generic: false },
    }
}

/// The expression within parentheses.
pub(super) fn unparen(decl: &ast::Decl, e: ExprId) -> ExprId {
    let mut e = e;
    while let ExprKind::Paren(inner) = decl[e].kind {
        e = inner;
    }
    e
}

impl Checker<'_> {
    /// A function type. Upstream: `funcType`.
    pub(super) fn func_type(&mut self, sig: &FuncSig) -> Ty {
        let params = self.param_types(&sig.params, sig.variadic);
        let results = self.param_types(&sig.results, false);
        self.check_param_names(sig);
        Ty::func(&params, &results, sig.variadic && !sig.params.is_empty())
    }

    /// Parameters of a function type are not declared, but must differ all the same.
    fn check_param_names(&mut self, sig: &FuncSig) {
        let named: Vec<Ident> =
            sig.params.iter().chain(&sig.results).filter_map(|param| param.name).collect();
        for (i, ident) in named.iter().enumerate() {
            let name = ident.name;
            let blank = name.is_blank() || name.is_empty();
            if !blank && named[..i].iter().any(|known| known.name == name) {
                self.error(ident.pos, format!("{name} redeclared in this block"));
            }
        }
    }

    fn param_types(&mut self, params: &[Param], variadic: bool) -> Vec<Ty> {
        let mut types: Vec<Ty> = Vec::with_capacity(params.len());
        let mut known: Option<(ExprId, Ty)> = None;
        for param in params {
            let ty = match known {
                Some((e, ty)) if e == param.ty => ty,
                _ => self.var_type(param.ty),
            };
            known = Some((param.ty, ty));
            types.push(ty);
        }
        if variadic && let Some(last) = types.last_mut() {
            *last = Ty::slice(*last);
        }
        types
    }

    /// The signature of a function literal, whose parameters are declared in a block of its own.
    pub(super) fn literal_sig(&mut self, sig: &FuncSig) -> Sig {
        self.open_block();
        let sig = self.sig(sig);
        self.close_block();
        sig
    }

    /// A signature in the innermost block, which becomes that of the function.
    fn sig(&mut self, sig: &FuncSig) -> Sig {
        let params = self.param_types(&sig.params, sig.variadic);
        let results = self.param_types(&sig.results, false);
        self.declare_params(&sig.params, &params);
        let locals = self.declare_params(&sig.results, &results);
        let vars = sig.results.iter().zip(&results).zip(&locals);
        let vars = vars.map(|((param, ty), local)| ResultVar {
            name: param.name.map(|ident| ident.name),
            ty: *ty,
            local: Some(*local),
        });
        Sig {
            results: vars.collect(),
            ty: Ty::func(&params, &results, sig.variadic && !params.is_empty()),
            block: self.innermost(),
        }
    }

    /// The innermost block, made if there is none.
    pub(super) fn innermost(&mut self) -> BlockId {
        match self.ctx.block {
            Some(block) => block,
            None => {
                self.open_block();
                self.innermost()
            }
        }
    }

    fn declare_params(&mut self, params: &[Param], types: &[Ty]) -> Vec<LocalId> {
        let mut locals = Vec::with_capacity(params.len());
        for (param, ty) in params.iter().zip(types) {
            locals.push(self.declare_param(param.name, param.pos, *ty));
        }
        locals
    }

    fn declare_param(&mut self, name: Option<Ident>, pos: Offset, ty: Ty) -> LocalId {
        let Some(ident) = name else {
            return self.new_local(Symbol::EMPTY, pos, ty, LocalKind::Param);
        };
        let local = self.new_local(ident.name, ident.pos, ty, LocalKind::Param);
        self.info.decls.insert(ident.pos, local);
        if !ident.name.is_empty() {
            self.declare(ident.name, ident.pos, Entry::Local(local));
        }
        local
    }

    /// The signature of a declared function; `keep` is told of the type parameters as soon as
    /// they are known, since constraints may ask for them.
    pub(super) fn func_header(
        &mut self,
        def: DefId,
        func: &FuncDecl,
        pragmas: ast::Pragmas,
        keep: &dyn Fn(Arc<[TypeParamDef]>),
    ) -> (FuncDef, Sig) {
        self.open_block();
        let recv = func.recv.as_ref().map(|recv| self.receiver(recv));
        let mut outer: Vec<TypeParamDef> = match recv.map(|ty| super::predicates::deref(ty).0) {
            Some(base) => match base.kind() {
                TyKind::Named(named) => self.cx.defs.type_params(named.def).to_vec(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        if let Some(first) = func.tparams.first() {
            let (minor, what) =
                if recv.is_some() { (27, "generic method") } else { (18, "type parameter") };
            self.require(first.name.pos, minor, |_| what.into());
        }
        let tparams = self.type_params(def, 0, &func.tparams, &[], keep);
        outer.extend(tparams.iter().copied());
        self.outer = outer.into();
        if let (Some(recv), Some(ty)) = (&func.recv, recv) {
            // The receiver is the first local although its name is declared after the types of
            // the parameters are known.
            self.receiver_local(recv, ty);
        }
        let sig = self.sig(&func.sig);
        if let Some(recv) = &func.recv
            && let Some(ident) = recv.name
            && let Some(local) = self.info.decls.get(&ident.pos).copied()
            && !ident.name.is_empty()
        {
            self.declare(ident.name, ident.pos, Entry::Local(local));
        }
        self.close_block();
        if !func.tparams.is_empty() && func.body.is_none() {
            self.error(func.name.pos, "generic function is missing function body");
        }
        let names = |params: &[Param]| -> Box<[Option<Symbol>]> {
            params.iter().map(|param| param.name.map(|ident| ident.name)).collect()
        };
        let header = FuncDef {
            def,
            sig: sig.ty,
            recv,
            tparams,
            recv_name: func.recv.as_ref().and_then(|recv| recv.name).map(|ident| ident.name),
            param_names: names(&func.sig.params),
            result_names: names(&func.sig.results),
            pragmas,
            has_body: func.body.is_some(),
        };
        (header, sig)
    }

    fn receiver_local(&mut self, recv: &Recv, ty: Ty) {
        match recv.name {
            Some(ident) => {
                let local = self.new_local(ident.name, ident.pos, ty, LocalKind::Param);
                self.info.decls.insert(ident.pos, local);
            }
            None => {
                let pos = self.decl[recv.ty].start;
                self.new_local(Symbol::EMPTY, pos, ty, LocalKind::Param);
            }
        }
    }

    /// The type of a receiver. Upstream: `collectRecv`.
    fn receiver(&mut self, recv: &Recv) -> Ty {
        let decl = self.decl;
        let parts = unpack_receiver(decl, recv.ty);
        let at = decl[parts.base].start;
        if !parts.generic {
            let ty = self.var_type(recv.ty);
            let (base, _) = super::predicates::deref(ty);
            if let TyKind::Named(named) = base.kind()
                && !named.args.is_empty()
            {
                let name = self.type_string(base);
                let message = format!("cannot define new methods on instantiated type {name}");
                self.error(at, message);
                return Ty::invalid();
            }
            self.later(Delayed::Receiver { at, ty });
            return ty;
        }
        let ty = self.generic_receiver(&parts);
        let mut e = recv.ty;
        let mut part = ty;
        loop {
            self.record_type(e, part);
            match (&decl[e].kind, part.kind()) {
                (ExprKind::Paren(inner), _) => e = *inner,
                (ExprKind::Star(inner), TyKind::Pointer(elem)) => (e, part) = (*inner, *elem),
                _ => break,
            }
        }
        self.later(Delayed::Receiver { at, ty });
        ty
    }

    fn generic_receiver(&mut self, parts: &Receiver<'_>) -> Ty {
        let decl = self.decl;
        let at = decl[parts.base].start;
        let base = self.generic_base(parts.base);
        let tparams = match base {
            Some(def) => self.cx.defs.type_params(def),
            None => Arc::default(),
        };
        if let Some(base) = base {
            let args: Vec<Ty> = tparams.iter().map(|def| def.ty).collect();
            self.record_type(parts.base, Ty::named(base, &args));
            self.info.instances.insert(parts.base, args.into());
            if parts.args.len() != tparams.len() {
                let (got, want) = (parts.args.len(), tparams.len());
                let plural = if got == 1 { "" } else { "s" };
                let message = format!(
                    "receiver declares {got} type parameter{plural}, but receiver base type \
                     declares {want}"
                );
                self.error(at, message);
            }
            self.require(at, 18, |_| "type instantiation".into());
        }
        for (i, arg) in parts.args.iter().enumerate() {
            let ty = tparams.get(i).map_or_else(Ty::invalid, |def| def.ty);
            let ExprKind::Name(name) = decl[*arg].kind else {
                if !matches!(decl[*arg].kind, ExprKind::Bad) {
                    let text = super::exprstring::expr_string(decl, *arg);
                    let message = format!("receiver type parameter {text} must be an identifier");
                    self.error_at(*arg, message);
                }
                continue;
            };
            self.declare(name, decl[*arg].start, Entry::TypeParam(ty));
            self.record_use(*arg, Object::Type(ty));
            self.record_type(*arg, ty);
        }
        let Some(base) = base else { return Ty::invalid() };
        let args: Vec<Ty> = tparams.iter().map(|def| def.ty).collect();
        let ty = Ty::named(base, &args);
        if parts.pointer { Ty::pointer(ty) } else { ty }
    }

    /// The generic type that a receiver names.
    fn generic_base(&mut self, e: ExprId) -> Option<DefId> {
        let generic = self.generic_operand(e)?;
        match generic.form {
            super::operand::GenericForm::Defined(_) => Some(generic.def),
            super::operand::GenericForm::Alias(_) => {
                let name = super::exprstring::expr_string(self.decl, e);
                let message = format!("cannot define new methods on generic alias type {name}");
                self.error_at(e, message);
                None
            }
        }
    }

    /// Type parameters in the innermost block; `outer` stand before them in the list of `owner`.
    pub(super) fn type_params(
        &mut self,
        owner: DefId,
        first: u32,
        list: &[ast::TypeParam],
        outer: &[TypeParamDef],
        keep: &dyn Fn(Arc<[TypeParamDef]>),
    ) -> Arc<[TypeParamDef]> {
        if list.is_empty() {
            return Arc::default();
        }
        let mut tparams: Vec<TypeParamDef> = Vec::with_capacity(list.len());
        for (index, tparam) in (first..).zip(list) {
            let name = tparam.name.name;
            let ty = Ty::new(TyKind::Param(TypeParam { owner, index, name }));
            self.declare(name, tparam.name.pos, Entry::TypeParam(ty));
            tparams.push(TypeParamDef { ty, constraint: Ty::invalid() });
        }
        let all = |tparams: &[TypeParamDef]| -> Arc<[TypeParamDef]> {
            outer.iter().chain(tparams).copied().collect()
        };
        keep(all(&tparams));
        let before = std::mem::replace(&mut self.ctx.in_tparams, true);
        let mut known: Option<(ExprId, Ty)> = None;
        for (i, tparam) in list.iter().enumerate() {
            let bound = match known {
                Some((e, bound)) if e == tparam.constraint => bound,
                _ => {
                    let bound = self.constraint_type(tparam.constraint);
                    if is_type_param(bound) {
                        let message = "cannot use a type parameter as constraint";
                        self.error_at(tparam.constraint, message);
                        Ty::invalid()
                    } else {
                        bound
                    }
                }
            };
            known = Some((tparam.constraint, bound));
            tparams[i].constraint = bound;
        }
        self.ctx.in_tparams = before;
        keep(all(&tparams));
        tparams.into()
    }
}

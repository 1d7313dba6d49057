//! Assignments, initialisations and what they need.
//!
//! Upstream: `cmd/compile/internal/types2/assignments.go`.

use super::check::{Checker, Found};
use super::expr::Target;
use super::exprstring::expr_string;
use super::info::{LocalId, LocalKind, Mode, Object};
use super::operand::Operand;
use super::predicates::{default_type, is_untyped, is_untyped_nil};
use super::scope::Entry;
use super::signature::unparen;
use super::ty::{Ty, TyKind};
use super::untyped::Misfit;
use crate::symbol::Symbol;
use crate::syntax::ast::{ExprId, ExprKind, Offset};

/// A variable that gets its first value.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewVar {
    pub(super) name: Symbol,
    /// `None` until its value tells.
    pub(super) ty: Option<Ty>,
    pub(super) local: Option<LocalId>,
}

/// What the values of an initialisation are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Variables,
    /// A `return`, which stands here.
    Return(Offset),
}

impl Checker<'_> {
    /// Whether an operand can be assigned to a variable of type `ty`; gives an untyped operand its
    /// type. Without `ty`, any typed value will do. Upstream: `assignment`.
    pub(super) fn assignment(&mut self, x: &mut Operand, ty: Option<Ty>, context: &str) {
        self.assignment_to(x, ty, &|_| context.to_owned());
    }

    /// As [`Checker::assignment`], for a context that takes some writing.
    pub(super) fn assignment_to(
        &mut self,
        x: &mut Operand,
        ty: Option<Ty>,
        context: &dyn Fn(&Self) -> String,
    ) {
        self.single_value(x);
        match x.mode {
            Mode::Invalid => return,
            Mode::NoValue | Mode::Builtin | Mode::TypeExpr => {
                let text = self.operand_string(x);
                let name = ty.map_or_else(String::new, |ty| self.type_string(ty));
                let context = context(self);
                let at = self.pos_of(x);
                self.error(at, format!("cannot assign {text} to {name} in {context}"));
                x.invalidate();
                return;
            }
            _ => {}
        }
        if is_untyped(x.ty) {
            let mut target = ty;
            if x.is_nil() {
                if ty.is_none() {
                    let context = context(self);
                    let at = self.pos_of(x);
                    self.error(at, format!("use of untyped nil in {context}"));
                    x.invalidate();
                    return;
                }
            } else if ty.is_none_or(|ty| self.cx.is_non_tparam_interface(ty)) {
                target = Some(default_type(x.ty));
            }
            let target = target.unwrap_or_else(Ty::invalid);
            let before = x.clone();
            if let Some(misfit) = self.try_convert_untyped(x, target) {
                let text = self.operand_string(&before);
                let name = self.type_string(target);
                let context = context(self);
                let hint = match misfit {
                    Misfit::Kind => "",
                    Misfit::Truncated => " (truncated)",
                    Misfit::Overflows => " (overflows)",
                };
                let at = self.pos_of(x);
                let message = format!("cannot use {text} as {name} value in {context}{hint}");
                self.error(at, message);
                x.invalidate();
                return;
            }
        }
        if x.generic.is_some() {
            let target = self.target(ty, || context(self));
            self.non_generic(target.as_ref(), x);
            if !x.is_valid() {
                return;
            }
            self.record_operand(&x.clone());
        }
        let Some(ty) = ty else { return };
        if let Err(cause) = self.assignable(x, ty) {
            let text = self.operand_string(x);
            let name = self.type_string(ty);
            let context = context(self);
            let cause = if cause.is_empty() { cause } else { format!(": {cause}") };
            let at = self.pos_of(x);
            self.error(at, format!("cannot use {text} as {name} value in {context}{cause}"));
            x.invalidate();
        }
    }

    /// Upstream: `initVar`.
    pub(super) fn init_var(&mut self, var: &mut NewVar, x: &mut Operand, context: &str) {
        let known = var.ty.is_none_or(|ty| !ty.is_invalid());
        if !x.is_valid() || x.ty.is_invalid() || !known {
            var.ty.get_or_insert_with(Ty::invalid);
            x.invalidate();
            return;
        }
        if var.ty.is_none() {
            if is_untyped_nil(x.ty) {
                let at = self.pos_of(x);
                self.error(at, format!("use of untyped nil in {context}"));
                var.ty = Some(Ty::invalid());
                x.invalidate();
                return;
            }
            var.ty = Some(default_type(x.ty));
        }
        self.assignment(x, var.ty, context);
    }

    /// Upstream: `initVars`.
    pub(super) fn init_vars(&mut self, vars: &mut [NewVar], values: &[ExprId], purpose: Purpose) {
        let context = match purpose {
            Purpose::Return(_) => "return statement",
            Purpose::Variables if vars.len() > 1 => "multiple assignment",
            Purpose::Variables => "assignment",
        };
        if vars.len() == values.len() && !self.is_single_call(values) {
            for (var, value) in vars.iter_mut().zip(values) {
                let name = var.name;
                let target = self.target(var.ty, || match purpose {
                    Purpose::Return(_) if name.is_empty() => "result variable".into(),
                    _ => name.as_str().into(),
                });
                let mut x = self.expr(target.as_ref(), *value);
                self.init_var(var, &mut x, context);
            }
            return;
        }
        if values.len() != 1 {
            if self.use_exprs(values) {
                match purpose {
                    Purpose::Return(at) => {
                        let operands = self.expr_list(values);
                        self.return_error(at, vars, &operands);
                    }
                    Purpose::Variables => self.assign_error(values, vars.len(), values.len()),
                }
            }
            invalidate(vars);
            return;
        }
        let two = vars.len() == 2 && purpose == Purpose::Variables;
        let (mut operands, comma_ok) = self.multi_expr(values[0], two);
        if vars.len() == operands.len() {
            for (var, x) in vars.iter_mut().zip(&mut operands) {
                self.init_var(var, x, context);
            }
            if comma_ok {
                self.record_comma_ok(values[0], &operands);
            }
            return;
        }
        if operands[0].is_valid() {
            match purpose {
                Purpose::Return(at) => self.return_error(at, vars, &operands),
                Purpose::Variables => self.assign_error(values, vars.len(), operands.len()),
            }
        }
        invalidate(vars);
    }

    fn is_single_call(&self, values: &[ExprId]) -> bool {
        match values {
            [one] => {
                matches!(self.decl[unparen(self.decl, *one)].kind, ExprKind::Call { .. })
            }
            _ => false,
        }
    }

    /// An expression read with comma-ok has a pair for a type.
    fn record_comma_ok(&mut self, e: ExprId, operands: &[Operand]) {
        let [x, ok] = operands else { return };
        if !x.is_valid() || !ok.is_valid() {
            return;
        }
        let pair = Ty::tuple(&[x.ty, ok.ty]);
        let mut e = e;
        loop {
            let mode = self.recorded_mode(e);
            self.record(e, mode, pair, None);
            match self.decl[e].kind {
                ExprKind::Paren(inner) => e = inner,
                _ => return,
            }
        }
    }

    fn assign_error(&mut self, values: &[ExprId], vars: usize, count: usize) {
        let measure = |n: usize, unit: &str| {
            if n == 1 { format!("{n} {unit}") } else { format!("{n} {unit}s") }
        };
        let Some(first) = values.first() else { return };
        let (left, right) = (measure(vars, "variable"), measure(count, "value"));
        let message = match self.decl[unparen(self.decl, *first)].kind {
            ExprKind::Call { fun, .. } if values.len() == 1 => {
                let fun = expr_string(self.decl, fun);
                format!("assignment mismatch: {left} but {fun} returns {right}")
            }
            _ => format!("assignment mismatch: {left} but {right}"),
        };
        self.error_at(*first, message);
    }

    fn return_error(&mut self, at: Offset, vars: &[NewVar], operands: &[Operand]) {
        let (qualifier, at) = match operands {
            [] => ("not enough", at),
            _ if operands.len() > vars.len() => ("too many", self.pos_of(&operands[vars.len()])),
            [.., last] => ("not enough", self.pos_of(last)),
        };
        let have: Vec<Ty> = operands.iter().map(|x| x.ty).collect();
        let want: Vec<Ty> = vars.iter().map(|var| var.ty.unwrap_or_else(Ty::invalid)).collect();
        let have = self.types_summary(&have, false, false);
        let want = self.types_summary(&want, false, false);
        self.error(at, format!("{qualifier} return values\n\thave {have}\n\twant {want}"));
    }

    /// The type of what is assigned to; `None` for `_`. Upstream: `lhsVar`.
    fn lhs_type(&mut self, e: ExprId) -> Option<Ty> {
        let decl = self.decl;
        let mut before = None;
        if let ExprKind::Name(name) = decl[unparen(decl, e)].kind {
            if name.is_blank() {
                return None;
            }
            // An assignment is no use of a variable.
            if let Some(Found::Local(local)) = self.find(name) {
                before = Some((local, self.scopes.locals[local.0 as usize].used));
            }
        }
        let x = self.expr(None, e);
        if let Some((local, used)) = before {
            self.scopes.locals[local.0 as usize].used = used;
        }
        if !x.is_valid() || x.ty.is_invalid() {
            return Some(Ty::invalid());
        }
        if matches!(x.mode, Mode::Variable | Mode::MapIndex) {
            return Some(x.ty);
        }
        let text = expr_string(decl, e);
        if let ExprKind::Selector { x: of, .. } = decl[e].kind
            && self.recorded_mode(of) == Mode::MapIndex
        {
            self.error_at(e, format!("cannot assign to struct field {text} in map"));
            return Some(Ty::invalid());
        }
        let message =
            format!("cannot assign to {text} (neither addressable nor a map index expression)");
        self.error_at(e, message);
        Some(Ty::invalid())
    }

    /// Assigns the value of an expression. Upstream: `assignVar`.
    pub(super) fn assign_expr(&mut self, lhs: ExprId, rhs: ExprId, context: &str) {
        let ty = self.lhs_type(lhs);
        if ty.is_some_and(Ty::is_invalid) {
            self.use_expr(rhs);
            return;
        }
        let target: Option<Target> = match ty.map(|ty| self.cx.under(ty).kind()) {
            Some(TyKind::Func(_)) => self.target(ty, || expr_string(self.decl, lhs)),
            _ => None,
        };
        let mut x = self.expr(target.as_ref(), rhs);
        self.assignment(&mut x, ty, blank_context(ty, context));
    }

    /// Assigns an operand. Upstream: `assignVar`.
    pub(super) fn assign_operand(&mut self, lhs: ExprId, x: &mut Operand, context: &str) {
        let ty = self.lhs_type(lhs);
        if ty.is_some_and(Ty::is_invalid) {
            x.invalidate();
            return;
        }
        self.assignment(x, ty, blank_context(ty, context));
    }

    /// `x, y = a, b`. Upstream: `assignVars`.
    pub(super) fn assign_vars(&mut self, lhs: &[ExprId], rhs: &[ExprId]) {
        let context = if lhs.len() > 1 { "multiple assignment" } else { "assignment" };
        if lhs.len() == rhs.len() && !self.is_single_call(rhs) {
            for (lhs, rhs) in lhs.iter().zip(rhs) {
                self.assign_expr(*lhs, *rhs, context);
            }
            return;
        }
        if rhs.len() != 1 {
            let fine = self.use_lhs(lhs) & self.use_exprs(rhs);
            if fine {
                self.assign_error(rhs, lhs.len(), rhs.len());
            }
            return;
        }
        let (mut operands, comma_ok) = self.multi_expr(rhs[0], lhs.len() == 2);
        if lhs.len() == operands.len() {
            for (lhs, x) in lhs.iter().zip(&mut operands) {
                self.assign_operand(*lhs, x, context);
            }
            if comma_ok {
                self.record_comma_ok(rhs[0], &operands);
            }
            return;
        }
        if operands[0].is_valid() {
            self.assign_error(rhs, lhs.len(), operands.len());
        }
        self.use_lhs(lhs);
    }

    /// `x, y := a, b`; `at` is the operator. Upstream: `shortVarDecl`.
    pub(super) fn short_var_decl(&mut self, at: Offset, lhs: &[ExprId], rhs: &[ExprId]) {
        let decl = self.decl;
        let top = self.delayed.len();
        let block = self.innermost();
        let mut vars: Vec<NewVar> = Vec::with_capacity(lhs.len());
        let mut fresh: Vec<(Symbol, Offset, LocalId)> = Vec::new();
        let mut seen: Vec<Symbol> = Vec::new();
        let mut failed = false;
        let dummy = NewVar { name: Symbol::EMPTY, ty: None, local: None };
        for e in lhs {
            let ExprKind::Name(name) = decl[*e].kind else {
                self.use_lhs(&[*e]);
                let text = expr_string(decl, *e);
                self.error_at(*e, format!("non-name {text} on left side of :="));
                failed = true;
                vars.push(dummy);
                continue;
            };
            if !name.is_blank() {
                if seen.contains(&name) {
                    self.error_at(*e, format!("{name} repeated on left side of :="));
                    failed = true;
                    vars.push(dummy);
                    continue;
                }
                seen.push(name);
                if let Some(known) = self.scopes.get(block, name) {
                    vars.push(self.known_var(*e, name, known).unwrap_or_else(|| {
                        failed = true;
                        dummy
                    }));
                    continue;
                }
            }
            let pos = decl[*e].start;
            let local = self.new_local(name, pos, Ty::invalid(), LocalKind::Var);
            self.info.decls.insert(pos, local);
            vars.push(NewVar { name, ty: None, local: Some(local) });
            if !name.is_blank() {
                fresh.push((name, pos, local));
            }
        }
        self.init_vars(&mut vars, rhs, Purpose::Variables);
        self.set_var_types(&vars);
        self.process_delayed(top);
        if fresh.is_empty() && !failed {
            self.error(at, "no new variables on left side of :=");
            return;
        }
        for (name, pos, local) in fresh {
            self.declare(name, pos, Entry::Local(local));
        }
    }

    /// A variable on the left of `:=` that is declared in this block already.
    fn known_var(&mut self, e: ExprId, name: Symbol, known: Entry) -> Option<NewVar> {
        if let Entry::Local(local) = known {
            self.record_use(e, Object::Local(local));
            let data = &self.info.locals[local.0 as usize];
            if matches!(data.kind, LocalKind::Var | LocalKind::Param) {
                let ty = data.ty;
                self.record(e, Mode::Variable, ty, None);
                return Some(NewVar { name, ty: Some(ty), local: None });
            }
        }
        self.error_at(e, format!("cannot assign to {name}"));
        None
    }

    /// Takes down the types that variables have got.
    pub(super) fn set_var_types(&mut self, vars: &[NewVar]) {
        for var in vars {
            if let (Some(local), Some(ty)) = (var.local, var.ty) {
                self.info.locals[local.0 as usize].ty = ty;
            }
        }
    }
}

fn invalidate(vars: &mut [NewVar]) {
    for var in vars {
        var.ty.get_or_insert_with(Ty::invalid);
    }
}

fn blank_context(ty: Option<Ty>, context: &str) -> &str {
    match (ty, context) {
        (None, "assignment") => "assignment to _ identifier",
        _ => context,
    }
}

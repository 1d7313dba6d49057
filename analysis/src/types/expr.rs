//! Expressions: operands, operators, conversions of untyped operands.
//!
//! Upstream: `cmd/compile/internal/types2/expr.go`.

use super::check::Checker;
use super::constant::Value;
use super::exprstring::{binary_str, expr_string, unary_str};
use super::info::Mode;
use super::operand::{Generic, Operand, Source};
use super::predicates::{default_type, is_type_param, is_untyped};
use super::signature::unparen;
use super::ty::{Basic, ChanDir, Ty, TyKind};
use super::untyped::{is_comparison, is_shift};
use crate::syntax::ast::{BinaryOp, ExprId, ExprKind, UnaryOp};

/// How an expression can stand on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExprClass {
    Conversion,
    Expression,
    Statement,
}

/// The function type that a generic function is assigned to.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// A [`TyKind::Func`].
    pub(super) sig: Ty,
    /// What is assigned to, for messages.
    pub(super) what: String,
}

/// What an operand must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exclude {
    /// Only what is no value and no type either.
    NoValue,
    /// What is no value.
    NotValue,
    /// What is neither value nor type.
    NotValueOrType,
}

impl Checker<'_> {
    /// The target that a variable of type `ty` is, if it holds functions.
    pub(super) fn target(&self, ty: Option<Ty>, what: impl FnOnce() -> String) -> Option<Target> {
        let ty = ty?;
        if matches!(ty.kind(), TyKind::Basic(_) | TyKind::Any) {
            return None;
        }
        let core = self.cx.core_type(ty)?;
        matches!(core.kind(), TyKind::Func(_)).then(|| Target { sig: core, what: what() })
    }

    /// A single value. Upstream: `expr`.
    pub(super) fn expr(&mut self, target: Option<&Target>, e: ExprId) -> Operand {
        let (mut x, _) = self.raw_expr(target, e, None, false);
        self.exclude(&mut x, Exclude::NotValue);
        self.single_value(&mut x);
        x
    }

    /// A single value, which may be a generic function. Upstream: `genericExpr`.
    pub(super) fn generic_expr(&mut self, e: ExprId, hint: Option<Ty>) -> Operand {
        let (mut x, _) = self.raw_expr(None, e, hint, true);
        self.exclude(&mut x, Exclude::NotValue);
        self.single_value(&mut x);
        x
    }

    /// The values of an expression, two if it may be read with comma-ok and that is allowed; and
    /// whether it is. Upstream: `multiExpr`.
    pub(super) fn multi_expr(&mut self, e: ExprId, allow_comma_ok: bool) -> (Vec<Operand>, bool) {
        let (mut x, _) = self.raw_expr(None, e, None, false);
        self.exclude(&mut x, Exclude::NotValue);
        if x.is_valid()
            && let TyKind::Tuple(types) = x.ty.kind()
        {
            return (results(e, types), false);
        }
        if allow_comma_ok && matches!(x.mode, Mode::MapIndex | Mode::CommaOk) {
            let at = self.decl[e].start;
            let ok = Operand::text(
                at,
                "ok value of (comma, ok) expression",
                Ty::basic(Basic::UntypedBool),
            );
            return (vec![x, ok], true);
        }
        (vec![x], false)
    }

    /// The values of a list of expressions; one call may give several. Upstream: `exprList`.
    pub(super) fn expr_list(&mut self, list: &[ExprId]) -> Vec<Operand> {
        match list {
            [one] => self.multi_expr(*one, false).0,
            _ => list.iter().map(|e| self.expr(None, *e)).collect(),
        }
    }

    /// A value or type. Upstream: `exprOrType`.
    pub(super) fn expr_or_type(&mut self, e: ExprId, allow_generic: bool) -> Operand {
        let (mut x, _) = self.raw_expr(None, e, None, allow_generic);
        self.exclude(&mut x, Exclude::NoValue);
        self.single_value(&mut x);
        x
    }

    /// A value, type or built-in function that must be called; as an argument of `new`.
    pub(super) fn exclude_builtin(&mut self, x: &mut Operand) {
        self.exclude(x, Exclude::NotValueOrType);
    }

    /// Refuses what is no value.
    pub(super) fn exclude_non_values(&mut self, x: &mut Operand) {
        self.exclude(x, Exclude::NotValue);
    }

    /// Any expression. Upstream: `rawExpr`.
    pub(super) fn raw_expr(
        &mut self,
        target: Option<&Target>,
        e: ExprId,
        hint: Option<Ty>,
        allow_generic: bool,
    ) -> (Operand, ExprClass) {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || {
            let (mut x, class) = self.form(target, e, hint);
            x.source = Source::Expr(e);
            if !allow_generic {
                self.non_generic(target, &mut x);
            }
            self.record_operand(&x);
            (x, class)
        })
    }

    /// Refuses what is generic, unless the target tells the type arguments.
    pub(super) fn non_generic(&mut self, target: Option<&Target>, x: &mut Operand) {
        if !x.is_valid() || x.mode == Mode::NoValue {
            return;
        }
        let what = match &x.generic {
            None => return,
            Some(Generic::Type(_)) => "type",
            Some(Generic::Func(_)) => {
                if let (Some(target), Some(e)) = (target, x.expr()) {
                    self.func_inst(Some(target), e, x, None, true);
                    return;
                }
                "function"
            }
        };
        let text = self.source_string(x);
        let at = self.pos_of(x);
        self.error(at, format!("cannot use generic {what} {text} without instantiation"));
        x.invalidate();
        x.generic = None;
        x.ty = Ty::invalid();
    }

    fn form(
        &mut self,
        target: Option<&Target>,
        e: ExprId,
        hint: Option<Ty>,
    ) -> (Operand, ExprClass) {
        let decl = self.decl;
        let x = match &decl[e].kind {
            ExprKind::Bad => Operand::invalid(e),
            ExprKind::Name(name) => return (self.ident(e, *name, false), ExprClass::Expression),
            ExprKind::BasicLit { kind, text } => self.basic_lit(e, *kind, *text),
            ExprKind::FuncLit(lit) => self.func_lit(e, lit),
            ExprKind::CompositeLit { ty, elems, rbrace } => {
                self.composite_lit(e, *ty, elems, *rbrace, hint)
            }
            ExprKind::Paren(inner) => return self.raw_expr(None, *inner, None, false),
            ExprKind::Selector { .. } => {
                return (self.selector(e, false), ExprClass::Expression);
            }
            ExprKind::Index { x: of, indices } => {
                let (mut x, inst) = self.index_expr(e, *of, indices);
                if inst {
                    self.func_inst(target, e, &mut x, Some(indices), true);
                }
                x
            }
            ExprKind::Slice { .. } => self.slice_expr(e),
            ExprKind::TypeAssert { x, ty } => self.type_assert(e, *x, *ty),
            ExprKind::Call { .. } => return self.call_expr(e),
            ExprKind::Star(inner) => self.star(e, *inner),
            ExprKind::Unary { op, x: inner } => {
                let x = self.unary(e, *op, *inner);
                if x.is_valid() && *op == UnaryOp::Recv {
                    return (x, ExprClass::Statement);
                }
                x
            }
            ExprKind::Binary { op, x, y } => self.binary(Some(e), *x, *y, *op),
            ExprKind::KeyValue { key, value } => {
                self.use_expr(*key);
                self.use_expr(*value);
                Operand::invalid(e)
            }
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType(_)
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                let ty = self.typ(e);
                Operand::new(e, Mode::TypeExpr, ty)
            }
        };
        // Nothing more is said about what is invalid.
        let class = if x.is_valid() { ExprClass::Expression } else { ExprClass::Statement };
        (x, class)
    }

    fn exclude(&mut self, x: &mut Operand, what: Exclude) {
        let text = match (x.mode, what) {
            (Mode::NoValue, Exclude::NotValue) => "used as value",
            (Mode::NoValue, _) => "used as value or type",
            (Mode::Builtin, Exclude::NotValue | Exclude::NotValueOrType) => "must be called",
            (Mode::TypeExpr, Exclude::NotValue) => "is not an expression",
            _ => return,
        };
        let shown = self.operand_string(x);
        let at = self.pos_of(x);
        self.error(at, format!("{shown} {text}"));
        x.invalidate();
    }

    /// Refuses several values.
    pub(super) fn single_value(&mut self, x: &mut Operand) {
        if x.mode == Mode::Value && matches!(x.ty.kind(), TyKind::Tuple(_)) {
            let text = self.operand_string(x);
            let at = self.pos_of(x);
            self.error(at, format!("multiple-value {text} in single-value context"));
            x.invalidate();
        }
    }

    fn star(&mut self, e: ExprId, inner: ExprId) -> Operand {
        let mut x = self.expr_or_type(inner, false);
        match x.mode {
            Mode::Invalid => return x,
            Mode::TypeExpr => {
                self.valid_var_type(inner, x.ty);
                x.ty = if x.ty.is_invalid() { x.ty } else { Ty::pointer(x.ty) };
                return x;
            }
            _ => {}
        }
        let mut base: Option<Ty> = None;
        let mut problem = None;
        let is_builtin = x.mode == Mode::Builtin;
        self.cx.all_types(x.ty, &mut |each| {
            let elem = match each.map(|(_, under)| under.kind()) {
                Some(TyKind::Pointer(elem)) => *elem,
                Some(TyKind::Basic(Basic::Invalid)) if !is_builtin => Ty::invalid(),
                _ => {
                    problem = Some(false);
                    return false;
                }
            };
            if base.is_some_and(|base| !self.cx.identical(base, elem)) {
                problem = Some(true);
                return false;
            }
            base = Some(elem);
            true
        });
        if let Some(mixed) = problem {
            let text = self.operand_string(&x);
            let at = self.pos_of(&x);
            self.error(
                at,
                if mixed {
                    format!("invalid operation: pointers of {text} must have identical base types")
                } else {
                    format!("invalid operation: cannot indirect {text}")
                },
            );
            return Operand::invalid(e);
        }
        match base {
            Some(base) if !base.is_invalid() && self.is_complete(base) => {
                Operand::new(e, Mode::Variable, base)
            }
            _ => Operand::invalid(e),
        }
    }

    /// Whether values of a type can be made yet. Upstream: `isComplete`.
    pub(super) fn is_complete(&mut self, ty: Ty) -> bool {
        let TyKind::Named(named) = ty.kind() else { return true };
        if self.open_types.contains(&named.def) {
            let name = named.def.name;
            let message = format!("invalid recursive type: {name} refers to itself");
            self.error(0, message);
            return false;
        }
        named.def.package != self.package() || !self.env.incomplete(named.def)
    }

    fn type_assert(&mut self, e: ExprId, of: ExprId, ty: Option<ExprId>) -> Operand {
        let x = self.expr(None, of);
        if !x.is_valid() {
            if let Some(ty) = ty {
                self.use_expr(ty);
            }
            return x;
        }
        let Some(ty) = ty else {
            self.error_at(e, "invalid syntax tree: use of .(type) outside type switch");
            return Operand::invalid(e);
        };
        if is_type_param(x.ty) {
            let text = self.operand_string(&x);
            let message = format!(
                "invalid operation: cannot use type assertion on type parameter value {text}"
            );
            self.error_at(of, message);
            return Operand::invalid(e);
        }
        if !self.cx.is_interface(x.ty) {
            if !self.cx.under(x.ty).is_invalid() {
                let text = self.operand_string(&x);
                self.error_at(of, format!("invalid operation: {text} is not an interface"));
            }
            return Operand::invalid(e);
        }
        let target = self.var_type(ty);
        if target.is_invalid() || !self.is_complete(target) {
            return Operand::invalid(e);
        }
        self.type_assertion(e, &x, target, false);
        Operand::new(e, Mode::CommaOk, target)
    }

    /// Whether an interface value can be asserted to have a type. Upstream: `typeAssertion`.
    pub(super) fn type_assertion(&mut self, e: ExprId, x: &Operand, target: Ty, switch: bool) {
        let Err(cause) = self.cx.assertable(x.ty, target) else { return };
        let text = expr_string(self.decl, e);
        let name = self.type_string(target);
        let message = if switch {
            let x = self.operand_string(x);
            format!(
                "impossible type switch case: {text}\n\t{x} cannot have dynamic type {name} {cause}"
            )
        } else {
            let of = self.type_string(x.ty);
            format!("impossible type assertion: {text}\n\t{name} does not implement {of} {cause}")
        };
        self.error_at(e, message);
    }

    fn unary(&mut self, e: ExprId, op: UnaryOp, inner: ExprId) -> Operand {
        let mut x = self.expr(None, inner);
        if !x.is_valid() {
            return x;
        }
        let mut op = op;
        match op {
            UnaryOp::Addr => {
                let literal = matches!(
                    self.decl[unparen(self.decl, inner)].kind,
                    ExprKind::CompositeLit { .. }
                );
                if !literal && x.mode != Mode::Variable {
                    let text = self.operand_string(&x);
                    let message = format!("invalid operation: cannot take address of {text}");
                    self.error_at(inner, message);
                    return Operand::invalid(e);
                }
                let ty = if x.ty.is_invalid() { x.ty } else { Ty::pointer(x.ty) };
                return Operand::new(e, Mode::Value, ty);
            }
            UnaryOp::Recv => {
                let at = self.pos_of(&x);
                return match self.chan_elem(at, &x, true) {
                    Some(elem) if self.is_complete(elem) => {
                        self.ctx.has_call = true;
                        Operand::new(e, Mode::CommaOk, elem)
                    }
                    _ => Operand::invalid(e),
                };
            }
            UnaryOp::Tilde => {
                let message = "cannot use ~ outside of interface or type constraint";
                if !self.cx.all_integer(x.ty) {
                    self.error_at(e, message);
                    return Operand::invalid(e);
                }
                self.error_at(e, format!("{message} (use ^ for bitwise complement)"));
                op = UnaryOp::BitNot;
            }
            UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::BitNot => {}
        }
        let defined = match op {
            UnaryOp::BitNot => self.cx.all_integer(x.ty),
            UnaryOp::Not => self.cx.all_boolean(x.ty),
            _ => self.cx.all_numeric(x.ty),
        };
        if !defined {
            self.not_defined(&x, unary_str(op));
            return Operand::invalid(e);
        }
        let Some(val) = x.val.take().filter(|_| x.is_const()) else {
            return Operand::new(e, Mode::Value, x.ty);
        };
        let mut result = Operand::new(e, Mode::Constant, x.ty);
        if val.is_unknown() {
            result.val = Some(val);
            return result;
        }
        let bits = if self.cx.is_unsigned(x.ty) {
            u32::try_from(self.cx.size_of(x.ty) * 8).unwrap_or(0)
        } else {
            0
        };
        result.val = Some(val.unary_op(op, bits));
        self.overflow(&mut result, self.decl[e].pos);
        result
    }

    fn not_defined(&mut self, x: &Operand, op: &str) {
        if self.cx.under(x.ty).is_invalid() {
            return;
        }
        let text = self.operand_string(x);
        let at = self.pos_of(x);
        self.error(at, format!("invalid operation: operator {op} not defined on {text}"));
    }

    /// The type of the elements of a channel that is received from or sent to.
    pub(super) fn chan_elem(
        &mut self,
        at: crate::syntax::ast::Offset,
        x: &Operand,
        receive: bool,
    ) -> Option<Ty> {
        if self.cx.under(x.ty).is_invalid() {
            return None;
        }
        let common = self.cx.common_under_if(x.ty, &mut |each| {
            let Some((ty, under)) = each else { return Some("no specific channel type".into()) };
            let name = || self.type_string(ty);
            match under.kind() {
                TyKind::Chan(ChanDir::Send, _) if receive => {
                    Some(format!("send-only channel {}", name()))
                }
                TyKind::Chan(ChanDir::Recv, _) if !receive => {
                    Some(format!("receive-only channel {}", name()))
                }
                TyKind::Chan(..) => None,
                _ => Some(format!("non-channel {}", name())),
            }
        });
        let cause = match common {
            Ok(under) => match under.kind() {
                TyKind::Chan(_, elem) => return Some(*elem),
                _ => return None,
            },
            Err(cause) => cause,
        };
        let text = self.operand_string(x);
        let what = if receive { "cannot receive from" } else { "cannot send to" };
        let message = if is_type_param(x.ty) {
            format!("invalid operation: {what} {text}: {cause}")
        } else {
            format!("invalid operation: {what} {cause} {text}")
        };
        self.error(at, message);
        None
    }

    /// A binary operation; `e` is missing for `x op= y`. Upstream: `binary`.
    pub(super) fn binary(
        &mut self,
        e: Option<ExprId>,
        lhs: ExprId,
        rhs: ExprId,
        op: BinaryOp,
    ) -> Operand {
        let mut x = self.expr(None, lhs);
        let mut y = self.expr(None, rhs);
        if !x.is_valid() {
            return x;
        }
        if !y.is_valid() {
            x.invalidate();
            return x;
        }
        if is_shift(op) {
            self.shift(&mut x, &mut y, e, op);
            return x;
        }
        self.match_types(&mut x, &mut y);
        if !x.is_valid() {
            return x;
        }
        if is_comparison(op) {
            self.comparison(&mut x, &mut y, op, false);
            return x;
        }
        if !self.cx.identical(x.ty, y.ty) {
            let (a, b) = (self.type_string(x.ty), self.type_string(y.ty));
            let text = match e {
                Some(e) => expr_string(self.decl, e),
                None => {
                    let (lhs, rhs) = (expr_string(self.decl, lhs), expr_string(self.decl, rhs));
                    format!("{lhs} {}= {rhs}", binary_str(op))
                }
            };
            let at = self.pos_of(&x);
            self.error(at, format!("invalid operation: {text} (mismatched types {a} and {b})"));
            x.invalidate();
            return x;
        }
        let cx = self.cx;
        let defined = match op {
            BinaryOp::Add => cx.all_numeric_or_string(x.ty),
            BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Quo => cx.all_numeric(x.ty),
            BinaryOp::LAnd | BinaryOp::LOr => cx.all_boolean(x.ty),
            _ => cx.all_integer(x.ty),
        };
        if !defined {
            self.not_defined(&x, binary_str(op));
            x.invalidate();
            return x;
        }
        let division = matches!(op, BinaryOp::Quo | BinaryOp::Rem);
        if division
            && y.val.as_ref().is_some_and(|val| !val.is_unknown() && val.sign() == 0)
            && (x.is_const() || cx.all_integer(x.ty))
        {
            self.error_at(rhs, "invalid operation: division by zero");
            x.invalidate();
            return x;
        }
        let (Some(a), Some(b)) = (&x.val, &y.val) else {
            x.set_value();
            return x;
        };
        if a.is_unknown() || b.is_unknown() {
            x.val = Some(Value::Unknown);
            return x;
        }
        let val = if op == BinaryOp::Quo && cx.is_integer(x.ty) {
            a.int_quo(b)
        } else {
            a.binary_op(op, b)
        };
        x.val = Some(val);
        if let Some(e) = e {
            x.source = Source::Expr(e);
        }
        let at = e.map_or(self.decl[lhs].start, |e| self.decl[e].pos);
        self.overflow(&mut x, at);
        x
    }

    /// A comparison; in a `switch`, `x` is the case and `y` the tag. Upstream: `comparison`.
    pub(super) fn comparison(
        &mut self,
        x: &mut Operand,
        y: &mut Operand,
        op: BinaryOp,
        switch_case: bool,
    ) {
        if x.ty.is_invalid() || y.ty.is_invalid() {
            x.invalidate();
            return;
        }
        if let Some((blame_y, cause)) = self.incomparable(x, y, op) {
            self.report_comparison(x, y, op, switch_case, blame_y, cause);
            x.invalidate();
            return;
        }
        if let (Some(a), Some(b)) = (&x.val, &y.val) {
            let val = if a.is_unknown() || b.is_unknown() {
                Value::Unknown
            } else {
                Value::Bool(a.compare(op, b))
            };
            x.val = Some(val);
        } else {
            x.set_value();
            // The operands will not be looked at again: they get their default types.
            self.update_type(x, default_type(x.ty), true);
            self.update_type(y, default_type(y.ty), true);
        }
        x.ty = Ty::basic(Basic::UntypedBool);
    }

    /// Which operand cannot be compared and why, if there is one.
    fn incomparable(
        &self,
        x: &Operand,
        y: &Operand,
        op: BinaryOp,
    ) -> Option<(bool, Option<String>)> {
        let cx = self.cx;
        if self.assignable(x, y.ty).is_err() && self.assignable(y, x.ty).is_err() {
            let (a, b) = (self.type_string(x.ty), self.type_string(y.ty));
            return Some((true, Some(format!("mismatched types {a} and {b}"))));
        }
        if cx.under(x.ty).is_invalid() || cx.under(y.ty).is_invalid() {
            return None;
        }
        if matches!(op, BinaryOp::Eql | BinaryOp::Neq) {
            if x.is_nil() || y.is_nil() {
                let ty = if x.is_nil() { y.ty } else { x.ty };
                return (!cx.has_nil(ty)).then_some((true, None));
            }
            if !cx.comparable_type(x.ty, true) {
                return Some((false, self.incomparable_cause(x.ty)));
            }
            if !cx.comparable_type(y.ty, true) {
                return Some((true, self.incomparable_cause(y.ty)));
            }
            return None;
        }
        if !cx.all_ordered(x.ty) {
            return Some((false, None));
        }
        (!cx.all_ordered(y.ty)).then_some((true, None))
    }

    fn incomparable_cause(&self, ty: Ty) -> Option<String> {
        let cause = match self.cx.under(ty).kind() {
            TyKind::Slice(_) | TyKind::Func(_) | TyKind::Map(..) => {
                format!("{} can only be compared to nil", self.composite_kind(ty)?)
            }
            _ => self.cx.incomparable_cause(ty, true)?,
        };
        (!cause.is_empty()).then_some(cause)
    }

    fn report_comparison(
        &mut self,
        x: &Operand,
        y: &Operand,
        op: BinaryOp,
        switch_case: bool,
        blame_y: bool,
        cause: Option<String>,
    ) {
        let op = if switch_case { BinaryOp::Eql } else { op };
        let mut blamed = if blame_y { y } else { x };
        let cause = cause.unwrap_or_else(|| {
            if is_type_param(x.ty) || is_type_param(y.ty) {
                if !is_type_param(x.ty) {
                    blamed = y;
                }
                let name = self.type_string(blamed.ty);
                return format!("type parameter {name} cannot use operator {}", binary_str(op));
            }
            let what = self
                .composite_kind(blamed.ty)
                .map_or_else(|| self.type_string(blamed.ty), str::to_owned);
            format!("operator {} not defined on {what}", binary_str(op))
        });
        let (a, b) = (self.source_string(x), self.source_string(y));
        if switch_case {
            let at = self.pos_of(x);
            self.error(at, format!("invalid case {a} in switch on {b} ({cause})"));
        } else {
            let at = self.pos_of(blamed);
            let op = binary_str(op);
            self.error(at, format!("invalid operation: {a} {op} {b} ({cause})"));
        }
    }

    /// Upstream: `shift`.
    fn shift(&mut self, x: &mut Operand, y: &mut Operand, e: Option<ExprId>, op: BinaryOp) {
        let x_int = x.val.as_ref().map(Value::to_int);
        let whole = x_int.as_ref().is_some_and(|val| !val.is_unknown());
        if !(self.cx.all_integer(x.ty) || is_untyped(x.ty) && whole) {
            self.bad_shifted(x);
            return;
        }
        let y_int = y.val.as_ref().map(Value::to_int);
        if let Some(count) = &y_int {
            if !count.is_unknown() && count.sign() < 0 {
                let text = self.operand_string(y);
                let at = self.pos_of(y);
                self.error(at, format!("invalid operation: negative shift count {text}"));
                x.invalidate();
                return;
            }
            if is_untyped(y.ty) {
                // Shift counts are unsigned; this also refuses fractions and strings.
                self.representable(y, Basic::Uint);
                if !y.is_valid() {
                    x.invalidate();
                    return;
                }
            }
        } else if self.cx.all_integer(y.ty) {
            let at = self.pos_of(y);
            if !self.cx.all_unsigned(y.ty)
                && !self.allows(13)
                && !{
                    let text = self.operand_string(y);
                    self.require(at, 13, |_| {
                        format!("invalid operation: signed shift count {text}")
                    })
                }
            {
                x.invalidate();
                return;
            }
        } else if is_untyped(y.ty) {
            self.convert_untyped(y, Ty::basic(Basic::Uint));
            if !y.is_valid() {
                x.invalidate();
                return;
            }
        } else {
            self.bad_count(y);
            x.invalidate();
            return;
        }
        if x.is_const() {
            if let Some(count) = y_int {
                self.const_shift(x, y, x_int, &count, e, op);
                return;
            }
            if is_untyped(x.ty) {
                // The type comes from the context and must turn out to be an integer.
                if let Some(e) = x.expr()
                    && is_untyped(self.recorded_type(e))
                {
                    self.shifted.insert(e);
                }
                x.set_value();
                return;
            }
        }
        if !self.cx.all_integer(x.ty) {
            self.bad_shifted(x);
            return;
        }
        x.set_value();
    }

    fn bad_shifted(&mut self, x: &mut Operand) {
        if !self.cx.under(x.ty).is_invalid() {
            let text = self.operand_string(x);
            let at = self.pos_of(x);
            self.error(at, format!("invalid operation: shifted operand {text} must be integer"));
        }
        x.invalidate();
    }

    fn bad_count(&mut self, y: &Operand) {
        if !self.cx.under(y.ty).is_invalid() {
            let text = self.operand_string(y);
            let at = self.pos_of(y);
            self.error(at, format!("invalid operation: shift count {text} must be integer"));
        }
    }

    fn const_shift(
        &mut self,
        x: &mut Operand,
        y: &Operand,
        x_int: Option<Value>,
        count: &Value,
        e: Option<ExprId>,
        op: BinaryOp,
    ) {
        /// The smallest positive float64 can still be written as a shift.
        const SHIFT_BOUND: u64 = 1023 - 1 + 52;
        let unknown = x.val.as_ref().is_some_and(Value::is_unknown) || count.is_unknown();
        if !self.cx.is_integer(x.ty) {
            x.ty = Ty::basic(Basic::UntypedInt);
        }
        if unknown {
            x.val = Some(Value::Unknown);
            return;
        }
        let Some(count) = count.uint64().filter(|count| *count <= SHIFT_BOUND) else {
            let text = self.operand_string(y);
            let at = self.pos_of(y);
            self.error(at, format!("invalid operation: invalid shift count {text}"));
            x.invalidate();
            return;
        };
        x.val = x_int.map(|val| val.shift(op, count));
        if let Some(e) = e {
            x.source = Source::Expr(e);
        }
        let at = match e {
            Some(e) => self.decl[e].pos,
            None => self.pos_of(x),
        };
        self.overflow(x, at);
    }
}

/// The results of a call as operands.
pub(super) fn results(e: ExprId, types: &[Ty]) -> Vec<Operand> {
    let result = |(i, ty): (usize, &Ty)| {
        let mut x = Operand::new(e, Mode::Value, *ty);
        x.source = Source::Result(e, i + 1);
        x
    };
    types.iter().enumerate().map(result).collect()
}

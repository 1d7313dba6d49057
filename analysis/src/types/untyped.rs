//! Untyped operands: how they get their types, and whether constants fit.
//!
//! An expression whose recorded type is untyped has not got its final type; [`Checker`] goes down
//! into it again when the type is known.
//!
//! Upstream: `cmd/compile/internal/types2/expr.go` (`updateExprType`, `implicitTypeAndValue`,
//! `matchTypes`) and `const.go`.

use super::check::Checker;
use super::constant::{MAX_STRING_LEN, MAX_UNTYPED_INT_BITS, Value};
use super::info::Mode;
use super::operand::{Operand, Source};
use super::predicates::{default_type, is_type_param, is_typed, is_untyped, max_type};
use super::ty::{Basic, Ty, TyKind};
use crate::syntax::ast::{BinaryOp, ExprId, ExprKind, Offset, UnaryOp};

/// Why an operand does not get a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    Kind,
    Truncated,
    Overflows,
}

impl Checker<'_> {
    /// Takes down what an operand is. Upstream: `record`.
    pub(super) fn record_operand(&mut self, x: &Operand) {
        let Source::Expr(e) = x.source else { return };
        match x.mode {
            Mode::Invalid => {}
            Mode::NoValue => self.record(e, x.mode, Ty::tuple(&[]), None),
            _ => self.record(e, x.mode, x.ty, x.val.as_ref()),
        }
    }

    /// Gives an untyped expression the type `ty`; `finally` if there is nothing more to come.
    pub(super) fn update_type(&mut self, x: &Operand, ty: Ty, finally: bool) {
        if let Source::Expr(e) = x.source {
            self.update_expr_type(e, ty, finally);
        }
    }

    fn update_expr_type(&mut self, e: ExprId, ty: Ty, finally: bool) {
        let old = self.recorded_type(e);
        let mode = self.recorded_mode(e);
        if mode == Mode::Invalid || !is_untyped(old) || old == ty {
            return;
        }
        let decl = self.decl;
        let constant = mode == Mode::Constant;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &decl[e].kind {
            ExprKind::Paren(x) => self.update_expr_type(*x, ty, finally),
            ExprKind::Unary { op, x } if !constant && *op != UnaryOp::Recv => {
                self.update_expr_type(*x, ty, finally);
            }
            ExprKind::Binary { op, x, y } if !constant => {
                if is_comparison(*op) {
                    // The result is a boolean whatever the operands are.
                } else if is_shift(*op) {
                    self.update_expr_type(*x, ty, finally);
                } else {
                    self.update_expr_type(*x, ty, finally);
                    self.update_expr_type(*y, ty, finally);
                }
            }
            _ => {}
        });
        if !finally && is_untyped(ty) {
            self.record_again(e, ty);
            return;
        }
        if self.shifted.remove(&e) && !self.cx.all_integer(ty) {
            let text = super::exprstring::expr_string(decl, e);
            let name = self.type_string(ty);
            let message =
                format!("invalid operation: shifted operand {text} (type {name}) must be integer");
            self.error_at(e, message);
            return;
        }
        if constant {
            let mut x = Operand::new(e, mode, old);
            x.val = self.info.consts.get(&e).cloned();
            let val = x.val.clone();
            self.convert_untyped_only(&mut x, ty);
            if !x.is_valid() {
                return;
            }
            self.record(e, mode, ty, val.as_ref());
        } else {
            self.record_again(e, ty);
        }
    }

    fn record_again(&mut self, e: ExprId, ty: Ty) {
        if let Some(slot) = self.info.types.get_mut(e.0 as usize) {
            *slot = ty;
        }
    }

    fn update_value(&mut self, x: &Operand, val: &Value) {
        if let Source::Expr(e) = x.source
            && is_untyped(self.recorded_type(e))
            && self.recorded_mode(e) == Mode::Constant
        {
            self.info.consts.insert(e, val.clone());
        }
    }

    /// The type that an operand gets where `target` is wanted, and its value if it changes.
    pub(super) fn implicit_type_and_value(
        &self,
        x: &Operand,
        target: Ty,
    ) -> Result<(Ty, Option<Value>), Misfit> {
        if !x.is_valid() || is_typed(x.ty) || target.is_invalid() {
            return Ok((x.ty, None));
        }
        if is_untyped(target) {
            return max_type(x.ty, target).map(|ty| (ty, None)).ok_or(Misfit::Kind);
        }
        if x.is_nil() {
            return if self.cx.has_nil(target) { Ok((target, None)) } else { Err(Misfit::Kind) };
        }
        let under = self.cx.under(target);
        let TyKind::Basic(kind) = x.ty.kind() else { return Err(Misfit::Kind) };
        match under.kind() {
            TyKind::Basic(Basic::Invalid) => Ok((x.ty, None)),
            TyKind::Basic(basic) => {
                if x.is_const() {
                    return self.representation(x, *basic).map(|val| (target, Some(val)));
                }
                let fits = match kind {
                    Basic::UntypedBool => basic.is_boolean(),
                    Basic::UntypedString => basic.is_string(),
                    Basic::UntypedNil => false,
                    _ => basic.is_numeric(),
                };
                if fits { Ok((target, None)) } else { Err(Misfit::Kind) }
            }
            TyKind::Interface(_) if is_type_param(target) => {
                let fits = self.cx.all_types(target, &mut |each| {
                    each.is_some_and(|(_, under)| self.implicit_type_and_value(x, under).is_ok())
                });
                if fits { Ok((target, None)) } else { Err(Misfit::Kind) }
            }
            TyKind::Interface(_) => {
                if self.cx.type_set(under).is_all() {
                    Ok((default_type(x.ty), None))
                } else {
                    Err(Misfit::Kind)
                }
            }
            _ => Err(Misfit::Kind),
        }
    }

    /// The value of a constant as a type holds it.
    fn representation(&self, x: &Operand, basic: Basic) -> Result<Value, Misfit> {
        let Some(val) = &x.val else { return Err(Misfit::Kind) };
        let ptr_size = self.cx.target.arch.ptr_size();
        if let Some(val) = val.representable(basic, ptr_size) {
            return Ok(val);
        }
        if self.cx.is_numeric(x.ty) && basic.is_numeric() {
            return Err(if !self.cx.is_integer(x.ty) && basic.is_integer() {
                Misfit::Truncated
            } else {
                Misfit::Overflows
            });
        }
        Err(Misfit::Kind)
    }

    /// Whether a constant fits a basic type; gives it the value that the type holds.
    pub(super) fn representable(&mut self, x: &mut Operand, basic: Basic) {
        match self.representation(x, basic) {
            Ok(val) => x.val = Some(val),
            Err(misfit) => self.invalid_conversion(misfit, x, Ty::basic(basic)),
        }
    }

    fn invalid_conversion(&mut self, misfit: Misfit, x: &mut Operand, target: Ty) {
        let (text, name) = (self.operand_string(x), self.type_string(target));
        let at = self.pos_of(x);
        self.error(
            at,
            match misfit {
                Misfit::Kind => format!("cannot convert {text} to type {name}"),
                Misfit::Truncated => format!("{text} truncated to {name}"),
                Misfit::Overflows => format!("{text} overflows {name}"),
            },
        );
        x.invalidate();
    }

    /// Converts an untyped operand without looking at what was recorded for it.
    fn convert_untyped_only(&mut self, x: &mut Operand, target: Ty) {
        match self.implicit_type_and_value(x, target) {
            Ok((ty, val)) => {
                if let Some(val) = val {
                    x.val = Some(val);
                }
                x.ty = ty;
            }
            Err(misfit) => {
                let shown = if is_type_param(target) { target } else { self.cx.under(target) };
                self.invalid_conversion(misfit, x, shown);
            }
        }
    }

    /// Converts an untyped operand to `target`. Upstream: `convertUntyped`.
    pub(super) fn convert_untyped(&mut self, x: &mut Operand, target: Ty) {
        let before = x.ty;
        let implied = self.implicit_type_and_value(x, target);
        match implied {
            Ok((ty, val)) => {
                if let Some(val) = val {
                    self.update_value(x, &val);
                    x.val = Some(val);
                }
                if ty != before {
                    x.ty = ty;
                    self.update_type(x, ty, false);
                }
            }
            Err(_) => self.convert_untyped_only(x, target),
        }
    }

    /// As [`Checker::convert_untyped`], for an assignment: the caller says what is wrong.
    pub(super) fn try_convert_untyped(&mut self, x: &mut Operand, target: Ty) -> Option<Misfit> {
        let (ty, val) = match self.implicit_type_and_value(x, target) {
            Ok(found) => found,
            Err(misfit) => return Some(misfit),
        };
        if let Some(val) = val {
            self.update_value(x, &val);
            x.val = Some(val);
        }
        if ty != x.ty {
            x.ty = ty;
            self.update_type(x, ty, false);
        }
        None
    }

    /// Whether an operand can be assigned to a variable of a type; if not, why.
    ///
    /// Upstream: `operand.go`, `assignableTo`.
    pub(super) fn assignable(&self, x: &Operand, target: Ty) -> Result<(), String> {
        if !x.is_valid() || target.is_invalid() {
            return Ok(());
        }
        if !is_untyped(x.ty) {
            return self.cx.assignable_type(x.ty, target);
        }
        let fits = if is_type_param(target) {
            self.cx.all_terms(target, &mut |term| {
                term.is_some_and(|term| self.implicit_type_and_value(x, term.ty).is_ok())
            })
        } else {
            self.implicit_type_and_value(x, target).is_ok()
        };
        if fits { Ok(()) } else { Err(String::new()) }
    }

    /// Gives untyped operands of a binary operation a common type. Upstream: `matchTypes`.
    pub(super) fn match_types(&mut self, x: &mut Operand, y: &mut Operand) {
        if !self.may_convert(x, y) {
            return;
        }
        self.convert_untyped(x, y.ty);
        if !x.is_valid() {
            return;
        }
        self.convert_untyped(y, x.ty);
        if !y.is_valid() {
            x.invalidate();
        }
    }

    fn may_convert(&self, x: &Operand, y: &Operand) -> bool {
        let cx = self.cx;
        if is_typed(x.ty) && is_typed(y.ty) {
            return false;
        }
        if cx.all_numeric(x.ty) != cx.all_numeric(y.ty) {
            return false;
        }
        if cx.is_non_tparam_interface(x.ty) || cx.is_non_tparam_interface(y.ty) {
            return true;
        }
        if cx.all_boolean(x.ty) != cx.all_boolean(y.ty)
            || cx.all_string(x.ty) != cx.all_string(y.ty)
        {
            return false;
        }
        if x.is_nil() {
            return cx.has_nil(y.ty);
        }
        if y.is_nil() {
            return cx.has_nil(x.ty);
        }
        !cx.is_pointer(x.ty) && !cx.is_pointer(y.ty)
    }

    /// Whether the result of a constant operation can be a constant. Upstream: `overflow`.
    pub(super) fn overflow(&mut self, x: &mut Operand, at: Offset) {
        let Some(val) = &x.val else { return };
        if val.is_unknown() {
            self.error(at, "constant result is not representable");
            return;
        }
        if is_typed(x.ty) {
            if let Some(basic) = self.cx.as_basic(x.ty) {
                self.representable(x, basic);
            }
            return;
        }
        if val.bit_len() > MAX_UNTYPED_INT_BITS {
            let what = x.expr().map_or("", |e| self.operation_name(e));
            let space = if what.is_empty() { "" } else { " " };
            self.error(at, format!("constant {what}{space}overflow"));
            x.val = Some(Value::Unknown);
        } else if let Some(len) = val.string_len()
            && len > MAX_STRING_LEN
        {
            let message =
                format!("constant string too long ({len} bytes > {MAX_STRING_LEN} bytes)");
            self.error(at, message);
            x.val = Some(Value::Unknown);
        }
    }

    fn operation_name(&self, e: ExprId) -> &'static str {
        match &self.decl[e].kind {
            ExprKind::Unary { op: UnaryOp::BitNot, .. } => "bitwise complement",
            ExprKind::Binary { op, .. } => match op {
                BinaryOp::Add => "addition",
                BinaryOp::Sub => "subtraction",
                BinaryOp::Xor => "bitwise XOR",
                BinaryOp::Mul => "multiplication",
                BinaryOp::Shl => "shift",
                _ => "",
            },
            _ => "",
        }
    }
}

/// Whether this is `<<` or `>>`.
pub(super) fn is_shift(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Shl | BinaryOp::Shr)
}

/// Whether this is a comparison.
pub(super) fn is_comparison(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Eql
            | BinaryOp::Neq
            | BinaryOp::Lss
            | BinaryOp::Leq
            | BinaryOp::Gtr
            | BinaryOp::Geq
    )
}

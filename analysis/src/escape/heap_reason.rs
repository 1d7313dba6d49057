//! What must be in the heap whatever happens to it, and how much is allocated.
//!
//! Upstream: `HeapAllocReason` in `cmd/compile/internal/escape/utils.go`, limits in `ir/cfg.go`.

use crate::ir::node::{Class, CompLitOp, FuncIdx, Kind, MakeOp, NodeId, UnaryOp, Unit};
use crate::types::constant::Value;
use crate::types::cx::Cx;
use crate::types::ty::{Ty, TyKind};

use super::graph::{LocId, Subject};
use super::{Graph, Reason};

/// The largest declared variable on the stack.
pub(super) const MAX_STACK_VAR_SIZE: i64 = 128 * 1024;

/// The largest allocation by an expression on the stack.
pub(super) const MAX_IMPLICIT_STACK_VAR_SIZE: i64 = 64 * 1024;

impl Graph<'_> {
    /// Why a location must be in the heap, if it must.
    pub(super) fn heap_reason(&self, loc: LocId) -> Option<Reason> {
        let unit = &self.units[self[loc].func.0];
        match self[loc].subject {
            Subject::None => None,
            // Parameters and results lie in the caller's frame.
            Subject::Local(local) if matches!(unit[local].class, Class::Param | Class::Result) => {
                None
            }
            Subject::Local(local) => self.type_reason(unit[local].ty, MAX_STACK_VAR_SIZE),
            Subject::Expr(node) => self.expr_reason(unit, node),
        }
    }

    fn type_reason(&self, ty: Ty, max_size: i64) -> Option<Reason> {
        if self.cx.size_of(ty) > max_size {
            Some(Reason::TooLarge)
        } else if self.cx.align_of(ty) > self.cx.target.arch.ptr_size() {
            Some(Reason::TooAligned)
        } else {
            None
        }
    }

    fn expr_reason(&self, unit: &Unit, id: NodeId) -> Option<Reason> {
        let cx = self.cx;
        let ty = unit[id].ty;
        let by_type = self.type_reason(ty, MAX_STACK_VAR_SIZE);
        if by_type.is_some() {
            return by_type;
        }
        match unit[id].kind {
            Kind::Unary { op: UnaryOp::New, .. } | Kind::PtrLit { .. } => {
                self.type_reason(elem(cx, ty)?, MAX_IMPLICIT_STACK_VAR_SIZE)
            }
            Kind::Closure { func } => {
                let size = closure_size(cx, unit, func);
                (size > MAX_IMPLICIT_STACK_VAR_SIZE).then_some(Reason::TooLarge)
            }
            Kind::MethValue { x, .. } => {
                let size = method_value_size(cx, unit[x].ty);
                (size > MAX_IMPLICIT_STACK_VAR_SIZE).then_some(Reason::TooLarge)
            }
            Kind::Make { op: MakeOp::Slice, len, cap } => {
                let size = cx.size_of(elem(cx, ty)?);
                if size == 0 {
                    return Some(Reason::ZeroSizedElement);
                }
                let count = small_int(unit, cap.or(len)?)?;
                (count > MAX_IMPLICIT_STACK_VAR_SIZE / size).then_some(Reason::TooLarge)
            }
            // The other expressions have no limit.
            _ => None,
        }
    }

    /// How many bytes a location takes, where that is known.
    pub(super) fn allocated_size(&self, loc: LocId) -> Option<i64> {
        let cx = self.cx;
        let unit = &self.units[self[loc].func.0];
        let id = match self[loc].subject {
            Subject::None => return None,
            Subject::Local(local) => return Some(cx.size_of(unit[local].ty)),
            Subject::Expr(id) => id,
        };
        let ty = unit[id].ty;
        match unit[id].kind {
            Kind::Unary { op: UnaryOp::New, .. } | Kind::PtrLit { .. } => {
                Some(cx.size_of(elem(cx, ty)?))
            }
            Kind::Closure { func } => Some(closure_size(cx, unit, func)),
            Kind::MethValue { x, .. } => Some(method_value_size(cx, unit[x].ty)),
            Kind::Make { op: MakeOp::Slice, len, cap } => {
                let count = small_int(unit, cap.or(len)?)?;
                cx.size_of(elem(cx, ty)?).checked_mul(count)
            }
            Kind::CompLit { op: CompLitOp::Slice, len, .. } => {
                cx.size_of(elem(cx, ty)?).checked_mul(len)
            }
            Kind::Conv { op: crate::ir::node::ConvOp::ConvIface, x } => {
                Some(cx.size_of(unit[x].ty))
            }
            // Known at run time only.
            _ => None,
        }
    }
}

/// The type that a pointer points to, or of a slice's elements.
fn elem(cx: &Cx<'_>, ty: Ty) -> Option<Ty> {
    match cx.under(ty).kind() {
        TyKind::Pointer(elem) | TyKind::Slice(elem) => Some(*elem),
        // No other type has one that matters here.
        _ => None,
    }
}

/// A constant that fits 32 bits. Upstream: `ir.IsSmallIntConst`.
fn small_int(unit: &Unit, id: NodeId) -> Option<i64> {
    let Kind::Literal(value) = unit[id].kind else { return None };
    let value = match &unit.consts[value as usize] {
        value @ Value::Int(_) => value.int64()?,
        _ => return None,
    };
    i32::try_from(value).is_ok().then_some(value)
}

/// The size of a closure: a code pointer and what is captured. Upstream:
/// `typecheck/func.go`, `ClosureType`.
fn closure_size(cx: &Cx<'_>, unit: &Unit, func: FuncIdx) -> i64 {
    let fields = unit[func].closure_vars.iter().map(|&var| {
        let ty = unit[var].ty;
        if unit[unit.canonical(var)].byval { ty } else { Ty::pointer(ty) }
    });
    struct_size(cx, fields)
}

/// The size of a method value: a code pointer and the receiver.
fn method_value_size(cx: &Cx<'_>, recv: Ty) -> i64 {
    struct_size(cx, std::iter::once(recv))
}

/// The size of a struct that begins with a pointer-sized number.
fn struct_size(cx: &Cx<'_>, fields: impl Iterator<Item = Ty>) -> i64 {
    let word = cx.target.arch.ptr_size();
    let round = |offset: i64, align: i64| (offset + align - 1) / align * align;
    let (mut size, mut align, mut last) = (word, word, word);
    for ty in fields {
        let of_field = cx.align_of(ty).max(1);
        last = cx.size_of(ty);
        size = round(size, of_field) + last;
        align = align.max(of_field);
    }
    // A pointer to a last field without size must not point behind the struct.
    round(if last == 0 { size + 1 } else { size }, align)
}

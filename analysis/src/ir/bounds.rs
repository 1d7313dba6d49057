//! Indexes that need no check at run time, because their type or their form keeps them in bounds.
//!
//! Only what can be seen from the index itself counts: `a[i&7]`, `a[i>>29]`, `a[b]` for a byte and
//! 256 elements. Checks that are found superfluous later are not reported.
//!
//! Upstream: `walk/expr.go`, `walkIndex`, `bounded`.

use rustc_hash::FxHashSet;

use super::node::{BinaryOp, FuncIdx, Kind, NodeId, Pos, Unit};
use crate::types::constant::Value;
use crate::types::cx::Cx;
use crate::types::ty::TyKind;

/// Where the checks of indexes are left out, in a unit after all passes.
pub fn elided_checks(cx: &Cx<'_>, unit: &Unit) -> Vec<Pos> {
    let mut seen = FxHashSet::default();
    let mut copied = FxHashSet::default();
    let mut found = Vec::new();
    unit.each_node_with_closures(FuncIdx::ROOT, &mut |id| {
        let (x, index) = match unit[id].kind {
            Kind::Index { x, index } => (x, index),
            Kind::Append { args } => {
                return unit[args]
                    .iter()
                    .skip(1)
                    .for_each(|arg| made_safe(unit, *arg, &mut copied));
            }
            _ => return,
        };
        if !matches!(unit[index].kind, Kind::Literal(_))
            && let Some(len) = fixed_len(cx, unit, x)
            && is_bounded(cx, unit, index, copied.contains(&id), len)
            && seen.insert(id)
        {
            found.push(unit[id].pos);
        }
    });
    found
}

/// What is appended must not change while the slice grows: an index that is computed is copied to
/// a temporary first. Upstream: `walk/builtin.go`, `walkAppendArgs`; `walk/expr.go`, `safeExpr`.
fn made_safe(unit: &Unit, expr: NodeId, copied: &mut FxHashSet<NodeId>) {
    let mut todo = vec![expr];
    while let Some(id) = todo.pop() {
        match unit[id].kind {
            Kind::Dot { x, .. } | Kind::DotPtr { x, .. } | Kind::Deref { x } => todo.push(x),
            Kind::Index { x, index } => {
                if matches!(unit[index].kind, Kind::Binary { .. }) {
                    copied.insert(id);
                }
                todo.extend([x, index]);
            }
            _ => {}
        }
    }
}

/// The length of an array, of what a pointer to one points to, or of a constant string.
fn fixed_len(cx: &Cx<'_>, unit: &Unit, x: NodeId) -> Option<i64> {
    if let Kind::Literal(value) = unit[x].kind
        && let Value::String(text) = &unit.consts[value as usize]
    {
        return i64::try_from(text.len()).ok();
    }
    let under = cx.under(unit[x].ty);
    let array = match under.kind() {
        TyKind::Pointer(elem) => cx.under(*elem),
        _ => under,
    };
    match array.kind() {
        TyKind::Array(len, _) => Some(*len),
        _ => None,
    }
}

/// Whether an index is less than `max` whatever its operands are. Of one that is copied only the
/// type counts.
fn is_bounded(cx: &Cx<'_>, unit: &Unit, index: NodeId, is_copied: bool, max: i64) -> bool {
    let ty = unit[index].ty;
    if !cx.is_integer(ty) {
        return false;
    }
    let is_unsigned = cx.is_unsigned(ty);
    let mut bits = 8 * cx.size_of(ty);
    if let Kind::Binary { op, x, y } = unit[index].kind
        && !is_copied
    {
        let right = small_int(unit, y);
        match op {
            BinaryOp::And | BinaryOp::AndNot => {
                let mask = match (small_int(unit, x), right) {
                    (Some(left), _) => left,
                    (None, Some(right)) if op == BinaryOp::And => right,
                    (None, Some(right)) if is_unsigned && bits < 64 => !right & ((1 << bits) - 1),
                    (None, Some(right)) => !right,
                    (None, None) => -1,
                };
                if (0..max).contains(&mask) {
                    return true;
                }
            }
            BinaryOp::Mod
                if is_unsigned && right.is_some_and(|right| (0..=max).contains(&right)) =>
            {
                return true;
            }
            BinaryOp::Div if is_unsigned => {
                let mut by = right.unwrap_or(0);
                while bits > 0 && by >= 2 {
                    bits -= 1;
                    by >>= 1;
                }
            }
            BinaryOp::Rsh if is_unsigned => {
                let by = right.unwrap_or(0);
                if by > bits {
                    return max > 0;
                }
                bits -= by;
            }
            _ => {}
        }
    }
    is_unsigned && bits <= 62 && 1 << bits <= max
}

/// The value of an integer constant of at most 32 bits. Upstream: `ir.IsSmallIntConst`.
fn small_int(unit: &Unit, node: NodeId) -> Option<i64> {
    let Kind::Literal(value) = unit[node].kind else { return None };
    let value = unit.consts[value as usize].int64()?;
    i32::try_from(value).is_ok().then_some(value)
}

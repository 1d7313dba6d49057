//! Small questions about expressions that several passes ask.

use super::node::{ConvOp, Kind, LocalId, NodeId, Unit};
use crate::types::cx::Cx;
use crate::types::ty::TyKind;

/// The variable whose storage `x` is a part of: through fields of structs, elements of arrays and
/// conversions without effect.
///
/// Upstream: `ir/expr.go`, `OuterValue`.
pub fn outer_local(cx: &Cx<'_>, unit: &Unit, mut x: NodeId) -> Option<LocalId> {
    loop {
        x = match unit[x].kind {
            Kind::Name(local) => return Some(local),
            Kind::Dot { x, .. } | Kind::Paren { x } | Kind::Conv { op: ConvOp::ConvNop, x } => x,
            Kind::Index { x: of, .. }
                if matches!(cx.under(unit[of].ty).kind(), TyKind::Array(..)) =>
            {
                of
            }
            _ => return None,
        };
    }
}

//! Assignments: where what is assigned ends up.
//!
//! Upstream: `cmd/compile/internal/escape/assign.go`, and `isSelfAssign` in `utils.go`.

use crate::ir::node::{BinaryOp, Class, ConvOp, Kind, NodeId, SliceOp, UnaryOp, Unit};
use crate::types::cx::{Cx, deep};
use crate::types::ty::{Basic, TyKind};

use super::expr::{Walk, is_reflect_header_data};
use super::graph::Hole;
use super::{EventKind, Reason};

impl Walk<'_, '_> {
    /// The hole of a place that is assigned to. What lies behind a pointer, in a slice or map, or
    /// in a package's variable counts as the heap.
    pub(super) fn addr(&mut self, id: NodeId) -> Hole {
        match self.node(id).kind {
            Kind::Name(local) => Hole::into(self.location_of(local)),
            Kind::Blank => Hole::DISCARD,
            Kind::Dot { x, .. } => deep(|| self.addr(x)),
            Kind::Index { x, index } => {
                self.discard(index);
                if self.is_array(self.ty(x)) {
                    return deep(|| self.addr(x));
                }
                self.mutate(x);
                Hole::HEAP
            }
            Kind::Deref { x } | Kind::DotPtr { x, .. } => {
                self.mutate(x);
                Hole::HEAP
            }
            Kind::IndexMap { x, index } => {
                // A key that is put into a map stays there.
                self.discard(x);
                self.assign_heap(index, Reason::KeyOfMapPut, id);
                Hole::HEAP
            }
            // Package variables, and whatever else may be assigned to.
            _ => Hole::HEAP,
        }
    }

    fn mutate(&mut self, id: NodeId) {
        self.expr(Hole::MUTATOR, id);
    }

    pub(super) fn assign_heap(&mut self, src: NodeId, reason: Reason, at: NodeId) {
        let hole = self.note(Hole::HEAP, at, reason);
        self.expr(hole, src);
    }

    /// The assignment `dsts… = srcs…`, where sources may be missing.
    pub(super) fn assign_list(
        &mut self,
        dsts: &[NodeId],
        srcs: &[Option<NodeId>],
        reason: Reason,
        at: NodeId,
    ) {
        let holes: Vec<Hole> = dsts.iter().map(|&dst| self.addr(dst)).collect();
        for (i, &hole) in holes.iter().enumerate() {
            let src = srcs.get(i).copied().flatten();
            let dst = dsts[i];
            let into_header = matches!(self.node(dst).kind, Kind::DotPtr { .. })
                && is_reflect_header_data(self.cx(), self.body(), dst);
            if into_header {
                // The address in a slice's or string's header is a pointer in fact.
                let hole = self.note(Hole::HEAP, at, reason);
                src.into_iter().for_each(|src| self.unsafe_value(hole, src));
                continue;
            }
            let Some(src) = src else { continue };
            let hole = if is_self_assign(self.cx(), self.body(), dst, src) {
                let kind = EventKind::IgnoringSelfAssignment { func: self.func, stmt: at };
                self.graph.event(self.unit, self.node(at).pos, kind);
                Hole::DISCARD
            } else {
                hole
            };
            let hole = self.note(hole, at, reason);
            self.expr(hole, src);
        }
        self.reassigned(&holes, at);
    }

    /// Takes note that variables are assigned to, unless `at` is what defines them.
    pub(super) fn reassigned(&mut self, holes: &[Hole], at: NodeId) {
        let kind = self.node(at).kind;
        if let Kind::As { x, y: None } = kind
            && let Kind::Name(local) = self.node(x).kind
            && self.body()[local].defn.is_none()
            && self.body()[local].class != Class::Captured
        {
            // The zero value of `var x T`.
            return;
        }
        // A loop's variables are assigned again and again.
        let is_loop = matches!(kind, Kind::Range { .. });
        for hole in holes {
            let defined = match self.graph[hole.dst].subject {
                super::Subject::Local(local) => self.body()[local].defn == Some(at),
                super::Subject::None | super::Subject::Expr(_) => false,
            };
            if !defined || is_loop {
                self.graph[hole.dst].reassigned = true;
            }
        }
    }
}

/// Whether an assignment adds nothing to what is reachable: it assigns back to where the value
/// comes from.
fn is_self_assign(cx: &Cx<'_>, unit: &Unit, dst: NodeId, src: NodeId) -> bool {
    if is_slice_self_assign(unit, dst, src) {
        return true;
    }
    match (unit[dst].kind, unit[src].kind) {
        (Kind::Dot { x, .. }, Kind::Dot { x: y, .. })
        | (Kind::DotPtr { x, .. }, Kind::DotPtr { x: y, .. }) => same_safe_expr(cx, unit, x, y),
        (Kind::Index { x, index: i }, Kind::Index { x: y, index: j }) => {
            !may_affect_memory(unit, i)
                && !may_affect_memory(unit, j)
                && same_safe_expr(cx, unit, x, y)
        }
        // Other values may come from anywhere.
        _ => false,
    }
}

/// Whether this is `b.buf = b.buf[i:j]` for a variable `b` that is a pointer.
fn is_slice_self_assign(unit: &Unit, dst: NodeId, src: NodeId) -> bool {
    let Some(var) = dereferenced(unit, dst) else { return false };
    let sliced = match unit[src].kind {
        Kind::Slice { op: SliceOp::Slice | SliceOp::Slice3 | SliceOp::SliceStr, x, .. } => x,
        Kind::Slice { op: SliceOp::SliceArr | SliceOp::Slice3Arr, x, .. } => {
            // A slice of an array in `b` itself is a new pointer to `b`.
            if matches!(unit[x].kind, Kind::Addr { .. }) {
                return false;
            }
            x
        }
        _ => return false,
    };
    dereferenced(unit, sliced) == Some(var)
}

/// The variable whose pointer `id` follows.
fn dereferenced(unit: &Unit, id: NodeId) -> Option<Kind> {
    let (Kind::Deref { x } | Kind::DotPtr { x, .. }) = unit[id].kind else { return None };
    Some(unit[x].kind).filter(|kind| matches!(kind, Kind::Name(_) | Kind::Global(_)))
}

/// Whether two expressions have the same value and evaluating them has no effect.
/// Upstream: `ir.SameSafeExpr`.
pub(super) fn same_safe_expr(cx: &Cx<'_>, unit: &Unit, l: NodeId, r: NodeId) -> bool {
    let (l, r) = (skip_conv_nop(unit, l), skip_conv_nop(unit, r));
    if !cx.identical(unit[l].ty, unit[r].ty) {
        return false;
    }
    let same = |l, r| deep(|| same_safe_expr(cx, unit, l, r));
    match (unit[l].kind, unit[r].kind) {
        (
            Kind::Name(_) | Kind::Global(_) | Kind::Func(_) | Kind::Blank,
            Kind::Name(_) | Kind::Global(_) | Kind::Func(_) | Kind::Blank,
        ) => unit[l].kind == unit[r].kind,
        (Kind::Dot { x, field: f }, Kind::Dot { x: y, field: g })
        | (Kind::DotPtr { x, field: f }, Kind::DotPtr { x: y, field: g }) => f == g && same(x, y),
        (Kind::Deref { x }, Kind::Deref { x: y }) => same(x, y),
        (Kind::Unary { op: p, x }, Kind::Unary { op: q, x: y }) => {
            p == q
                && matches!(p, UnaryOp::Not | UnaryOp::BitNot | UnaryOp::Plus | UnaryOp::Neg)
                && same(x, y)
        }
        (Kind::Conv { op: ConvOp::Conv, x }, Kind::Conv { op: ConvOp::Conv, x: y }) => {
            is_simple(cx, unit, l) && same(x, y)
        }
        (Kind::Index { x, index: i }, Kind::Index { x: y, index: j })
        | (Kind::IndexMap { x, index: i }, Kind::IndexMap { x: y, index: j }) => {
            same(x, y) && same(i, j)
        }
        (Kind::Binary { op: p, x, y }, Kind::Binary { op: q, x: x2, y: y2 }) => {
            p == q && is_arithmetic(p) && same(x, x2) && same(y, y2)
        }
        (Kind::Literal(a), Kind::Literal(b)) => unit.consts[a as usize] == unit.consts[b as usize],
        (Kind::Nil, Kind::Nil) => true,
        // Everything else may have effects or a new value each time.
        _ => false,
    }
}

fn skip_conv_nop(unit: &Unit, id: NodeId) -> NodeId {
    let mut id = id;
    while let Kind::Conv { op: ConvOp::ConvNop, x } = unit[id].kind {
        id = x;
    }
    id
}

/// Numbers and booleans. Upstream: `types.IsSimple`.
fn is_simple(cx: &Cx<'_>, unit: &Unit, id: NodeId) -> bool {
    match cx.under(unit[id].ty).kind() {
        TyKind::Basic(basic) => basic.is_numeric() || *basic == Basic::Bool,
        _ => false,
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Mul
            | BinaryOp::Lsh
            | BinaryOp::Rsh
            | BinaryOp::And
            | BinaryOp::AndNot
            | BinaryOp::Div
            | BinaryOp::Mod
    )
}

/// Whether evaluating an index may change memory.
fn may_affect_memory(unit: &Unit, id: NodeId) -> bool {
    let affects = |id| deep(|| may_affect_memory(unit, id));
    match unit[id].kind {
        Kind::Name(_)
        | Kind::Global(_)
        | Kind::Func(_)
        | Kind::Blank
        | Kind::Literal(_)
        | Kind::Nil => false,
        Kind::Binary { op, x, y } => !is_arithmetic(op) || affects(x) || affects(y),
        Kind::Index { x, index } => affects(x) || affects(index),
        Kind::Conv { op: ConvOp::Conv | ConvOp::ConvNop, x }
        | Kind::Dot { x, .. }
        | Kind::DotPtr { x, .. }
        | Kind::Deref { x }
        | Kind::Unary {
            op:
                UnaryOp::Len
                | UnaryOp::Cap
                | UnaryOp::Not
                | UnaryOp::BitNot
                | UnaryOp::Plus
                | UnaryOp::Neg,
            x,
        } => affects(x),
        // Calls and the like.
        _ => true,
    }
}

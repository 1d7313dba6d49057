//! Statements.
//!
//! All arms of a statement count, whatever their conditions.
//!
//! Upstream: `cmd/compile/internal/escape/stmt.go`.

use rustc_hash::FxHashMap;

use crate::ir::node::{As2Op, Kind, List, LocalId, NodeId, UnaryOp};
use crate::ir::scc::Member;
use crate::types::cx::deep;

use super::expr::Walk;
use super::graph::{Hole, LocId};
use super::{Graph, Reason};

impl Graph<'_> {
    /// Builds the graph of a function's body.
    pub(super) fn walk(&mut self, (unit, func): Member) {
        let this = &self.units[unit];
        let body = this[func].body;
        let mut labels = FxHashMap::default();
        this.each_node(body, &mut |id| match this[id].kind {
            Kind::Label(label) if !label.is_blank() => {
                labels.insert(label, false);
            }
            // A label that was there before leads back, and makes a loop.
            Kind::Goto(label) => {
                labels.entry(label).and_modify(|loops| *loops = true);
            }
            // Nothing else has to do with labels.
            _ => {}
        });
        Walk { graph: self, unit, func, labels, loop_depth: 1 }.block(body);
    }
}

impl Walk<'_, '_> {
    pub(super) fn stmts(&mut self, list: List) {
        if !list.is_empty() {
            for node in self.nodes(list) {
                self.stmt(node);
            }
        }
    }

    /// The statements of a block: what a label adds to the loop depth ends with it.
    pub(super) fn block(&mut self, list: List) {
        let depth = self.loop_depth;
        self.stmts(list);
        self.loop_depth = depth;
    }

    /// Takes note of how deep a variable is declared.
    fn declared(&mut self, local: LocalId) -> Hole {
        let loc = self.location_of(local);
        self.graph[loc].loop_depth = self.loop_depth;
        Hole::into(loc)
    }

    pub(super) fn stmt(&mut self, id: NodeId) {
        deep(|| {
            self.stmts(self.node(id).init);
            self.stmt_skip_init(id);
        });
    }

    fn stmt_skip_init(&mut self, id: NodeId) {
        match self.node(id).kind {
            Kind::Fall | Kind::InlMark(_) | Kind::Break(_) | Kind::Continue(_) | Kind::Goto(_) => {}
            Kind::Block { list } => self.stmts(list),
            Kind::Dcl { x } => {
                if let Kind::Name(local) = self.node(x).kind {
                    self.declared(local);
                }
            }
            Kind::Label(label) => {
                if self.labels.remove(&label) == Some(true) {
                    self.loop_depth += 1;
                }
            }
            Kind::If { cond, then, els } => {
                self.discard(cond);
                self.block(then);
                self.block(els);
            }
            Kind::For { cond, post, body, .. } => {
                self.loop_depth += 1;
                cond.into_iter().for_each(|cond| self.discard(cond));
                post.into_iter().for_each(|post| self.stmt(post));
                self.block(body);
                self.loop_depth -= 1;
            }
            Kind::Range { x, key, value, body } => self.range(id, x, [key, value], body),
            Kind::Switch { tag, cases } => self.switch(tag, cases),
            Kind::Select { cases } => {
                for case in self.nodes(cases) {
                    if let Kind::Comm { comm, body } = self.node(case).kind {
                        comm.into_iter().for_each(|comm| self.stmt(comm));
                        self.block(body);
                    }
                }
            }
            Kind::Send { chan, value } => {
                self.discard(chan);
                self.assign_heap(value, Reason::Send, id);
            }
            Kind::As { x, y } => self.assign_list(&[x], &[y], Reason::Assign, id),
            Kind::AsOp { x, y, .. } => self.assign_list(&[x], &[Some(y)], Reason::Assign, id),
            Kind::As2 { op, lhs, rhs } => self.assign_many(id, op, lhs, rhs),
            Kind::Return { results } => {
                let func = &self.body()[self.func];
                let (from, len) = (func.n_params as usize, func.n_results as usize);
                let vars = func.dcl.iter().skip(from).take(len);
                let dsts: Vec<NodeId> = vars.map(|&local| self.body()[local].node).collect();
                let srcs: Vec<Option<NodeId>> = self.nodes(results).map(Some).collect();
                self.assign_list(&dsts, &srcs, Reason::Return, id);
            }
            Kind::Call { .. }
            | Kind::InlinedCall { .. }
            | Kind::Builtin { .. }
            | Kind::Binary { .. }
            | Kind::Append { .. } => self.call(None, id),
            Kind::Unary { op: UnaryOp::Clear | UnaryOp::Close | UnaryOp::Panic, .. } => {
                self.call(None, id);
            }
            Kind::Go { call } => self.go_defer(call, Hole::HEAP),
            Kind::Defer { call, at } => {
                // What a deferred call outside of loops needs is only kept until the end.
                let hole =
                    if self.loop_depth == 1 && at.is_none() { self.later() } else { Hole::HEAP };
                self.go_defer(call, hole);
            }
            Kind::TailCall { call } => self.call(None, call),
            // Receiving and checking for nil.
            Kind::Unary { .. } => self.expr_skip_init(Hole::DISCARD, id),
            Kind::Name(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Blank
            | Kind::Ident(_)
            | Kind::Type
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::Logical { .. }
            | Kind::AddStr { .. }
            | Kind::Addr { .. }
            | Kind::PtrLit { .. }
            | Kind::Deref { .. }
            | Kind::Dot { .. }
            | Kind::DotPtr { .. }
            | Kind::DotInter { .. }
            | Kind::MethValue { .. }
            | Kind::MethodExpr { .. }
            | Kind::Index { .. }
            | Kind::IndexMap { .. }
            | Kind::Slice { .. }
            | Kind::DotType { .. }
            | Kind::DynamicDotType { .. }
            | Kind::DynamicType { .. }
            | Kind::Conv { .. }
            | Kind::Closure { .. }
            | Kind::CompLit { .. }
            | Kind::Key { .. }
            | Kind::StructKey { .. }
            | Kind::Make { .. }
            | Kind::Paren { .. }
            | Kind::Linksym(_)
            | Kind::TypeSw { .. }
            | Kind::Case { .. }
            | Kind::Comm { .. } => {
                debug_assert!(false, "no statement: {:?}", self.node(id).kind);
                self.expr_skip_init(Hole::DISCARD, id);
            }
        }
    }

    fn range(&mut self, id: NodeId, x: NodeId, vars: [Option<NodeId>; 2], body: List) {
        // The operand is evaluated once, and kept until the loop ends.
        let temp = self.new_temp();
        self.graph[temp].attrs = super::graph::Attrs::PERSISTS;
        self.expr(Hole::into(temp), x);

        self.loop_depth += 1;
        let holes = vars.map(|var| var.map_or(Hole::DISCARD, |var| self.addr(var)));
        let hole = if self.is_array(self.ty(x)) {
            self.note(holes[1], id, Reason::Range)
        } else {
            self.deref(holes[1], id, Reason::RangeDeref)
        };
        self.graph.flow(hole, temp);
        self.reassigned(&holes, id);
        self.block(body);
        self.loop_depth -= 1;
    }

    fn switch(&mut self, tag: Option<NodeId>, cases: List) {
        if let Some(Kind::TypeSw { tag, x }) = tag.map(|tag| self.node(tag).kind) {
            let mut holes = Vec::new();
            for case in self.nodes(cases) {
                let Kind::Case { var: Some(var), .. } = self.node(case).kind else { continue };
                let Kind::Name(local) = self.node(var).kind else { continue };
                if tag.is_none() {
                    continue;
                }
                let hole = self.declared(local);
                let ty = self.ty(var);
                if self.cx().has_pointers(ty) {
                    holes.push(self.dot_type(hole, ty, case, Reason::SwitchCase));
                }
            }
            let hole = self.tee(&holes);
            self.expr(hole, x);
        } else if let Some(tag) = tag {
            self.discard(tag);
        }
        for case in self.nodes(cases) {
            if let Kind::Case { list, body, .. } = self.node(case).kind {
                self.discard_all(list);
                self.block(body);
            }
        }
    }

    fn assign_many(&mut self, id: NodeId, op: As2Op, lhs: List, rhs: List) {
        let dsts: Vec<NodeId> = self.nodes(lhs).collect();
        let reason = match op {
            As2Op::List => Reason::AssignPair,
            As2Op::DotType => Reason::AssignPairDotType,
            As2Op::MapR => Reason::AssignPairMapr,
            As2Op::Recv | As2Op::SelRecv2 => Reason::AssignPairReceive,
            As2Op::Func => {
                let Some(call) = self.nodes(rhs).next() else { return };
                self.stmts(self.node(call).init);
                let holes: Vec<Hole> = dsts.iter().map(|&dst| self.addr(dst)).collect();
                self.call(Some(&holes), call);
                self.reassigned(&holes, id);
                return;
            }
        };
        let srcs: Vec<Option<NodeId>> = self.nodes(rhs).map(Some).collect();
        self.assign_list(&dsts, &srcs, reason, id);
    }

    /// The function value of `go` or `defer`, whose call has no arguments left.
    fn go_defer(&mut self, call: NodeId, hole: Hole) {
        match self.node(call).kind {
            Kind::Call { fun, .. } => self.expr(hole, fun),
            // The call of a wrapper is never inlined.
            _ => self.discard(call),
        }
    }

    /// A hole of what is needed for some time but goes nowhere.
    fn later(&mut self) -> Hole {
        let loc: LocId = self.new_temp();
        self.graph[loc].attrs = super::graph::Attrs::PERSISTS;
        Hole::into(loc)
    }
}

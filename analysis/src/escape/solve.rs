//! Solving the graph: from each location back along the edges, with the least number of
//! dereferences to each location on the way.
//!
//! A walk is repeated for a location that has gained a property, until nothing changes. The order
//! of the queues decides which of several ways an explanation shows.
//!
//! Upstream: `cmd/compile/internal/escape/solve.go`.

use std::collections::VecDeque;

use crate::ir::node::Kind;
use crate::ir::scc::Member;

use super::Graph;
use super::event::{EventKind, Path};
use super::graph::{Attrs, LocId, Subject};
use super::leaks::Sink;
use crate::ir::facts::NUM_ESC_RESULTS;

impl Graph<'_> {
    /// Walks from all locations until nothing changes.
    pub(super) fn solve(&mut self) {
        let first = [LocId::HEAP, LocId::CALLEE, LocId::MUTATOR];
        let locations: Vec<LocId> = self.locations().collect();
        let mut roots: VecDeque<LocId> =
            first.into_iter().chain(locations.into_iter().rev()).collect();
        for &root in &roots {
            self.locs[root.0 as usize].queued_root = true;
        }
        let mut walk = 0;
        while let Some(root) = roots.pop_front() {
            self[root].queued_root = false;
            walk += 1;
            self.walk_from(root, walk, &mut roots);
        }
    }

    fn enqueue(&mut self, loc: LocId, roots: &mut VecDeque<LocId>) {
        if self[loc].queued_root {
            return;
        }
        self[loc].queued_root = true;
        if self[loc].escapes() {
            roots.push_front(loc);
        } else {
            roots.push_back(loc);
        }
    }

    /// Finds the shortest ways from `root`. Edges may count −1, but a way never counts less than
    /// zero before its last edge, so circles end (Bellman and Ford).
    fn walk_from(&mut self, root: LocId, walk: u32, roots: &mut VecDeque<LocId>) {
        let start = &mut self[root];
        start.walk = walk;
        start.derefs = 0;
        start.next = None;
        if start.attrs.has(Attrs::CALLS) {
            self.lose_results(root, roots);
        }
        let mut todo = VecDeque::from([root]);
        while let Some(loc) = todo.pop_front() {
            self[loc].queued_in = 0;
            let derefs = self[loc].derefs.max(0);
            let gained = self.gained(root, loc, derefs);
            self.leak(root, loc, derefs);
            if self[loc].attrs.with(gained) != self[loc].attrs {
                self[loc].attrs = self[loc].attrs.with(gained);
                self.enqueue(loc, roots);
                if self[loc].escapes() {
                    continue;
                }
            }
            for at in 0..self[loc].edges.len() {
                let edge = self[loc].edges[at];
                let src = &mut self[edge.src];
                let derefs = derefs + edge.derefs;
                if src.escapes() || (src.walk == walk && src.derefs <= derefs) {
                    continue;
                }
                src.walk = walk;
                src.derefs = derefs;
                src.next = Some((loc, at as u32));
                if src.queued_in != walk {
                    src.queued_in = walk;
                    todo.push_back(edge.src);
                }
            }
        }
    }

    /// A literal that may be called by anyone may give its results to anyone.
    fn lose_results(&mut self, root: LocId, roots: &mut VecDeque<LocId>) {
        let Subject::Expr(node) = self[root].subject else { return };
        let unit = self[root].func.0;
        let Kind::Closure { func } = self.node(unit, node).kind else { return };
        if !self.in_batch.contains(&(unit, func)) || !self.results_lost.insert((unit, func)) {
            return;
        }
        let this = &self.units[unit][func];
        let (from, len) = (this.n_params as usize, this.n_results as usize);
        for local in this.dcl.iter().skip(from).take(len).copied().collect::<Vec<_>>() {
            let result = self.location_of(unit, local);
            self.enqueue(result, roots);
        }
    }

    /// The properties that `loc` gets since its value or address flows to `root`.
    fn gained(&mut self, root: LocId, loc: LocId, derefs: i32) -> Attrs {
        let mut gained = Attrs::default();
        if self[loc].derefs < 0 {
            if self.outlives(root, loc) {
                if !self[loc].escapes() {
                    let Path { flows, truncated } = self.path(root, loc);
                    self.explain_escape(loc, flows, truncated);
                }
                gained = Attrs::ALL;
            } else {
                gained = self[root].attrs.only(Attrs::PERSISTS);
            }
        }
        if derefs == 0 {
            gained = gained.with(self[root].attrs.only(Attrs::MUTATES.with(Attrs::CALLS)));
        }
        gained
    }

    /// Takes note that a parameter flows to `root`.
    fn leak(&mut self, root: LocId, loc: LocId, derefs: i32) {
        if !self[loc].is_param() {
            return;
        }
        if self.outlives(root, loc) {
            if !self[loc].escapes() {
                self.explain_leak(root, loc, derefs);
            }
            let to = &self[root];
            let sink = match to.result {
                // A result that escapes itself is the heap.
                Some(index)
                    if !to.escapes()
                        && to.is_result()
                        && to.func == self[loc].func
                        && index < NUM_ESC_RESULTS =>
                {
                    Sink::Result(index)
                }
                _ => Sink::Heap,
            };
            self[loc].leaks.add(sink, derefs);
        }
        let attrs = self[root].attrs;
        if attrs.has(Attrs::MUTATES) {
            self[loc].leaks.add(Sink::Mutator, derefs);
        }
        if attrs.has(Attrs::CALLS) {
            self[loc].leaks.add(Sink::Callee, derefs);
        }
    }

    fn explain_leak(&mut self, root: LocId, loc: LocId, derefs: i32) {
        let Subject::Local(local) = self[loc].subject else { return };
        let to = self.endpoint(root);
        let path = self.path(root, loc);
        let (pos, (unit, func)) = (self[loc].pos, self[loc].func);
        self.event(unit, pos, EventKind::LeakFlow { local, func, to, derefs, path });
    }

    /// Whether what is stored in `loc` may be there after `other` is gone.
    fn outlives(&self, loc: LocId, other: LocId) -> bool {
        let (l, o) = (&self[loc], &self[other]);
        if l.escapes() {
            return true;
        }
        if loc == LocId::MUTATOR || loc == LocId::CALLEE {
            return false;
        }
        if l.is_result() {
            // What callers do with a result is not known, except for a literal all of whose calls
            // are: it may return what lies outside of it.
            return !self.contains(o.func, l.func) || self.results_lost.contains(&l.func);
        }
        if l.func == o.func && l.loop_depth < o.loop_depth {
            return true;
        }
        self.contains(l.func, o.func)
    }

    /// Whether `inner` is a literal somewhere inside of `outer`. Upstream: `ir.ContainsClosure`.
    fn contains(&self, outer: Member, inner: Member) -> bool {
        if outer.0 != inner.0 || outer == inner {
            return false;
        }
        let unit = &self.units[inner.0];
        if unit[inner.1].closure.is_none() {
            return false;
        }
        let mut func = inner.1;
        while let Some(parent) = unit[func].parent {
            if parent == outer.1 {
                return true;
            }
            func = parent;
        }
        false
    }
}

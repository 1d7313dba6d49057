//! What a solved graph says: leaks of parameters, then the decisions in order of location.
//!
//! Upstream: `finish`, `paramTag`, `reportLeaks` in `cmd/compile/internal/escape/escape.go`.

use std::sync::Arc;

use crate::ir::facts::Leaks;
use crate::ir::node::{CompLitOp, ConvOp, Flags, Kind, LocalId};
use crate::ir::scc::Member;
use crate::types::ty::TyKind;

use super::Graph;
use super::event::{Allocation, BatchResult, EventKind, LeaksTo, Site};
use super::graph::{Attrs, LocId, Subject};

impl Graph<'_> {
    pub(super) fn finish(mut self, before_rewrites: usize) -> BatchResult {
        let mut leaks = Vec::new();
        for &member in self.members {
            let n_params = self.units[member.0][member.1].n_params as usize;
            let params: Vec<LocalId> =
                self.units[member.0][member.1].dcl.iter().take(n_params).copied().collect();
            let tags: Arc<[Leaks]> =
                params.iter().map(|&param| self.param_leaks(member, param)).collect();
            self.state.leaks.insert(member, Arc::clone(&tags));
            leaks.push((member, tags));
        }
        let mut allocations = Vec::new();
        for loc in self.locations() {
            allocations.extend(self.decide(loc));
        }
        BatchResult {
            leaks,
            events: self.events,
            before_rewrites,
            rewrites: self.rewrites,
            allocations,
        }
    }

    /// Says whether a location is in the heap.
    fn decide(&mut self, loc: LocId) -> Option<Allocation> {
        let (unit, func) = self[loc].func;
        let (pos, escapes) = (self[loc].pos, self[loc].escapes());
        let persists = self[loc].attrs.has(Attrs::PERSISTS);
        let (node, local) = match self[loc].subject {
            Subject::None => return None,
            Subject::Local(local) => (self[loc].node, Some(local)),
            Subject::Expr(node) => (node, None),
        };
        let kind = self.node(unit, node).kind;
        // The wrappers of `go` and `defer` are nothing that the programmer wrote.
        let wrapper = matches!(kind, Kind::Closure { func } if self.units[unit][func].wrapper);
        match local {
            Some(local) if escapes => {
                if self.units[unit].package.is_runtime() {
                    self.event(unit, pos, EventKind::NotAllowedInRuntime(local));
                }
                self.event(unit, pos, EventKind::MovedToHeap(local));
            }
            None if escapes && !wrapper => self.event(unit, pos, EventKind::Escapes(node)),
            None if !wrapper => self.event(unit, pos, EventKind::DoesNotEscape(node)),
            _ => {}
        }
        let reused = matches!(
            kind,
            Kind::Closure { .. }
                | Kind::MethValue { .. }
                | Kind::CompLit { op: CompLitOp::Slice, .. }
        );
        if reused && !escapes && !persists {
            let node = &mut self.unit_mut(unit)[node];
            node.flags = node.flags.with(Flags::TRANSIENT);
        }
        let copied = matches!(kind, Kind::Conv { op: ConvOp::Str2Bytes, .. });
        if copied && !self[loc].attrs.has(Attrs::MUTATES) {
            self.event(unit, pos, EventKind::ZeroCopy(node));
        }
        Some(Allocation {
            site: Site { unit, node },
            func,
            local,
            escapes,
            persists,
            loops: self[loc].loop_depth.saturating_sub(1),
            size: self.allocated_size(loc),
            cause: self[loc].cause,
            reported: !wrapper,
        })
    }

    /// What callers are told of a parameter; says so where the programmer can use it.
    fn param_leaks(&mut self, (unit, func): Member, param: LocalId) -> Leaks {
        let this = &self.units[unit][func];
        let var = &self.units[unit][param];
        let pos = self.units[unit][var.node].pos;
        let ty = var.ty;
        let named = !var.name.is_blank() && !var.name.as_str().starts_with('~');
        let blank = var.blank;
        let diagnose = !(this.wrapper || this.dupok);
        let pragmas = this.pragmas;
        let last = this.n_params.checked_sub(1).and_then(|at| this.dcl.get(at as usize));
        let variadic = this.variadic && last == Some(&param);
        let say = |graph: &mut Self, kind| {
            if diagnose {
                graph.event(unit, pos, kind);
            }
        };

        if !this.has_body {
            if self.cx.is_uintptr(ty) {
                say(self, EventKind::AssumingUnsafeUintptr(param));
                return Leaks::UNKNOWN;
            }
            if !self.cx.has_pointers(ty) {
                return Leaks::default();
            }
            let (leaks, kind) = if pragmas.noescape {
                (Leaks::NOESCAPE, EventKind::ParamDoesNotEscape(param))
            } else {
                let kind = EventKind::LeakingParam { local: param, to: LeaksTo::Heap };
                (Leaks::UNKNOWN, kind)
            };
            // Upstream: of a field, `Sym`, which also `_` has.
            if named || blank {
                say(self, kind);
            }
            return leaks;
        }
        if pragmas.uintptrescapes {
            let element = match self.cx.under(ty).kind() {
                TyKind::Slice(elem) if variadic => *elem,
                _ => ty,
            };
            if self.cx.is_uintptr(element) {
                let variadic = element != ty;
                say(self, EventKind::MarkingUintptr { local: param, variadic });
                return Leaks::UNKNOWN;
            }
        }
        if !self.cx.has_pointers(ty) || !named {
            return Leaks::default();
        }
        let loc = self.location_of(unit, param);
        let leaks = self[loc].leaks.optimized();
        if diagnose && !self[loc].escapes() {
            self.report_leaks((unit, func), param, leaks);
        }
        // The heap itself is what is assumed of an unknown function.
        if leaks.heap == Some(0) { Leaks::UNKNOWN } else { leaks }
    }

    fn report_leaks(&mut self, (unit, func): Member, local: LocalId, leaks: Leaks) {
        let this = &self.units[unit];
        let pos = this[this[local].node].pos;
        let results = this[func].dcl.iter().skip(this[func].n_params as usize);
        let names: Vec<_> = results.map(|&result| this[result].name).collect();
        let to_heap = leaks.heap.map(|derefs| match derefs {
            0 => LeaksTo::Heap,
            _ => LeaksTo::HeapContent,
        });
        let to_results = leaks
            .results
            .into_iter()
            .zip(names)
            .filter_map(|(derefs, result)| Some(LeaksTo::Result { result, level: derefs? }));
        let all: Vec<LeaksTo> = to_heap.into_iter().chain(to_results).collect();
        if all.is_empty() {
            self.event(unit, pos, EventKind::ParamDoesNotEscape(local));
        }
        for to in all {
            self.event(unit, pos, EventKind::LeakingParam { local, to });
        }
    }
}

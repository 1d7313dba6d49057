//! Devirtualizing and inlining the functions of a package, one enabling the other.
//!
//! First all calls of all functions are listed, devirtualized once, and those of literals counted.
//! Then, batch by batch, each call in the list is tried; the calls that a body brings are
//! appended, devirtualized and counted before they are tried; and so on until a round changes
//! nothing.
//!
//! Upstream: `inline/interleaved/interleaved.go`; `inline/inl.go` (`inlineCallCheck`,
//! `TryInlineCall`, `mkinlcall`).

use rustc_hash::FxHashMap;

use super::assigned::Assignments;
use super::cost::{Cycle, Judge, is_big_func};
use super::expand::inline_call;
use super::{Body, Event, Inliner, What, intrinsics};
use crate::ir::func::FuncKey;
use crate::ir::node::{CallOp, Callee, Flags, FuncIdx, Kind, NodeId, Unit};
use crate::release::Target;

/// A unit while calls in it are replaced.
pub struct Work {
    /// The unit.
    pub unit: Unit,
    /// What was reported so far.
    pub events: Vec<Event>,
    assignments: Assignments,
    /// The functions that the unit was lowered with. Literals that come with inlined bodies have no
    /// state: calls in them stay.
    funcs: Vec<FuncState>,
    /// How often each literal is called, as far as calls are resolved.
    use_counts: FxHashMap<FuncIdx, u32>,
}

#[derive(Default)]
struct FuncState {
    big: bool,
    /// The calls, operands before the call that uses them.
    calls: Vec<NodeId>,
    /// What each call is known to reach.
    resolved: Vec<Option<Callee>>,
    /// For each node, whether it is or was one of the calls.
    listed: Vec<bool>,
}

impl Inliner<'_> {
    /// Lists, devirtualizes and counts the calls of a judged unit.
    pub fn start(&self, unit: Unit) -> Work {
        let mut work = Work {
            events: Vec::new(),
            assignments: Assignments::default(),
            funcs: Vec::new(),
            use_counts: FxHashMap::default(),
            unit,
        };
        work.assignments.update(self.cx, &work.unit);
        for idx in 0..work.unit.funcs.len() {
            let func = FuncIdx(idx as u32);
            let big = !self.cx.target.no_inline && is_big_func(&work.unit, func);
            if big {
                let pos = work.unit[func].pos;
                work.events.push(Event { pos, what: What::Big(func) });
            }
            let mut state = FuncState { big, ..FuncState::default() };
            let body = work.unit[work.unit[func].body].to_vec();
            for statement in body {
                state.list_calls(&mut work.unit, statement);
            }
            work.funcs.push(state);
        }
        for func in 0..work.funcs.len() {
            for call in 0..work.funcs[func].calls.len() {
                self.resolve(&mut work, FuncIdx(func as u32), call);
            }
        }
        work
    }

    /// Edits the functions of a batch until nothing changes.
    pub fn fixpoint(&self, works: &mut [Work], members: &[(usize, FuncIdx)]) {
        loop {
            let mut changed = false;
            for &(at, func) in members {
                if let Some(work) = works.get_mut(at) {
                    changed |= self.round(work, func);
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Tries each call of a function once, and those that come up meanwhile.
    fn round(&self, work: &mut Work, func: FuncIdx) -> bool {
        let Some(state) = work.funcs.get(func.0 as usize) else { return false };
        let mut changed = false;
        let (mut from, mut to) = (0, state.calls.len());
        loop {
            for call in from..to {
                if !self.edit(work, func, call) {
                    continue;
                }
                changed = true;
                work.assignments.update(self.cx, &work.unit);
                let state = &mut work.funcs[func.0 as usize];
                let inlined = state.calls[call];
                let mut children = Vec::new();
                work.unit.each_child(inlined, &mut |child| children.push(child));
                for child in children {
                    state.list_calls(&mut work.unit, child);
                }
            }
            (from, to) = (to, work.funcs[func.0 as usize].calls.len());
            if from == to {
                return changed;
            }
            for call in from..to {
                self.resolve(work, func, call);
            }
        }
    }

    /// What a call reaches, and how often that is called as far as known.
    fn resolve(&self, work: &mut Work, func: FuncIdx, at: usize) -> Option<(Callee, u32)> {
        let state = &mut work.funcs[func.0 as usize];
        let call = state.calls[at];
        if let Some(&Some(callee)) = state.resolved.get(at) {
            return Some((callee, count(&work.use_counts, callee)));
        }
        if !matches!(work.unit[call].kind, Kind::Call { .. }) {
            return None;
        }
        let mut judge = judge(self, &mut work.unit, &work.assignments, &mut work.events);
        judge.devirtualize(call);
        if !self.may_inline(judge.unit, call) {
            return None;
        }
        let Kind::Call { fun, .. } = judge.unit[call].kind else { return None };
        let callee = judge.callee(func, fun, true)?;
        let state = &mut work.funcs[func.0 as usize];
        if state.resolved.len() <= at {
            state.resolved.resize(at + 1, None);
        }
        state.resolved[at] = Some(callee);
        if let Callee::Literal(literal) = callee {
            *work.use_counts.entry(literal).or_default() += 1;
        }
        Some((callee, count(&work.use_counts, callee)))
    }

    /// Whether a call is of a kind that may be inlined. Upstream: `inlineCallCheck`.
    fn may_inline(&self, unit: &Unit, call: NodeId) -> bool {
        let node = unit[call];
        let Kind::Call { op: CallOp::Func, fun, .. } = node.kind else { return false };
        if self.cx.target.no_inline
            || node.flags.has(Flags::GO_DEFER)
            || node.flags.has(Flags::NO_INLINE)
        {
            return false;
        }
        let func = match unit[fun].kind {
            Kind::Func(func) => func,
            Kind::MethodExpr { func: Some(func), .. } => {
                return !(self.cx.target.checkptr && is_unsafe_reflect_method(func.key()));
            }
            _ => return true,
        };
        let is_escape_non_string = func.def().is_some_and(|def| {
            def.package.path.as_str() == "internal/abi" && def.name.as_str() == "EscapeNonString"
        });
        !is_escape_non_string && !intrinsics::is_intrinsic(func, self.cx.target)
    }

    /// Replaces a call by the callee's body, if that is allowed.
    fn edit(&self, work: &mut Work, func: FuncIdx, at: usize) -> bool {
        let big = work.funcs[func.0 as usize].big;
        let call = work.funcs[func.0 as usize].calls[at];
        if !matches!(work.unit[call].kind, Kind::Call { .. }) {
            return false;
        }
        // Things may have changed since the call was resolved.
        let Some((resolved, count)) = self.resolve(work, func, at) else { return false };
        if !self.may_inline(&work.unit, call) {
            return false;
        }
        let called_once = count == 1 && matches!(resolved, Callee::Literal(_));
        let pos = work.unit[call].pos;
        let mut judge = judge(self, &mut work.unit, &work.assignments, &mut work.events);
        let Kind::Call { fun, .. } = judge.unit[call].kind else { return false };
        let Some(callee) = judge.callee(func, fun, false) else { return false };
        let Some(body) = self.body(judge.unit, callee) else { return false };
        if body.cost > judge.max_cost(callee, big, called_once) {
            return false;
        }
        match judge.repeats(call, callee) {
            Some(Cycle::Call) => return false,
            Some(Cycle::Callee) if self.is_kept_apart(&body) => {
                return false;
            }
            Some(Cycle::Callee) => {
                let what = What::RepeatedCycle { callee, caller: func };
                work.events.push(Event { pos, what });
                return false;
            }
            None if self.is_kept_apart(&body) => return false,
            None => {}
        }
        work.events.push(Event { pos, what: What::Inlining(callee) });
        if let Callee::Func(_) = callee {
            // The body is read anew.
            let calls = self.imprecise_calls(&body.unit).into_iter();
            work.events.extend(calls.map(|event| Event { pos, ..event }));
        }
        inline_call(&mut work.unit, func, call, callee, &body, self.cx.target.release);
        true
    }

    /// Whether a body is of a package that is compiled without the checks that this one gets, so
    /// that it must not come in. Upstream: `inline/inl.go`, `canInlineCallExpr`.
    pub(super) fn is_kept_apart(&self, body: &Body) -> bool {
        let Target { race, checkptr, .. } = self.cx.target;
        let Some(def) = body.unit.id.def().filter(|_| race || checkptr) else { return false };
        let is_unwatched = || UNWATCHED_PACKAGES.contains(&def.package.path.as_str());
        def.package != self.package
            && (checkptr && def.package.is_runtime() || race && is_unwatched())
    }
}

/// Further packages that the race detector leaves alone.
const UNWATCHED_PACKAGES: [&str; 6] =
    ["runtime/race", "runtime/msan", "runtime/asan", "sync", "sync/atomic", "internal/sync"];

fn judge<'a, 'b>(
    inliner: &'b Inliner<'a>,
    unit: &'b mut Unit,
    assignments: &'b Assignments,
    events: &'b mut Vec<Event>,
) -> Judge<'a, 'b> {
    Judge { inliner, unit, assignments, events }
}

fn count(use_counts: &FxHashMap<FuncIdx, u32>, callee: Callee) -> u32 {
    match callee {
        // Only how often a literal is called matters.
        Callee::Func(_) => 2,
        Callee::Literal(literal) => use_counts.get(&literal).copied().unwrap_or_default(),
    }
}

fn is_unsafe_reflect_method(func: &FuncKey) -> bool {
    let FuncKey::Declared(def) = func else { return false };
    def.package.path.as_str() == "reflect"
        && def.parent.is_some_and(|recv| recv.name.as_str() == "Value")
        && matches!(def.name.as_str(), "UnsafeAddr" | "Pointer")
}

impl FuncState {
    /// Appends the calls at and below `root` that are not in the list, operands first. What hangs
    /// below a listed call has been seen.
    ///
    /// Upstream: `inlClosureState.mark`.
    fn list_calls(&mut self, unit: &mut Unit, root: NodeId) {
        self.listed.resize(unit.nodes.len(), false);
        // The flag tells whether the node's children have been dealt with.
        let mut todo = vec![(root, false)];
        while let Some((id, after)) = todo.pop() {
            if after {
                self.calls.push(id);
                continue;
            }
            if self.listed[id.0 as usize] {
                continue;
            }
            match unit[id].kind {
                Kind::Call { .. } => {
                    self.listed[id.0 as usize] = true;
                    todo.push((id, true));
                }
                Kind::TailCall { call } => {
                    // The call itself has to stay one.
                    unit[call].flags = unit[call].flags.with(Flags::NO_INLINE);
                    self.listed[call.0 as usize] = true;
                    let mark = todo.len();
                    unit.each_child(call, &mut |child| todo.push((child, false)));
                    todo[mark..].reverse();
                    continue;
                }
                _ => {}
            }
            let mark = todo.len();
            unit.each_child(id, &mut |child| todo.push((child, false)));
            todo[mark..].reverse();
        }
    }
}

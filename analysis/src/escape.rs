//! Escape analysis: which variables and allocations must live in the heap, and how parameters
//! leak.
//!
//! Functions are analysed in batches, callees first ([`crate::ir::scc`]). For a batch a graph is
//! built from all its statements (`expr`, `stmt`, `assign`, `call`, `closure`), where a location
//! is a variable or an allocation and an edge is a flow of values. Solving it (`solve`) finds the
//! shortest way from each location to all others, and marks what is reachable by its address from
//! somewhere that outlives it. What comes out is read off the locations (`finish`).
//!
//! The analysis is blind to the order of statements, to conditions, to fields and to elements. Its
//! decisions do not depend on the order of the work, but its explanations do: so the order of
//! locations, of edges and of the solver's queue is that of the compiler.
//!
//! Upstream: `cmd/compile/internal/escape/escape.go`; the modules are named after its files.

mod assign;
mod call;
mod closure;
pub mod event;
mod explain;
mod expr;
mod finish;
mod graph;
mod heap_reason;
mod leaks;
mod literals;
mod memo;
pub mod messages;
mod solve;
mod stmt;

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::facts::{Facts, Leaks};
use crate::ir::func::{FuncId, Ids};
use crate::ir::node::{Callee, FuncIdx, LocalId, Node, NodeId, Unit};
use crate::ir::reassign::{ReassignOracle, oracle_root};
use crate::ir::scc::Member;
use crate::shared::{List, Table};
use crate::types::cx::Cx;

use call::UintptrPragmas;
use event::Site;
pub use event::{Allocation, BatchResult, Event, EventKind, Reason};
use graph::{Attrs, Edge, Hole, LocId, Location, Note, NoteId, Subject};
pub use memo::{Memo, analyze};

/// What is remembered from batch to batch while the functions of a package are analysed.
#[derive(Debug, Default)]
struct State {
    /// Where each function's unit is.
    units: Arc<Ids>,
    /// Leaks of the functions that are finished, literals among them.
    leaks: Table<Member, Arc<[Leaks]>>,
    /// What is known of reassignments. The compiler asks once per function and never again, so
    /// what the analysis itself changes does not count.
    oracles: FxHashMap<Member, ReassignOracle>,
}

impl State {
    /// Nothing finished yet.
    fn new(units: &Arc<Ids>) -> State {
        State { units: Arc::clone(units), ..State::default() }
    }
}

/// Analyses functions that reach each other. Whatever else they mention is finished and known to
/// `state`, or else to `facts`. Gives also what was asked about functions outside of the batch.
fn batch(
    cx: &Cx<'_>,
    facts: &dyn Facts,
    units: &mut List<Arc<Unit>>,
    members: &[Member],
    state: &mut State,
) -> (BatchResult, Asked) {
    let mut graph = Graph::new(cx, facts, units, members, state);
    for &member in members {
        graph.declare(member);
    }
    for &member in members {
        if !graph.units[member.0][member.1].is_closure() {
            graph.walk(member);
        }
    }
    // All statements have been seen, so it is known what is reassigned and whose address is taken.
    for (hole, site) in std::mem::take(&mut graph.closures) {
        graph.capture(hole, site);
    }
    let before_rewrites = graph.events.len();
    for loc in graph.locations() {
        graph.rewrite_with_literals(loc);
        if let Some(why) = graph.heap_reason(loc) {
            let site = graph.site(loc);
            let hole = graph.addr(Hole::HEAP, site.unit, site.node, why);
            graph.flow(hole, loc);
        }
    }
    graph.solve();
    // Rewriting goes location by location between the explanations of what does not fit on the
    // stack; none of these prints an operand that is rewritten.
    let asked = graph.asked.take();
    (graph.finish(before_rewrites), asked)
}

/// What a batch has asked about functions outside of it, with the answers.
type Asked = FxHashMap<FuncId, Told>;

/// What is told of a function outside of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// How its parameters leak; `None` if nothing is known.
    leaks: Option<Arc<[Leaks]>>,
    /// What it asks of pointers that callers pass as numbers.
    uintptr: UintptrPragmas,
}

impl State {
    /// What is told of a function, as far as the analysis has come.
    fn told(&self, units: &List<Arc<Unit>>, facts: &dyn Facts, func: FuncId) -> Told {
        let known = self.units.place(func);
        let finished = known.and_then(|unit| self.leaks.get(&(unit, FuncIdx::ROOT)));
        let elsewhere = if finished.is_none() { facts.facts(func) } else { None };
        let leaks = finished.or(elsewhere.as_ref().map(|facts| &facts.leaks)).cloned();
        let uintptr = match (known, &elsewhere) {
            (Some(unit), _) => {
                let this = &units[unit][FuncIdx::ROOT];
                UintptrPragmas::of(this.pragmas, this.has_body)
            }
            (None, Some(facts)) => UintptrPragmas::of(facts.pragmas, facts.has_body),
            (None, None) => UintptrPragmas::default(),
        };
        Told { leaks, uintptr }
    }
}

/// A batch of functions under analysis.
struct Graph<'a> {
    cx: &'a Cx<'a>,
    facts: &'a dyn Facts,
    units: &'a mut List<Arc<Unit>>,
    state: &'a mut State,
    members: &'a [Member],
    in_batch: FxHashSet<Member>,
    locs: Vec<Location>,
    by_local: FxHashMap<(usize, LocalId), LocId>,
    notes: Vec<Note>,
    /// The literals seen, with the hole of what they capture.
    closures: Vec<(Hole, Site)>,
    /// Literals that may be called by someone who is not known.
    results_lost: FxHashSet<Member>,
    events: Vec<Event>,
    rewrites: Vec<(Site, crate::ir::node::Kind)>,
    /// What was asked about functions outside of the batch.
    asked: RefCell<Asked>,
}

impl<'a> Graph<'a> {
    fn new(
        cx: &'a Cx<'a>,
        facts: &'a dyn Facts,
        units: &'a mut List<Arc<Unit>>,
        members: &'a [Member],
        state: &'a mut State,
    ) -> Graph<'a> {
        let pseudo = |attrs| {
            let at = crate::ir::node::Pos::NONE;
            let func = members.first().copied().unwrap_or((0, FuncIdx::ROOT));
            Location { attrs, ..Location::new(Subject::None, NodeId(0), at, func) }
        };
        Graph {
            cx,
            facts,
            units,
            state,
            members,
            in_batch: members.iter().copied().collect(),
            locs: vec![
                pseudo(Attrs::ALL),
                pseudo(Attrs::MUTATES),
                pseudo(Attrs::CALLS),
                pseudo(Attrs::default()),
            ],
            by_local: FxHashMap::default(),
            notes: Vec::new(),
            closures: Vec::new(),
            results_lost: FxHashSet::default(),
            events: Vec::new(),
            rewrites: Vec::new(),
            asked: RefCell::default(),
        }
    }

    /// The unit, to be changed.
    fn unit_mut(&mut self, unit: usize) -> &mut Unit {
        Arc::make_mut(&mut self.units[unit])
    }

    /// All locations but the pseudo ones, in order of creation.
    fn locations(&self) -> impl Iterator<Item = LocId> + use<> {
        (LocId::N_PSEUDO..self.locs.len() as u32).map(LocId)
    }

    fn node(&self, unit: usize, node: NodeId) -> Node {
        self.units[unit][node]
    }

    /// The node that a location stands for.
    fn site(&self, loc: LocId) -> Site {
        Site { unit: self[loc].func.0, node: self[loc].node }
    }

    fn event(&mut self, unit: usize, pos: crate::ir::node::Pos, kind: EventKind) {
        self.events.push(Event { unit, pos, kind });
    }

    /// Makes the locations of a function's variables.
    fn declare(&mut self, member: Member) {
        let (unit, func) = member;
        let this = &self.units[unit][func];
        let (n_params, n_results) = (this.n_params as usize, this.n_results as usize);
        let dcl = this.dcl.clone();
        // The receiver of a method value's wrapper is captured although there is no literal.
        let hidden = if this.closure.is_none() { this.closure_vars.clone() } else { Vec::new() };
        let mut results = Vec::new();
        for (at, &local) in dcl.iter().enumerate() {
            let loc = self.new_local(member, 1, local);
            if at >= n_params && at < n_params + n_results {
                self[loc].result = Some(at - n_params);
                results.push(loc);
            }
        }
        for local in hidden {
            let local = self.units[unit].canonical(local);
            self.new_local(member, 1, local);
        }
    }

    /// Makes the location of a variable.
    fn new_local(&mut self, func: Member, loop_depth: u32, local: LocalId) -> LocId {
        let var = &self.units[func.0][local];
        let (node, class) = (var.node, var.class);
        let loc = self.new_location(func, loop_depth, Subject::Local(local), node);
        self[loc].class = Some(class);
        self[loc].attrs = Attrs::PERSISTS;
        self.by_local.insert((func.0, local), loc);
        loc
    }

    fn new_location(
        &mut self,
        func: Member,
        loop_depth: u32,
        subject: Subject,
        node: NodeId,
    ) -> LocId {
        let unit = func.0;
        let pos = if subject == Subject::None {
            crate::ir::node::Pos::NONE
        } else {
            let Node { ty, pos, .. } = self.node(unit, node);
            if self.cx.not_in_heap(ty) {
                self.event(unit, pos, EventKind::Unallocatable(ty));
            }
            pos
        };
        let loc = LocId(self.locs.len() as u32);
        self.locs.push(Location { loop_depth, ..Location::new(subject, node, pos, func) });
        loc
    }

    /// The location of a variable or of what a captured copy stands for.
    fn location_of(&mut self, unit: usize, local: LocalId) -> LocId {
        let local = self.units[unit].canonical(local);
        if let Some(&loc) = self.by_local.get(&(unit, local)) {
            return loc;
        }
        // Lowering lists every variable in its function, and a literal never goes without the
        // function around it; a variable without a location would be a mistake of ours.
        debug_assert!(false, "{} has no location", self.units[unit][local].name);
        self.new_local((unit, self.units[unit][local].func), 1, local)
    }

    /// A hole with one more step on the way to it.
    fn note(&mut self, hole: Hole, unit: usize, node: NodeId, reason: Reason) -> Hole {
        let id = NoteId(self.notes.len() as u32);
        self.notes.push(Note { next: hole.notes, unit, node, reason });
        Hole { notes: Some(id), ..hole }
    }

    /// The hole of `x` if `hole` is that of `*x`.
    fn deref(&mut self, hole: Hole, unit: usize, node: NodeId, reason: Reason) -> Hole {
        self.note(hole.shift(1), unit, node, reason)
    }

    /// The hole of `x` if `hole` is that of `&x`.
    fn addr(&mut self, hole: Hole, unit: usize, node: NodeId, reason: Reason) -> Hole {
        self.note(hole.shift(-1), unit, node, reason)
    }

    /// Lets the value of `src` flow into `hole`.
    fn flow(&mut self, hole: Hole, src: LocId) {
        if hole.addrtaken {
            self[src].addrtaken = true;
        }
        let dst = hole.dst;
        if dst == LocId::BLANK || (dst == src && hole.derefs >= 0) {
            return;
        }
        if hole.derefs < 0 && self[dst].escapes() {
            let flow = self.explain_flow(dst, src, hole.derefs, hole.notes);
            self.explain_escape(src, vec![flow], false);
            self[src].attrs = self[src].attrs.with(Attrs::ALL);
            return;
        }
        self[dst].edges.push(Edge { src, derefs: hole.derefs, notes: hole.notes });
    }

    /// Says why `loc` is in the heap.
    fn explain_escape(&mut self, loc: LocId, flows: Vec<event::Flow>, truncated: bool) {
        let Location { node, pos, func: (unit, func), .. } = self[loc];
        let index = self.events.len();
        self[loc].cause.get_or_insert(index);
        let path = event::Path { flows, truncated };
        self.event(unit, pos, EventKind::EscapeFlow { node, func, path });
    }

    /// The member that a callee is, if it is a function of the units at hand.
    fn member(&self, unit: usize, callee: Callee) -> Option<Member> {
        match callee {
            Callee::Func(id) => Some((self.state.units.place(id)?, FuncIdx::ROOT)),
            Callee::Literal(func) => Some((unit, func)),
        }
    }

    /// The callee's place in the graph, if it is analysed right now.
    fn in_batch(&self, unit: usize, callee: Callee) -> Option<Member> {
        self.member(unit, callee).filter(|member| self.in_batch.contains(member))
    }

    /// What is known of reassignments in a function and all around it.
    fn oracle(&mut self, (unit, func): Member) -> &ReassignOracle {
        let root = oracle_root(&self.units[unit], func);
        let (cx, body) = (self.cx, &self.units[unit]);
        let made = self.state.oracles.entry((unit, root));
        made.or_insert_with(|| ReassignOracle::new(cx, body, root))
    }

    /// The expression that a value comes from.
    fn static_value(&mut self, func: Member, node: NodeId) -> NodeId {
        self.oracle(func);
        let root = oracle_root(&self.units[func.0], func.1);
        let oracle = self.state.oracles.get(&(func.0, root));
        oracle.map_or(node, |oracle| oracle.static_value(&self.units[func.0], node))
    }
}

impl std::ops::Index<LocId> for Graph<'_> {
    type Output = Location;
    fn index(&self, loc: LocId) -> &Location {
        &self.locs[loc.0 as usize]
    }
}

impl std::ops::IndexMut<LocId> for Graph<'_> {
    fn index_mut(&mut self, loc: LocId) -> &mut Location {
        &mut self.locs[loc.0 as usize]
    }
}

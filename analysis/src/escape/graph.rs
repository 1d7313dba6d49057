//! The graph that a batch of functions is solved on: locations, the flows between them, and holes,
//! which are places for a value to flow to while the graph is built.
//!
//! An edge leads from a destination back to a source and carries how often the source's value is
//! dereferenced on the way: −1 if it is its address that flows. Locations are numbered in order of
//! creation; messages and the solver's queue follow that order.
//!
//! Upstream: `cmd/compile/internal/escape/graph.go`.

use crate::ir::facts::Leaks;
use crate::ir::node::{Class, LocalId, NodeId, Pos};
use crate::ir::scc::Member;

use super::Reason;

/// Points to a location of the same batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LocId(pub(super) u32);

impl LocId {
    /// The heap, which outlives everything.
    pub(super) const HEAP: LocId = LocId(0);
    /// Where pointers flow through which something is written.
    pub(super) const MUTATOR: LocId = LocId(1);
    /// Where function values flow that are called without a look at their results.
    pub(super) const CALLEE: LocId = LocId(2);
    /// Where values flow that nobody needs.
    pub(super) const BLANK: LocId = LocId(3);

    /// How many locations stand for no variable and no expression at all.
    pub(super) const N_PSEUDO: u32 = 4;
}

/// Properties of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Attrs(u8);

impl Attrs {
    /// The variable must live in the heap.
    pub(super) const ESCAPES: Attrs = Attrs(1);
    /// The storage is needed after the statement.
    pub(super) const PERSISTS: Attrs = Attrs(1 << 1);
    /// What is reachable from here may be written to.
    pub(super) const MUTATES: Attrs = Attrs(1 << 2);
    /// Function values reachable from here may be called without a look at their results.
    pub(super) const CALLS: Attrs = Attrs(1 << 3);
    /// All of them.
    pub(super) const ALL: Attrs = Attrs(0b1111);

    pub(super) fn has(self, other: Attrs) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn with(self, other: Attrs) -> Attrs {
        Attrs(self.0 | other.0)
    }

    pub(super) fn only(self, other: Attrs) -> Attrs {
        Attrs(self.0 & other.0)
    }
}

/// What a location stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Nothing that has a name: a place on the way.
    None,
    /// A variable, never a captured copy.
    Local(LocalId),
    /// An expression that allocates.
    Expr(NodeId),
}

/// A variable, an allocation or a place on the way.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub(super) subject: Subject,
    /// The variable's node or the expression; the first node for [`Subject::None`].
    pub(super) node: NodeId,
    /// Where messages about it stand.
    pub(super) pos: Pos,
    /// The function that holds it.
    pub(super) func: Member,
    /// What it is, if it is a variable.
    pub(super) class: Option<Class>,
    /// Which result of its function it is.
    pub(super) result: Option<usize>,
    /// Flows into it.
    pub(super) edges: Vec<Edge>,
    /// How many loops surround its declaration, plus one.
    pub(super) loop_depth: u32,
    pub(super) attrs: Attrs,
    /// How the parameter leaks, as far as is known.
    pub(super) leaks: Leaks,
    /// Whether a literal has captured it.
    pub(super) captured: bool,
    /// Whether it is assigned more than once.
    pub(super) reassigned: bool,
    pub(super) addrtaken: bool,

    /// In which walk `derefs` and `next` were last set.
    pub(super) walk: u32,
    /// The least number of dereferences from here to the walk's root.
    pub(super) derefs: i32,
    /// The next location on the way to the root, and the edge of it that leads here.
    pub(super) next: Option<(LocId, u32)>,
    /// Whether it is queued as a root.
    pub(super) queued_root: bool,
    /// In which walk it is queued; 0 for none.
    pub(super) queued_in: u32,
    /// The explanation of why it is in the heap: index into the events.
    pub(super) cause: Option<usize>,
}

impl Location {
    pub(super) fn new(subject: Subject, node: NodeId, pos: Pos, func: Member) -> Location {
        Location {
            subject,
            node,
            pos,
            func,
            class: None,
            result: None,
            edges: Vec::new(),
            loop_depth: 0,
            attrs: Attrs::default(),
            leaks: Leaks::default(),
            captured: false,
            reassigned: false,
            addrtaken: false,
            walk: 0,
            derefs: 0,
            next: None,
            queued_root: false,
            queued_in: 0,
            cause: None,
        }
    }

    pub(super) fn is_param(&self) -> bool {
        self.class == Some(Class::Param)
    }

    pub(super) fn is_result(&self) -> bool {
        self.class == Some(Class::Result)
    }

    pub(super) fn escapes(&self) -> bool {
        self.attrs.has(Attrs::ESCAPES)
    }
}

/// A flow into a location.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) src: LocId,
    pub(super) derefs: i32,
    pub(super) notes: Option<NoteId>,
}

/// Points to a note of the same batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoteId(pub(super) u32);

/// Why a value flows, one step of it: the way through an expression is a chain of notes, from the
/// innermost operand outwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note {
    pub(super) next: Option<NoteId>,
    pub(super) unit: usize,
    pub(super) node: NodeId,
    pub(super) reason: Reason,
}

/// Where the value of an expression goes: for `x = **p` the hole of `p` is `x` with two
/// dereferences.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hole {
    pub(super) dst: LocId,
    pub(super) derefs: i32,
    pub(super) notes: Option<NoteId>,
    /// Whether the expression's address is taken, wherever that goes.
    pub(super) addrtaken: bool,
}

impl Hole {
    /// Straight into a location.
    pub(super) const fn into(dst: LocId) -> Hole {
        Hole { dst, derefs: 0, notes: None, addrtaken: false }
    }

    pub(super) const HEAP: Hole = Hole::into(LocId::HEAP);
    pub(super) const MUTATOR: Hole = Hole::into(LocId::MUTATOR);
    pub(super) const CALLEE: Hole = Hole::into(LocId::CALLEE);
    pub(super) const DISCARD: Hole = Hole::into(LocId::BLANK);

    pub(super) fn shift(self, by: i32) -> Hole {
        // The address of an address cannot be asked for: `&` only applies to what has one.
        Hole { derefs: (self.derefs + by).max(-1), addrtaken: by < 0, ..self }
    }
}

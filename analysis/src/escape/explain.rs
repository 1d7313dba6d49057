//! The way on which a value flows, as data.
//!
//! Upstream: `explainPath`, `explainFlow` in `cmd/compile/internal/escape/solve.go`.

use rustc_hash::FxHashSet;

use super::Graph;
use super::event::{Endpoint, Flow, Path, Site};
use super::graph::{LocId, NoteId, Subject};

impl Graph<'_> {
    /// The way from `loc` to the root of the walk at hand.
    pub(super) fn path(&self, root: LocId, loc: LocId) -> Path {
        let mut path = Path::default();
        let mut seen = FxHashSet::default();
        let mut src = loc;
        loop {
            if !seen.insert(src) {
                path.truncated = true;
                return path;
            }
            let Some((dst, at)) = self[src].next else { return path };
            let edge = self[dst].edges[at as usize];
            path.flows.push(self.explain_flow(dst, src, edge.derefs, edge.notes));
            if dst == root {
                return path;
            }
            src = dst;
        }
    }

    /// One step of a way.
    pub(super) fn explain_flow(
        &self,
        dst: LocId,
        src: LocId,
        derefs: i32,
        notes: Option<NoteId>,
    ) -> Flow {
        let mut steps = Vec::new();
        let mut next = notes;
        while let Some(id) = next {
            let note = self.notes[id.0 as usize];
            steps.push((Site { unit: note.unit, node: note.node }, note.reason));
            next = note.next;
        }
        Flow { dst: self.endpoint(dst), src: self.endpoint(src), derefs, notes: steps }
    }

    /// How a location is shown in an explanation.
    pub(super) fn endpoint(&self, loc: LocId) -> Endpoint {
        let site = self.site(loc);
        match self[loc].subject {
            _ if loc == LocId::HEAP => Endpoint::Heap,
            Subject::None => Endpoint::Temp,
            Subject::Local(_) => Endpoint::Variable(site),
            Subject::Expr(_) => Endpoint::Storage(site),
        }
    }
}

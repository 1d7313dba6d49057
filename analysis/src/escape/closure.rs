//! How literals capture variables: by value if they never change and are small, else by reference.
//!
//! Upstream: `cmd/compile/internal/escape/escape.go`, `flowClosure`.

use crate::ir::node::Kind;

use super::graph::Hole;
use super::{EventKind, Graph, Reason, Site};

/// The largest variable that is captured by value.
const MAX_CAPTURED_BY_VALUE: i64 = 128;

impl Graph<'_> {
    /// Decides how a literal captures its variables, and lets these flow into it.
    pub(super) fn capture(&mut self, hole: Hole, literal: Site) {
        let unit = literal.unit;
        let Kind::Closure { func } = self.node(unit, literal.node).kind else { return };
        for copy in self.units[unit][func].closure_vars.clone() {
            let var = self.units[unit].canonical(copy);
            let loc = self.location_of(unit, var);
            let (addrtaken, reassigned) = (self[loc].addrtaken, self[loc].reassigned);
            let width = self.cx.size_of(self.units[unit][var].ty);
            let by_value = !addrtaken && !reassigned && width <= MAX_CAPTURED_BY_VALUE;
            let vars = self.unit_mut(unit);
            vars[var].byval = by_value;
            vars[copy].byval = by_value;
            if !by_value {
                vars[var].addrtaken = true;
            }
            let pos = self[loc].pos;
            let kind = EventKind::Capturing { local: var, by_value, addrtaken, reassigned, width };
            self.event(unit, pos, kind);

            let node = self.units[unit][copy].node;
            let hole = if by_value { hole } else { self.addr(hole, unit, node, Reason::Reference) };
            let hole = self.note(hole, unit, node, Reason::CapturedByClosure);
            self.flow(hole, loc);
        }
    }
}

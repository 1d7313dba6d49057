//! Which variables keep the value that they are defined with.
//!
//! A [`ReassignOracle`] is made for an outermost function, whose literals it covers, with one look
//! at all its statements. It does not see later changes: whoever changes the function asks a new
//! one, or relies on what did not change.
//!
//! Upstream: `cmd/compile/internal/ir/reassignment.go`, and `StaticValue`, `StaticCalleeName`
//! in `expr.go`.

use rustc_hash::FxHashMap;

use super::func::FuncKey;
use super::node::{As2Op, Callee, Class, ConvOp, FuncIdx, Kind, LocalId, NodeId, Unit};
use super::values::outer_local;
use crate::types::cx::Cx;
use crate::types::ty::TyKind;

/// Answers whether variables are reassigned. See the module's text.
#[derive(Debug, Clone, Default)]
pub struct ReassignOracle {
    /// Variables never assigned but by their definition: the statement, none for a parameter.
    single_def: FxHashMap<LocalId, Option<NodeId>>,
    /// Variables of function type that get their values from plain assignments only: those of
    /// them that assign more than nil.
    func_assigns: FxHashMap<LocalId, Vec<NodeId>>,
}

/// The function whose oracle answers for `func`: the outermost around it, except that a package's
/// initialisation is none.
pub fn oracle_root(unit: &Unit, func: FuncIdx) -> FuncIdx {
    let mut func = func;
    while let Some(parent) = unit[func].parent {
        if parent == FuncIdx::ROOT && matches!(unit.id.key(), FuncKey::Init(_)) {
            break;
        }
        func = parent;
    }
    func
}

impl ReassignOracle {
    /// The oracle for `root`, an [`oracle_root`], as it is now.
    pub fn new(cx: &Cx<'_>, unit: &Unit, root: FuncIdx) -> ReassignOracle {
        let mut oracle = ReassignOracle::default();
        let func = &unit[root];
        for &param in func.dcl.iter().take(func.n_params as usize) {
            if !unit[param].name.is_blank() {
                oracle.single_def.insert(param, None);
            }
        }
        unit.each_node_with_closures(root, &mut |id| {
            if let Kind::Name(local) = unit[id].kind {
                oracle.add_candidate(cx, unit, local);
            }
        });
        unit.each_node_with_closures(root, &mut |id| match unit[id].kind {
            Kind::As { x, .. } | Kind::AsOp { x, .. } => oracle.assigned(cx, unit, x, id),
            Kind::As2 { lhs, .. } => {
                unit[lhs].iter().for_each(|&x| oracle.assigned(cx, unit, x, id));
            }
            Kind::Range { key, value, .. } => {
                let vars = [key, value].into_iter().flatten();
                vars.for_each(|x| oracle.assigned(cx, unit, x, id));
            }
            // Nothing else assigns to a variable.
            _ => {}
        });
        oracle
    }

    fn add_candidate(&mut self, cx: &Cx<'_>, unit: &Unit, local: LocalId) {
        let var = &unit[local];
        if var.class != Class::Auto || var.addrtaken {
            return;
        }
        let defined_alone = var.defn.map(|defn| matches!(unit[defn].kind, Kind::As { .. }));
        if defined_alone != Some(false) && matches!(cx.under(var.ty).kind(), TyKind::Func(_)) {
            self.func_assigns.insert(local, Vec::new());
        }
        if let Some(defn) = var.defn {
            self.single_def.insert(local, Some(defn));
        }
    }

    /// Takes note that statement `stmt` assigns to `target`.
    fn assigned(&mut self, cx: &Cx<'_>, unit: &Unit, target: NodeId, stmt: NodeId) {
        let Some(local) = outer_local(cx, unit, target) else { return };
        let local = unit.canonical(local);
        if self.single_def.get(&local).is_some_and(|&defn| defn != Some(stmt)) {
            self.single_def.remove(&local);
        }
        if let Some(assigns) = self.func_assigns.get_mut(&local) {
            match unit[stmt].kind {
                Kind::As { y, .. } if y.is_none_or(|y| is_nil(unit, y)) => {}
                Kind::As { .. } => assigns.push(stmt),
                _ => drop(self.func_assigns.remove(&local)),
            }
        }
    }

    /// Whether anything but its definition may assign to a local or parameter.
    pub fn reassigned(&self, local: LocalId) -> bool {
        !self.single_def.contains_key(&local)
    }

    /// The expression that `id` has its value from: through conversions that do nothing, inlined
    /// calls and variables that keep their first value.
    pub fn static_value(&self, unit: &Unit, id: NodeId) -> NodeId {
        let mut id = id;
        // A way through definitions ends since each is written once, but broken code must not
        // lead in a circle.
        for _ in 0..unit.nodes.len() {
            match self.step(unit, id) {
                Some(next) => id = next,
                None => break,
            }
        }
        id
    }

    fn step(&self, unit: &Unit, id: NodeId) -> Option<NodeId> {
        match unit[id].kind {
            Kind::Conv { op: ConvOp::ConvNop, x } | Kind::Paren { x } => Some(x),
            Kind::InlinedCall { results, .. } => match unit[results] {
                [result] => Some(result),
                _ => None,
            },
            Kind::Name(local) => {
                let local = unit.canonical(local);
                let defn = self.single_def.get(&local).copied().flatten()?;
                if unit[local].class == Class::Auto { defined_as(unit, local, defn) } else { None }
            }
            // Everything else has its value from itself.
            _ => None,
        }
    }

    /// The assignments of values other than nil from which a variable of function type has all
    /// its values; none if there may be others. Since Go 1.27.
    pub fn func_assignments(&self, unit: &Unit, local: LocalId) -> &[NodeId] {
        self.func_assigns.get(&unit.canonical(local)).map_or(&[], Vec::as_slice)
    }
}

/// The value that the defining statement gives to a variable.
fn defined_as(unit: &Unit, local: LocalId, defn: NodeId) -> Option<NodeId> {
    match unit[defn].kind {
        Kind::As { y, .. } => y,
        Kind::As2 { op: As2Op::List, lhs, rhs } => {
            let at = unit[lhs].iter().position(|&x| unit[x].kind == Kind::Name(local))?;
            unit[rhs].get(at).copied()
        }
        // Values of tuples, of loops and of type switches are not known.
        _ => None,
    }
}

/// Whether this is nil, perhaps converted.
fn is_nil(unit: &Unit, id: NodeId) -> bool {
    let mut id = id;
    while let Kind::Conv { op: ConvOp::ConvNop, x } = unit[id].kind {
        id = x;
    }
    matches!(unit[id].kind, Kind::Nil)
}

/// The function that calling `id` runs, if it is written there: a name, a method expression or a
/// literal.
pub fn static_callee(unit: &Unit, id: NodeId) -> Option<Callee> {
    match unit[id].kind {
        Kind::Func(func) | Kind::MethodExpr { func: Some(func), .. } => Some(Callee::Func(func)),
        Kind::Closure { func } => Some(Callee::Literal(func)),
        // Any other value may be one function or another.
        _ => None,
    }
}

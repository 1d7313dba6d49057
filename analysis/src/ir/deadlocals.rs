//! Dead locals: assignments to variables that nobody reads are taken out.
//!
//! An assignment goes if its right side has no effect: a name, a constant, nil or a function
//! literal, without init statements. What the right side of such an assignment mentions does not
//! count as used, so that chains of dead variables and the captures of a dead literal go too.
//! Runs after inlining, whose bindings of parameters and results leave most of them.
//!
//! Upstream: `cmd/compile/internal/deadlocals/deadlocals.go`.

use rustc_hash::FxHashMap;

use super::node::{
    As2Op, BinaryOp, Class, CompLitOp, ConvOp, FuncIdx, Kind, LocalId, NodeId, Pos, Unit,
};
use crate::types::constant::Value;
use crate::types::cx::deep;
use crate::types::ty::{Basic, Ty};

/// Takes dead assignments out of every function of the unit.
pub fn run(unit: &mut Unit) {
    let roots: Vec<FuncIdx> = (0..unit.funcs.len() as u32)
        .map(FuncIdx)
        // A literal that captures is looked at inside the function around it.
        .filter(|&func| !unit[func].is_closure())
        .collect();
    let dictionaries = dictionaries(unit);
    for func in roots {
        let mut search = Search {
            unit,
            dictionaries: &dictionaries,
            uses: vec![Use::None; unit.locals.len()],
            order: vec![],
            discards: vec![],
        };
        search.list(search.unit[func].body);
        let Search { mut uses, order, discards, .. } = search;
        for local in order {
            if let Use::Only(dead) = std::mem::replace(&mut uses[local.0 as usize], Use::None) {
                remove(unit, &dead);
                // Its definition may be one of them.
                unit[local].defn = None;
            }
        }
        remove(unit, &discards);
    }
}

/// How a variable is used.
#[derive(Clone)]
enum Use {
    /// Not met yet.
    None,
    /// Only assigned, here.
    Only(Vec<Assign>),
    /// Read.
    Read,
}

/// An assignment that may go: the statement, and which of its values.
#[derive(Clone, Copy)]
struct Assign {
    statement: NodeId,
    index: u32,
}

/// The dictionaries of inlined calls, by the origin of their bodies.
fn dictionaries(unit: &Unit) -> FxHashMap<u32, LocalId> {
    let locals = (0..unit.locals.len() as u32).map(LocalId);
    let dictionaries = locals.filter(|&local| unit[local].name.as_str() == ".dict");
    dictionaries.map(|local| (unit[unit[local].node].pos.origin, local)).collect()
}

struct Search<'a> {
    unit: &'a Unit,
    dictionaries: &'a FxHashMap<u32, LocalId>,
    uses: Vec<Use>,
    /// Variables in the order in which they were met.
    order: Vec<LocalId>,
    /// Values that are assigned to `_` beside others.
    discards: Vec<Assign>,
}

impl Search<'_> {
    fn list(&mut self, list: super::node::List) {
        for &node in &self.unit[list] {
            self.node(node);
        }
    }

    fn node(&mut self, id: NodeId) {
        let unit = self.unit;
        match unit[id].kind {
            Kind::Dcl { .. } => {}
            Kind::Name(local) => self.read(unit.canonical(local)),
            Kind::Closure { func } => deep(|| {
                self.list(unit[id].init);
                for &var in &unit[func].closure_vars {
                    self.node(unit[var].node);
                }
                self.list(unit[func].body);
            }),
            Kind::As { x, y } => deep(|| self.assign(id, 0, x, y, false)),
            Kind::As2 { op: As2Op::List, lhs, rhs } => deep(|| {
                // With a variable on the left, `_` throws away; alone, it counts as a use.
                let discards = unit[lhs].iter().any(|&x| !matches!(unit[x].kind, Kind::Blank));
                for (index, &x) in unit[lhs].iter().enumerate() {
                    self.assign(id, index as u32, x, unit[rhs].get(index).copied(), discards);
                }
            }),
            _ => deep(|| {
                if takes_type_at_run_time(unit, id)
                    && let Some(&dictionary) = self.dictionaries.get(&unit[id].pos.origin)
                {
                    self.read(unit.canonical(dictionary));
                }
                let mut children = Vec::new();
                unit.each_child(id, &mut |child| children.push(child));
                for child in children {
                    self.node(child);
                }
            }),
        }
    }

    fn read(&mut self, local: LocalId) {
        if unit_class(self.unit, local) == Class::Result {
            return;
        }
        let was = std::mem::replace(&mut self.uses[local.0 as usize], Use::Read);
        if let Use::Only(assigns) = was {
            for assign in assigns {
                if let Some((_, Some(value))) = sides(self.unit, assign) {
                    self.node(value);
                }
            }
        }
    }

    fn assign(
        &mut self,
        statement: NodeId,
        index: u32,
        x: NodeId,
        y: Option<NodeId>,
        blank_discards: bool,
    ) {
        let target = match self.unit[x].kind {
            Kind::Name(local) => Some(self.unit.canonical(local)),
            Kind::Blank => {
                if blank_discards && y.is_some_and(|y| !has_effects(self.unit, y)) {
                    self.discards.push(Assign { statement, index });
                } else {
                    self.option(y);
                }
                return;
            }
            Kind::Global(_) | Kind::Func(_) => None,
            _ => {
                self.node(x);
                self.option(y);
                return;
            }
        };
        if let Some(local) = target
            && unit_class(self.unit, local) != Class::Result
            && y.is_none_or(|y| !has_effects(self.unit, y))
        {
            let assign = Assign { statement, index };
            match &mut self.uses[local.0 as usize] {
                Use::Read => {}
                Use::Only(assigns) => {
                    assigns.push(assign);
                    return;
                }
                unmet @ Use::None => {
                    *unmet = Use::Only(vec![assign]);
                    self.order.push(local);
                    return;
                }
            }
        }
        self.option(y);
    }

    fn option(&mut self, node: Option<NodeId>) {
        if let Some(node) = node {
            self.node(node);
        }
    }
}

fn unit_class(unit: &Unit, local: LocalId) -> Class {
    unit[local].class
}

/// Whether a node has a child that the IR does not: the word of the dictionary that says what a type
/// is. Upstream: the fields `RType` and `TypeWord` that `noder/reader.go` fills in.
fn takes_type_at_run_time(unit: &Unit, id: NodeId) -> bool {
    let of = match unit[id].kind {
        Kind::Conv { op: ConvOp::ConvIface, x } => unit[x].ty,
        Kind::IndexMap { x, .. } => unit[x].ty,
        Kind::Binary { op: BinaryOp::Copy | BinaryOp::UnsafeSlice, x, .. } => unit[x].ty,
        Kind::Make { .. } | Kind::Append { .. } => unit[id].ty,
        Kind::CompLit { op: CompLitOp::Map, .. } => unit[id].ty,
        _ => return false,
    };
    of.has_shapes()
}

fn has_effects(unit: &Unit, node: NodeId) -> bool {
    let node = &unit[node];
    let is_inert = matches!(
        node.kind,
        Kind::Name(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Blank
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::Closure { .. }
    );
    !is_inert || !node.init.is_empty()
}

/// Both sides of an assignment.
fn sides(unit: &Unit, assign: Assign) -> Option<(NodeId, Option<NodeId>)> {
    match unit[assign.statement].kind {
        Kind::As { x, y } => Some((x, y)),
        Kind::As2 { lhs, rhs, .. } => {
            let at = assign.index as usize;
            Some((*unit[lhs].get(at)?, unit[rhs].get(at).copied()))
        }
        _ => None,
    }
}

/// Turns assignments into `_ = 0`.
fn remove(unit: &mut Unit, assigns: &[Assign]) {
    for assign in assigns {
        let blank = unit.add(Kind::Blank, Ty::invalid(), Pos::NONE);
        unit.consts.push(Value::from(0i64));
        let zero = Kind::Literal(unit.consts.len() as u32 - 1);
        let zero = unit.add(zero, Ty::basic(Basic::Int), Pos::AUTOGENERATED);
        match unit[assign.statement].kind {
            Kind::As { .. } => {
                unit[assign.statement].kind = Kind::As { x: blank, y: Some(zero) };
            }
            Kind::As2 { lhs, rhs, .. } => {
                unit[lhs][assign.index as usize] = blank;
                unit[rhs][assign.index as usize] = zero;
            }
            _ => {}
        }
    }
}

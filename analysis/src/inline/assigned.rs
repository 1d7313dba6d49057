//! Which variables are assigned where, kept up to date while bodies are inlined.
//!
//! The compiler walks a function anew for each question (`ir.Reassigned`, `ir.StaticValue`,
//! `devirtualize.State`). Since inlining only adds nodes, the same answers come from an index that
//! reads each node of the unit once, when it is new.
//!
//! Upstream: `ir/expr.go` (`StaticValue`, `Reassigned`), `devirtualize/devirtualize.go` (`State`).

use rustc_hash::FxHashMap;

use crate::ir::node::{As2Op, Class, ConvOp, Kind, LocalId, NodeId, Unit};
use crate::ir::values::outer_local;
use crate::types::cx::Cx;
use crate::types::ty::{Ty, TyKind};

/// What is assigned to a variable of interface type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Assigned {
    /// The value of an expression.
    Value(NodeId),
    /// A value that is not followed, of this type.
    OfType(Ty),
    /// One of the results of a call, which may be inlined later.
    Result(NodeId, u32),
    /// Nothing is known.
    Unknown,
}

/// The index of one unit.
#[derive(Debug, Default)]
pub struct Assignments {
    /// How many of the unit's nodes have been read.
    read: usize,
    /// For each local, whether it is assigned anywhere but where it is defined.
    reassigned: Vec<bool>,
    /// For each local of interface type, what is assigned to it, except `nil`.
    interfaces: FxHashMap<LocalId, Vec<Assigned>>,
}

impl Assignments {
    /// Reads the nodes that are new.
    pub fn update(&mut self, cx: &Cx<'_>, unit: &Unit) {
        self.reassigned.resize(unit.locals.len(), false);
        for at in self.read..unit.nodes.len() {
            self.read_node(cx, unit, NodeId(at as u32));
        }
        self.read = unit.nodes.len();
    }

    /// What is assigned to `local`, a variable of interface type.
    pub fn interface(&self, local: LocalId) -> &[Assigned] {
        self.interfaces.get(&local).map_or(&[], Vec::as_slice)
    }

    /// Whether `local` may have another value than the one it is defined with.
    fn is_reassigned(&self, unit: &Unit, local: LocalId) -> bool {
        unit[local].addrtaken || self.reassigned.get(local.0 as usize).is_none_or(|&is| is)
    }

    fn read_node(&mut self, cx: &Cx<'_>, unit: &Unit, id: NodeId) {
        match unit[id].kind {
            Kind::As { x, y } => {
                self.assign(cx, unit, id, x);
                if let Some(y) = y {
                    let y = strip_parens(unit, y);
                    let value = match unit[y].kind {
                        Kind::Call { .. } => Assigned::Result(y, 0),
                        _ => Assigned::Value(y),
                    };
                    self.assign_interface(cx, unit, x, value);
                }
            }
            Kind::As2 { op, lhs, rhs } => {
                for &x in &unit[lhs] {
                    self.assign(cx, unit, id, x);
                }
                let Some(&first) = unit[rhs].first() else { return };
                let first = strip_parens(unit, first);
                for (i, &x) in unit[lhs].iter().enumerate() {
                    let value = match op {
                        As2Op::List => match unit[rhs].get(i) {
                            Some(&value) => Assigned::Value(value),
                            None => Assigned::Unknown,
                        },
                        As2Op::Func => Assigned::Result(first, i as u32),
                        As2Op::DotType if i == 0 => Assigned::Value(first),
                        As2Op::MapR | As2Op::Recv | As2Op::SelRecv2 if i == 0 => {
                            Assigned::OfType(unit[first].ty)
                        }
                        _ => Assigned::Unknown,
                    };
                    self.assign_interface(cx, unit, x, value);
                }
            }
            Kind::AsOp { x, .. } => self.assign_always(cx, unit, Some(x)),
            Kind::Range { x, key, value, .. } => {
                self.assign_always(cx, unit, key);
                self.assign_always(cx, unit, value);
                let mut over = cx.under(unit[x].ty);
                if let TyKind::Pointer(elem) = over.kind() {
                    over = cx.under(*elem);
                }
                let (of_key, of_value) = match over.kind() {
                    TyKind::Array(_, elem) | TyKind::Slice(elem) => (None, Some(*elem)),
                    TyKind::Chan(_, elem) => (Some(*elem), None),
                    TyKind::Map(key, elem) => (Some(*key), Some(*elem)),
                    _ => (None, None),
                };
                for (name, ty) in [(key, of_key), (value, of_value)] {
                    let Some(name) = name else { continue };
                    let value = ty.map_or(Assigned::Unknown, Assigned::OfType);
                    self.assign_interface(cx, unit, name, value);
                }
            }
            Kind::Switch { tag: Some(tag), cases } => {
                let Kind::TypeSw { x, .. } = unit[tag].kind else { return };
                for &case in &unit[cases] {
                    if let Kind::Case { var: Some(var), .. } = unit[case].kind {
                        self.assign_interface(cx, unit, var, Assigned::Value(x));
                    }
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, cx: &Cx<'_>, unit: &Unit, statement: NodeId, x: NodeId) {
        let Some(local) = outer_local(cx, unit, x).map(|local| unit.canonical(local)) else {
            return;
        };
        if unit[local].defn != Some(statement) {
            self.reassigned[local.0 as usize] = true;
        }
    }

    fn assign_always(&mut self, cx: &Cx<'_>, unit: &Unit, x: Option<NodeId>) {
        if let Some(local) =
            x.and_then(|x| outer_local(cx, unit, x)).map(|local| unit.canonical(local))
        {
            self.reassigned[local.0 as usize] = true;
        }
    }

    fn assign_interface(&mut self, cx: &Cx<'_>, unit: &Unit, x: NodeId, value: Assigned) {
        // A field or element of a variable is of interest only if the variable itself is an
        // interface, which then has neither.
        let Kind::Name(local) = unit[x].kind else { return };
        let local = unit.canonical(local);
        if unit[local].class != Class::Auto || !cx.is_interface(unit[local].ty) {
            return;
        }
        let value = match value {
            Assigned::Value(y) if matches!(unit[y].kind, Kind::Nil) => return,
            Assigned::OfType(ty) if cx.is_interface(ty) => Assigned::Unknown,
            other => other,
        };
        self.interfaces.entry(local).or_default().push(value);
    }

    /// The expression that `node` always has the value of, as far as it can be told: through
    /// conversions without effect, inlined calls, and variables that are assigned once.
    ///
    /// Upstream: `ir.StaticValue`.
    pub fn static_value(&self, unit: &Unit, mut node: NodeId) -> NodeId {
        // Each step goes to an older definition; the bound only guards against broken input.
        for _ in 0..unit.nodes.len() {
            let next = match unit[node].kind {
                Kind::Conv { op: ConvOp::ConvNop, x } | Kind::Paren { x } => Some(x),
                Kind::InlinedCall { results, .. } => match unit[results] {
                    [result] => Some(result),
                    _ => None,
                },
                Kind::Name(local) => self.definition(unit, local),
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => return node,
            }
        }
        node
    }

    /// What a variable is defined as, if it never changes.
    fn definition(&self, unit: &Unit, local: LocalId) -> Option<NodeId> {
        let local = unit.canonical(local);
        if unit[local].class != Class::Auto {
            return None;
        }
        let value = match unit[unit[local].defn?].kind {
            Kind::As { y, .. } => y?,
            Kind::As2 { op: As2Op::List, lhs, rhs } => {
                let at = unit[lhs].iter().position(|&x| x == unit[local].node)?;
                *unit[rhs].get(at)?
            }
            _ => return None,
        };
        if self.is_reassigned(unit, local) { None } else { Some(value) }
    }
}

fn strip_parens(unit: &Unit, mut node: NodeId) -> NodeId {
    while let Kind::Paren { x } = unit[node].kind {
        node = x;
    }
    node
}

//! Operands that always have the value of a constant become that constant.
//!
//! So a slice's size may be known, and an interface's value may be read-only data. The statements
//! that set the variable stay.
//!
//! Upstream: `cmd/compile/internal/escape/escape.go`, `rewriteWithLiterals`.

use num_traits::Signed as _;

use crate::ir::node::{CompLitOp, ConvOp, Kind, MakeOp, NodeId, UnaryOp};
use crate::types::constant::{self, Value};
use crate::types::ty::{Basic, Ty};

use super::graph::{LocId, Subject};
use super::{Graph, Site};

impl Graph<'_> {
    /// Rewrites the operand of what a location stands for, if it is always the same constant.
    pub(super) fn rewrite_with_literals(&mut self, loc: LocId) {
        let Subject::Expr(id) = self[loc].subject else { return };
        let unit = self[loc].func.0;
        match self.node(unit, id).kind {
            Kind::Make { op: MakeOp::Slice, len, cap } => {
                let Some(count) = cap.or(len) else { return };
                let Some(literal) = self.constant_count(loc, id, count) else { return };
                let kind = if cap.is_some() {
                    Kind::Make { op: MakeOp::Slice, len, cap: Some(literal) }
                } else {
                    Kind::Make { op: MakeOp::Slice, len: Some(literal), cap }
                };
                self.rewrite(unit, id, kind);
            }
            Kind::Conv { op: ConvOp::ConvIface, x } => {
                if let Some(literal) = self.constant_operand(loc, id, x) {
                    self.rewrite(unit, id, Kind::Conv { op: ConvOp::ConvIface, x: literal });
                }
            }
            // No other expression gains from it.
            _ => {}
        }
    }

    fn rewrite(&mut self, unit: usize, node: NodeId, kind: Kind) {
        self.rewrites.push((Site { unit, node }, self.node(unit, node).kind));
        self.unit_mut(unit)[node].kind = kind;
    }

    fn add_literal(&mut self, unit: usize, at: NodeId, ty: Ty, value: Value) -> NodeId {
        let pos = self.node(unit, at).pos;
        let unit = self.unit_mut(unit);
        unit.consts.push(value);
        unit.add(Kind::Literal(unit.consts.len() as u32 - 1), ty, pos)
    }

    /// The constant that a slice's length or capacity always is.
    fn constant_count(&mut self, loc: LocId, make: NodeId, count: NodeId) -> Option<NodeId> {
        let (unit, func) = self[loc].func;
        if matches!(self.node(unit, count).kind, Kind::Literal(_)) {
            return None;
        }
        let value = self.static_value((unit, func), count);
        match self.node(unit, value).kind {
            Kind::Literal(value) => {
                let value = self.units[unit].consts[value as usize].clone();
                let ty = self.node(unit, count).ty;
                let fits = value.big_int().is_some_and(|count| !count.is_negative());
                fits.then(|| self.add_literal(unit, make, ty, value))
            }
            Kind::Unary { op: UnaryOp::Len, x } => {
                let slice = self.static_value((unit, func), x);
                let Kind::CompLit { op: CompLitOp::Slice, len, .. } = self.node(unit, slice).kind
                else {
                    return None;
                };
                let value = Value::from(len);
                Some(self.add_literal(unit, make, Ty::basic(Basic::Int), value))
            }
            // Known at run time only.
            _ => None,
        }
    }

    /// The constant that the operand of a conversion to an interface always is.
    fn constant_operand(&mut self, loc: LocId, conv: NodeId, x: NodeId) -> Option<NodeId> {
        let (unit, func) = self[loc].func;
        let operand = self.node(unit, x);
        if matches!(operand.kind, Kind::Literal(_)) || self.cx.is_interface(operand.ty) {
            return None;
        }
        let value = self.static_value((unit, func), x);
        let Kind::Literal(value) = self.node(unit, value).kind else { return None };
        let value = self.units[unit].consts[value as usize].clone();
        // Upstream: `ir.ValidTypeForConst`.
        let fits = match value.kind() {
            constant::Kind::Unknown => false,
            constant::Kind::Bool => self.cx.is_boolean(operand.ty),
            constant::Kind::String => self.cx.is_string(operand.ty),
            constant::Kind::Int => self.cx.is_integer(operand.ty),
            constant::Kind::Float => self.cx.is_float(operand.ty),
            constant::Kind::Complex => self.cx.is_complex(operand.ty),
        };
        fits.then(|| self.add_literal(unit, conv, operand.ty, value))
    }
}

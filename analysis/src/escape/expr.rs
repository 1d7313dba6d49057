//! Expressions: where their values flow.
//!
//! Every operand is looked at, also where its value goes nowhere, for it may have effects.
//!
//! Upstream: `cmd/compile/internal/escape/expr.go`.

use rustc_hash::FxHashMap;

use crate::ir::node::{
    BinaryOp, BuiltinOp, CompLitOp, ConvOp, FuncIdx, Kind, List, LocalId, MakeOp, Node, NodeId,
    UnaryOp, Unit,
};
use crate::ir::scc::Member;
use crate::symbol::Symbol;
use crate::types::cx::{Cx, deep};
use crate::types::predicates::is_untyped;
use crate::types::ty::{Basic, Ty, TyKind};

use super::graph::{Hole, LocId, Subject};
use super::{Graph, Reason, Site};

/// A function whose statements are being looked at.
pub(super) struct Walk<'g, 'a> {
    pub(super) graph: &'g mut Graph<'a>,
    pub(super) unit: usize,
    pub(super) func: FuncIdx,
    /// Labels not yet passed, and whether a `goto` behind them leads back.
    pub(super) labels: FxHashMap<Symbol, bool>,
    /// How many loops surround the statement at hand, plus one.
    pub(super) loop_depth: u32,
}

impl<'a> Walk<'_, 'a> {
    pub(super) fn member(&self) -> Member {
        (self.unit, self.func)
    }

    pub(super) fn cx(&self) -> &'a Cx<'a> {
        self.graph.cx
    }

    pub(super) fn body(&self) -> &Unit {
        &self.graph.units[self.unit]
    }

    pub(super) fn node(&self, node: NodeId) -> Node {
        self.graph.node(self.unit, node)
    }

    pub(super) fn ty(&self, node: NodeId) -> Ty {
        self.node(node).ty
    }

    /// The nodes of a list, which may change while they are walked.
    pub(super) fn nodes(&self, list: List) -> impl Iterator<Item = NodeId> + use<> {
        self.body()[list].to_vec().into_iter()
    }

    pub(super) fn note(&mut self, hole: Hole, node: NodeId, reason: Reason) -> Hole {
        self.graph.note(hole, self.unit, node, reason)
    }

    pub(super) fn deref(&mut self, hole: Hole, node: NodeId, reason: Reason) -> Hole {
        self.graph.deref(hole, self.unit, node, reason)
    }

    fn addr_of(&mut self, hole: Hole, node: NodeId, reason: Reason) -> Hole {
        self.graph.addr(hole, self.unit, node, reason)
    }

    pub(super) fn location_of(&mut self, local: LocalId) -> LocId {
        self.graph.location_of(self.unit, local)
    }

    /// The hole of an interface's value if `hole` is that of what it holds, of type `ty`.
    pub(super) fn dot_type(&mut self, hole: Hole, ty: Ty, node: NodeId, reason: Reason) -> Hole {
        let held = self.cx().is_interface(ty) || self.cx().is_direct_iface(ty);
        self.note(if held { hole } else { hole.shift(1) }, node, reason)
    }

    /// Makes a location on the way.
    pub(super) fn new_temp(&mut self) -> LocId {
        self.graph.new_location(self.member(), self.loop_depth, Subject::None, NodeId(0))
    }

    /// Makes the location of what `node` allocates, lets its address flow to `hole`, and gives the
    /// hole of what is stored in it.
    pub(super) fn spill(&mut self, hole: Hole, node: NodeId) -> Hole {
        let subject = Subject::Expr(node);
        let loc = self.graph.new_location(self.member(), self.loop_depth, subject, node);
        let hole = self.addr_of(hole, node, Reason::Spill);
        self.graph.flow(hole, loc);
        Hole::into(loc)
    }

    /// A hole that flows into each of `holes`, none of which takes an address.
    pub(super) fn tee(&mut self, holes: &[Hole]) -> Hole {
        match holes {
            [] => Hole::DISCARD,
            [one] => *one,
            _ => {
                let temp = self.new_temp();
                for &hole in holes {
                    self.graph.flow(hole, temp);
                }
                Hole::into(temp)
            }
        }
    }

    pub(super) fn discard(&mut self, node: NodeId) {
        self.expr(Hole::DISCARD, node);
    }

    pub(super) fn discard_all(&mut self, list: List) {
        for node in self.nodes(list) {
            self.discard(node);
        }
    }

    fn discard_any(&mut self, nodes: [Option<NodeId>; 3]) {
        for node in nodes.into_iter().flatten() {
            self.discard(node);
        }
    }

    /// Evaluates an expression into `hole`.
    pub(super) fn expr(&mut self, hole: Hole, node: NodeId) {
        deep(|| {
            self.stmts(self.node(node).init);
            self.expr_skip_init(hole, node);
        });
    }

    /// Evaluates an expression whose init statements have been looked at.
    pub(super) fn expr_skip_init(&mut self, mut hole: Hole, id: NodeId) {
        let node = self.node(id);
        if hole.derefs >= 0 && !is_untyped(node.ty) && !self.cx().has_pointers(node.ty) {
            hole.dst = LocId::BLANK;
        }
        match node.kind {
            Kind::Global(_)
            | Kind::Func(_)
            | Kind::Blank
            | Kind::Ident(_)
            | Kind::Type
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::MethodExpr { .. }
            | Kind::Linksym(_)
            | Kind::DynamicType { .. }
            | Kind::Builtin { op: BuiltinOp::GetG | BuiltinOp::GetCallerSp, .. } => {}
            Kind::Name(local) => {
                let loc = self.location_of(local);
                self.graph.flow(hole, loc);
            }
            Kind::Unary { op, x } => self.unary(hole, id, op, x),
            Kind::Binary { op, x, y } => self.binary(hole, id, op, x, y),
            Kind::Logical { x, y, .. } => {
                self.discard(x);
                self.discard(y);
            }
            Kind::Addr { x } => {
                let hole = self.addr_of(hole, id, Reason::AddressOf);
                self.expr(hole, x);
            }
            Kind::Deref { x } => {
                let hole = self.deref(hole, id, Reason::Indirection);
                self.expr(hole, x);
            }
            Kind::Dot { x, .. } | Kind::DotInter { x, .. } => {
                let hole = self.note(hole, id, Reason::Dot);
                self.expr(hole, x);
            }
            Kind::DotPtr { x, .. } => {
                let hole = self.deref(hole, id, Reason::DotOfPointer);
                self.expr(hole, x);
            }
            Kind::DotType { x, .. } | Kind::DynamicDotType { x, .. } => {
                let hole = self.dot_type(hole, node.ty, id, Reason::Dot);
                self.expr(hole, x);
            }
            Kind::Index { x, index } => {
                let hole = if self.is_array(self.ty(x)) {
                    self.note(hole, id, Reason::FixedArrayIndexOf)
                } else {
                    self.deref(hole, id, Reason::DotOfPointer)
                };
                self.expr(hole, x);
                self.discard(index);
            }
            Kind::IndexMap { x, index } => {
                // Nothing flows out of a map, and a key that is looked up is not kept.
                self.discard(x);
                self.discard(index);
            }
            Kind::Slice { x, low, high, max, .. } => {
                let hole = self.note(hole, id, Reason::Slice);
                self.expr(hole, x);
                self.discard_any([low, high, max]);
            }
            Kind::Conv { op, x } => self.conversion(hole, id, op, x),
            Kind::Call { .. } | Kind::InlinedCall { .. } | Kind::Append { .. } => {
                self.call(Some(&[hole]), id);
            }
            Kind::Builtin { op: BuiltinOp::Min | BuiltinOp::Max | BuiltinOp::Recover, .. } => {
                self.call(Some(&[hole]), id);
            }
            Kind::Make { op, len, cap } => {
                if op != MakeOp::Chan {
                    self.spill(hole, id);
                }
                self.discard_any([len, if op == MakeOp::Slice { cap } else { None }, None]);
            }
            Kind::MethValue { x, func, .. } => self.method_value(hole, id, x, func),
            Kind::PtrLit { x } => {
                let hole = self.spill(hole, id);
                self.expr(hole, x);
            }
            Kind::CompLit { op, list, .. } => self.composite(hole, id, op, list),
            Kind::Closure { func } => self.closure(hole, id, func),
            Kind::AddStr { list } => {
                // The operands are copied.
                self.spill(hole, id);
                self.discard_all(list);
            }
            Kind::Paren { x } => self.expr(hole, x),
            Kind::Key { .. }
            | Kind::StructKey { .. }
            | Kind::Builtin {
                op: BuiltinOp::Delete | BuiltinOp::Print | BuiltinOp::Println, ..
            }
            | Kind::As { .. }
            | Kind::As2 { .. }
            | Kind::AsOp { .. }
            | Kind::Dcl { .. }
            | Kind::Block { .. }
            | Kind::If { .. }
            | Kind::For { .. }
            | Kind::Range { .. }
            | Kind::Switch { .. }
            | Kind::TypeSw { .. }
            | Kind::Case { .. }
            | Kind::Select { .. }
            | Kind::Comm { .. }
            | Kind::Return { .. }
            | Kind::Break(_)
            | Kind::Continue(_)
            | Kind::Goto(_)
            | Kind::Fall
            | Kind::Label(_)
            | Kind::Go { .. }
            | Kind::Defer { .. }
            | Kind::Send { .. }
            | Kind::InlMark(_)
            | Kind::TailCall { .. } => debug_assert!(false, "no expression: {:?}", node.kind),
        }
    }

    pub(super) fn is_array(&self, ty: Ty) -> bool {
        matches!(self.cx().under(ty).kind(), TyKind::Array(..))
    }

    fn unary(&mut self, hole: Hole, id: NodeId, op: UnaryOp, x: NodeId) {
        match op {
            UnaryOp::Not
            | UnaryOp::BitNot
            | UnaryOp::Plus
            | UnaryOp::Neg
            | UnaryOp::Recv
            | UnaryOp::CheckNil
            | UnaryOp::Cfunc => self.discard(x),
            UnaryOp::Len
            | UnaryOp::Cap
            | UnaryOp::Real
            | UnaryOp::Imag
            | UnaryOp::Clear
            | UnaryOp::Close
            | UnaryOp::Panic
            | UnaryOp::UnsafeStringData
            | UnaryOp::UnsafeSliceData => self.call(Some(&[hole]), id),
            UnaryOp::New => drop(self.spill(hole, id)),
            UnaryOp::IData | UnaryOp::ITab | UnaryOp::SPtr => self.expr(hole, x),
        }
    }

    fn binary(&mut self, hole: Hole, id: NodeId, op: BinaryOp, x: NodeId, y: NodeId) {
        match op {
            BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Mod
            | BinaryOp::And
            | BinaryOp::AndNot
            | BinaryOp::Lsh
            | BinaryOp::Rsh
            | BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge => {
                self.discard(x);
                self.discard(y);
            }
            BinaryOp::Copy
            | BinaryOp::Complex
            | BinaryOp::UnsafeAdd
            | BinaryOp::UnsafeSlice
            | BinaryOp::UnsafeString => self.call(Some(&[hole]), id),
            // The type word never points to what could escape.
            BinaryOp::MakeFace => self.expr(hole, y),
        }
    }

    fn conversion(&mut self, hole: Hole, id: NodeId, op: ConvOp, x: NodeId) {
        let (ty, from) = (self.ty(id), self.ty(x));
        match op {
            ConvOp::Conv | ConvOp::ConvNop => {
                if self.cx().is_unsafe_pointer(ty) && self.cx().is_uintptr(from) {
                    self.unsafe_value(hole, x);
                } else {
                    self.expr(hole, x);
                }
            }
            ConvOp::ConvIface => {
                let direct = self.cx().is_interface(from) || self.cx().is_direct_iface(from);
                let hole = if direct { hole } else { self.spill(hole, id) };
                let hole = self.note(hole, id, Reason::InterfaceConverted);
                self.expr(hole, x);
            }
            ConvOp::Slice2Arr => {
                let hole = self.deref(hole, id, Reason::SliceToArray);
                self.expr(hole, x);
            }
            ConvOp::Slice2ArrPtr => self.expr(hole, x),
            ConvOp::Bytes2Str
            | ConvOp::Runes2Str
            | ConvOp::Str2Bytes
            | ConvOp::Str2Runes
            | ConvOp::RuneStr => {
                self.spill(hole, id);
                self.discard(x);
            }
        }
    }

    fn composite(&mut self, hole: Hole, id: NodeId, op: CompLitOp, list: List) {
        let (hole, reason) = match op {
            CompLitOp::Array => (hole, Reason::ArrayLiteralElement),
            CompLitOp::Struct => (hole, Reason::StructLiteralElement),
            CompLitOp::Slice => (self.spill(hole, id), Reason::SliceLiteralElement),
            CompLitOp::Map => (self.spill(hole, id), Reason::MapLiteralValue),
        };
        for element in self.nodes(list) {
            match self.node(element).kind {
                // What is in a map is always in the heap.
                Kind::Key { key, value } if op == CompLitOp::Map => {
                    self.assign_heap(key, Reason::MapLiteralKey, id);
                    self.assign_heap(value, Reason::MapLiteralValue, id);
                }
                Kind::Key { value, .. } | Kind::StructKey { value, .. } => {
                    let hole = self.note(hole, id, reason);
                    self.expr(hole, value);
                }
                // An element without a key.
                _ => {
                    let hole = self.note(hole, id, reason);
                    self.expr(hole, element);
                }
            }
        }
    }

    fn method_value(
        &mut self,
        hole: Hole,
        id: NodeId,
        x: NodeId,
        func: Option<crate::ir::func::FuncId>,
    ) {
        let closure = self.spill(hole, id);
        // Who will call it is not known, so its results may go anywhere.
        let n_results = match self.cx().under(self.ty(id)).kind() {
            TyKind::Func(sig) => sig.results.len(),
            // A method value is a function; nothing is known of broken code.
            _ => 0,
        };
        let results = vec![Hole::HEAP; n_results];
        let callee = func.map(crate::ir::node::Callee::Func);
        let recv = self.param_hole(Some(&results), callee, 0);
        let hole = self.tee(&[recv, closure]);
        self.expr(hole, x);
    }

    fn closure(&mut self, hole: Hole, id: NodeId, func: FuncIdx) {
        let hole = self.spill(hole, id);
        self.graph.closures.push((hole, Site { unit: self.unit, node: id }));
        if !self.body()[func].is_closure() {
            return;
        }
        for var in self.body()[func].closure_vars.clone() {
            let loc = self.location_of(var);
            let depth = self.loop_depth;
            let loc = &mut self.graph[loc];
            if !loc.captured {
                loc.captured = true;
                // What straight code assigns before the first capture is there before any copy.
                if loc.loop_depth == depth {
                    loc.reassigned = false;
                }
            }
        }
        for local in self.body()[func].dcl.clone() {
            if !self.graph.by_local.contains_key(&(self.unit, local)) {
                self.graph.new_local((self.unit, func), 1, local);
            }
        }
        self.graph.walk((self.unit, func));
    }

    /// Evaluates a computation with addresses, looking for pointers that became numbers in it.
    pub(super) fn unsafe_value(&mut self, hole: Hole, id: NodeId) {
        deep(|| self.unsafe_value_inner(hole, id));
    }

    fn unsafe_value_inner(&mut self, hole: Hole, id: NodeId) {
        let node = self.node(id);
        self.stmts(node.init);
        match node.kind {
            Kind::Conv { op: ConvOp::Conv | ConvOp::ConvNop, x } => {
                if self.cx().is_unsafe_pointer(self.ty(x)) {
                    self.expr(hole, x);
                } else {
                    self.discard(x);
                }
            }
            Kind::DotPtr { x, .. } => {
                if is_reflect_header_data(self.cx(), self.body(), id) {
                    let hole = self.deref(hole, id, Reason::ReflectHeaderData);
                    self.expr(hole, x);
                } else {
                    self.discard(x);
                }
            }
            Kind::Unary { op: UnaryOp::Plus | UnaryOp::Neg | UnaryOp::BitNot, x } => {
                self.unsafe_value(hole, x);
            }
            Kind::Binary { op: BinaryOp::Lsh | BinaryOp::Rsh, x, y } => {
                self.unsafe_value(hole, x);
                self.discard(y);
            }
            Kind::Binary {
                op:
                    BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Or
                    | BinaryOp::Xor
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::And
                    | BinaryOp::AndNot,
                x,
                y,
            } => {
                self.unsafe_value(hole, x);
                self.unsafe_value(hole, y);
            }
            // Any other number is no pointer.
            _ => self.expr_skip_init(Hole::DISCARD, id),
        }
    }
}

/// Whether this is the field `Data` of a `reflect.SliceHeader` or `reflect.StringHeader`.
/// Upstream: `ir.IsReflectHeaderDataField`.
pub(super) fn is_reflect_header_data(cx: &Cx<'_>, unit: &Unit, id: NodeId) -> bool {
    let header = match unit[id].kind {
        Kind::Dot { x, .. } => unit[x].ty,
        Kind::DotPtr { x, .. } => match cx.under(unit[x].ty).kind() {
            TyKind::Pointer(elem) => *elem,
            _ => return false,
        },
        _ => return false,
    };
    let TyKind::Named(named) = header.kind() else { return false };
    let is_data = match unit[id].kind {
        Kind::Dot { field, .. } | Kind::DotPtr { field, .. } => {
            field_name(cx, header, field).is_some_and(|name| name.as_str() == "Data")
        }
        _ => false,
    };
    is_data
        && unit[id].ty == Ty::basic(Basic::Uintptr)
        && named.def.parent.is_none()
        && named.def.package.path.as_str() == "reflect"
        && matches!(named.def.name.as_str(), "SliceHeader" | "StringHeader")
}

/// The name of a field of a struct type.
fn field_name(cx: &Cx<'_>, ty: Ty, field: u32) -> Option<Symbol> {
    match cx.under(ty).kind() {
        TyKind::Struct(fields) => fields.get(field as usize).map(|field| field.name),
        _ => None,
    }
}

//! Calls, also of built-in functions.
//!
//! An argument of a known function flows where the function's leaks say, or into the parameter if
//! the function is in the batch; of an unknown one it flows to the heap.
//!
//! Upstream: `cmd/compile/internal/escape/call.go`.

use crate::ir::facts::Leaks;
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{
    BinaryOp, BuiltinOp, CallOp, Callee, CompLitOp, ConvOp, Flags, Kind, List, LocalId, NodeId,
    UnaryOp, Unit,
};
use crate::ir::reassign::{oracle_root, static_callee};
use crate::release::Release;
use crate::syntax::ast::Pragmas;
use crate::types::constant::Value;
use crate::types::cx::{Cx, deep};
use crate::types::ty::{Ty, TyKind};

use super::expr::Walk;
use super::graph::{Hole, LocId};
use super::leaks::Sink;
use super::{Graph, Reason, Told};

impl Walk<'_, '_> {
    /// Evaluates a call; `results` are the holes of its results, none for a statement.
    pub(super) fn call(&mut self, results: Option<&[Hole]>, id: NodeId) {
        let result = results.and_then(|holes| holes.first().copied()).unwrap_or(Hole::DISCARD);
        match self.node(id).kind {
            Kind::Call { op, fun, args } => self.func_call(results, id, op, fun, args),
            Kind::InlinedCall { body, results: values } => {
                self.stmts(body);
                for (i, value) in self.nodes(values).enumerate() {
                    let hole = results.and_then(|holes| holes.get(i).copied());
                    self.expr(hole.unwrap_or(Hole::DISCARD), value);
                }
            }
            Kind::Append { args } => self.append(result, id, args),
            Kind::Binary { op: BinaryOp::Copy, x, y } => {
                self.argument(Hole::MUTATOR, id, x);
                let hole = if self.has_pointer_elements(self.ty(y)) {
                    self.deref(Hole::HEAP, id, Reason::CopiedSlice)
                } else {
                    Hole::DISCARD
                };
                self.argument(hole, id, y);
            }
            Kind::Binary {
                op: BinaryOp::UnsafeAdd | BinaryOp::UnsafeSlice | BinaryOp::UnsafeString,
                x,
                y,
            } => {
                self.argument(result, id, x);
                self.discard(y);
            }
            Kind::Binary { x, y, .. } => {
                self.discard(x);
                self.discard(y);
            }
            Kind::Unary { op: UnaryOp::Panic, x } => self.argument(Hole::HEAP, id, x),
            Kind::Unary { op: UnaryOp::Clear, x } => self.argument(Hole::MUTATOR, id, x),
            Kind::Unary { op: UnaryOp::UnsafeStringData | UnaryOp::UnsafeSliceData, x } => {
                self.argument(result, id, x);
            }
            Kind::Unary { x, .. } => self.discard(x),
            Kind::Builtin { op: BuiltinOp::Min | BuiltinOp::Max, args } => {
                for arg in self.nodes(args) {
                    self.argument(result, id, arg);
                }
            }
            Kind::Builtin { args, .. } => self.discard_all(args),
            // Callers pass nothing else.
            kind => debug_assert!(false, "no call: {kind:?}"),
        }
    }

    fn argument(&mut self, hole: Hole, call: NodeId, arg: NodeId) {
        let hole = self.note(hole, call, Reason::CallParameter);
        self.expr(hole, arg);
    }

    /// Whether this is a slice whose elements hold pointers.
    fn has_pointer_elements(&self, ty: Ty) -> bool {
        match self.cx().under(ty).kind() {
            TyKind::Slice(elem) => self.cx().has_pointers(*elem),
            // A string.
            _ => false,
        }
    }

    fn append(&mut self, result: Hole, id: NodeId, args: List) {
        let args: Vec<NodeId> = self.nodes(args).collect();
        let Some((&slice, added)) = args.split_first() else { return };
        // The slice may become the result, or its elements may be copied to a new one.
        let mut hole = self.tee(&[result, Hole::MUTATOR]);
        if self.has_pointer_elements(self.ty(slice)) {
            let copied = self.deref(Hole::HEAP, id, Reason::AppendeeSlice);
            hole = self.tee(&[hole, copied]);
        }
        self.argument(hole, id, slice);
        if self.node(id).flags.has(Flags::DDD) {
            for &arg in added {
                let hole = if self.has_pointer_elements(self.ty(arg)) {
                    self.deref(Hole::HEAP, id, Reason::AppendedSlice)
                } else {
                    Hole::DISCARD
                };
                self.argument(hole, id, arg);
            }
        } else {
            for &arg in added {
                self.argument(Hole::HEAP, id, arg);
            }
        }
        let store = self.spill(result, id);
        // The new array is never reused, so it is as if it were outside of any loop.
        self.graph[store.dst].loop_depth = 0;
    }

    fn func_call(
        &mut self,
        results: Option<&[Hole]>,
        id: NodeId,
        op: CallOp,
        fun: NodeId,
        args: List,
    ) {
        let callees = match op {
            CallOp::Func => self.callees(fun),
            CallOp::Inter => Vec::new(),
        };
        if let Some(holes) = results {
            for &callee in &callees {
                self.result_flows(holes, callee);
            }
        }
        let mut operands: Vec<NodeId> = self.nodes(args).collect();
        match (op, self.node(fun).kind) {
            (CallOp::Inter, Kind::DotInter { x, .. }) => operands.insert(0, x),
            _ => {
                // A closure that nobody knows may return anything that it captures.
                let used = results.is_some_and(|k| k.iter().any(|k| k.dst != LocId::BLANK));
                let hole = if callees.is_empty() && used {
                    self.note(Hole::CALLEE, id, Reason::CalleeOperand)
                } else {
                    Hole::DISCARD
                };
                self.expr(hole, fun);
            }
        }
        let everywhere = if self.node(id).flags.has(Flags::COMPILER_VAR_LIVE) {
            Some(Hole::DISCARD)
        } else {
            self.escape_non_string(&callees)
        };
        for (i, &arg) in operands.iter().enumerate() {
            let hole = match everywhere {
                Some(hole) => hole,
                None => {
                    self.rewrite_argument(arg, &callees);
                    let holes: Vec<Hole> = callees
                        .iter()
                        .map(|&callee| self.param_hole(results, Some(callee), i))
                        .collect();
                    if callees.is_empty() { Hole::HEAP } else { self.tee(&holes) }
                }
            };
            self.argument(hole, id, arg);
        }
    }

    /// The functions that calling `fun` may run; none if they are not all known.
    fn callees(&mut self, fun: NodeId) -> Vec<Callee> {
        let value = self.graph.static_value(self.member(), fun);
        if let Some(callee) = static_callee(self.body(), value) {
            return vec![callee];
        }
        let Kind::Name(local) = self.node(value).kind else { return Vec::new() };
        if self.cx().target.release < Release::Go1_27 {
            return Vec::new();
        }
        let member = self.member();
        self.graph.oracle(member);
        let root = oracle_root(self.body(), self.func);
        let Some(oracle) = self.graph.state.oracles.get(&(self.unit, root)) else {
            return Vec::new();
        };
        let assigns = oracle.func_assignments(self.body(), local);
        let values = assigns.iter().filter_map(|&stmt| match self.node(stmt).kind {
            Kind::As { y, .. } => y,
            // No other statement is among them.
            _ => None,
        });
        let mut callees = Vec::new();
        for value in values.filter(|&value| !is_zero(self.body(), value)) {
            match static_callee(self.body(), value) {
                Some(callee) if !self.graph.uintptr_pragmas(self.unit, callee).any() => {
                    callees.push(callee);
                }
                _ => return Vec::new(),
            }
        }
        callees
    }

    /// Lets the results of a function in the batch flow to where its call's results go.
    fn result_flows(&mut self, holes: &[Hole], callee: Callee) {
        let Some((unit, func)) = self.graph.in_batch(self.unit, callee) else { return };
        let this = &self.graph.units[unit][func];
        let (from, len) = (this.n_params as usize, this.n_results as usize);
        let results: Vec<_> = this.dcl.iter().skip(from).take(len).copied().collect();
        for (&hole, local) in holes.iter().zip(results) {
            if self.cx().has_pointers(self.graph.units[unit][local].ty) {
                let loc = self.graph.location_of(unit, local);
                self.graph.flow(hole, loc);
            }
        }
    }

    /// The hole of an argument, by its place among receiver, dictionary and parameters, for one
    /// function that may be called.
    pub(super) fn param_hole(
        &mut self,
        results: Option<&[Hole]>,
        callee: Option<Callee>,
        param: usize,
    ) -> Hole {
        let Some(callee) = callee else { return Hole::HEAP };
        if let Some((unit, func)) = self.graph.in_batch(self.unit, callee) {
            let this = &self.graph.units[unit][func];
            let local = this.dcl.get(param).filter(|_| param < this.n_params as usize).copied();
            let named = |local: &LocalId| !self.graph.units[unit][*local].name.is_blank();
            return match local.filter(named) {
                Some(local) => Hole::into(self.graph.location_of(unit, local)),
                None => Hole::DISCARD,
            };
        }
        let leaks = self.graph.leaks_of(self.unit, callee, param);
        let mut holes = Vec::new();
        for (sink, derefs) in leaks.sinks() {
            let to = match sink {
                Sink::Heap => Hole::HEAP,
                Sink::Mutator => Hole::MUTATOR,
                Sink::Callee => Hole::CALLEE,
                Sink::Result(index) => match results.and_then(|holes| holes.get(index)) {
                    Some(&hole) => hole,
                    None => continue,
                },
            };
            holes.push(to.shift(derefs));
        }
        self.tee(&holes)
    }

    /// `internal/abi.EscapeNonString` sends its argument to the heap if that holds pointers other
    /// than those of strings.
    fn escape_non_string(&self, callees: &[Callee]) -> Option<Hole> {
        let [Callee::Func(func)] = callees else { return None };
        let FuncKey::Shaped(def, args) = func.key() else { return None };
        let named = def.name.as_str() == "EscapeNonString"
            && def.parent.is_none()
            && def.package.path.as_str() == "internal/abi";
        match &**args {
            [arg] if named => Some(if has_non_string_pointers(self.cx(), *arg) {
                Hole::HEAP
            } else {
                Hole::DISCARD
            }),
            _ => None,
        }
    }

    /// Keeps alive, or sends to the heap, a pointer that is turned into a number in an argument
    /// of a function that asks for that.
    fn rewrite_argument(&mut self, arg: NodeId, callees: &[Callee]) {
        let mut asked = UintptrPragmas::default();
        for &callee in callees {
            let of_callee = self.graph.uintptr_pragmas(self.unit, callee);
            asked.keep_alive |= of_callee.keep_alive;
            asked.escapes |= of_callee.escapes;
        }
        if !asked.any() {
            return;
        }
        // Variadic arguments have become the elements of a slice.
        let list = match self.node(arg).kind {
            Kind::CompLit { op: CompLitOp::Slice, list, .. } => self.nodes(list).collect(),
            _ => vec![arg],
        };
        for element in list {
            let element = match self.node(element).kind {
                Kind::Key { value, .. } => value,
                _ => element,
            };
            self.rewrite_uintptr(element, asked);
        }
    }

    fn rewrite_uintptr(&mut self, id: NodeId, asked: UintptrPragmas) {
        let Kind::Conv { op: ConvOp::ConvNop, x } = self.node(id).kind else { return };
        if !self.cx().is_unsafe_pointer(self.ty(x)) || !self.cx().is_uintptr(self.ty(id)) {
            return;
        }
        let temp = self.copy_expr(id, x);
        let Kind::Name(local) = self.node(temp).kind else { return };
        let loc = self.location_of(local);
        self.graph.unit_mut(self.unit)[id].kind = Kind::Conv { op: ConvOp::ConvNop, x: temp };
        let hole = if asked.escapes {
            self.note(Hole::HEAP, id, Reason::UintptrEscapes)
        } else {
            Hole::MUTATOR
        };
        self.graph.flow(hole, loc);
        if asked.keep_alive {
            self.graph.unit_mut(self.unit)[local].addrtaken = true;
        }
    }

    /// Copies a value to a new variable: the variable.
    fn copy_expr(&mut self, at: NodeId, x: NodeId) -> NodeId {
        let source = self.node(x);
        let unique = source.pos.is_known() && !matches!(source.kind, Kind::Name(_));
        let pos = if unique { source.pos } else { self.node(at).pos };
        let func = self.func;
        let unit = self.graph.unit_mut(self.unit);
        let node = unit.temp(func, source.ty, pos);
        let Kind::Name(local) = unit[node].kind else { return node };
        let declaration = unit.add(Kind::Dcl { x: node }, Ty::invalid(), pos);
        let assignment = unit.add(Kind::As { x: node, y: Some(x) }, Ty::invalid(), pos);
        self.graph.new_local(self.member(), self.loop_depth, local);
        self.stmt(declaration);
        self.stmt(assignment);
        node
    }
}

/// What a function asks of pointers that callers pass as numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UintptrPragmas {
    pub(super) keep_alive: bool,
    pub(super) escapes: bool,
}

impl UintptrPragmas {
    pub(super) fn of(pragmas: Pragmas, has_body: bool) -> UintptrPragmas {
        UintptrPragmas {
            // Functions without a body may be system calls.
            keep_alive: pragmas.uintptrkeepalive || pragmas.uintptrescapes || !has_body,
            escapes: pragmas.uintptrescapes,
        }
    }

    pub(super) fn any(self) -> bool {
        self.keep_alive || self.escapes
    }
}

impl Graph<'_> {
    /// What a function asks of pointers that callers pass as numbers.
    pub(super) fn uintptr_pragmas(&self, unit: usize, callee: Callee) -> UintptrPragmas {
        match callee {
            Callee::Func(func) => self.told(func).uintptr,
            Callee::Literal(func) => {
                let this = &self.units[unit][func];
                UintptrPragmas::of(this.pragmas, this.has_body)
            }
        }
    }

    /// What is told of a function; the first answer is what the batch is known to rest on.
    fn told(&self, func: FuncId) -> Told {
        if let Some(told) = self.asked.borrow().get(&func) {
            return told.clone();
        }
        let told = self.state.told(self.units, self.facts, func);
        self.asked.borrow_mut().insert(func, told.clone());
        told
    }

    /// How a parameter of a function outside of the batch leaks.
    fn leaks_of(&self, unit: usize, callee: Callee, param: usize) -> Leaks {
        let leaks = match callee {
            Callee::Func(func) => self.told(func).leaks,
            Callee::Literal(func) => self.state.leaks.get(&(unit, func)).cloned(),
        };
        leaks.and_then(|leaks| leaks.get(param).copied()).unwrap_or(Leaks::UNKNOWN)
    }
}

/// Whether a value holds a pointer that is not a string's.
fn has_non_string_pointers(cx: &Cx<'_>, ty: Ty) -> bool {
    if !cx.has_pointers(ty) {
        return false;
    }
    deep(|| match cx.under(ty).kind() {
        TyKind::Basic(basic) => !basic.is_string(),
        TyKind::Struct(fields) => fields.iter().any(|f| has_non_string_pointers(cx, f.ty)),
        TyKind::Array(_, elem) => has_non_string_pointers(cx, *elem),
        // Everything else with a pointer in it is not a string.
        _ => true,
    })
}

/// Whether this is a constant or literal of zeros. Upstream: `ir.IsZero`.
fn is_zero(unit: &Unit, id: NodeId) -> bool {
    match unit[id].kind {
        Kind::Nil => true,
        Kind::Literal(value) => match &unit.consts[value as usize] {
            Value::String(text) => text.is_empty(),
            Value::Bool(value) => !value,
            other => other.sign() == 0,
        },
        Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, list, .. } => {
            unit[list].iter().all(|&element| match unit[element].kind {
                Kind::Key { value, .. } | Kind::StructKey { value, .. } => is_zero(unit, value),
                _ => is_zero(unit, element),
            })
        }
        // No value that is known to be zero.
        _ => false,
    }
}

//! The cost model: what a function counts for, and whether it can be inlined at all.
//!
//! Every node counts 1, children as `Unit::each_child` gives them; what differs stands in
//! [`Visitor::node`], one arm for each rule. The count is always completed, as the compiler does
//! under `-m=2`.
//!
//! Upstream: `inline/inl.go` (`CanInline`, `InlineImpossible`, `hairyVisitor`, `IsBigFunc`).

use super::assigned::Assignments;
use super::{
    BIG_FUNCTION_MAX_COST, BIG_FUNCTION_NODES, CLOSURE_CALLED_ONCE_COST, EXTRA_CALL_COST,
    EXTRA_PANIC_COST, EXTRA_THROW_COST, Event, Inliner, MAX_BUDGET, PARAM_CALL_COST, What,
    intrinsics,
};
use crate::ir::facts::{CannotInline, Verdict};
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{
    BuiltinOp, CallOp, Callee, Class, CompLitOp, ConvOp, Flags, Func, FuncIdx, Kind, List, NodeId,
    UnaryOp, Unit,
};
use crate::release::Arch;
use crate::types::constant::Value;
use crate::types::subst::{Subst, subst};
use crate::types::ty::Ty;

/// A unit while its functions are judged.
pub struct Judge<'a, 'b> {
    pub(super) inliner: &'b Inliner<'a>,
    pub(super) unit: &'b mut Unit,
    pub(super) assignments: &'b Assignments,
    pub(super) events: &'b mut Vec<Event>,
}

impl Inliner<'_> {
    /// The type of a method's receiver.
    pub(super) fn receiver(&self, func: FuncId) -> Option<Ty> {
        let (def, args): (_, &[_]) = match func.key() {
            FuncKey::Declared(def) => (*def, &[]),
            FuncKey::Shaped(def, args) | FuncKey::Instance(def, args) => (*def, args),
            FuncKey::MethodWrapper { recv, .. } => return Some(*recv),
            FuncKey::MethodValue { .. }
            | FuncKey::Init(_)
            | FuncKey::MapInit(..)
            | FuncKey::Runtime(_) => return None,
        };
        let defs = self.cx.defs;
        let recv = defs.func(def)?.recv?;
        if args.is_empty() {
            return Some(recv);
        }
        let tparams = defs.type_params(def.parent?);
        Some(subst(recv, &Subst::of_params(&tparams, &args[..tparams.len().min(args.len())])))
    }

    /// Judges the functions of a batch, of which `members` are the ones of this unit.
    pub fn judge(&self, unit: &mut Unit, members: &[FuncIdx], events: &mut Vec<Event>) {
        let mut assignments = Assignments::default();
        assignments.update(self.cx, unit);
        let mut judge = Judge { inliner: self, unit, assignments: &assignments, events };
        for &func in members {
            judge.can_inline(func);
        }
    }
}

impl Judge<'_, '_> {
    /// Judges one function, and the literals whose calls it resolves on the way.
    ///
    /// Upstream: `CanInline`.
    pub(super) fn can_inline(&mut self, func: FuncIdx) {
        // What runs initialisers counts as looked at (`SetInlinabilityChecked`), with nothing found.
        let is_init = matches!(self.unit.id.key(), FuncKey::Init(_) | FuncKey::MapInit(..));
        if self.unit[func].verdict != Verdict::Unchecked || (is_init && func == FuncIdx::ROOT) {
            return;
        }
        let verdict = match self.inline_impossible(&self.unit[func]) {
            Some(reason) => Verdict::Cannot(CannotInline::Because(reason)),
            None => {
                let is_big = is_big_func(self.unit, func);
                let mut budget = MAX_BUDGET;
                if self.unit[func].parent.is_some() {
                    budget = budget.max(CLOSURE_CALLED_ONCE_COST);
                }
                let visitor = Visitor { judge: self, func, is_big, cost: 0, todo: Vec::new() };
                match visitor.run() {
                    Err(reason) => Verdict::Cannot(reason),
                    Ok(cost) if cost > budget => {
                        Verdict::Cannot(CannotInline::TooComplex { cost, budget })
                    }
                    Ok(cost) => Verdict::Can(cost),
                }
            }
        };
        let what = match verdict {
            Verdict::Can(cost) => {
                self.unit[func].can_delay_results = can_delay_results(self.unit, func);
                What::Can { func, cost }
            }
            Verdict::Cannot(why) => What::Cannot { func, why },
            Verdict::Unchecked => return,
        };
        self.unit[func].verdict = verdict;
        if func == FuncIdx::ROOT {
            self.inliner.set_verdict(self.unit.id, verdict);
        }
        self.events.push(Event { pos: self.unit[func].pos, what });
    }

    /// Why a function cannot be inlined whatever it contains.
    fn inline_impossible(&self, func: &Func) -> Option<&'static str> {
        let pragmas = func.pragmas;
        let target = self.inliner.cx.target;
        if pragmas.noinline {
            Some("marked go:noinline")
        } else if target.race && pragmas.norace {
            Some("marked go:norace with -race compilation")
        } else if target.checkptr && pragmas.nocheckptr {
            Some("marked go:nocheckptr")
        } else if pragmas.cgo_unsafe_args {
            Some("marked go:cgo_unsafe_args")
        } else if pragmas.uintptrkeepalive || pragmas.uintptrescapes {
            // The second implies the first (noder/lex.go).
            Some("marked as having a keep-alive uintptr argument")
        } else if pragmas.yeswritebarrierrec {
            Some("marked go:yeswritebarrierrec")
        } else if !func.has_body {
            Some("no function body")
        } else {
            None
        }
    }

    /// The function that a call's function expression always means.
    ///
    /// Upstream: `inlCallee`; `resolve_only` leaves literals unjudged.
    pub(super) fn callee(
        &mut self,
        caller: FuncIdx,
        fun: NodeId,
        resolve_only: bool,
    ) -> Option<Callee> {
        let fun = self.assignments.static_value(self.unit, fun);
        match self.unit[fun].kind {
            Kind::MethodExpr { x, func: Some(func), .. } => {
                // A promoted method, or a value's method on a pointer, goes through a wrapper.
                let recv = self.inliner.receiver(func)?;
                let same = self.inliner.cx.identical(recv, self.unit[x].ty);
                same.then_some(Callee::Func(func))
            }
            Kind::Func(func) => Some(Callee::Func(func)),
            Kind::Closure { func: literal } => {
                let captured = self.unit[literal].closure_vars.first().copied();
                if let Some(outer) = captured.and_then(|var| self.unit[var].outer)
                    && self.unit[outer].func != caller
                {
                    return None;
                }
                if !resolve_only {
                    self.can_inline(literal);
                }
                Some(Callee::Literal(literal))
            }
            _ => None,
        }
    }

    /// What the callee may count for at a call.
    ///
    /// Upstream: `inlineCostOK`.
    pub(super) fn max_cost(&self, callee: Callee, big_caller: bool, called_once: bool) -> i32 {
        let limit = if big_caller { BIG_FUNCTION_MAX_COST } else { MAX_BUDGET };
        match callee {
            Callee::Func(_) => limit,
            Callee::Literal(_) if called_once => CLOSURE_CALLED_ONCE_COST.max(2 * limit),
            Callee::Literal(_) => 2 * limit,
        }
    }
}

struct Visitor<'v, 'a, 'b> {
    judge: &'v mut Judge<'a, 'b>,
    func: FuncIdx,
    is_big: bool,
    cost: i32,
    /// Nodes yet to visit, the next one last.
    todo: Vec<NodeId>,
}

/// What remains to be done for a node whose own rule has been applied.
enum Then {
    /// Count it and visit its children.
    Count,
    /// Nothing more.
    Skip,
    /// Visit these instead of the children.
    Lists([List; 2]),
}

impl Visitor<'_, '_, '_> {
    fn run(mut self) -> Result<i32, CannotInline> {
        let body = self.judge.unit[self.func].body;
        self.push(&[body]);
        while let Some(id) = self.todo.pop() {
            match self.node(id)? {
                Then::Count => {
                    self.cost += 1;
                    let mark = self.todo.len();
                    let todo = &mut self.todo;
                    self.judge.unit.each_child(id, &mut |child| todo.push(child));
                    self.todo[mark..].reverse();
                }
                Then::Skip => {}
                Then::Lists(lists) => self.push(&lists),
            }
        }
        Ok(self.cost)
    }

    fn push(&mut self, lists: &[List]) {
        for &list in lists.iter().rev() {
            self.todo.extend(self.judge.unit[list].iter().rev());
        }
    }

    /// Upstream: `hairyVisitor.doNode`.
    fn node(&mut self, id: NodeId) -> Result<Then, CannotInline> {
        let unit = &*self.judge.unit;
        let node = unit[id];
        match node.kind {
            Kind::Call { op: CallOp::Func, fun, .. } => self.call(id, fun)?,
            Kind::Call { op: CallOp::Inter, .. } => self.cost += EXTRA_CALL_COST,
            Kind::Unary { op: UnaryOp::Panic, x } => {
                let arg = &unit[x];
                let implicit = matches!(arg.kind, Kind::Conv { op: ConvOp::ConvIface, .. })
                    && arg.flags.has(Flags::IMPLICIT);
                self.cost += EXTRA_PANIC_COST - i32::from(implicit);
            }
            Kind::Builtin { op: BuiltinOp::Recover, .. } => {
                return Err(CannotInline::CallTo("recover"));
            }
            Kind::Closure { .. } => self.cost += 15,
            Kind::Go { .. } => return Err(CannotInline::Unhandled("GO")),
            Kind::Defer { .. } => return Err(CannotInline::Unhandled("DEFER")),
            Kind::TailCall { .. } => return Err(CannotInline::Unhandled("TAILCALL")),
            // `&s.f` costs what `s` costs if `f` is the first field.
            Kind::Addr { x } if self.is_first_field_of_name(x) => self.cost -= 2,
            Kind::Deref { x } => {
                // `*(*T)(unsafe.Pointer(&x))` is cheap.
                let mut ptr = x;
                while let Kind::Conv { op: ConvOp::ConvNop, x } = unit[ptr].kind {
                    ptr = x;
                }
                if matches!(unit[ptr].kind, Kind::Addr { .. }) {
                    self.cost -= 1;
                }
            }
            Kind::Conv { op: ConvOp::ConvNop, .. }
            | Kind::Block { .. }
            | Kind::MethodExpr { .. } => self.cost -= 1,
            Kind::Fall | Kind::Type => return Ok(Then::Skip),
            Kind::If { cond, then, els } => {
                if let Kind::Literal(value) = unit[cond].kind
                    && let Value::Bool(value) = unit.consts[value as usize]
                {
                    return Ok(Then::Lists([node.init, if value { then } else { els }]));
                }
            }
            Kind::MethValue { .. } | Kind::CompLit { op: CompLitOp::Slice, .. } => self.cost += 1,
            Kind::As2 { .. } => self.cost -= tuple_refund(unit, id) as i32,
            Kind::Slice { x, low, high, .. } => {
                if low.is_some_and(|low| is_zero_int(unit, low)) {
                    self.cost -= 1;
                }
                if let Some(high) = high
                    && let Kind::Unary { op: UnaryOp::Len, x: of } = unit[high].kind
                    && of == x
                {
                    self.cost -= 2;
                }
            }
            _ => {}
        }
        Ok(Then::Count)
    }

    /// The cost of a call besides its own node and its operands.
    fn call(&mut self, call: NodeId, fun: NodeId) -> Result<(), CannotInline> {
        let target = self.judge.inliner.cx.target;
        let mut extra = EXTRA_CALL_COST;
        match self.judge.unit[fun].kind {
            Kind::Func(func) => {
                if let FuncKey::Runtime(name) = func.key() {
                    match name.as_str() {
                        "throw" => {
                            self.cost += EXTRA_THROW_COST;
                            return Ok(());
                        }
                        "panicrangestate" => return Ok(()),
                        "deferrangefunc" => {
                            return Err(CannotInline::Because("defer call in range func"));
                        }
                        _ => {}
                    }
                }
                if let Some(def) = func.def() {
                    match (def.package.path.as_str(), def.name.as_str()) {
                        ("internal/abi", "NoEscape" | "EscapeNonString") => return Ok(()),
                        ("internal/runtime/sys", "GetCallerPC") => {
                            return Err(CannotInline::CallTo("GetCallerPC"));
                        }
                        ("internal/runtime/sys", "GetCallerSP") => {
                            return Err(CannotInline::CallTo("GetCallerSP"));
                        }
                        ("internal/byteorder", name)
                            if can_merge_loads(target.arch) && is_byte_order_function(name) =>
                        {
                            return Ok(());
                        }
                        _ => {}
                    }
                }
                if intrinsics::is_intrinsic(func, target) {
                    return Ok(());
                }
            }
            Kind::MethodExpr { func: Some(func), .. } => {
                let def = func.def();
                let names = def.and_then(|def| Some((def, def.parent?)));
                if let Some((def, recv)) = names {
                    let (path, recv, name) =
                        (def.package.path.as_str(), recv.name.as_str(), def.name.as_str());
                    let cheap = match (path, recv) {
                        ("runtime", "heapBits") => name == "nextArena",
                        ("encoding/binary", "littleEndian" | "bigEndian") => {
                            can_merge_loads(target.arch) && is_byte_order_method(name)
                        }
                        _ => false,
                    };
                    if cheap {
                        return Ok(());
                    }
                }
            }
            Kind::Name(local) => {
                if matches!(self.judge.unit[local].class, Class::Param | Class::Captured) {
                    extra = extra.min(PARAM_CALL_COST);
                }
            }
            _ => {}
        }
        if let Some(callee) = self.judge.callee(self.func, fun, false)
            && let Some(body) = self.judge.inliner.body(self.judge.unit, callee)
            && body.cost <= self.judge.max_cost(callee, self.is_big, false)
            && !self.judge.would_repeat(call, callee)
            && !self.judge.inliner.is_kept_apart(&body)
        {
            extra = body.cost;
        }
        self.cost += extra;
        Ok(())
    }

    fn is_first_field_of_name(&self, dot: NodeId) -> bool {
        let unit = &*self.judge.unit;
        let cx = self.judge.inliner.cx;
        let (x, field, of) = match unit[dot].kind {
            Kind::Dot { x, field } => (x, field, unit[x].ty),
            Kind::DotPtr { x, field } => match cx.under(unit[x].ty).kind() {
                crate::types::ty::TyKind::Pointer(elem) => (x, field, *elem),
                _ => return false,
            },
            _ => return false,
        };
        let is_name = matches!(unit[x].kind, Kind::Name(_) | Kind::Global(_) | Kind::Func(_));
        // Offsets are asked for only where a name is selected from.
        is_name && (field == 0 || cx.offsets_of(of).get(field as usize) == Some(&0))
    }
}

impl Judge<'_, '_> {
    /// Whether inlining `callee` at `call` would go round in a circle: the same call has been
    /// inlined on the way here, or the callee has.
    ///
    /// Upstream: `canInlineCallExpr`.
    pub(super) fn repeats(&self, call: NodeId, callee: Callee) -> Option<Cycle> {
        let unit = &*self.unit;
        let pos = unit[call].pos;
        if !pos.is_known() {
            return None;
        }
        let origin = unit.origins[pos.origin as usize];
        let mut inl = origin.inl;
        while let Some(at) = inl {
            let outer = unit.inl_tree[at as usize];
            if outer.pos.is_known()
                && outer.pos.offset == pos.offset
                && unit.origins[outer.pos.origin as usize].decl == origin.decl
            {
                return Some(Cycle::Call);
            }
            inl = outer.parent;
        }
        let mut inl = origin.inl;
        while let Some(at) = inl {
            let outer = unit.inl_tree[at as usize];
            if outer.callee == callee {
                return Some(Cycle::Callee);
            }
            inl = outer.parent;
        }
        None
    }

    fn would_repeat(&self, call: NodeId, callee: Callee) -> bool {
        self.repeats(call, callee).is_some()
    }
}

/// Why a call is not inlined once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cycle {
    /// The same call has been inlined on the way here.
    Call,
    /// The same callee has been inlined on the way here.
    Callee,
}

/// What `a, b = f()` gets back: `tmp1, tmp2 := f()` in front of it is the compiler's own doing.
fn tuple_refund(unit: &Unit, id: NodeId) -> i64 {
    let Kind::As2 { lhs, rhs, .. } = unit[id].kind else { return 0 };
    let Some(&first) = unit[rhs].first() else { return 0 };
    match unit[unit[first].init] {
        [only] if matches!(unit[only].kind, Kind::As2 { .. }) => 4 * lhs.len() as i64 + 1,
        _ => 0,
    }
}

/// Whether a function has so many nodes that little is inlined into it.
///
/// Upstream: `IsBigFunc`.
pub(super) fn is_big_func(unit: &Unit, func: FuncIdx) -> bool {
    // No node names more than five others outside of its lists.
    if ((unit.nodes.len() * 5 + unit.pool.len()) as i64) < BIG_FUNCTION_NODES {
        return false;
    }
    // The function itself counts as one.
    let mut left = BIG_FUNCTION_NODES - 1;
    let mut todo: Vec<NodeId> = unit[unit[func].body].to_vec();
    while let Some(id) = todo.pop() {
        if let Kind::As2 { op: crate::ir::node::As2Op::List, .. } = unit[id].kind {
            left += tuple_refund(unit, id);
        }
        left -= 1;
        if left <= 0 {
            return true;
        }
        unit.each_child(id, &mut |child| todo.push(child));
    }
    false
}

/// Whether results may be declared at the `return` when the function is inlined: there is just
/// one, it has values, and no result has a name.
///
/// Upstream: `canDelayResults`.
fn can_delay_results(unit: &Unit, func: FuncIdx) -> bool {
    let of = &unit[func];
    let results = &of.dcl[of.n_params as usize..(of.n_params + of.n_results) as usize];
    if results.iter().any(|&result| !unit[result].name.as_str().starts_with('~')) {
        return false;
    }
    let mut returns = 0;
    let mut todo: Vec<NodeId> = unit[of.body].to_vec();
    while let Some(id) = todo.pop() {
        if let Kind::Return { results } = unit[id].kind {
            returns += if results.is_empty() { 2 } else { 1 };
        }
        unit.each_child(id, &mut |child| todo.push(child));
    }
    returns == 1
}

fn is_zero_int(unit: &Unit, node: NodeId) -> bool {
    let Kind::Literal(value) = unit[node].kind else { return false };
    unit.consts[value as usize].int64() == Some(0)
}

/// Whether the processor's back end makes one load of several (`sys.Arch.CanMergeLoads`).
fn can_merge_loads(arch: Arch) -> bool {
    match arch {
        Arch::I386
        | Arch::Amd64
        | Arch::Arm64
        | Arch::Loong64
        | Arch::Ppc64
        | Arch::Ppc64le
        | Arch::S390x => true,
        Arch::Arm
        | Arch::Mips
        | Arch::Mipsle
        | Arch::Mips64
        | Arch::Mips64le
        | Arch::Riscv64
        | Arch::Wasm => false,
    }
}

/// `Uint64`, `PutUint16`, `AppendUint32`, … of package encoding/binary's byte orders.
fn is_byte_order_method(name: &str) -> bool {
    let width = name.strip_prefix("Put").or_else(|| name.strip_prefix("Append")).unwrap_or(name);
    matches!(width, "Uint16" | "Uint32" | "Uint64")
}

/// `LEUint64`, `BEPutUint16`, `LEAppendUint32`, … of package internal/byteorder.
fn is_byte_order_function(name: &str) -> bool {
    name.strip_prefix("LE").or_else(|| name.strip_prefix("BE")).is_some_and(is_byte_order_method)
}

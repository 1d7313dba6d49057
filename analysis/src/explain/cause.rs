//! Causes: from the way of a value to what keeps it, and the code for that.
//!
//! The compiler explains an escape by the steps from the value to a place that outlives it. The
//! last step says what happens there; if the place is itself an allocation in the heap, that one's
//! steps follow. Everything is read off the kinds of nodes and reasons, nothing off printed text.

use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::Code;
use super::teller::Teller;
use crate::escape::event::{Endpoint, EventKind, Flow, Path, Reason, Site};
use crate::escape::{Allocation, BatchResult};
use crate::ir::facts::Facts;
use crate::ir::node::{CallOp, Callee, Class, ConvOp, FuncIdx, Kind, NodeId, UnaryOp, Unit};
use crate::ir::reassign::static_callee;
use crate::types::ty::{Ty, TyKind};

/// What keeps a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// It cannot be on the stack at all.
    Never(Reason),
    /// A function returns it.
    Returned { by: String },
    /// A package-level variable holds it.
    Global { name: String },
    /// It is stored behind a pointer or in a slice.
    Stored { to: String },
    /// It is a key or value of a map.
    Mapped { map: String },
    /// A channel carries it.
    Sent { channel: String },
    /// `panic` carries it.
    Panicked,
    /// A function that is known lets it escape.
    Leaked { callee: String },
    /// A function that is not known gets it.
    Unknown { callee: String, why: Unknown, receiver: bool },
    /// An `append` puts it into an array in the heap.
    Appended { to: String },
    /// A `copy` or `append` copies what it holds.
    Copied { to: String },
    /// Another goroutine has it, by this statement.
    Go { at: Site },
    /// It waits for the end of the function, once for each turn of a loop.
    Defer { at: Site },
    /// A variable outside of the loop holds it.
    Iteration { var: String },
    /// A variable of the function around the literal holds it.
    Outside { var: String },
    /// Something that is itself in the heap holds it.
    Into { what: String, why: Option<Box<End>> },
    /// It is stored in one field of a struct, and another field is kept.
    Beside { stored: String, kept: String, why: Box<End> },
    /// It is hidden from the compiler in a number.
    Hidden,
    /// No more is known than that it escapes.
    Escapes,
}

/// Why a function is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is an interface's method.
    Method,
    /// It is in a variable, a field or a result.
    Value,
    /// It is written in another language.
    NoBody,
}

/// What holds a value on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A function literal; whether it captures by reference.
    Closure { by_reference: bool },
    /// A method value.
    MethodValue,
    /// What the compiler makes of the arguments of a `go` or `defer` statement.
    Wrapper,
}

/// Why a value is in the heap.
pub(super) struct Cause {
    /// What keeps it.
    pub(super) end: End,
    /// What holds it on the way there.
    pub(super) holder: Option<Holder>,
    /// All steps, those of what it is stored in at the end.
    pub(super) flows: Vec<Flow>,
}

/// The allocations of a batch, and where functions are handed to `go` and `defer`.
pub(super) struct Batch<'a> {
    pub(super) result: &'a BatchResult,
    by_site: FxHashMap<Site, &'a Allocation>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(result: &'a BatchResult) -> Batch<'a> {
        let by_site = result.allocations.iter().map(|one| (one.site, one)).collect();
        Batch { result, by_site }
    }

    fn escapes(&self, site: Site) -> bool {
        self.by_site.get(&site).is_some_and(|one| one.escapes)
    }

    fn path(&self, allocation: &Allocation) -> Option<&'a Path> {
        match &self.result.events.get(allocation.cause?)?.kind {
            EventKind::EscapeFlow { path, .. } => Some(path),
            _ => None,
        }
    }
}

impl Cause {
    /// Why an allocation is in the heap.
    pub(super) fn of(teller: &Teller<'_>, batch: &Batch<'_>, allocation: &Allocation) -> Cause {
        let mut flows = Vec::new();
        let mut seen = FxHashSet::default();
        let end = end(teller, batch, allocation, &mut flows, &mut seen);
        let mut own = batch.path(allocation).map_or(&[][..], |path| &path.flows);
        if let End::Iteration { .. } | End::Outside { .. } = end {
            // A literal that holds the variable in its turn is not on the way to it.
            let variable = own.iter().rposition(|flow| matches!(flow.dst, Endpoint::Variable(_)));
            own = &own[..variable.map_or(0, |at| at + 1)];
        }
        Cause { end, holder: holder(teller, own, allocation.site), flows }
    }

    /// The code.
    pub(super) fn code(&self, subject: &Kind, length_known: bool) -> Code {
        match (&self.end, subject) {
            (End::Never(Reason::TooLarge), _) if !length_known => Code::UnknownSize,
            (End::Never(Reason::TooLarge), _) => Code::Oversize,
            (End::Never(_), _) => Code::Unplaceable,
            (End::Go { .. }, _) => Code::GoStatement,
            (End::Defer { .. }, _) => Code::DeferInLoop,
            (End::Panicked, _) => Code::Panic,
            (_, Kind::Conv { op: ConvOp::ConvIface | ConvOp::ConvNop, .. }) => {
                Code::InterfaceConversion
            }
            (_, Kind::Conv { .. } | Kind::AddStr { .. }) => Code::StringBuilding,
            (_, Kind::Append { .. }) => Code::AppendGrowth,
            (_, Kind::MethValue { .. }) => Code::MethodValue,
            (_, Kind::Closure { .. }) => Code::ClosureCapture,
            _ if self.holder == Some(Holder::MethodValue) => Code::MethodValue,
            _ if matches!(self.holder, Some(Holder::Closure { .. })) => Code::ClosureCapture,
            _ => self.end.code(),
        }
    }
}

impl End {
    fn code(&self) -> Code {
        match self {
            End::Never(_) => Code::Unplaceable,
            End::Returned { .. } => Code::ReturnedPointer,
            End::Global { .. } => Code::StoredInGlobal,
            End::Stored { .. } | End::Into { .. } | End::Beside { .. } | End::Escapes => {
                Code::StoredInHeap
            }
            End::Appended { .. } | End::Copied { .. } => Code::StoredInHeap,
            End::Mapped { .. } => Code::StoredInMap,
            End::Sent { .. } => Code::SentOnChannel,
            End::Panicked => Code::Panic,
            End::Leaked { .. } => Code::PassedToLeaking,
            End::Unknown { .. } => Code::PassedToUnknown,
            End::Go { .. } => Code::GoStatement,
            End::Defer { .. } => Code::DeferInLoop,
            End::Iteration { .. } => Code::OutlivesIteration,
            End::Outside { .. } => Code::OutlivesClosure,
            End::Hidden => Code::Unsafe,
        }
    }
}

/// What keeps an allocation; its steps, and those of what it is stored in, go to `flows`.
fn end(
    teller: &Teller<'_>,
    batch: &Batch<'_>,
    allocation: &Allocation,
    flows: &mut Vec<Flow>,
    seen: &mut FxHashSet<Site>,
) -> End {
    let Some(path) = batch.path(allocation) else { return End::Escapes };
    if !seen.insert(allocation.site) {
        return End::Escapes;
    }
    flows.extend(path.flows.iter().cloned());
    let Some(last) = path.flows.last() else { return End::Escapes };
    match last.dst {
        Endpoint::Heap => {
            let why = at_heap(teller, last_said(path, last));
            match other_field(teller, path) {
                Some((stored, kept)) => End::Beside { stored, kept, why: Box::new(why) },
                None => why,
            }
        }
        Endpoint::Storage(site) | Endpoint::Variable(site) if batch.escapes(site) => {
            into(teller, batch, site, flows, seen)
        }
        Endpoint::Temp | Endpoint::Storage(_) | Endpoint::Variable(_) => {
            outlived(teller, allocation, path)
        }
    }
}

/// The last step, or the call before it if its parameter goes several ways, the heap among them.
fn last_said<'a>(path: &'a Path, last: &'a Flow) -> &'a Flow {
    match path.flows.iter().rev().nth(1) {
        Some(before)
            if last.notes.is_empty()
                && last.src == Endpoint::Temp
                && matches!(before.notes.last(), Some((_, Reason::CallParameter))) =>
        {
            before
        }
        _ => last,
    }
}

/// The field that a value is stored in and the one that is read on its way, if they differ: the
/// compiler does not tell the fields of a struct apart.
fn other_field(teller: &Teller<'_>, path: &Path) -> Option<(String, String)> {
    // The fields around the value, the innermost first.
    let mut inside: Vec<(Ty, u32)> = Vec::new();
    for flow in &path.flows {
        let mut value = None;
        for &(site, reason) in &flow.notes {
            let unit = &teller.compiled.units[site.unit];
            match (reason, unit[site.node].kind) {
                (Reason::Assign, Kind::As { x, .. }) => {
                    let mut target = x;
                    let mut around = Vec::new();
                    while let Kind::Dot { x, field } = unit[target].kind {
                        around.push((unit[x].ty, field));
                        target = x;
                    }
                    inside.extend(around);
                }
                (Reason::StructLiteralElement, Kind::CompLit { list, .. }) => {
                    let key = |&key: &NodeId| match unit[key].kind {
                        Kind::StructKey { field, value: own } if Some(own) == value => Some(field),
                        _ => None,
                    };
                    inside.push((unit[site.node].ty, unit[list].iter().find_map(key)?));
                }
                (Reason::Dot | Reason::DotOfPointer, kind) => {
                    let (Kind::Dot { x, field } | Kind::DotPtr { x, field }) = kind else {
                        return None;
                    };
                    let (of, stored) = inside.pop()?;
                    let ty = match unit[x].ty.kind() {
                        TyKind::Pointer(elem) => *elem,
                        _ => unit[x].ty,
                    };
                    let TyKind::Struct(fields) = teller.cx.under(ty).kind() else { return None };
                    if !teller.cx.identical(of, ty) {
                        return None;
                    }
                    if stored != field {
                        let name = |at: u32| fields.get(at as usize).map(|f| f.name.to_string());
                        return Some((name(stored)?, name(field)?));
                    }
                }
                _ => {}
            }
            value = Some(site.node);
        }
    }
    None
}

/// What is on the stack itself and keeps something that is gone before: the last variable on the
/// way. A literal at its end has captured that variable.
fn outlived(teller: &Teller<'_>, allocation: &Allocation, path: &Path) -> End {
    let variable = path.flows.iter().rev().find_map(|flow| {
        let Endpoint::Variable(site) = flow.dst else { return None };
        let unit = &teller.compiled.units[site.unit];
        let Kind::Name(local) = unit[site.node].kind else { return None };
        Some((unit, local))
    });
    let Some((unit, local)) = variable else { return End::Escapes };
    let var = &unit[local];
    // A `return` in the body of a loop over a function leaves its values in such variables.
    if var.class == Class::Result || var.name.as_str().starts_with("#rv") {
        End::Returned { by: teller.func(unit, var.func) }
    } else if var.func != allocation.func {
        End::Outside { var: teller.variable(unit, local) }
    } else {
        End::Iteration { var: teller.variable(unit, local) }
    }
}

/// What is stored in something that is in the heap: a closure is handed on with what it captures,
/// everything else is named.
fn into(
    teller: &Teller<'_>,
    batch: &Batch<'_>,
    site: Site,
    flows: &mut Vec<Flow>,
    seen: &mut FxHashSet<Site>,
) -> End {
    let outer = batch.by_site.get(&site).filter(|outer| outer.escapes);
    let Some(outer) = outer else { return End::Escapes };
    let why = crate::types::cx::deep(|| end(teller, batch, outer, flows, seen));
    let unit = &teller.compiled.units[site.unit];
    match unit[site.node].kind {
        Kind::Closure { .. } | Kind::MethValue { .. } => why,
        _ => {
            let why = (why != End::Escapes).then(|| Box::new(why));
            End::Into { what: teller.subject(unit, site.node), why }
        }
    }
}

/// What the last step to the heap is.
fn at_heap(teller: &Teller<'_>, last: &Flow) -> End {
    let Some(&(site, reason)) = last.notes.last() else { return End::Escapes };
    let unit = &teller.compiled.units[site.unit];
    match reason {
        Reason::TooLarge | Reason::TooAligned | Reason::ZeroSizedElement => End::Never(reason),
        Reason::UintptrEscapes | Reason::ReflectHeaderData => End::Hidden,
        Reason::Send => {
            let channel = match unit[site.node].kind {
                Kind::Send { chan, .. } => chan,
                _ => site.node,
            };
            End::Sent { channel: teller.expr(unit, channel) }
        }
        Reason::KeyOfMapPut => match unit[site.node].kind {
            Kind::IndexMap { x, .. } => End::Mapped { map: teller.expr(unit, x) },
            _ => End::Mapped { map: teller.expr(unit, site.node) },
        },
        Reason::MapLiteralKey | Reason::MapLiteralValue => {
            End::Mapped { map: teller.expr(unit, site.node) }
        }
        Reason::AppendeeSlice | Reason::AppendedSlice | Reason::CopiedSlice => {
            End::Copied { to: teller.expr(unit, site.node) }
        }
        Reason::CallParameter => passed(teller, unit, site.node, last),
        Reason::Assign
        | Reason::AssignPair
        | Reason::AssignPairDotType
        | Reason::AssignPairMapr
        | Reason::AssignPairReceive
        | Reason::Range
        | Reason::RangeDeref => assigned(teller, unit, site.node, last),
        Reason::Return => End::Returned { by: teller.enclosing(unit, site) },
        Reason::Spill => handed_over(teller, unit, site).unwrap_or(End::Escapes),
        Reason::AddressOf
        | Reason::Indirection
        | Reason::Dot
        | Reason::DotOfPointer
        | Reason::FixedArrayIndexOf
        | Reason::Slice
        | Reason::InterfaceConverted
        | Reason::SliceToArray
        | Reason::ArrayLiteralElement
        | Reason::SliceLiteralElement
        | Reason::StructLiteralElement
        | Reason::CalleeOperand
        | Reason::SwitchCase
        | Reason::CapturedByClosure
        | Reason::Reference => inner(teller, unit, site, last),
    }
}

/// The value of `go` or `defer` has no step of its own: it is an operand of the statement.
fn inner(teller: &Teller<'_>, unit: &Unit, site: Site, last: &Flow) -> End {
    let spilled =
        last.notes.iter().map(|&(site, _)| site).find(|site| {
            matches!(unit[site.node].kind, Kind::Closure { .. } | Kind::MethValue { .. })
        });
    handed_over(teller, unit, spilled.unwrap_or(site)).unwrap_or(End::Escapes)
}

/// What happens to a function value that goes to the heap without an assignment or call.
fn handed_over(teller: &Teller<'_>, unit: &Unit, site: Site) -> Option<End> {
    let node = teller.go_or_defer(site)?;
    let at = Site { node, ..site };
    match unit[node].kind {
        Kind::Go { .. } => Some(End::Go { at }),
        _ => Some(End::Defer { at }),
    }
}

fn assigned(teller: &Teller<'_>, unit: &Unit, stmt: NodeId, last: &Flow) -> End {
    let targets: Vec<NodeId> = match unit[stmt].kind {
        Kind::As { x, .. } | Kind::AsOp { x, .. } => vec![x],
        Kind::As2 { lhs, .. } => unit[lhs].to_vec(),
        Kind::Range { key, value, .. } => [key, value].into_iter().flatten().collect(),
        _ => Vec::new(),
    };
    // Of several targets it is the one whose value this is, or the first that is in the heap.
    let mut heap = targets.iter().enumerate().filter(|&(_, &target)| in_heap(teller, unit, target));
    let value = last.notes.iter().rev().nth(1).map(|&(site, _)| site.node);
    let own = match unit[stmt].kind {
        Kind::As2 { rhs, .. } => {
            unit[rhs].iter().position(|&node| Some(node) == value).and_then(|at| targets.get(at))
        }
        _ => None,
    };
    let target = own.copied().or_else(|| heap.next().map(|(_, &target)| target));
    let Some(target) = target.or_else(|| targets.first().copied()) else { return End::Escapes };
    let mut base = target;
    loop {
        match unit[base].kind {
            Kind::Dot { x, .. } | Kind::Paren { x } => base = x,
            Kind::Index { x, .. } if teller.is_array(unit[x].ty) => base = x,
            _ => break,
        }
    }
    match unit[base].kind {
        Kind::IndexMap { x, .. } => End::Mapped { map: teller.expr(unit, x) },
        Kind::Global(def) => End::Global { name: teller.global(unit, def) },
        _ => End::Stored { to: teller.expr(unit, target) },
    }
}

fn in_heap(teller: &Teller<'_>, unit: &Unit, target: NodeId) -> bool {
    match unit[target].kind {
        Kind::Name(_) | Kind::Blank => false,
        Kind::Dot { x, .. } => in_heap(teller, unit, x),
        Kind::Index { x, .. } if teller.is_array(unit[x].ty) => in_heap(teller, unit, x),
        _ => true,
    }
}

fn passed(teller: &Teller<'_>, unit: &Unit, call: NodeId, last: &Flow) -> End {
    let inlined = teller.is_inlined(unit, call);
    match unit[call].kind {
        Kind::Unary { op: UnaryOp::Panic, .. } => End::Panicked,
        Kind::Append { args } => match unit[args].first() {
            Some(&slice) => End::Appended { to: teller.expr(unit, slice) },
            None => End::Escapes,
        },
        Kind::Call { op: CallOp::Inter, fun, .. } => {
            let Kind::DotInter { x, sel } = unit[fun].kind else { return End::Escapes };
            let callee = format!("{}.{sel}", teller.ty(unit[x].ty));
            End::Unknown { callee, why: Unknown::Method, receiver: is_operand(unit, last, x) }
        }
        Kind::Call { op: CallOp::Func, fun, .. } => {
            let callee = teller.callee(unit, call);
            let target = static_callee(unit, fun);
            let no_body = match target {
                Some(Callee::Func(id)) => teller.no_body(id),
                Some(Callee::Literal(_)) => false,
                None if inlined => false,
                None => {
                    let why = Unknown::Value;
                    // A variable that holds one known function counts as that function.
                    return if teller.holds_known_function(unit, fun) {
                        End::Leaked { callee }
                    } else {
                        End::Unknown { callee, why, receiver: false }
                    };
                }
            };
            if no_body {
                End::Unknown { callee, why: Unknown::NoBody, receiver: false }
            } else {
                End::Leaked { callee }
            }
        }
        _ => End::Leaked { callee: teller.callee(unit, call) },
    }
}

/// Whether the step before a call comes from the given operand.
fn is_operand(unit: &Unit, flow: &Flow, operand: NodeId) -> bool {
    if let Some((before, _)) = flow.notes.iter().rev().nth(1) {
        return before.node == operand;
    }
    let local = |node: NodeId| match unit[node].kind {
        Kind::Name(local) => Some(unit.canonical(local)),
        _ => None,
    };
    match flow.src {
        Endpoint::Variable(site) => local(operand).is_some() && local(operand) == local(site.node),
        Endpoint::Storage(site) => site.node == operand,
        Endpoint::Heap | Endpoint::Temp => false,
    }
}

/// The first literal or method value that holds a value on its way.
fn holder(teller: &Teller<'_>, flows: &[Flow], own: Site) -> Option<Holder> {
    flows.iter().find_map(|flow| {
        let Endpoint::Storage(site) = flow.dst else { return None };
        if site == own {
            return None;
        }
        let by_reference = flow.notes.iter().any(|&(_, reason)| reason == Reason::Reference);
        let unit = &teller.compiled.units[site.unit];
        match unit[site.node].kind {
            Kind::Closure { func } if unit[func].wrapper => Some(Holder::Wrapper),
            Kind::Closure { .. } => Some(Holder::Closure { by_reference }),
            Kind::MethValue { .. } => Some(Holder::MethodValue),
            _ => None,
        }
    })
}

impl Teller<'_> {
    /// Whether a function has no body in Go.
    fn no_body(&self, id: crate::ir::func::FuncId) -> bool {
        match self.compiled.ids.place(id) {
            Some(at) => !self.compiled.units[at][FuncIdx::ROOT].has_body,
            None => self.imports.facts(id).is_some_and(|facts| !facts.has_body),
        }
    }
}

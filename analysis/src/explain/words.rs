//! Sentences: what is said of an allocation, for someone who never saw the compiler's messages.

use super::cause::{Cause, End, Holder, Unknown};
use super::finding::{Location, Place, Step};
use super::teller::Teller;
use crate::escape::Allocation;
use crate::escape::event::{Endpoint, Reason, Site};
use crate::ir::node::{CompLitOp, ConvOp, Flags, Kind, MakeOp, NodeId, UnaryOp, Unit};
use crate::types::ty::TyKind;

/// The largest value that an interface made on the stack may hold.
///
/// Upstream: `dataWord` in `cmd/compile/internal/walk/convert.go`.
const MAX_STACK_INTERFACE_DATA: i64 = 1024;

/// What an allocation is, to be said of it.
pub(super) struct Subject {
    /// Its name or text, without quotes.
    pub(super) text: String,
    /// The beginning of the sentence: "`p` is".
    pub(super) is: String,
    /// How it is spoken of later: `its address`, `it`.
    pub(super) it: &'static str,
    /// Where it is put: "on the heap", "boxed into an interface on the heap".
    pub(super) on_heap: String,
    /// Why nothing is allocated for it after all.
    pub(super) free: Option<&'static str>,
}

impl Subject {
    /// What an allocation is; `text` is that of the user at its place.
    pub(super) fn new(
        teller: &Teller<'_>,
        allocation: &Allocation,
        text: String,
        inlined: Option<String>,
    ) -> Subject {
        let unit = &teller.compiled.units[allocation.site.unit];
        let node = allocation.site.node;
        let from = inlined.map(|from| format!(" in {from}, inlined here,")).unwrap_or_default();
        let heap = || "on the heap".to_owned();
        let subject = |is: String, it, on_heap| Subject {
            text: text.clone(),
            is: format!("{is}{from}"),
            it,
            on_heap,
            free: None,
        };
        if allocation.local.is_some() {
            return subject(format!("`{text}`"), "its address", heap());
        }
        match unit[node].kind {
            Kind::Conv { op: ConvOp::ConvIface | ConvOp::ConvNop, x } => Subject {
                free: free_conversion(teller, unit, x),
                ..subject(
                    format!("`{text}`"),
                    "the interface made of it",
                    "boxed on the heap".to_owned(),
                )
            },
            Kind::Closure { func } if unit[func].range_parent.is_some() => {
                subject("the body of this loop over a function".to_owned(), "it", heap())
            }
            Kind::Closure { .. } => subject("this function literal".to_owned(), "it", heap()),
            Kind::MethValue { .. } => subject(format!("the method value `{text}`"), "it", heap()),
            Kind::Append { .. } => {
                subject(format!("the array that `{text}` grows into"), "it", heap())
            }
            Kind::AddStr { .. } => subject(format!("the string `{text}`"), "it", heap()),
            Kind::Conv { op: ConvOp::Bytes2Str | ConvOp::Runes2Str | ConvOp::RuneStr, .. } => {
                subject(format!("the string `{text}`"), "it", heap())
            }
            Kind::Conv { .. } => subject(format!("the copy made by `{text}`"), "it", heap()),
            Kind::CompLit { .. } if unit[node].flags.has(Flags::IMPLICIT) => {
                let callee = teller.callee_at(unit, unit[node].pos);
                let of =
                    if callee.is_empty() { "a call".to_owned() } else { format!("`{callee}`") };
                subject(format!("the slice of the arguments of {of}"), "it", heap())
            }
            _ => subject(format!("`{text}`"), "it", heap()),
        }
    }
}

/// Why a conversion to an interface needs no memory of its own, if it does not.
///
/// Upstream: `dataWord` in `cmd/compile/internal/walk/convert.go`.
fn free_conversion(teller: &Teller<'_>, unit: &Unit, x: NodeId) -> Option<&'static str> {
    let cx = teller.cx;
    let mut ty = unit[x].ty;
    if is_static(unit, x) {
        return Some("the value is a constant, which the program holds ready");
    }
    if cx.size_of(ty) == 0 {
        return Some("a value without size needs no memory");
    }
    loop {
        ty = match cx.under(ty).kind() {
            TyKind::Struct(fields) if fields.len() == 1 => fields[0].ty,
            TyKind::Array(1, elem) => *elem,
            _ => break,
        };
    }
    let byte = cx.is_boolean(ty) || (cx.is_integer(ty) && cx.size_of(ty) == 1);
    byte.then_some("the runtime holds all values of one byte ready")
}

fn is_static(unit: &Unit, id: NodeId) -> bool {
    crate::types::cx::deep(|| match unit[id].kind {
        Kind::Literal(_) | Kind::Nil => true,
        Kind::CompLit { op: CompLitOp::Array | CompLitOp::Struct, list, .. } => {
            unit[list].iter().all(|&element| match unit[element].kind {
                Kind::Key { value, .. } | Kind::StructKey { value, .. } => is_static(unit, value),
                _ => is_static(unit, element),
            })
        }
        _ => false,
    })
}

/// Why something is in the heap, in one sentence.
pub(super) fn reason(subject: &Subject, cause: &Cause, size: Option<u64>) -> String {
    let holds = match cause.holder {
        Some(Holder::Closure { by_reference: true }) => {
            "a function literal that captures it by reference"
        }
        Some(Holder::Closure { .. }) => "a function literal that captures it",
        Some(Holder::MethodValue) => "a method value that holds it",
        Some(Holder::Wrapper) => "it",
        None => subject.it,
    };
    let why = match (&cause.end, cause.holder) {
        (End::Go { .. }, Some(Holder::Closure { .. })) => {
            format!("{holds} runs in a new goroutine")
        }
        (End::Go { .. }, None) if subject.it == "it" => "it runs in a new goroutine".to_owned(),
        (end, _) => clause(holds, end, size),
    };
    let Subject { is, on_heap, .. } = subject;
    match subject.free {
        Some(free) => {
            format!("{is} counts as escaping because {why}; but nothing is allocated: {free}")
        }
        None => format!("{is} is {on_heap} because {why}"),
    }
}

/// What happens to `it`.
fn clause(it: &str, end: &End, size: Option<u64>) -> String {
    match end {
        End::Never(Reason::TooLarge) => match size {
            Some(size) => format!("it is too large for the stack: {size} bytes"),
            None => "it may be too large for the stack".to_owned(),
        },
        End::Never(Reason::ZeroSizedElement) => {
            "the compiler makes no slice of elements without size on the stack; \
             it takes no memory there either"
                .to_owned()
        }
        End::Never(_) => "it needs more alignment than the stack gives".to_owned(),
        End::Returned { by } => format!("{it} is returned by {by}"),
        End::Global { name } => format!("{it} is stored in the package-level variable `{name}`"),
        End::Stored { to } => {
            format!("{it} is stored in `{to}`, which may itself be on the heap")
        }
        End::Mapped { map } => {
            format!("{it} is put into the map `{map}`, and what a map holds is on the heap")
        }
        End::Sent { channel } => {
            format!("{it} is sent on the channel `{channel}` to another goroutine")
        }
        End::Panicked => format!("{it} is passed to panic"),
        End::Leaked { callee } => format!("{it} is passed to {callee}, which may keep it"),
        End::Unknown { callee, why, receiver } => {
            let known = match why {
                Unknown::Method => {
                    "an interface method whose implementation is not known when compiling"
                }
                Unknown::Value => "a function value, and which function it holds is not known here",
                Unknown::NoBody => "which has no body in Go, so what it keeps is not known",
            };
            if *receiver {
                format!("{it} is the receiver in a call of {callee}, {known}")
            } else {
                format!("{it} is passed to {callee}, {known}")
            }
        }
        End::Appended { to } => {
            format!("{it} is appended to `{to}`, whose array may be on the heap")
        }
        End::Copied { to } => {
            format!("`{to}` copies it into an array that may be on the heap")
        }
        End::Go { .. } => format!("{it} is passed to a new goroutine"),
        End::Defer { .. } => {
            format!("{it} waits for a call deferred in a loop, until the function ends")
        }
        End::Iteration { var } => {
            format!("{it} is stored in `{var}`, which is declared outside of the loop and lives on")
        }
        End::Outside { var } => format!(
            "{it} is stored in `{var}`, a variable of the function around this one, which lives on"
        ),
        End::Into { what, why: None } => format!("{it} is stored in {what}, which is on the heap"),
        End::Into { what, why: Some(why) } => {
            let why = match &**why {
                // One thing in another is enough to say.
                End::Into { .. } | End::Go { .. } | End::Defer { .. } => {
                    return format!("{it} is stored in {what}, which is on the heap");
                }
                why => clause("it", why, None),
            };
            format!("{it} is stored in {what}, which is on the heap because {why}")
        }
        End::Beside { stored, kept, why } => format!(
            "{it} is stored in the field `{stored}`, and {}; the compiler does not tell the fields \
             of a struct apart",
            clause(&format!("the field `{kept}` beside it"), why, None)
        ),
        End::Hidden => format!("{it} is turned into a number, which hides it from the compiler"),
        End::Escapes => "it is used where it may outlive its function".to_owned(),
    }
}

/// What is said of something on the stack, and whether it may be allocated nevertheless.
pub(super) fn on_stack(
    teller: &Teller<'_>,
    allocation: &Allocation,
    subject: &Subject,
) -> (String, bool) {
    let unit = &teller.compiled.units[allocation.site.unit];
    let func = teller.func(unit, allocation.func);
    let is = &subject.is;
    let stays = |more: &str| format!("{is} is not kept beyond {func}{more}");
    match unit[allocation.site.node].kind {
        Kind::Make { op: MakeOp::Slice, .. } if allocation.size.is_none() => {
            let more = ", but its size is not known when compiling: \
                        it is on the stack if it takes up to 32 bytes, else on the heap";
            (stays(more), true)
        }
        Kind::Append { .. } => (stays(", but where it must grow it may be allocated"), false),
        Kind::AddStr { .. } | Kind::Conv { op: ConvOp::Bytes2Str, .. } => {
            (stays(": up to 32 bytes are on the stack, more are allocated"), false)
        }
        Kind::Conv { op: ConvOp::Str2Bytes | ConvOp::Str2Runes | ConvOp::Runes2Str, .. } => {
            (stays(": up to 32 elements are on the stack, more are allocated"), false)
        }
        Kind::Make { op: MakeOp::Map, .. } | Kind::CompLit { op: CompLitOp::Map, .. } => {
            (stays(": up to 8 entries are on the stack, more are allocated"), false)
        }
        Kind::Conv { op: ConvOp::ConvIface, x }
            if teller.cx.size_of(unit[x].ty) > MAX_STACK_INTERFACE_DATA =>
        {
            (stays(", but a value of more than 1 KiB is allocated all the same"), false)
        }
        _ => (format!("{is} is on the stack: nothing keeps it beyond {func}"), false),
    }
}

/// The steps of a cause.
pub(super) fn steps(teller: &Teller<'_>, cause: &Cause) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for flow in &cause.flows {
        for (at, &(site, reason)) in flow.notes.iter().enumerate() {
            let next = flow.notes.get(at + 1).map(|&(_, reason)| reason);
            if reason == Reason::Reference && next == Some(Reason::CapturedByClosure) {
                continue;
            }
            let by_reference = at > 0 && flow.notes[at - 1].1 == Reason::Reference;
            let text = step(teller, site, reason, flow.dst, by_reference).into();
            let step = Step { text, word: reason.as_str(), at: location(teller, site) };
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
    }
    // The compiler has no step for what these statements do.
    let statement = match cause.end {
        End::Go { at } => Some(("used by a new goroutine", "go", at)),
        End::Defer { at } => Some(("kept until the function ends", "defer", at)),
        _ => None,
    };
    steps.extend(statement.map(|(text, word, site)| {
        let at = location(teller, site);
        Step { text: text.into(), word, at }
    }));
    steps
}

/// Where a step is: its own text if that is in the package, else the call that brought it here.
fn location(teller: &Teller<'_>, site: Site) -> Option<Location> {
    let unit = &teller.compiled.units[site.unit];
    let pos = unit[site.node].pos;
    let spot =
        teller.sources.innermost(unit, pos).or_else(|| teller.sources.outermost(unit, pos))?;
    Some(teller.sources.location(&spot))
}

fn step(
    teller: &Teller<'_>,
    site: Site,
    reason: Reason,
    dst: Endpoint,
    by_reference: bool,
) -> String {
    let unit = &teller.compiled.units[site.unit];
    let node = site.node;
    let text = teller.expr(unit, node);
    let into = || match dst {
        Endpoint::Variable(to) => {
            let name = teller.expr(&teller.compiled.units[to.unit], to.node);
            if name.is_empty() { String::new() } else { format!(" to `{name}`") }
        }
        Endpoint::Heap | Endpoint::Temp | Endpoint::Storage(_) => String::new(),
    };
    let said = match reason {
        Reason::AddressOf => format!("its address is taken: `{text}`"),
        Reason::Indirection => format!("what it points to is read: `{text}`"),
        Reason::Dot => format!("part of it is taken: `{text}`"),
        Reason::DotOfPointer => format!("read through a pointer: `{text}`"),
        Reason::FixedArrayIndexOf => format!("an element is taken: `{text}`"),
        Reason::Slice => format!("sliced: `{text}`"),
        Reason::InterfaceConverted => {
            let ty = teller.ty(unit[node].ty);
            format!("converted to the interface {ty}")
        }
        Reason::SliceToArray => format!("converted to an array: `{text}`"),
        Reason::ArrayLiteralElement
        | Reason::SliceLiteralElement
        | Reason::StructLiteralElement => match unit[node].kind {
            Kind::CompLit { .. } if unit[node].flags.has(Flags::IMPLICIT) => {
                let callee = teller.callee_at(unit, unit[node].pos);
                format!("put into the slice of the arguments of {callee}")
            }
            _ => format!("put into `{text}`"),
        },
        Reason::MapLiteralKey => format!("a key of the map `{text}`"),
        Reason::MapLiteralValue => format!("a value of the map `{text}`"),
        Reason::KeyOfMapPut => format!("a key put into a map: `{text}`"),
        Reason::CallParameter => match unit[node].kind {
            Kind::Unary { op: UnaryOp::Panic, .. } => "passed to panic".to_owned(),
            Kind::Append { .. } => format!("passed to `{text}`"),
            _ => format!("passed to {}", teller.callee(unit, node)),
        },
        Reason::CalleeOperand => format!("called: `{text}`"),
        Reason::AppendeeSlice => format!("its elements may be copied by `{text}`"),
        Reason::AppendedSlice => format!("its elements are appended: `{text}`"),
        Reason::CopiedSlice => format!("its elements are copied: `{text}`"),
        Reason::Assign
        | Reason::AssignPair
        | Reason::AssignPairDotType
        | Reason::AssignPairMapr
        | Reason::AssignPairReceive => {
            // What an inlined function returns is assigned to a variable without a name.
            if let Endpoint::Variable(to) = dst
                && let Some(callee) = teller.result_of(&teller.compiled.units[to.unit], to.node)
            {
                return format!("returned by {callee}, inlined");
            }
            match (into(), unit[node].kind) {
                // Not the user's statement, so its target says more.
                (to, Kind::As { x, .. })
                    if to.is_empty() && teller.at(unit, unit[node].pos).is_empty() =>
                {
                    format!("stored in `{}`", teller.expr(unit, x))
                }
                (to, _) if to.is_empty() => format!("stored: `{text}`"),
                (to, _) => format!("assigned{to}"),
            }
        }
        Reason::Return => format!("returned by {}", teller.enclosing(unit, site)),
        Reason::Range | Reason::RangeDeref => format!("an element of the range{}", into()),
        Reason::SwitchCase => format!("bound by a case of the type switch{}", into()),
        Reason::Send => format!("sent on a channel: `{text}`"),
        Reason::Spill => "allocated here".to_owned(),
        Reason::CapturedByClosure if by_reference => {
            "captured by reference by a function literal".to_owned()
        }
        Reason::CapturedByClosure => "captured by a function literal".to_owned(),
        Reason::Reference => "referred to".to_owned(),
        Reason::ReflectHeaderData => format!("stored in a header of package reflect: `{text}`"),
        Reason::UintptrEscapes => {
            "passed as a number to a function marked //go:uintptrescapes".to_owned()
        }
        Reason::TooLarge => "too large for the stack".to_owned(),
        Reason::TooAligned => "needs more alignment than the stack gives".to_owned(),
        Reason::ZeroSizedElement => "its elements have no size".to_owned(),
    };
    match teller.sources.inlined(unit, unit[node].pos).first() {
        Some(&callee) => format!("{said} (in {}, inlined)", teller.inlinee(unit, callee)),
        None => said,
    }
}

/// The place of a finding's value.
pub(super) fn place(allocation: &Allocation) -> Place {
    if allocation.escapes { Place::Heap } else { Place::Stack }
}

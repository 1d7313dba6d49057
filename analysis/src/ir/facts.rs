//! What one function lets another know: how its parameters leak, and its body if it can be
//! inlined. Nothing else of a function influences its callers.

use std::fmt;
use std::sync::Arc;

use super::func::FuncId;
use super::node::Unit;
use crate::lazy::Lazy;
use crate::syntax::ast::Pragmas;

/// How many results a leak is tracked to; the flow to a later one counts as a flow to the heap.
/// Upstream: `escape/leaks.go`, `numEscResults`.
pub const NUM_ESC_RESULTS: usize = 5;

/// How a parameter flows out of its function: for each sink the least number of dereferences on
/// the way, `None` if it does not get there.
///
/// Upstream: `escape/leaks.go`, `leaks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Leaks {
    /// To the heap.
    pub heap: Option<u8>,
    /// To a place that is written through.
    pub mutator: Option<u8>,
    /// To a function value that is called.
    pub callee: Option<u8>,
    /// To each of the first results.
    pub results: [Option<u8>; NUM_ESC_RESULTS],
}

impl Leaks {
    /// Nothing is known: the parameter itself flows to the heap.
    pub const UNKNOWN: Leaks =
        Leaks { heap: Some(0), mutator: None, callee: None, results: [None; NUM_ESC_RESULTS] };
}

/// Everything about a function that its callers read.
#[derive(Debug, Clone)]
pub struct FuncFacts {
    /// Leaks of the receiver (and dictionary) and of each parameter.
    pub leaks: Arc<[Leaks]>,
    /// The body, if the function can be inlined.
    pub inline: Option<Arc<InlineBody>>,
    /// The `//go:` directives.
    pub pragmas: Pragmas,
    /// Whether there is a body in Go.
    pub has_body: bool,
}

/// Whether a function can be inlined. Upstream: `ir.Func.Inl` and `InlinabilityChecked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// Not looked at yet.
    #[default]
    Unchecked,
    /// It can, and counts for this much.
    Can(i32),
    /// It cannot.
    Cannot(CannotInline),
}

/// Why a function cannot be inlined.
///
/// Upstream: `inline/inl.go`, `InlineImpossible` and `hairyVisitor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotInline {
    /// A reason that has one wording: `marked go:noinline`.
    Because(&'static str),
    /// It contains something that rules it out: `unhandled op DEFER`.
    Unhandled(&'static str),
    /// It calls one of these.
    CallTo(&'static str),
    /// It counts for too much.
    TooComplex {
        /// What it counts for.
        cost: i32,
        /// What is allowed.
        budget: i32,
    },
}

impl fmt::Display for CannotInline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotInline::Because(reason) => f.write_str(reason),
            CannotInline::Unhandled(op) => write!(f, "unhandled op {op}"),
            CannotInline::CallTo(name) => write!(f, "call to {name}"),
            CannotInline::TooComplex { cost, budget } => {
                write!(f, "function too complex: cost {cost} exceeds budget {budget}")
            }
        }
    }
}

/// A body to be inlined.
#[derive(Debug)]
pub struct InlineBody {
    /// What it counts for. Upstream: `ir.Inline.Cost`.
    pub cost: i32,
    /// The function as lowered, before anything was inlined into it.
    pub unit: Lazy<Arc<Unit>>,
}

/// The very same body.
impl PartialEq for InlineBody {
    fn eq(&self, other: &InlineBody) -> bool {
        self.cost == other.cost && Arc::ptr_eq(&self.unit, &other.unit)
    }
}

/// Answers what is known of functions outside the ones in hand: those of other packages, and those
/// of the same package that were finished before.
pub trait Facts {
    /// What is known of `func`; `None` if nothing is.
    fn facts(&self, func: FuncId) -> Option<Arc<FuncFacts>>;
}

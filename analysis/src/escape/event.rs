//! What escape analysis has to say: decisions, how parameters leak, and why.
//!
//! Events are data; [`super::messages`] gives them the compiler's words. Their order is that in
//! which the compiler prints them.

use std::sync::Arc;

use crate::ir::facts::Leaks;
use crate::ir::node::{FuncIdx, Kind, LocalId, NodeId, Pos};
use crate::ir::scc::Member;
use crate::symbol::Symbol;
use crate::types::ty::Ty;

/// A node, and the unit that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    /// The unit's place in the list of units.
    pub unit: usize,
    /// The node.
    pub node: NodeId,
}

/// What was found out about a batch of functions.
#[derive(Debug, Clone, Default)]
pub struct BatchResult {
    /// The functions, with the leaks of their receiver, dictionary and parameters.
    pub leaks: Vec<(Member, Arc<[Leaks]>)>,
    /// What there is to say, in the compiler's order.
    pub events: Vec<Event>,
    /// How many of the events were there before any node was rewritten: they speak of the nodes
    /// as they were.
    pub before_rewrites: usize,
    /// The nodes that were rewritten, as they were.
    pub rewrites: Vec<(Site, Kind)>,
    /// Every variable and every expression that the analysis decides about.
    pub allocations: Vec<Allocation>,
}

/// A decision about a variable or an allocating expression.
#[derive(Debug, Clone, Copy)]
pub struct Allocation {
    /// The variable's declaration or the expression.
    pub site: Site,
    /// The function that holds it.
    pub func: FuncIdx,
    /// The variable, if it is one.
    pub local: Option<LocalId>,
    /// Whether it must live in the heap.
    pub escapes: bool,
    /// Whether its storage is needed after the statement.
    pub persists: bool,
    /// How many loops of its function surround it.
    pub loops: u32,
    /// How many bytes are allocated, if that is known.
    pub size: Option<i64>,
    /// The [`EventKind::EscapeFlow`] that explains why it escapes.
    pub cause: Option<usize>,
    /// Whether a line is printed for it. Only the wrappers of `go` and `defer` have none.
    pub reported: bool,
}

/// One thing to say.
#[derive(Debug, Clone)]
pub struct Event {
    /// The unit that `pos` and everything in `kind` belong to, unless it says otherwise.
    pub unit: usize,
    /// Where it stands.
    pub pos: Pos,
    /// What.
    pub kind: EventKind,
}

/// What an event says.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// `moved to heap: x`
    MovedToHeap(LocalId),
    /// `E escapes to heap`
    Escapes(NodeId),
    /// `E does not escape`
    DoesNotEscape(NodeId),
    /// `zero-copy string->[]byte conversion`
    ZeroCopy(NodeId),
    /// `leaking param: x`, `leaking param content: x`, `leaking param: x to result r level=1`
    LeakingParam {
        /// The parameter.
        local: LocalId,
        /// Where it leaks to.
        to: LeaksTo,
    },
    /// `x does not escape`
    ParamDoesNotEscape(LocalId),
    /// `assuming x is unsafe uintptr`
    AssumingUnsafeUintptr(LocalId),
    /// `marking x as escaping uintptr`, `marking x as escaping ...uintptr`
    MarkingUintptr {
        /// The parameter.
        local: LocalId,
        /// Whether it is `...uintptr`.
        variadic: bool,
    },
    /// `F ignoring self-assignment in STMT`
    IgnoringSelfAssignment {
        /// The function.
        func: FuncIdx,
        /// The statement.
        stmt: NodeId,
    },
    /// `F capturing by value: x (addr=false assign=false width=8)`
    Capturing {
        /// The variable.
        local: LocalId,
        /// Whether the literal gets a copy of it.
        by_value: bool,
        /// Whether its address is taken.
        addrtaken: bool,
        /// Whether it is assigned more than once.
        reassigned: bool,
        /// Its size.
        width: i64,
    },
    /// `E escapes to heap in F:` and how.
    EscapeFlow {
        /// The variable's declaration or the expression.
        node: NodeId,
        /// The function.
        func: FuncIdx,
        /// How.
        path: Path,
    },
    /// `parameter x leaks to D for F with derefs=1:` and how.
    LeakFlow {
        /// The parameter.
        local: LocalId,
        /// The function.
        func: FuncIdx,
        /// Where it leaks to.
        to: Endpoint,
        /// How often it is dereferenced on the way.
        derefs: i32,
        /// How.
        path: Path,
    },
    /// `T is incomplete (or unallocatable); stack allocation disallowed`, an error
    Unallocatable(Ty),
    /// `x escapes to heap, not allowed in runtime`, an error
    NotAllowedInRuntime(LocalId),
}

/// Where a parameter leaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaksTo {
    /// The parameter itself flows to the heap.
    Heap,
    /// What it points to flows to the heap.
    HeapContent,
    /// It flows to a result.
    Result {
        /// The result's name.
        result: Symbol,
        /// How often it is dereferenced on the way.
        level: u8,
    },
}

/// How a value flows, from the thing itself to where it ends.
#[derive(Debug, Clone, Default)]
pub struct Path {
    /// The steps from location to location.
    pub flows: Vec<Flow>,
    /// Whether the way leads in a circle, so that it was cut off.
    pub truncated: bool,
}

/// A step on the way of a value.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Where to.
    pub dst: Endpoint,
    /// Where from.
    pub src: Endpoint,
    /// How often it is dereferenced; −1 if it is the address that flows.
    pub derefs: i32,
    /// Through which expressions and statements, from the inside out.
    pub notes: Vec<(Site, Reason)>,
}

/// Where a step begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The heap.
    Heap,
    /// A place without a name.
    Temp,
    /// A variable: the node of its declaration.
    Variable(Site),
    /// What an expression allocates.
    Storage(Site),
}

macro_rules! reasons {
    ($($name:ident = $text:literal,)*) => {
        /// Why a value flows through an expression or statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the texts say it")]
        pub enum Reason {
            $($name,)*
        }

        impl Reason {
            /// The compiler's words.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Reason::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    AddressOf = "address-of",
    Indirection = "indirection",
    Dot = "dot",
    DotOfPointer = "dot of pointer",
    FixedArrayIndexOf = "fixed-array-index-of",
    Slice = "slice",
    InterfaceConverted = "interface-converted",
    SliceToArray = "slice-to-array",
    ArrayLiteralElement = "array literal element",
    SliceLiteralElement = "slice-literal-element",
    StructLiteralElement = "struct literal element",
    MapLiteralKey = "map literal key",
    MapLiteralValue = "map literal value",
    KeyOfMapPut = "key of map put",
    CallParameter = "call parameter",
    CalleeOperand = "callee operand",
    AppendeeSlice = "appendee slice",
    AppendedSlice = "appended slice...",
    CopiedSlice = "copied slice",
    Assign = "assign",
    AssignPair = "assign-pair",
    AssignPairDotType = "assign-pair-dot-type",
    AssignPairMapr = "assign-pair-mapr",
    AssignPairReceive = "assign-pair-receive",
    Return = "return",
    Range = "range",
    RangeDeref = "range-deref",
    SwitchCase = "switch case",
    Send = "send",
    Spill = "spill",
    CapturedByClosure = "captured by a closure",
    Reference = "reference",
    ReflectHeaderData = "reflect.Header.Data",
    UintptrEscapes = "//go:uintptrescapes",
    TooLarge = "too large for stack",
    TooAligned = "too aligned for stack",
    ZeroSizedElement = "zero-sized element",
}

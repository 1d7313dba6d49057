//! Findings: each allocation with its reason, in a user's words.

use std::sync::Arc;

use crate::symbol::Symbol;
use crate::types::ty::DefId;

/// A stretch of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Location {
    /// The file's path.
    pub file: Symbol,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal,)*) => {
        /// Why something is on the heap. The names are stable: settings, links and suppressions
        /// use them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$code,)*];

            /// The name: `returned-pointer`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$code => $name,)* }
            }
        }
    };
}

codes! {
    /// A pointer to it is returned.
    ReturnedPointer = "returned-pointer",
    /// A closure that outlives it captures it by reference, or the closure itself outlives its
    /// function.
    ClosureCapture = "closure-capture",
    /// It is converted to an interface that outlives it.
    InterfaceConversion = "interface-conversion",
    /// It is too large for the stack.
    Oversize = "oversize",
    /// Its size is not known when compiling.
    UnknownSize = "unknown-size",
    /// The backing store of an `append` outlives the function.
    AppendGrowth = "append-growth",
    /// A `go` statement passes it to another goroutine.
    GoStatement = "go-statement",
    /// A `defer` in a loop keeps it until the function returns.
    DeferInLoop = "defer-in-loop",
    /// It is stored in something that is on the heap.
    StoredInHeap = "stored-in-heap",
    /// It is stored in a package-level variable.
    StoredInGlobal = "stored-in-global",
    /// It is passed to a function about which nothing is known: an interface's method, a function
    /// value, a function without a Go body.
    PassedToUnknown = "passed-to-unknown",
    /// It is passed to a function that lets its parameter escape.
    PassedToLeaking = "passed-to-leaking",
    /// It is sent on a channel.
    SentOnChannel = "sent-on-channel",
    /// It is a key or value put into a map.
    StoredInMap = "stored-in-map",
    /// It is handed to `panic`.
    Panic = "panic",
    /// It is declared inside a loop but used by what outlives the iteration.
    OutlivesIteration = "outlives-iteration",
    /// A variable of the enclosing function keeps what a function literal made.
    OutlivesClosure = "outlives-closure",
    /// A method value that outlives its function holds its receiver.
    MethodValue = "method-value",
    /// A string is built that outlives its function: a concatenation or conversion.
    StringBuilding = "string-building",
    /// Its address goes through `unsafe` or a `uintptr`.
    Unsafe = "unsafe",
    /// Its elements have no size, or it needs more alignment than the stack gives.
    Unplaceable = "unplaceable",
}

impl Code {
    /// The code of that name.
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

/// Where something lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// On the heap: an allocation each time.
    Heap,
    /// On the stack.
    Stack,
}

/// A value and where it lives.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Where the value comes from: a variable's name, an expression.
    pub at: Location,
    /// Heap or stack.
    pub place: Place,
    /// Why it is on the heap; none for what stays on the stack, except where only the size when
    /// running decides.
    pub code: Option<Code>,
    /// One plain sentence: `p is on the heap because its address is returned`.
    pub reason: Arc<str>,
    /// What the value is called: the variable's name or the expression's text.
    pub subject: Arc<str>,
    /// Bytes of one such value; `None` if not known when compiling.
    pub size: Option<u64>,
    /// Bytes that the allocator hands out for it.
    pub size_class: Option<u64>,
    /// Whether it is so small, and without pointers, that several share a block of 16 bytes.
    pub tiny: bool,
    /// How many loops of its function stand around it.
    pub loop_depth: u32,
    /// The functions whose inlining brought it here, innermost first.
    pub inlined_from: Arc<[String]>,
    /// The way of the value to the place that outlives it.
    pub flow: Vec<Step>,
    /// The step that is the cause: index into `flow`.
    pub cause: Option<usize>,
    /// The compiler's words: the decision, then its explanation line by line.
    pub compiler: Arc<[String]>,
}

/// One step of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens: `returned from NewPoint`.
    pub text: Arc<str>,
    /// The compiler's word for it: `return`, `call parameter`; the keyword for `go` and `defer`.
    pub word: &'static str,
    /// Where.
    pub at: Option<Location>,
}

/// What is known of a function as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name as the compiler prints it.
    pub name: Arc<str>,
    /// The name in its declaration.
    pub at: Location,
    /// The whole declaration.
    pub whole: Location,
    /// Whether calls of it are inlined.
    pub inline: Inline,
    /// What each parameter does.
    pub params: Vec<ParamFact>,
}

/// How a parameter leaves its function.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamFact {
    /// The parameter's name.
    pub name: Arc<str>,
    /// Where it is declared.
    pub at: Location,
    /// A plain sentence.
    pub text: Arc<str>,
    /// The compiler's words.
    pub compiler: Arc<str>,
    /// Whether an argument is forced to the heap.
    pub leaks_to_heap: bool,
}

/// The inliner's verdict on a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Calls are inlined.
    Can {
        /// What it counts for.
        cost: i32,
    },
    /// Calls are not inlined.
    Cannot {
        /// Why, in the compiler's words.
        reason: Arc<str>,
    },
}

/// A line as the compiler prints it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GcLine {
    /// The file's path, `<autogenerated>`, or empty for a message without any position.
    pub file: String,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
    /// The column in bytes, from 1; 0 where the compiler prints none.
    pub column: u32,
    /// The smallest `-m` level at which the line is printed.
    pub level: u8,
    /// The text after the position, as `-m=2` prints it.
    pub text: String,
    /// The text as `-m` prints it, if that is less.
    pub short: Option<String>,
}

/// A change of the user's text that removes an allocation, proved by analysing the changed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it does and gains.
    pub title: String,
    /// The edits.
    pub edits: Vec<TextEdit>,
    /// What is declared otherwise afterwards: text that was not analysed must not mention it.
    pub names: Vec<DefId>,
}

/// A replacement of a stretch of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// What is replaced.
    pub at: Location,
    /// By what.
    pub text: String,
}

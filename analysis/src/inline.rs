//! Inlining and devirtualization: which calls become bodies, as the compiler decides it.
//!
//! [`Inliner`] holds what the pass knows of the package in hand: the verdict on each function, and
//! each function as it was lowered, which is what calls are replaced by. `cost` gives verdicts,
//! `interleave` edits a batch of functions to a fixed point, `devirtualize` and `expand` do single
//! calls.
//!
//! Modules follow `cmd/compile/internal/{inline,inline/interleaved,devirtualize}`. Not yet:
//! profile-guided decisions.

pub mod assigned;
pub mod cost;
pub mod devirtualize;
pub mod expand;
pub mod interleave;
pub mod intrinsics;
pub mod messages;

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::bloop;
use crate::ir::build::is_interface;
use crate::ir::facts::{CannotInline, Facts, Verdict};
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{Callee, ConvOp, FuncIdx, Kind, NodeId, Pos, Unit};
use crate::ir::scc::Mentions;
use crate::shared::Table;
use crate::types::cx::Cx;
use crate::types::ty::{PkgId, Ty};

/// Functions with at least this many nodes are "big" (`inlineBigFunctionNodes`).
pub const BIG_FUNCTION_NODES: i64 = 5000;
/// What a function may count for (`inlineMaxBudget`).
pub const MAX_BUDGET: i32 = 80;
/// What a callee may count for in a big function (`inlineBigFunctionMaxCost`).
pub const BIG_FUNCTION_MAX_COST: i32 = 20;
/// What a literal that is called once may count for (`inlineClosureCalledOnceCost`).
pub const CLOSURE_CALLED_ONCE_COST: i32 = 10 * MAX_BUDGET;
/// What a call that stays a call counts for (`inlineExtraCallCost`).
pub const EXTRA_CALL_COST: i32 = 57;
/// The same for a call of a parameter or captured variable (`inlineParamCallCost`).
pub const PARAM_CALL_COST: i32 = 17;
/// What `panic` adds (`inlineExtraPanicCost`).
pub const EXTRA_PANIC_COST: i32 = 1;
/// What the runtime's `throw` adds (`inlineExtraThrowCost`).
pub const EXTRA_THROW_COST: i32 = MAX_BUDGET;

/// Something that the compiler reports while inlining.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Where.
    pub pos: Pos,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    /// `can inline F with cost N as: …`
    Can {
        /// Which function of the unit.
        func: FuncIdx,
        /// What it counts for.
        cost: i32,
    },
    /// `cannot inline F: reason`
    Cannot {
        /// Which function of the unit.
        func: FuncIdx,
        /// Why.
        why: CannotInline,
    },
    /// `inlining call to F`
    Inlining(Callee),
    /// `cannot inline F into G: repeated recursive cycle`
    RepeatedCycle {
        /// The function called.
        callee: Callee,
        /// The function of the unit that calls it.
        caller: FuncIdx,
    },
    /// `function F considered 'big'; reducing max cost of inlinees`
    Big(FuncIdx),
    /// `imprecise interface call`
    ImpreciseCall,
    /// `devirtualizing x.M to T`
    Devirtualized {
        /// The selector, as it was before.
        sel: NodeId,
        /// The concrete type.
        ty: Ty,
        /// Whether the method turned out to be an embedded interface's.
        partially: bool,
    },
    /// `cannot devirtualize x.M(): shaped receiver T`, or `shaped interface T`
    CannotDevirtualize {
        /// The call.
        call: NodeId,
        /// The type.
        ty: Ty,
        /// Whether it is the interface that has a shape, not the receiver.
        interface: bool,
    },
}

/// The pass over one package.
pub struct Inliner<'a> {
    /// Types.
    pub cx: &'a Cx<'a>,
    /// The package in hand.
    pub package: PkgId,
    /// Functions of other packages.
    pub imports: &'a dyn Facts,
    /// What is known of the package's own functions.
    known: RefCell<Known>,
    /// What the present step has asked so far, if it is recorded.
    asked: RefCell<Option<FxHashMap<Question, InlineAnswer>>>,
}

/// What is known of a package's own functions.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The functions as lowered.
    pub originals: Table<FuncId, Arc<Unit>>,
    /// The verdicts on them.
    pub verdicts: Table<FuncId, Verdict>,
}

impl Known {
    /// The questions about a function that have another answer than they had.
    pub fn differences(&self, func: FuncId, before: &Known) -> Vec<Question> {
        let body = |known: &Known| match known.verdicts.get(&func) {
            Some(Verdict::Can(cost)) => InlineAnswer(known.lowered(func).map(|unit| (*cost, unit))),
            _ => InlineAnswer(None),
        };
        let lowered = |known: &Known| lowered_answer(known.lowered(func).as_ref());
        let body = (body(self) != body(before)).then_some(Question::Body(func));
        let lowered = (lowered(self) != lowered(before)).then_some(Question::Lowered(func));
        body.into_iter().chain(lowered).collect()
    }

    fn lowered(&self, func: FuncId) -> Option<Arc<Unit>> {
        self.originals.get(&func).cloned()
    }
}

/// Who has asked what: steps by their number.
#[derive(Debug, Clone, Default)]
pub struct Askers(Table<Question, Arc<FxHashSet<usize>>>);

impl Askers {
    /// Notes the questions of a step.
    pub fn note(&mut self, asked: &Asked, step: usize) {
        for &(question, _) in &asked.0 {
            let known = self.of(question);
            if !known.is_some_and(|steps| steps.contains(&step)) {
                Arc::make_mut(self.0.get_or_default(question)).insert(step);
            }
        }
    }

    /// The steps that have asked a question, and perhaps some that asked it once.
    pub fn of(&self, question: Question) -> Option<&FxHashSet<usize>> {
        self.0.get(&question).map(|steps| &**steps)
    }
}

/// A function after inlining and all that comes before escape analysis.
#[derive(Debug)]
pub struct Ready {
    /// The function.
    pub unit: Arc<Unit>,
    /// The functions that it mentions.
    pub mentions: Arc<Mentions>,
    /// What the inliner has to say.
    pub events: Arc<[Event]>,
    /// What there is to say of its `b.Loop` loops.
    pub kept_alive: Arc<[bloop::Event]>,
}

impl Ready {
    /// The functions with names whose bodies have replaced calls, in the order of the calls.
    pub fn inlined(&self) -> impl Iterator<Item = FuncId> + '_ {
        self.events.iter().filter_map(|event| match event.what {
            What::Inlining(Callee::Func(func)) => Some(func),
            _ => None,
        })
    }
}

/// What is asked about another function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// What its calls may be replaced by.
    Body(FuncId),
    /// What it was lowered to.
    Lowered(FuncId),
}

/// The answer: a body and what it counts for.
#[derive(Debug, Clone)]
struct InlineAnswer(Option<(i32, Arc<Unit>)>);

impl PartialEq for InlineAnswer {
    fn eq(&self, other: &InlineAnswer) -> bool {
        match (&self.0, &other.0) {
            (Some((cost, body)), Some((other_cost, other_body))) => {
                cost == other_cost && Arc::ptr_eq(body, other_body)
            }
            (None, None) => true,
            _ => false,
        }
    }
}

/// What a step has asked about other functions, with the answers.
#[derive(Debug, Clone, Default)]
pub struct Asked(Vec<(Question, InlineAnswer)>);

impl Asked {
    /// Adds what another step has asked.
    pub fn append(&mut self, other: Asked) {
        self.0.extend(other.0);
    }
}

/// A body to replace a call by.
#[derive(Debug, Clone)]
pub struct Body {
    /// What it counts for.
    pub cost: i32,
    /// The unit that holds it.
    pub unit: Arc<Unit>,
    /// Which of the unit's functions.
    pub func: FuncIdx,
}

impl<'a> Inliner<'a> {
    /// A pass that knows no function of its own package yet.
    pub fn new(cx: &'a Cx<'a>, package: PkgId, imports: &'a dyn Facts) -> Inliner<'a> {
        Inliner { cx, package, imports, known: RefCell::default(), asked: RefCell::default() }
    }

    /// What is known of the package's own functions.
    pub fn known(&self) -> Known {
        self.known.borrow().clone()
    }

    /// The questions about a function that have another answer than they had.
    pub fn differences(&self, func: FuncId, before: &Known) -> Vec<Question> {
        self.known.borrow().differences(func, before)
    }

    /// Makes a function known as lowered only, without the verdict on it.
    pub fn forget(&self, unit: &Arc<Unit>) {
        let mut known = self.known.borrow_mut();
        known.verdicts.remove(&unit.id);
        known.originals.insert(unit.id, Arc::clone(unit));
    }

    /// Goes on from what was known before.
    pub fn go_on_from(&self, known: Known) {
        self.known.replace(known);
    }

    /// Does a step, and records what it asks. Steps are not nested.
    pub fn recorded<T>(&self, step: impl FnOnce() -> T) -> (T, Asked) {
        self.asked.replace(Some(FxHashMap::default()));
        let result = step();
        let asked = self.asked.take().unwrap_or_default();
        (result, Asked(asked.into_iter().collect()))
    }

    /// Whether all questions still have the answers that they had.
    pub fn holds(&self, asked: &Asked) -> bool {
        asked.0.iter().all(|(question, answer)| match *question {
            Question::Body(func) => body_answer(self.find_body(func).as_ref()) == *answer,
            Question::Lowered(func) => lowered_answer(self.find_lowered(func).as_ref()) == *answer,
        })
    }

    /// Notes a question and its answer; the first answer counts.
    fn note(&self, question: Question, answer: impl FnOnce() -> InlineAnswer) {
        if let Some(asked) = &mut *self.asked.borrow_mut() {
            asked.entry(question).or_insert_with(answer);
        }
    }

    /// Makes a function of the package known, as lowered.
    pub fn add(&self, unit: Arc<Unit>) {
        self.known.borrow_mut().originals.insert(unit.id, unit);
    }

    /// The package's function, as lowered.
    pub fn original(&self, func: FuncId) -> Option<Arc<Unit>> {
        self.known.borrow().lowered(func)
    }

    /// The verdict on one of the package's functions.
    pub fn verdict(&self, func: FuncId) -> Verdict {
        self.known.borrow().verdicts.get(&func).copied().unwrap_or_default()
    }

    /// Records a verdict that is known from elsewhere.
    pub fn set_verdict(&self, func: FuncId, verdict: Verdict) {
        self.known.borrow_mut().verdicts.insert(func, verdict);
    }

    /// The body of a function with a name, if it can be inlined.
    fn body_of(&self, func: FuncId) -> Option<Body> {
        let body = self.find_body(func);
        self.note(Question::Body(func), || body_answer(body.as_ref()));
        body
    }

    fn find_body(&self, func: FuncId) -> Option<Body> {
        if let Some(unit) = self.original(func) {
            return match self.verdict(func) {
                Verdict::Can(cost) => Some(Body { cost, unit, func: FuncIdx::ROOT }),
                Verdict::Unchecked | Verdict::Cannot(_) => None,
            };
        }
        let facts = self.imports.facts(func)?;
        let inline = facts.inline.as_ref()?;
        Some(Body { cost: inline.cost, unit: Arc::clone(&inline.unit), func: FuncIdx::ROOT })
    }

    /// The calls in shaped code of methods that stand in the dictionary although the shape is an
    /// interface. Upstream: `noder/reader.go`, `expr`.
    pub fn imprecise_calls(&self, unit: &Unit) -> Vec<Event> {
        let mut events = Vec::new();
        if !matches!(unit.id.key(), FuncKey::Shaped(..)) {
            return events;
        }
        unit.each_node_with_closures(FuncIdx::ROOT, &mut |id| {
            if let Kind::Call { fun, args, .. } = unit[id].kind
                && let Kind::Conv { op: ConvOp::ConvNop, x } = unit[fun].kind
                && let Kind::Addr { x } = unit[x].kind
                && let Kind::Index { .. } = unit[x].kind
                && let Some(recv) = unit[args].first()
                && is_interface(self.cx, unit[*recv].ty)
            {
                events.push(Event { pos: unit[fun].pos, what: What::ImpreciseCall });
            }
        });
        events
    }

    /// Whether a function with a name has a body that can be inlined.
    pub fn inlines(&self, func: FuncId) -> bool {
        self.body_of(func).is_some()
    }

    /// The body of a callee, if it can be inlined. A literal's comes from the function in whose
    /// text it was lowered.
    pub fn body(&self, unit: &Unit, callee: Callee) -> Option<Body> {
        let literal = match callee {
            Callee::Func(func) => return self.body_of(func),
            Callee::Literal(literal) => &unit[literal],
        };
        let Verdict::Can(cost) = literal.verdict else { return None };
        let (func, idx) = literal.source;
        Some(Body { cost, unit: self.lowered(func)?, func: idx })
    }

    /// A function of any package as it was lowered, if its body is known here.
    pub fn lowered(&self, func: FuncId) -> Option<Arc<Unit>> {
        let unit = self.find_lowered(func);
        self.note(Question::Lowered(func), || lowered_answer(unit.as_ref()));
        unit
    }

    fn find_lowered(&self, func: FuncId) -> Option<Arc<Unit>> {
        match self.original(func) {
            Some(unit) => Some(unit),
            None => Some(Arc::clone(&self.imports.facts(func)?.inline.as_ref()?.unit)),
        }
    }
}

fn body_answer(body: Option<&Body>) -> InlineAnswer {
    InlineAnswer(body.map(|body| (body.cost, Arc::clone(&body.unit))))
}

fn lowered_answer(unit: Option<&Arc<Unit>>) -> InlineAnswer {
    InlineAnswer(unit.map(|unit| (0, Arc::clone(unit))))
}

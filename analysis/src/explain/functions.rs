//! What is known of functions as a whole: whether they are inlined, and what parameters do.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::finding::{Function, Inline, Location, ParamFact};
use super::report::{Anchor, FileTeller};
use super::source::Spot;
use super::teller::Teller;
use crate::compile::Compiled;
use crate::escape::BatchResult;
use crate::escape::event::{EventKind, LeaksTo};
use crate::escape::messages::Messages;
use crate::ir::facts::Verdict;
use crate::ir::node::{FuncIdx, LocalId, Unit};
use crate::syntax::ast::{Block, DeclKind, FuncDecl, Offset};
use crate::types::ty::DefId;

/// A function as it was told of, and on account of what.
#[derive(Debug)]
pub(super) struct ToldFunction {
    function: Function,
    anchor: Option<Anchor>,
    made_of: Option<MadeOf>,
}

/// A function after all passes, and what was found out about its batches.
#[derive(Debug)]
struct MadeOf {
    unit: Arc<Unit>,
    results: Vec<Arc<BatchResult>>,
}

impl MadeOf {
    fn new(compiled: &Compiled, unit: usize) -> MadeOf {
        let results = results(compiled, unit).cloned().collect();
        MadeOf { unit: Arc::clone(&compiled.units[unit]), results }
    }

    fn is_of(&self, compiled: &Compiled, unit: usize) -> bool {
        let now = results(compiled, unit).map(Arc::as_ptr);
        Arc::ptr_eq(&self.unit, &compiled.units[unit])
            && self.results.iter().map(Arc::as_ptr).eq(now)
    }
}

/// What was found out about the batches of a unit.
fn results(compiled: &Compiled, unit: usize) -> impl Iterator<Item = &Arc<BatchResult>> {
    let batches = compiled.order.by_unit().get(unit).into_iter().flat_map(|of| &of.batches);
    batches.filter_map(|&at| compiled.escapes.get(at))
}

impl ToldFunction {
    /// The function where it stands now.
    pub(super) fn now(&self, compiled: &Compiled) -> Function {
        let mut function = self.function.clone();
        let Some(anchor) = self.anchor else { return function };
        let all = [&mut function.at, &mut function.whole].into_iter();
        for at in all.chain(function.params.iter_mut().map(|param| &mut param.at)) {
            *at = anchor.now(compiled, *at);
        }
        function
    }
}

/// The functions declared in a file, except those with errors and those of unknown types: each at
/// its declaration. What was told `before` is taken over where it still holds.
pub(super) fn of_file(
    teller: &FileTeller<'_>,
    before: Option<&[Option<Arc<ToldFunction>>]>,
) -> Vec<Option<Arc<ToldFunction>>> {
    let compiled = teller.teller.compiled;
    let Some(index) = compiled.files.iter().position(|one| one.path == teller.file) else {
        return Vec::new();
    };
    let headers = &compiled.checked.headers.decls[index];
    let decls = compiled.files[index].ast.decls.iter().zip(headers).enumerate();
    let told = decls.map(|(number, (at, header))| {
        let DeclKind::Func(func) = &at.decl.kind else { return None };
        let &def = header.defs.first()?;
        if compiled.left_out.contains(&def) || compiled.guessed.contains(&def) {
            return None;
        }
        // An instance stands for a generic function.
        let unit = compiled.ids.of_def(def);
        let known = before.and_then(|before| before.get(number)?.as_ref());
        let known = known.filter(|known| match (&known.made_of, unit) {
            (Some(made_of), Some(unit)) => made_of.is_of(compiled, unit),
            _ => false,
        });
        if let Some(known) = known {
            return Some(Arc::clone(known));
        }
        let spot = teller.teller.sources.spot(def, func.name.pos)?;
        let facts = unit.map(|unit| facts(compiled, &teller.messages, unit)).unwrap_or_default();
        let declared = Declared { def, func, spot, unit };
        let function = function(&teller.teller, &facts, &declared);
        let anchor = Anchor::new(compiled, function.at);
        let made_of = unit.map(|unit| MadeOf::new(compiled, unit));
        Some(Arc::new(ToldFunction { function, anchor, made_of }))
    });
    told.collect()
}

/// A function declared in the file.
struct Declared<'a> {
    def: DefId,
    func: &'a FuncDecl,
    /// Where its name stands.
    spot: Spot<'a>,
    /// What it was lowered to.
    unit: Option<usize>,
}

fn function(teller: &Teller<'_>, facts: &Facts, declared: &Declared<'_>) -> Function {
    let Declared { def, func, spot, unit } = *declared;
    let inline = match unit.map(|unit| teller.compiled.units[unit][FuncIdx::ROOT].verdict) {
        Some(Verdict::Can(cost)) => Inline::Can { cost },
        Some(Verdict::Cannot(why)) => Inline::Cannot { reason: why.to_string().into() },
        Some(Verdict::Unchecked) => Inline::Cannot { reason: "inlining is disabled".into() },
        None => Inline::Cannot { reason: "generic, and without an instance here".into() },
    };
    let params = unit.map(|unit| params(teller, facts, unit, func)).unwrap_or_default();
    let name_end = func.name.pos + func.name.name.as_str().len() as Offset;
    Function {
        name: teller.def(def).into(),
        at: spot.location(func.name.pos, name_end),
        whole: spot.location(0, spot.decl.len.max(func.body.as_ref().map_or(0, end_of))),
        inline,
        params,
    }
}

fn end_of(body: &Block) -> Offset {
    body.rbrace + 1
}

fn params(teller: &Teller<'_>, facts: &Facts, index: usize, func: &FuncDecl) -> Vec<ParamFact> {
    let unit = &teller.compiled.units[index];
    own_params(unit)
        .iter()
        .filter_map(|&local| {
            let facts = facts.get(&(index, local))?;
            let spot = teller.sources.innermost(unit, unit[unit[local].node].pos)?;
            let name = unit[local].name.as_str();
            let at = spot.name(name).unwrap_or_else(|| spot.location(spot.offset, spot.offset));
            Some(fact(unit, local, at, facts, func.name.name.as_str()))
        })
        .collect()
}

fn own_params(unit: &Unit) -> &[LocalId] {
    let root = &unit[FuncIdx::ROOT];
    root.dcl.get(..root.n_params as usize).unwrap_or(&root.dcl)
}

/// What is said of parameters, each with its unit, and the compiler's words for it.
type Facts = FxHashMap<(usize, LocalId), Vec<(Leak, String)>>;

/// What is said of the parameters of a unit.
fn facts(compiled: &Compiled, messages: &Messages<'_>, unit: usize) -> Facts {
    let mut facts = Facts::default();
    for batch in results(compiled, unit) {
        let mut words = None;
        let events = batch.events.iter().enumerate();
        for (at, event) in events.filter(|(_, event)| event.unit == unit) {
            let (local, leak) = match event.kind {
                EventKind::LeakingParam { local, to } => (local, Leak::To(to)),
                EventKind::ParamDoesNotEscape(local) => (local, Leak::None),
                EventKind::MovedToHeap(local) => (local, Leak::Moved),
                EventKind::AssumingUnsafeUintptr(local)
                | EventKind::MarkingUintptr { local, .. } => (local, Leak::Number),
                _ => continue,
            };
            if own_params(&compiled.units[unit]).contains(&local) {
                let lines = words.get_or_insert_with(|| messages.of(batch)).lines(at);
                let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                facts.entry((unit, local)).or_default().push((leak, lines.join("\n")));
            }
        }
    }
    facts
}

#[derive(Clone, Copy)]
enum Leak {
    /// It flows out.
    To(LeaksTo),
    /// It does not.
    None,
    /// The parameter itself is in the heap.
    Moved,
    /// A number that may be a pointer.
    Number,
}

fn fact(
    unit: &Unit,
    local: LocalId,
    at: Location,
    facts: &[(Leak, String)],
    func: &str,
) -> ParamFact {
    let name = unit[local].name.to_string();
    let clauses: Vec<String> = facts.iter().map(|(leak, _)| clause(*leak, func)).collect();
    let to_heap = |leak: &Leak| matches!(leak, Leak::To(LeaksTo::Heap) | Leak::Moved);
    ParamFact {
        at,
        text: format!("`{name}` {}", clauses.join("; it ")).into(),
        compiler: facts.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n").into(),
        leaks_to_heap: facts.iter().any(|(leak, _)| to_heap(leak)),
        name: name.into(),
    }
}

fn clause(leak: Leak, func: &str) -> String {
    match leak {
        Leak::To(LeaksTo::Heap) => {
            format!("may be kept after {func} returns: what a caller passes must be on the heap")
        }
        Leak::To(LeaksTo::HeapContent) => format!(
            "itself is not kept, but what it points to may be kept after {func} returns and must \
             be on the heap"
        ),
        Leak::To(LeaksTo::Result { result, level }) => {
            let result = match result.as_str().strip_prefix("~r") {
                Some("0") => "a result".to_owned(),
                Some(number) => format!("result number {}", 1 + number.parse().unwrap_or(0_u32)),
                None => format!("the result `{result}`"),
            };
            match level {
                0 => format!("is part of {result}: it is kept as long as that is"),
                1 => format!("is not returned, but what it points to is part of {result}"),
                more => format!(
                    "is not returned, but what it leads to over {more} pointers is part of {result}"
                ),
            }
        }
        Leak::None => format!("is not kept by {func}: what a caller passes can stay on the stack"),
        Leak::Moved => format!("is moved to the heap by {func} itself"),
        Leak::Number => {
            "is a number that may be a pointer: what it points to is kept alive".to_owned()
        }
    }
}

//! What is known of functions as a whole: whether they are inlined, and what parameters do.

use rustc_hash::{FxHashMap, FxHashSet};

use super::finding::{Function, Inline, Location, ParamFact};
use super::source::Spot;
use super::teller::Teller;
use crate::compile::Compiled;
use crate::escape::event::{EventKind, LeaksTo};
use crate::escape::messages::Messages;
use crate::ir::facts::Verdict;
use crate::ir::node::{FuncIdx, LocalId, Unit};
use crate::symbol::Symbol;
use crate::syntax::ast::{Block, DeclKind, FuncDecl, Offset};
use crate::types::ty::DefId;

/// The functions declared in a file, except those with errors and those of unknown types.
pub(super) fn of_file(teller: &Teller<'_>, messages: &Messages<'_>, file: Symbol) -> Vec<Function> {
    let compiled = teller.compiled;
    let Some(index) = compiled.files.iter().position(|one| one.path == file) else {
        return Vec::new();
    };
    let headers = &compiled.checked.headers.decls[index];
    let mut units: FxHashMap<DefId, usize> = FxHashMap::default();
    for (at, unit) in compiled.units.iter().enumerate() {
        // An instance stands for a generic function.
        unit.id.def().map(|def| units.entry(def).or_insert(at));
    }
    let decls = compiled.files[index].ast.decls.iter().zip(headers);
    let found: Vec<Declared<'_>> = decls
        .filter_map(|(at, header)| {
            let DeclKind::Func(func) = &at.decl.kind else { return None };
            let &def = header.defs.first()?;
            if compiled.left_out.contains(&def) || compiled.guessed.contains(&def) {
                return None;
            }
            let spot = teller.sources.spot(def, func.name.pos)?;
            Some(Declared { def, func, spot, unit: units.get(&def).copied() })
        })
        .collect();
    let facts = facts(compiled, messages, found.iter().filter_map(|one| one.unit).collect());
    found.iter().map(|declared| function(teller, &facts, declared)).collect()
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
        Some(Verdict::Cannot(why)) => Inline::Cannot { reason: why.to_string() },
        Some(Verdict::Unchecked) => Inline::Cannot { reason: "inlining is disabled".to_owned() },
        None => Inline::Cannot { reason: "generic, and without an instance here".to_owned() },
    };
    let params = unit.map(|unit| params(teller, facts, unit, func)).unwrap_or_default();
    let name_end = func.name.pos + func.name.name.as_str().len() as Offset;
    Function {
        name: teller.def(def),
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

/// What is said of the parameters of some units, from one walk over the package's batches.
fn facts(compiled: &Compiled, messages: &Messages<'_>, units: FxHashSet<usize>) -> Facts {
    let mut facts = Facts::default();
    for batch in &compiled.escapes {
        let mut words = None;
        let events = batch.events.iter().enumerate();
        for (at, event) in events.filter(|(_, event)| units.contains(&event.unit)) {
            let (local, leak) = match event.kind {
                EventKind::LeakingParam { local, to } => (local, Leak::To(to)),
                EventKind::ParamDoesNotEscape(local) => (local, Leak::None),
                EventKind::MovedToHeap(local) => (local, Leak::Moved),
                EventKind::AssumingUnsafeUintptr(local)
                | EventKind::MarkingUintptr { local, .. } => (local, Leak::Number),
                _ => continue,
            };
            if own_params(&compiled.units[event.unit]).contains(&local) {
                let lines = words.get_or_insert_with(|| messages.of(batch)).lines(at);
                let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                facts.entry((event.unit, local)).or_default().push((leak, lines.join("\n")));
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
        text: format!("`{name}` {}", clauses.join("; it ")),
        compiler: facts.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n"),
        leaks_to_heap: facts.iter().any(|(leak, _)| to_heap(leak)),
        name,
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

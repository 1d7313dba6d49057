//! The proof that a change of the text is worth offering: the changed text is analysed like any
//! other, in a world of its own.
//!
//! A change passes if the packages that it can influence still compile, if what it is made for is
//! gone from the heap, and if nothing is on the heap that was not there before. Positions move with
//! every edit, so decisions are compared by the function that holds them, the way by which inlining
//! brought them there, and what they are.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Workspace;
use crate::cancel::Answer;
use crate::escape::Allocation;
use crate::explain::finding::TextEdit;
use crate::explain::report;
use crate::host::Change;
use crate::ir::func::FuncId;
use crate::ir::node::{Kind, MakeOp, Unit};
use crate::store::Built;
use crate::symbol::Symbol;
use crate::types::ty::{DefId, PkgId};

/// A decision as it can be found again in a changed text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Decision {
    package: PkgId,
    func: FuncId,
    /// The declarations whose text was inlined there, the innermost first; the last is the
    /// function's own.
    texts: Vec<DefId>,
    what: String,
    loops: u32,
}

/// How many things are on the heap for one decision, and how many bytes these take.
type Heap = FxHashMap<Decision, (usize, i64)>;

impl Decision {
    /// What stands for an allocation.
    pub(super) fn new(package: PkgId, unit: &Unit, allocation: &Allocation) -> Decision {
        let node = &unit[allocation.site.node];
        let what = match allocation.local {
            Some(local) => format!("{:?} {}", unit[local].class, unit[local].name),
            None if !allocation.escapes => format!("{} of unknown size", class(node.kind)),
            None => class(node.kind).to_owned(),
        };
        let mut texts = Vec::new();
        let mut origin = unit.origins.get(node.pos.origin as usize);
        while let Some(text) = origin {
            texts.push(text.decl);
            let call = text.inl.and_then(|inl| unit.inl_tree.get(inl as usize));
            origin = call.and_then(|call| unit.origins.get(call.pos.origin as usize));
        }
        Decision { package, func: unit.id, texts, what, loops: allocation.loops }
    }
}

/// Whether memory is allocated at run time. That is so for what escapes, but not for a literal
/// that captures nothing, which is static data; and for a `make` that does not escape but is of
/// unknown size, which is on the stack only if it turns out to be tiny.
///
/// Upstream: `cmd/compile/internal/walk`, `walkClosure` and `walkMakeSlice`.
pub(super) fn is_allocated(unit: &Unit, allocation: &Allocation) -> bool {
    match unit[allocation.site.node].kind {
        Kind::Closure { func } if unit[func].closure_vars.is_empty() => false,
        Kind::Make { op: MakeOp::Slice, .. } if allocation.size.is_none() => true,
        _ => allocation.escapes,
    }
}

/// What allocates. A literal that is wrapped for `go` or `defer` costs as much as its wrapper.
fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::PtrLit { .. } => "&T{}",
        Kind::Unary { .. } => "new",
        Kind::Make { .. } => "make",
        Kind::Closure { .. } => "closure",
        Kind::MethValue { .. } => "method value",
        Kind::CompLit { .. } => "literal",
        Kind::Conv { .. } => "conversion",
        Kind::AddStr { .. } => "string",
        Kind::Append { .. } => "append",
        // Whatever else allocates is told apart from the above, which is all that is needed.
        _ => "value",
    }
}

fn heap_of(built: &Built) -> Heap {
    let compiled = &built.compiled;
    let mut heap = Heap::default();
    for allocation in compiled.escapes.iter().flat_map(|batch| &batch.allocations) {
        let unit = &compiled.units[allocation.site.unit];
        if !is_allocated(unit, allocation) {
            continue;
        }
        let decision = Decision::new(compiled.summary.id, unit, allocation);
        let (count, bytes) = heap.entry(decision).or_default();
        *count += 1;
        *bytes += allocation.size.unwrap_or_default();
    }
    heap
}

/// Whether `edits` take all of `targets` off the heap and do nothing else that can be seen.
///
/// The packages that are changed come first: most of what fails does so there, before those that
/// import them are analysed.
pub(super) fn holds(
    workspace: &Workspace<'_>,
    edits: &[TextEdit],
    targets: &[Decision],
) -> Answer<bool> {
    let Some(change) = changed(workspace, edits) else { return Ok(false) };
    let mut roots: Vec<PkgId> =
        change.files.iter().flat_map(|(file, _)| workspace.world.packages_of(*file)).collect();
    roots.sort_by_key(|id| (id.path.as_str(), id.test_of.as_str()));
    roots.dedup();
    let mut affected = workspace.world.dependents(&roots);
    if !affected.iter().all(|&id| workspace.is_mutable(id)) {
        return Ok(false);
    }
    affected.sort_by_key(|id| !roots.contains(id));

    let mut world = workspace.world.clone();
    world.apply(change);
    let store = workspace.store.fork();
    let mut n_gone = 0;
    for id in affected {
        let Some(new) = store.built(&world, id, workspace.cancel)? else { return Ok(false) };
        if !report::problems(&new).is_empty() {
            return Ok(false);
        }
        let Some(old) = workspace.built(id)? else { return Ok(false) };
        // Where something is wrong already, not every use of what changes can be seen.
        if !report::problems(&old).is_empty() {
            return Ok(false);
        }
        let (before, after) = (heap_of(&old), heap_of(&new));
        let here: Vec<&Decision> = targets.iter().filter(|target| target.package == id).collect();
        if has_new(&before, &after) || !here.iter().all(|one| is_gone(one, &here, &before, &after))
        {
            return Ok(false);
        }
        n_gone += here.len();
    }
    Ok(n_gone == targets.len() && n_gone > 0)
}

/// Whether something is on the heap that was not, or takes more room there.
fn has_new(before: &Heap, after: &Heap) -> bool {
    after.iter().any(|(decision, &(count, bytes))| {
        let (count_before, bytes_before) = before.get(decision).copied().unwrap_or_default();
        // A closure may grow by what it is given.
        count > count_before || (bytes > bytes_before && decision.what != "closure")
    })
}

/// Whether as many of `target` are gone as are `wanted` to be.
fn is_gone(target: &Decision, wanted: &[&Decision], before: &Heap, after: &Heap) -> bool {
    let count = |heap: &Heap| heap.get(target).map_or(0, |&(count, _)| count);
    let wanted = wanted.iter().filter(|&&other| other == target).count();
    count(after) + wanted <= count(before)
}

/// The texts after the edits; nothing if some edits overlap or concern generated files.
fn changed(workspace: &Workspace<'_>, edits: &[TextEdit]) -> Option<Change> {
    let mut by_file: FxHashMap<Symbol, Vec<&TextEdit>> = FxHashMap::default();
    for edit in edits {
        by_file.entry(edit.at.file).or_default().push(edit);
    }
    let mut change = Change::default();
    for (file, mut edits) in by_file {
        let old = workspace.text(file)?;
        if is_generated(&old) {
            return None;
        }
        edits.sort_by_key(|edit| (edit.at.start, edit.at.end));
        let mut text = String::with_capacity(old.len() + 64);
        let mut at = 0;
        for edit in edits {
            text.push_str(old.get(at..edit.at.start as usize)?);
            text.push_str(&edit.text);
            at = edit.at.end as usize;
        }
        text.push_str(old.get(at..)?);
        change.files.push((file, Some(Arc::from(text))));
    }
    Some(change)
}

/// Whether a file says that it was generated. Upstream: `go/ast`, `IsGenerated`.
fn is_generated(text: &str) -> bool {
    let before_package = text.lines().take_while(|line| !line.starts_with("package "));
    let is_mark = |line: &str| {
        line.strip_prefix("// Code generated ").is_some_and(|rest| rest.ends_with(" DO NOT EDIT."))
    };
    before_package.map(str::trim_end).any(is_mark)
}

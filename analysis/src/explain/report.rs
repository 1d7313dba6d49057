//! What is shown of a file: each allocation with its reason, each function, and what is wrong.
//!
//! A place may have several decisions: instances of a generic function, copies of a literal. Those
//! about the same text are merged, and what any of them puts on the heap counts as on the heap.
//! Declarations with errors have no decisions; `problems` says what is wrong with them.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::cause::{Batch, Cause};
use super::finding::{Code, Finding, Location, Place};
use super::functions;
use super::gc::Names;
use super::size_class::allotted;
use super::teller::Teller;
use super::words::{self, Subject};
use crate::compile::ParsedFile;
use crate::escape::event::{EventKind, Site};
use crate::escape::messages::{BatchMessages, Messages};
use crate::escape::{Allocation, BatchResult};
use crate::host::{FileReport, Freshness};
use crate::ir::func::FuncKey;
use crate::ir::node::{Kind, Pos, Unit};
use crate::store::Built;
use crate::symbol::Symbol;
use crate::types::cx::Cx;
use crate::types::env::World;
use crate::types::format_backend::BackendFormat;
use crate::types::ty::{DefId, Ty, TyKind};

/// Everything to show in one file.
pub fn file(built: &Built, file: Symbol) -> FileReport {
    let mut problems = problems(built);
    problems.retain(|(at, _)| at.file == file);
    let freshness = if problems.is_empty() { Freshness::Current } else { Freshness::Partial };

    let Built { compiled, imports, .. } = built;
    let mut world = World { packages: imports.world.packages.clone() };
    world.packages.insert(compiled.summary.id, compiled.summary.types.clone());
    let cx = Cx::new(&world, compiled.target);
    let names = Names { compiled, imports };
    let types = BackendFormat { cx: &cx, names: &names, local: compiled.summary.id };
    let teller = Teller::new(compiled, imports, &types);
    let place = |unit: &Unit, pos: Pos| super::gc::Places { compiled, imports }.printed(unit, pos);
    let messages = Messages { types: &types, units: &compiled.units, place: &place };

    let mut found = Found::default();
    for result in &compiled.escapes {
        let mut batch = None;
        for allocation in &result.allocations {
            if is_shown(&teller, allocation, file) {
                let batch = batch.get_or_insert_with(|| InBatch::new(result, &messages));
                found.add(batch.finding(&teller, allocation));
            }
        }
    }
    let functions = functions::of_file(&teller, &messages, file);
    FileReport { findings: found.sorted(), functions, freshness, problems }
}

/// Whether the compiler says something of an allocation, which is known, and for this file.
fn is_shown(teller: &Teller<'_>, allocation: &Allocation, file: Symbol) -> bool {
    let unit = &teller.compiled.units[allocation.site.unit];
    // The wrapper of an instance has the body of the shaped function, which is there as well.
    let copy = matches!(unit.id.key(), FuncKey::Instance(..));
    let said = allocation.reported && !copy && (allocation.escapes || allocation.local.is_none());
    let spot = || teller.sources.outermost(unit, unit[allocation.site.node].pos);
    let guess = || teller.compiled.is_guess(unit, unit[allocation.site.node].pos);
    said && !guess() && spot().is_some_and(|spot| spot.file.path == file)
}

/// What tells the decisions at one place apart: where the text is that was inlined, and whether a
/// variable or an expression is meant.
type Key = (Location, Option<DefId>, u32, bool);

#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    known: FxHashMap<Key, usize>,
}

impl Found {
    fn add(&mut self, found: Option<(Key, Finding)>) {
        let Some((key, finding)) = found else { return };
        match self.known.get(&key) {
            None => {
                self.known.insert(key, self.findings.len());
                self.findings.push(finding);
            }
            Some(&at) => {
                let known = &mut self.findings[at];
                let larger = known.size.max(finding.size);
                if known.place == Place::Stack && finding.place == Place::Heap {
                    *known = finding;
                } else if known.place == finding.place && known.size < larger {
                    (known.size, known.size_class) = (finding.size, finding.size_class);
                }
            }
        }
    }

    fn sorted(mut self) -> Vec<Finding> {
        self.findings
            .sort_by_key(|finding| (finding.at.start, finding.at.end, finding.place as u8));
        self.findings
    }
}

/// A batch, and where its decisions are among the events.
struct InBatch<'a> {
    batch: Batch<'a>,
    messages: BatchMessages<'a, 'a>,
    decisions: FxHashMap<Site, Vec<usize>>,
}

impl<'a> InBatch<'a> {
    fn new(result: &'a BatchResult, messages: &'a Messages<'a>) -> InBatch<'a> {
        let variables: FxHashMap<_, _> = result
            .allocations
            .iter()
            .filter_map(|one| Some(((one.site.unit, one.local?), one.site)))
            .collect();
        let mut decisions: FxHashMap<Site, Vec<usize>> = FxHashMap::default();
        for (index, event) in result.events.iter().enumerate() {
            let site = match event.kind {
                EventKind::MovedToHeap(local) => variables.get(&(event.unit, local)).copied(),
                EventKind::Escapes(node)
                | EventKind::DoesNotEscape(node)
                | EventKind::ZeroCopy(node) => Some(Site { unit: event.unit, node }),
                _ => None,
            };
            if let Some(site) = site {
                decisions.entry(site).or_default().push(index);
            }
        }
        InBatch { batch: Batch::new(result), messages: messages.of(result), decisions }
    }

    /// The compiler's lines: what it decides, then why.
    fn words(&self, allocation: &Allocation) -> Vec<String> {
        let decisions = self.decisions.get(&allocation.site).map_or(&[][..], |all| all);
        let events = decisions.iter().copied().chain(allocation.cause);
        events.flat_map(|index| self.messages.lines(index)).map(|line| line.text).collect()
    }

    fn finding(&self, teller: &Teller<'_>, allocation: &Allocation) -> Option<(Key, Finding)> {
        let unit = &teller.compiled.units[allocation.site.unit];
        let node = unit[allocation.site.node];
        let spot = teller.sources.outermost(unit, node.pos)?;
        let inlined = teller.sources.inlined(unit, node.pos);
        let inlined_from: Vec<String> =
            inlined.iter().map(|&callee| teller.inlinee(unit, callee)).collect();
        let name = allocation.local.map(|local| teller.variable(unit, local));
        let own_name = name.as_deref().filter(|_| inlined.is_empty());
        let mut at = own_name.and_then(|name| spot.name(name));
        if let Kind::Conv { op, .. } = node.kind
            && !op.is_to_interface()
            && inlined.is_empty()
        {
            at = teller.sources.conversion(&spot).map(|expr| spot.location(expr.start, expr.end));
        }
        let at = at.unwrap_or_else(|| teller.sources.location(&spot));
        let text = name.unwrap_or_else(|| match node.kind {
            Kind::Conv { op, x } if op.is_to_interface() => teller.expr(unit, x),
            _ => teller.expr(unit, allocation.site.node),
        });
        let subject = Subject::new(teller, allocation, text, inlined_from.first().cloned());

        let place = words::place(allocation);
        let (size, size_class, tiny) = sizes(teller, unit, allocation, &subject);
        let mut finding = Finding {
            at,
            place,
            code: None,
            reason: String::new(),
            subject: subject.text.clone(),
            size,
            size_class,
            tiny,
            loop_depth: allocation.loops,
            inlined_from,
            flow: Vec::new(),
            cause: None,
            compiler: self.words(allocation),
        };
        if place == Place::Heap {
            let cause = Cause::of(teller, &self.batch, allocation);
            finding.code = Some(cause.code(&node.kind, allocation.size.is_some()));
            finding.reason = words::reason(&subject, &cause, size);
            finding.flow = words::steps(teller, &cause);
            finding.cause = finding.flow.len().checked_sub(1);
        } else {
            let (reason, may_be_heap) = words::on_stack(teller, allocation, &subject);
            finding.code = may_be_heap.then_some(Code::UnknownSize);
            finding.reason = reason;
        }
        let origin = unit.origins.get(node.pos.origin as usize).map(|origin| origin.decl);
        Some(((at, origin, node.pos.offset, allocation.local.is_some()), finding))
    }
}

/// The size of what is allocated, what the allocator hands out for it on the heap, and whether
/// several share a block.
fn sizes(
    teller: &Teller<'_>,
    unit: &Unit,
    allocation: &Allocation,
    subject: &Subject,
) -> (Option<u64>, Option<u64>, bool) {
    if subject.free.is_some() {
        return (Some(0), Some(0), false);
    }
    let Some(size) = allocation.size.and_then(|size| u64::try_from(size).ok()) else {
        return (None, None, false);
    };
    if !allocation.escapes {
        return (Some(size), None, false);
    }
    let pointers = match allocation.local {
        Some(local) => teller.cx.has_pointers(unit[local].ty),
        None => holds_pointers(teller, unit, allocation.site),
    };
    let word = u64::try_from(teller.cx.target.arch.ptr_size()).unwrap_or(8);
    let given = allotted(size, pointers, word);
    (Some(size), Some(given.bytes), given.tiny)
}

/// Whether what an expression allocates holds pointers.
fn holds_pointers(teller: &Teller<'_>, unit: &Unit, site: Site) -> bool {
    let elem = |ty: Ty| match teller.cx.under(ty).kind() {
        TyKind::Pointer(elem) | TyKind::Slice(elem) => teller.cx.has_pointers(*elem),
        _ => true,
    };
    match unit[site.node].kind {
        Kind::Conv { op, x } if op.is_to_interface() => teller.cx.has_pointers(unit[x].ty),
        _ => elem(unit[site.node].ty),
    }
}

/// What is wrong with a package's files.
pub fn problems(built: &Built) -> Vec<(Location, String)> {
    let mut problems = Vec::new();
    let checked = &built.compiled.checked;
    let at = |file: &ParsedFile, start: u32, end: u32| {
        let Range { start, end } = file.user_range(start, end);
        Location { file: file.path, start, end }
    };
    for (path, message) in &built.unreadable {
        problems.push((Location { file: *path, start: 0, end: 0 }, message.clone()));
    }
    for (index, file) in built.compiled.files.iter().enumerate() {
        for error in &file.ast.errors {
            problems.push((at(file, error.range.start, error.range.end), error.message.clone()));
        }
        for (decl, in_file) in file.ast.decls.iter().enumerate() {
            let from = in_file.start;
            for error in &in_file.decl.errors {
                let place = at(file, from + error.range.start, from + error.range.end);
                problems.push((place, error.message.clone()));
            }
            for error in checked.info(index, decl).iter().flat_map(|info| &info.errors) {
                let place = from + error.pos;
                problems.push((at(file, place, place), error.message.clone()));
            }
        }
    }
    for error in checked.headers.errors.iter().chain(&checked.errors) {
        let Some(file) = built.compiled.files.get(error.file as usize) else { continue };
        problems.push((at(file, error.pos, error.pos), error.message.clone()));
    }
    problems.sort_by_key(|(at, _)| (at.file.as_str(), at.start));
    problems
}

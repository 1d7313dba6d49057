//! What is shown of a file: each allocation with its reason, each function, and what is wrong.
//!
//! A place may have several decisions: instances of a generic function, copies of a literal. Those
//! about the same text are merged, and what any of them puts on the heap counts as on the heap.
//! Declarations with errors have no decisions; `problems` says what is wrong with them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::cause::{Batch, Cause};
use super::finding::{Code, Finding, Location, Place};
use super::functions::{self, ToldFunction};
use super::gc::{self, Names};
use super::size_class::allotted;
use super::teller::Teller;
use super::words::{self, Subject};
use crate::compile::{Compiled, ParsedFile};
use crate::escape::event::{EventKind, Site};
use crate::escape::messages::{BatchMessages, Messages};
use crate::escape::{Allocation, BatchResult};
use crate::host::{FileReport, Freshness};
use crate::ir::func::{FuncKey, Ids};
use crate::ir::node::{Kind, Pos, Unit};
use crate::ir::scc::Order;
use crate::lines::Position;
use crate::shared::List;
use crate::store::Built;
use crate::summary::Imports;
use crate::symbol::Symbol;
use crate::types::cx::Cx;
use crate::types::env::{PackageTypes, World};
use crate::types::format_backend::BackendFormat;
use crate::types::package::Headers;
use crate::types::ty::{DefId, Ty, TyKind};

/// Everything to show in one file. What was told of it before is taken over where nothing has
/// changed but places.
pub fn file(built: &Built, file: Symbol) -> FileReport {
    let problems = problems_in(built, Some(file));
    let freshness = if problems.is_empty() { Freshness::Current } else { Freshness::Partial };

    let Built { compiled, imports, .. } = built;
    let mut world = World { packages: imports.world.packages.clone() };
    world.packages.insert(compiled.summary.id, compiled.summary.types.clone());
    let cx = Cx::new(&world, compiled.target);
    let names = Names { compiled, imports };
    let types = BackendFormat { cx: &cx, names: &names, local: compiled.summary.id };
    let teller = Teller::new(compiled, imports, &types);
    let places = gc::Places { compiled, imports };
    // Where something stands is filled in each time.
    let printed = RefCell::new(Vec::new());
    let place = |unit: &Unit, pos: Pos| match places.decl(unit, pos) {
        Some(at) => {
            printed.borrow_mut().push(at);
            PLACE.to_string()
        }
        None => places.printed(unit, pos),
    };
    let messages = Messages { types: &types, units: &compiled.units, place: &place };
    let teller = FileTeller { teller, messages, printed: &printed, places: &places, file };

    let before = built.reports.get(file).filter(|before| before.serves(built));
    let batches = teller.batches(before.as_deref());
    let functions =
        functions::of_file(&teller, before.as_deref().map(|before| &before.functions[..]));
    let mut found = Found::default();
    for told in batches.values().flat_map(|batch| batch.iter()) {
        found.add(told.now(&places));
    }
    let findings = found.sorted();
    let report = FileReport {
        findings,
        functions: functions.iter().flatten().map(|one| one.now(compiled)).collect(),
        freshness,
        problems,
    };
    built.reports.set(file, Before::new(built, batches, functions));
    report
}

/// Stands for a place in the compiler's words.
const PLACE: char = '\0';

/// Tells of one file.
pub(super) struct FileTeller<'a> {
    pub(super) teller: Teller<'a>,
    pub(super) messages: Messages<'a>,
    pub(super) file: Symbol,
    /// The places that the words speak of.
    printed: &'a RefCell<Vec<(DefId, u32)>>,
    places: &'a gc::Places<'a>,
}

impl FileTeller<'_> {
    /// What is shown of each batch that has something to show in the file.
    fn batches(&self, before: Option<&Before>) -> BTreeMap<usize, Arc<Vec<Told>>> {
        let compiled = self.teller.compiled;
        let Some(before) = before else {
            let all = (0..compiled.escapes.len()).map(|at| (at, self.batch(at)));
            return all.filter(|(_, told)| !told.is_empty()).collect();
        };
        let same_order = Arc::ptr_eq(&before.order, &compiled.order);
        let differences = compiled.escapes.differences(&before.escapes).filter(|_| same_order);
        let mut batches = BTreeMap::new();
        let todo = match differences {
            Some(differences) => {
                batches.clone_from(&before.batches);
                differences
            }
            None => {
                let known = before.escapes.iter().enumerate();
                let known: FxHashMap<_, _> =
                    known.map(|(at, result)| (Arc::as_ptr(result), at)).collect();
                let mut todo = Vec::new();
                for (at, result) in compiled.escapes.iter().enumerate() {
                    match known.get(&Arc::as_ptr(result)) {
                        Some(was) => batches
                            .extend(before.batches.get(was).map(|told| (at, Arc::clone(told)))),
                        None => todo.push(at),
                    }
                }
                todo
            }
        };
        for at in todo {
            let told = self.batch(at);
            match told.is_empty() {
                true => batches.remove(&at),
                false => batches.insert(at, told),
            };
        }
        batches
    }

    fn batch(&self, at: usize) -> Arc<Vec<Told>> {
        let result = &self.teller.compiled.escapes[at];
        let mut batch = None;
        let mut told = Vec::new();
        for allocation in &result.allocations {
            if is_shown(&self.teller, allocation, self.file) {
                let batch = batch.get_or_insert_with(|| InBatch::new(result, &self.messages));
                told.extend(self.told(batch, allocation));
            }
        }
        Arc::new(told)
    }

    fn told(&self, batch: &InBatch<'_>, allocation: &Allocation) -> Option<Told> {
        self.printed.borrow_mut().clear();
        let (key, mut finding) = batch.finding(&self.teller, allocation)?;
        let mut printed = self.printed.take().into_iter();
        let words = finding.compiler.iter().map(|line| match line.strip_suffix(PLACE) {
            Some(text) => (text.to_owned(), printed.next()),
            None => (line.clone(), None),
        });
        let words = Words::new(words.collect(), self.places);
        finding.compiler = words.lines(self.places);
        let anchor = |at: Location| Anchor::new(self.teller.compiled, at);
        let flow = finding.flow.iter().map(|step| step.at.and_then(anchor)).collect();
        Some(Told { key, at: anchor(finding.at), finding, flow, words })
    }
}

/// What was told of files, for the next version of the package.
#[derive(Debug, Default)]
pub struct Reports(Mutex<FxHashMap<Symbol, Arc<Before>>>);

impl Reports {
    fn get(&self, file: Symbol) -> Option<Arc<Before>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file).cloned()
    }

    fn set(&self, file: Symbol, before: Before) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(file, Arc::new(before));
    }
}

impl Clone for Reports {
    fn clone(&self) -> Reports {
        Reports(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

/// What was told of a file, and on account of what.
#[derive(Debug)]
struct Before {
    headers: Arc<Headers>,
    types: Arc<PackageTypes>,
    imports: Arc<Imports>,
    ids: Arc<Ids>,
    left_out: Arc<FxHashSet<DefId>>,
    guessed: Arc<FxHashSet<DefId>>,
    order: Arc<Order>,
    escapes: List<Arc<BatchResult>>,
    batches: BTreeMap<usize, Arc<Vec<Told>>>,
    /// By declaration.
    functions: Vec<Option<Arc<ToldFunction>>>,
}

impl Before {
    fn new(
        built: &Built,
        batches: BTreeMap<usize, Arc<Vec<Told>>>,
        functions: Vec<Option<Arc<ToldFunction>>>,
    ) -> Before {
        let compiled = &built.compiled;
        Before {
            headers: Arc::clone(&compiled.checked.headers),
            types: Arc::clone(&compiled.summary.types),
            imports: Arc::clone(&built.imports),
            ids: Arc::clone(&compiled.ids),
            left_out: Arc::clone(&compiled.left_out),
            guessed: Arc::clone(&compiled.guessed),
            order: Arc::clone(&compiled.order),
            escapes: compiled.escapes.clone(),
            batches,
            functions,
        }
    }

    /// Whether what has not changed since is told as it was.
    fn serves(&self, built: &Built) -> bool {
        let compiled = &built.compiled;
        !compiled.uses_cgo()
            && Arc::ptr_eq(&self.headers, &compiled.checked.headers)
            && Arc::ptr_eq(&self.types, &compiled.summary.types)
            && Arc::ptr_eq(&self.imports, &built.imports)
            && Arc::ptr_eq(&self.ids, &compiled.ids)
            && self.left_out == compiled.left_out
            && self.guessed == compiled.guessed
    }
}

/// The declaration that a location is in, and where that stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    file: usize,
    decl: usize,
    start: u32,
}

impl Anchor {
    pub(super) fn new(compiled: &Compiled, at: Location) -> Option<Anchor> {
        // What cgo makes of a text moves as it likes.
        let is_file = |file: &Arc<ParsedFile>| file.path == at.file && file.user.is_none();
        let file = compiled.files.iter().position(is_file)?;
        let decls = &compiled.files[file].ast.decls;
        let decl = decls.partition_point(|decl| decl.start <= at.start).checked_sub(1)?;
        Some(Anchor { file, decl, start: decls[decl].start })
    }

    /// Where the same stands now.
    pub(super) fn now(&self, compiled: &Compiled, at: Location) -> Location {
        let decl = compiled.files.get(self.file).and_then(|file| file.ast.decls.get(self.decl));
        let start = decl.map_or(self.start, |decl| decl.start);
        let moved = |at: u32| at - self.start + start;
        Location { start: moved(at.start), end: moved(at.end), ..at }
    }
}

/// A finding as it was made, and what is needed to move it.
#[derive(Debug)]
struct Told {
    key: Key,
    finding: Finding,
    at: Option<Anchor>,
    flow: Vec<Option<Anchor>>,
    words: Words,
}

/// The compiler's words, which speak of places.
#[derive(Debug)]
struct Words {
    /// Each line, and the place that ends it.
    lines: Vec<(String, Option<(DefId, u32)>)>,
    /// The declarations that these are in, and where those stood.
    decls: Vec<(DefId, Option<Position>)>,
}

impl Words {
    fn new(lines: Vec<(String, Option<(DefId, u32)>)>, places: &gc::Places<'_>) -> Words {
        let mut decls: Vec<(DefId, Option<Position>)> = Vec::new();
        for &(def, _) in lines.iter().filter_map(|(_, at)| at.as_ref()) {
            if decls.iter().all(|(known, _)| *known != def) {
                decls.push((def, start(places, def)));
            }
        }
        Words { lines, decls }
    }

    /// Whether all places are what they were.
    fn hold(&self, places: &gc::Places<'_>) -> bool {
        self.decls.iter().all(|&(def, stood)| start(places, def) == stood)
    }

    fn lines(&self, places: &gc::Places<'_>) -> Arc<[String]> {
        let line = |(text, at): &(String, Option<(DefId, u32)>)| {
            let place = at.and_then(|(def, offset)| Some((places.place(def)?, offset)));
            match place {
                Some((place, offset)) => format!("{text}{}", gc::printed(place.position(offset))),
                None => text.clone(),
            }
        };
        self.lines.iter().map(line).collect()
    }
}

/// What the compiler prints for the first byte of a declaration.
fn start(places: &gc::Places<'_>, def: DefId) -> Option<Position> {
    places.place(def).map(|place| place.position(0))
}

impl Told {
    fn now(&self, places: &gc::Places<'_>) -> (Key, Finding) {
        let mut finding = self.finding.clone();
        if let Some(anchor) = self.at {
            finding.at = anchor.now(places.compiled, finding.at);
        }
        for (step, anchor) in finding.flow.iter_mut().zip(&self.flow) {
            let at = step.at.zip(*anchor).map(|(at, anchor)| anchor.now(places.compiled, at));
            step.at = at.or(step.at);
        }
        if !self.words.hold(places) {
            finding.compiler = self.words.lines(places);
        }
        ((finding.at, self.key.1, self.key.2, self.key.3), finding)
    }
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
    fn add(&mut self, (key, finding): (Key, Finding)) {
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
            reason: "".into(),
            subject: subject.text.as_str().into(),
            size,
            size_class,
            tiny,
            loop_depth: allocation.loops,
            inlined_from: inlined_from.into(),
            flow: Vec::new(),
            cause: None,
            compiler: self.words(allocation).into(),
        };
        if place == Place::Heap {
            let cause = Cause::of(teller, &self.batch, allocation);
            finding.code = Some(cause.code(&node.kind, allocation.size.is_some()));
            finding.reason = words::reason(&subject, &cause, size).into();
            finding.flow = words::steps(teller, &cause);
            finding.cause = finding.flow.len().checked_sub(1);
        } else {
            let (reason, may_be_heap) = words::on_stack(teller, allocation, &subject);
            finding.code = may_be_heap.then_some(Code::UnknownSize);
            finding.reason = reason.into();
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
    problems_in(built, None)
}

/// What is wrong with one file, or with all of a package's.
fn problems_in(built: &Built, file: Option<Symbol>) -> Vec<(Location, String)> {
    let wanted = |path: Symbol| file.is_none_or(|file| file == path);
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
        if !wanted(file.path) {
            continue;
        }
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
    problems.retain(|(at, _)| wanted(at.file));
    problems.sort_by_key(|(at, _)| (at.file.as_str(), at.start));
    problems
}

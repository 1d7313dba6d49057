//! One package through all passes, in the compiler's order.
//!
//! [`compile`] is a function of the package's files and of its imports' summaries. The order is that
//! of `cmd/compile/internal/gc/main.go`: check, lower, keep benchmark loops alive, judge, devirtualize
//! and inline, split loop variables, initialise statically, drop dead locals, analyse escapes.

mod passes;

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cancel::{Answer, CancelToken};
use crate::cgo;
use crate::escape::{self, BatchResult};
use crate::exports;
use crate::inline::{Inliner, Ready};
use crate::instances::{INSTANCE_LIMIT, Library, Mentioned, Reader, mentioned};
use crate::ir::facts::{Facts, FuncFacts, InlineBody, Leaks, Verdict};
use crate::ir::func::{FuncId, FuncKey, Ids};
use crate::ir::lower::{Dictionary, Packages};
use crate::ir::node::{FuncIdx, Pos, Unit};
use crate::ir::scc::{Mentions, Order};
use crate::ir::{alg, bloop, deadlocals, loopvar, lower, staticinit};
use crate::key::Key;
use crate::lazy::Lazy;
use crate::lines::FileLines;
use crate::memo::{
    Exports, Ground, InitSource, Late, LateFacts, Lowered, Memo, Outline, Reading, Words,
    same_imports,
};
use crate::release::{GoVersion, Target};
use crate::shared::{List, Table};
use crate::summary::{Imports, Places, Source, Summary, flattened, interfaces, same_values};
use crate::symbol::Symbol;
use crate::syntax::SourceTree;
use crate::syntax::ast::{Decl, DeclKind, File};
use crate::types::body::{Checked, recheck_package};
use crate::types::cx::Cx;
use crate::types::env::{FuncDef, PackageTypes, World};
use crate::types::format_backend::{BackendFormat, PackageNames};
use crate::types::info::{Info, Local, LocalKind};
use crate::types::package::{DeclHeader, PackageInput};
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// A file of a package, parsed.
#[derive(Debug)]
pub struct ParsedFile {
    /// Its path.
    pub path: Symbol,
    /// Its text and tree.
    pub source: SourceTree,
    /// Its declarations.
    pub ast: Arc<File>,
    /// Its lines.
    pub lines: Arc<FileLines>,
    /// The user's text, where the compiler sees what cgo makes of it.
    pub user: Option<UserText>,
}

/// The text that cgo made another of.
#[derive(Debug)]
pub struct UserText {
    /// As the user wrote it.
    pub text: Arc<str>,
    /// Where in it the other stands.
    pub map: cgo::SourceMap,
}

impl ParsedFile {
    /// Parses a file anew, or goes on from an earlier version of it.
    pub fn new(path: Symbol, text: Arc<str>, previous: Option<&ParsedFile>) -> ParsedFile {
        let source = match previous {
            Some(previous) => previous.source.edit(text),
            None => SourceTree::parse(text),
        };
        let ast = Arc::new(source.file());
        let lines = Arc::new(FileLines::new(path, source.text(), &ast.line_directives));
        ParsedFile { path, source, ast, lines, user: None }
    }

    /// Parses what cgo makes of a file that imports "C".
    pub fn with_c(path: Symbol, text: &Arc<str>, names: &cgo::Names) -> ParsedFile {
        let written = ParsedFile::new(path, Arc::clone(text), None);
        let made = cgo::rewrite(text, &written.ast, &written.lines, names);
        let user = Some(UserText { text: Arc::clone(text), map: made.map });
        ParsedFile { user, ..ParsedFile::new(path, made.text, None) }
    }

    /// A stretch of the file as the user has it.
    pub fn user_range(&self, start: u32, end: u32) -> Range<u32> {
        let Some(user) = &self.user else { return start..end };
        let from = user.map.origin(start);
        // What follows the last byte may come from anywhere.
        let to = if end > start { user.map.origin(end - 1) + 1 } else { from };
        from..to.max(from)
    }

    /// The user's text of a stretch of the file; none for what cgo put there.
    pub fn user_text(&self, start: u32, end: u32) -> &str {
        if self.user.as_ref().is_some_and(|user| !user.map.is_own(start)) {
            return "";
        }
        let text = self.user.as_ref().map_or(self.source.text(), |user| &user.text);
        let range = self.user_range(start, end);
        text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }
}

/// What is to be compiled.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Which package.
    pub id: PkgId,
    /// Its files, in the order in which the compiler gets them.
    pub files: &'a [Arc<ParsedFile>],
    /// What its imports mean.
    pub import_map: &'a FxHashMap<Symbol, PkgId>,
    /// What is known of all packages it depends on.
    pub imports: &'a Imports,
    /// The language version of its module.
    pub go_version: Option<GoVersion>,
    /// The build.
    pub target: Target,
    /// The hash of all this, if it is known not to change.
    pub key: Option<Key>,
    /// Whether to remember the steps, so that the package can be compiled anew in less time.
    pub remember: bool,
}

/// A package after all passes.
#[derive(Debug)]
pub struct Compiled {
    /// What importers see.
    pub summary: Arc<Summary>,
    /// Its files.
    pub files: Vec<Arc<ParsedFile>>,
    /// What the checker says.
    pub checked: Checked,
    /// The build.
    pub target: Target,
    /// Its functions, wrappers among them: all lists go by their places.
    pub ids: Arc<Ids>,
    /// Its functions after all passes; `ready` and `escapes` speak of them.
    pub units: List<Arc<Unit>>,
    /// Its functions as they were lowered.
    pub originals: Table<FuncId, Arc<Unit>>,
    /// Its functions as escape analysis got them, with what the passes before have to say.
    pub ready: List<Arc<Ready>>,
    /// What escape analysis reports, batch by batch.
    pub escapes: List<Arc<BatchResult>>,
    /// The batches.
    pub order: Arc<Order>,
    /// Declarations that were left out because of errors.
    pub left_out: Arc<FxHashSet<DefId>>,
    /// Declarations in which something is of unknown type. They went through all passes, for their
    /// callers' sake; what was decided about them is not told.
    pub guessed: Arc<FxHashSet<DefId>>,
    /// What to remember for the next time.
    pub memo: Memo,
}

impl Compiled {
    /// Whether cgo takes part in compiling it.
    pub fn uses_cgo(&self) -> bool {
        self.files.iter().any(|file| file.user.is_some())
    }

    /// Whether what was decided at a place is a guess: it is in a declaration that could not be
    /// typed, or was inlined from one.
    pub fn is_guess(&self, unit: &Unit, mut pos: Pos) -> bool {
        if self.guessed.is_empty() {
            return false;
        }
        let of_unit = unit.id.def().is_some_and(|def| self.guessed.contains(&def));
        of_unit
            || loop {
                let Some(origin) = unit.origins.get(pos.origin as usize) else { break false };
                if self.guessed.contains(&origin.decl) {
                    break true;
                }
                let Some(call) = origin.inl.and_then(|inl| unit.inl_tree.get(inl as usize)) else {
                    break false;
                };
                pos = call.pos;
            }
    }
}

/// Compiles a package. What `previous` found out about an earlier version of it is taken over where
/// it still holds; the result is the same without.
pub fn compile(
    input: &Input<'_>,
    previous: Option<&Compiled>,
    cancel: &CancelToken,
) -> Answer<Compiled> {
    let asts: Vec<Arc<File>> = input.files.iter().map(|file| Arc::clone(&file.ast)).collect();
    let package_input = PackageInput {
        id: input.id,
        files: &asts,
        imports: input.import_map,
        go_version: input.go_version,
        target: input.target,
    };
    let previous = previous.filter(|previous| {
        previous.memo.ground.as_ref().is_some_and(|ground| {
            ground.import_map == *input.import_map
                && ground.go_version == input.go_version
                && ground.target == input.target
                && same_imports(&ground.imports, &input.imports.packages)
        })
    });
    let before: Vec<Arc<File>> = previous
        .iter()
        .flat_map(|previous| &previous.files)
        .map(|file| Arc::clone(&file.ast))
        .collect();
    let checked = recheck_package(
        &package_input,
        &input.imports.world,
        previous.map(|previous| (&previous.checked, &before[..])),
    );
    cancel.check()?;
    // One and the same value stands for equal declarations, so that it can be compared by address.
    let known = previous.and_then(|previous| previous.memo.ground.as_ref());
    let same_headers =
        previous.is_some_and(|previous| Arc::ptr_eq(&previous.checked.headers, &checked.headers));
    let embedded = match known.filter(|_| same_headers) {
        Some(known) => Arc::clone(&known.embedded),
        None => Arc::new(embedded(input, &checked)),
    };
    let types = match (previous, known) {
        (Some(previous), Some(known)) if same_local_types(&previous.checked, &checked) => {
            Arc::clone(&known.types)
        }
        _ => {
            let types = Arc::new(with_local_types(&checked));
            match known {
                Some(known) if known.types == types => Arc::clone(&known.types),
                _ => types,
            }
        }
    };
    let nothing = Memo::default();
    let memo = previous.map_or(&nothing, |previous| &previous.memo);
    let holds =
        known.is_some_and(|known| Arc::ptr_eq(&known.types, &types) && known.embedded == embedded);
    let memo = if holds { memo } else { &nothing };

    let mut world = World { packages: input.imports.world.packages.clone() };
    world.packages.insert(input.id, Arc::clone(&types).into());
    let cx = Cx::new(&world, input.target);
    let before = previous.map(|previous| &previous.checked).filter(|_| holds && same_headers);
    let mut package = Package::new(input, &checked, &types, &cx, memo, before);
    if !package.dictionaries_hold() {
        (package.previous, package.changed) = (&nothing, None);
    }
    let (lowered, reader) = package.lower_all();
    cancel.check()?;
    let passes = passes::Passes::new(&package, cancel, &embedded);
    let mut memo = passes.run(&lowered, reader)?;
    cancel.check()?;
    let escaped = escape::analyze(
        &cx,
        &package,
        &memo.all_ids,
        &memo.ready,
        input.remember.then_some(&package.previous.escaped),
    );
    cancel.check()?;
    memo.done.escaped = escaped.work;
    memo.done.looked_at += escaped.looked_at;
    memo.escaped = escaped;
    memo.done.checked = checked.rechecked.len();
    memo.facts = package.collect_facts(&memo);
    memo.exports = package.exports(&memo);
    let outline = package.finish(&mut memo);
    drop(cx);

    let files = input.files.iter().map(|file| (&file.lines, &*file.ast));
    let places = match previous.filter(|_| same_headers) {
        Some(previous) => previous.summary.places.moved(files),
        None => Places::new(files, &checked.headers.decls),
    };
    let escaped = &memo.escaped;
    let (units, escapes, order) =
        (escaped.units.clone(), escaped.results.clone(), Arc::clone(&escaped.order));
    let (ids, ready) = (Arc::clone(&memo.all_ids), memo.ready.clone());
    let (facts, bodies) = (memo.facts.clone(), Arc::clone(&memo.exports.1));
    let originals = memo.known.originals.clone();
    let Outline { generics, params, left_out, guessed, .. } = outline.clone();
    if input.remember {
        memo.outline = outline;
        memo.ground = Some(Arc::new(Ground {
            types: Arc::clone(&types),
            imports: input.imports.packages.clone(),
            import_map: input.import_map.clone(),
            go_version: input.go_version,
            target: input.target,
            embedded,
        }));
    } else {
        memo = Memo { done: memo.done, ..Memo::default() };
    }
    let declared = Arc::clone(&types);
    let summary = Arc::new(Summary {
        id: input.id,
        key: input.key,
        types: types.into(),
        facts: facts.into(),
        generics: generics.into(),
        bodies: bodies.into(),
        params: params.into(),
        places: places.into(),
        interfaces: Lazy::new(move || interfaces(&declared).collect()),
        imports: input.import_map.values().copied().collect(),
    });
    Ok(Compiled {
        summary,
        files: input.files.to_vec(),
        checked,
        target: input.target,
        ids,
        units,
        originals,
        ready,
        escapes,
        order,
        left_out,
        guessed,
        memo,
    })
}

/// The variables that `//go:embed` fills in.
fn embedded(input: &Input<'_>, checked: &Checked) -> FxHashSet<DefId> {
    let mut embedded = FxHashSet::default();
    for (at, file) in input.files.iter().enumerate() {
        for (index, decl) in file.ast.decls.iter().enumerate() {
            if decl.decl.pragmas.embed {
                embedded.extend(&checked.headers.decls[at][index].defs);
            }
        }
    }
    embedded
}

/// Whether it is plain that the types of a package, those inside functions too, are as before.
fn same_local_types(before: &Checked, now: &Checked) -> bool {
    let none = |checked: &Checked, (file, decl): (usize, usize)| {
        checked.info(file, decl).is_some_and(|info| info.underlying.is_empty())
    };
    Arc::ptr_eq(&before.headers, &now.headers)
        && now.rechecked.iter().all(|&place| none(before, place) && none(now, place))
}

/// The package's declarations, with the types that are declared inside functions.
fn with_local_types(checked: &Checked) -> PackageTypes {
    let mut types = PackageTypes::clone(&checked.headers.types);
    let decls = checked.headers.decls.iter().enumerate();
    let places = decls.flat_map(|(file, decls)| (0..decls.len()).map(move |decl| (file, decl)));
    let infos = places.filter_map(|(file, decl)| checked.info(file, decl));
    for info in infos {
        let mut locals: Vec<&Local> =
            info.locals.iter().filter(|local| local.kind == LocalKind::Type).collect();
        locals.sort_by_key(|local| local.pos);
        for local in locals {
            if let TyKind::Named(named) = local.ty.kind()
                && info.underlying.contains_key(&named.def)
            {
                let number = types.local_numbers.len() as u32 + 1;
                types.local_numbers.entry(named.def).or_insert(number);
            }
        }
        for (&def, &ty) in &info.underlying {
            types.underlying.insert(def, ty);
            if let Some(func) = def.parent.and_then(|parent| types.funcs.get(&parent)) {
                let tparams = all_type_params(&types, func);
                if !tparams.is_empty() {
                    types.type_params.insert(def, tparams.into());
                }
            }
        }
    }
    types
}

/// The type parameters of a function, those of its receiver's type first.
fn all_type_params(types: &PackageTypes, func: &FuncDef) -> Vec<crate::types::env::TypeParamDef> {
    let of_recv = func.def.parent.and_then(|parent| types.type_params.get(&parent));
    let of_recv = of_recv.filter(|_| func.recv.is_some());
    of_recv
        .into_iter()
        .flat_map(|params| params.iter())
        .chain(func.tparams.iter())
        .copied()
        .collect()
}

/// Whether a declaration is left out because of errors.
fn is_left_out(decl: &Decl, info: &Info) -> bool {
    !decl.errors.is_empty() || !info.errors.is_empty()
}

/// Whether something in a declaration is of unknown type.
fn is_guessed(header: &DeclHeader, info: &Info) -> bool {
    info.guessed || header.info.as_ref().is_some_and(|info| info.guessed)
}

/// Whether a function is compiled once for each shape of its type arguments.
fn is_generic(func: &FuncDef) -> bool {
    let recv_args = func.recv.is_some_and(|recv| {
        let base = match recv.kind() {
            TyKind::Pointer(elem) => *elem,
            _ => recv,
        };
        matches!(base.kind(), TyKind::Named(named) if !named.args.is_empty())
    });
    recv_args || !func.tparams.is_empty()
}

/// The package while it goes through the passes.
struct Package<'a> {
    input: &'a Input<'a>,
    checked: &'a Checked,
    cx: &'a Cx<'a>,
    types: &'a PackageTypes,
    /// What the package declares as interfaces.
    interfaces: OnceCell<FxHashMap<Ty, DefId>>,
    outline: Outline,
    /// The functions that may differ from what they were; `None` if all may, or others may be here.
    changed: Option<Vec<DefId>>,
    /// Whether the parameters of methods are written as they were.
    same_params: bool,
    /// Instances that come up only while bodies are inlined: they can be inlined, but nothing is
    /// known of how they leak.
    instances: RefCell<FxHashMap<FuncId, Option<Arc<FuncFacts>>>>,
    /// These instances as lowered.
    late: RefCell<FxHashMap<FuncId, Option<Arc<Late>>>>,
    /// The dictionaries of imported generic functions and types.
    dictionaries: RefCell<FxHashMap<DefId, Arc<Dictionary>>>,
    /// Functions lowered so far.
    fresh: RefCell<FxHashMap<FuncId, Arc<Lowered>>>,
    /// What is known of an earlier version of the package.
    previous: &'a Memo,
    /// What to remember of this one.
    next: RefCell<Memo>,
    /// Whether `b.Loop` may be used.
    has_testing: bool,
    lowered: Cell<usize>,
}

impl<'a> Package<'a> {
    /// `before` is what the checker said of the version that `previous` is of, if its headers are
    /// still the same.
    fn new(
        input: &'a Input<'a>,
        checked: &'a Checked,
        types: &'a PackageTypes,
        cx: &'a Cx<'a>,
        previous: &'a Memo,
        before: Option<&'a Checked>,
    ) -> Package<'a> {
        let testing = PkgId::new("testing");
        let mut package = Package {
            input,
            checked,
            cx,
            types,
            interfaces: OnceCell::new(),
            outline: previous.outline.clone(),
            changed: None,
            same_params: true,
            instances: RefCell::default(),
            late: RefCell::default(),
            dictionaries: RefCell::default(),
            previous,
            next: RefCell::default(),
            fresh: RefCell::default(),
            has_testing: input.import_map.values().any(|&id| id == testing),
            lowered: Cell::new(0),
        };
        package.changed = before.and_then(|_| package.change_outline());
        if package.changed.is_none() {
            package.make_outline();
        }
        package
    }

    /// Brings the outline up to date where declarations have changed, if all are still the same to
    /// others; gives the functions among them.
    fn change_outline(&mut self) -> Option<Vec<DefId>> {
        let mut changed = Vec::with_capacity(self.checked.rechecked.len());
        for &(file, index) in &self.checked.rechecked {
            let header = &self.checked.headers.decls[file][index];
            let decl = &self.input.files[file].ast.decls[index].decl;
            let &def = header.defs.first()?;
            let info = self.checked.info(file, index)?;
            let outline = &self.outline;
            if is_left_out(decl, info) != outline.left_out.contains(&def)
                || is_guessed(header, info) != outline.guessed.contains(&def)
                || outline.generics.contains_key(&def)
            {
                return None;
            }
            if outline.left_out.contains(&def) {
                continue;
            }
            self.note_params(def, decl);
            let version = self.checked.headers.files.get(file).and_then(|scope| scope.version);
            self.source(def, decl, info, version);
            changed.push(def);
        }
        Some(changed)
    }

    /// Walks all declarations.
    fn make_outline(&mut self) {
        self.outline = Outline::default();
        let mut declared = Vec::new();
        let mut generics = FxHashMap::default();
        let (mut left_out, mut guessed) = (FxHashSet::default(), FxHashSet::default());
        for (at, file) in self.input.files.iter().enumerate() {
            let version = self.checked.headers.files.get(at).and_then(|scope| scope.version);
            for (index, decl) in file.ast.decls.iter().enumerate() {
                let header = &self.checked.headers.decls[at][index];
                let Some(&def) = header.defs.first() else { continue };
                let Some(info) = self.checked.info(at, index) else { continue };
                if is_left_out(&decl.decl, info) {
                    left_out.insert(def);
                    continue;
                }
                self.note_params(def, &decl.decl);
                if is_guessed(header, info) {
                    guessed.insert(def);
                }
                let DeclKind::Func(_) = decl.decl.kind else { continue };
                let source = self.source(def, &decl.decl, info, version);
                if def.name.is_blank() && def.parent.is_none() {
                    // Upstream: noder/writer.go skips functions without a name.
                    continue;
                }
                match self.types.funcs.get(&def) {
                    Some(func) if is_generic(func) => {
                        generics.insert(def, source);
                    }
                    _ => declared.push(def),
                }
            }
        }
        self.outline.declared = Arc::new(declared);
        self.outline.generics = Arc::new(generics);
        self.outline.left_out = Arc::new(left_out);
        self.outline.guessed = Arc::new(guessed);
    }

    fn note_params(&mut self, def: DefId, decl: &Decl) {
        for (def, params) in lower::declared_params(def, decl) {
            let known = self.previous.outline.params.get(&def).filter(|known| ***known == params);
            self.same_params &= known.is_some();
            let params = known.map_or_else(|| Arc::new(params), Arc::clone);
            self.outline.params.insert(def, params);
        }
    }

    /// A declaration with what the checker says: the same value as before if both are the same.
    fn source(
        &mut self,
        def: DefId,
        decl: &Arc<Decl>,
        info: &Arc<Info>,
        version: Option<GoVersion>,
    ) -> Arc<Source> {
        let known = self.previous.outline.sources.get(&def).filter(|known| {
            Arc::ptr_eq(&known.decl, decl)
                && Arc::ptr_eq(&known.info, info)
                && known.version == version
        });
        let source = match known {
            Some(known) => Arc::clone(known),
            None => {
                let (decl, info) = (Arc::clone(decl), Arc::clone(info));
                Arc::new(Source { decl, info, version })
            }
        };
        self.outline.sources.insert(def, Arc::clone(&source));
        source
    }

    /// Lowers all functions: declared ones, `init`, and the instances that these bring along. Gives
    /// also what has been read, unless the same was known to lead there.
    fn lower_all(&mut self) -> (List<Arc<Lowered>>, Option<Reader<'a>>) {
        if let Some(units) = self.lower_changed() {
            return (units, None);
        }
        self.changed = None;
        let mut units = Vec::with_capacity(self.outline.declared.len());
        for def in &*self.outline.declared {
            if let Some(source) = self.outline.sources.get(def) {
                units.push(self.lower(FuncId::declared(*def), self.input.id, source));
            }
        }
        units.extend(self.lower_init());
        let (instances, reader) = match self.known_reading(&units) {
            Some(known) => (known.instances.clone(), None),
            None => {
                let (instances, reader) = self.read(&units);
                (instances, Some(reader))
            }
        };
        units.extend(instances.iter().filter_map(|&id| {
            let (package, source) = self.instance_source(id)?;
            Some(self.lower(id, package, source))
        }));
        units.extend(self.comparing_functions(&units));
        let ids = units.iter().map(|unit| unit.unit.id).collect();
        let mut next = self.next.borrow_mut();
        next.ids = Ids::of(ids, &self.previous.ids);
        next.instances = instances;
        drop(next);
        (units.into_iter().collect(), reader)
    }

    /// Lowers the functions that have changed, if the others are not touched by that: if they name
    /// what they named.
    fn lower_changed(&self) -> Option<List<Arc<Lowered>>> {
        let before = self.previous;
        let reading = before.reading.as_ref()?;
        if !Arc::ptr_eq(before.init_order.as_ref()?, &self.checked.init_order) {
            return None;
        }
        let mut units = before.lowered.clone();
        for def in self.changed.as_ref()? {
            let id = FuncId::declared(*def);
            let Some(at) = before.ids.place(id) else { continue };
            let lowered = self.lower(id, self.input.id, self.outline.sources.get(def)?);
            let known = &units[at];
            if known.read != lowered.read || known.described != lowered.described {
                return None;
            }
            units.set(at, lowered);
        }
        let mut next = self.next.borrow_mut();
        next.ids = Arc::clone(&before.ids);
        next.instances.clone_from(&reading.instances);
        next.described.clone_from(&before.described);
        next.init.clone_from(&before.init);
        next.late = before.late.clone();
        next.late_facts = before.late_facts.clone();
        Some(units)
    }

    /// The functions that compare and hash values, for the descriptors that `units` ask for.
    fn comparing_functions(&self, units: &[Arc<Lowered>]) -> Vec<Arc<Lowered>> {
        let described = units.iter().map(|unit| Arc::clone(&unit.described));
        let described: Vec<_> =
            described.chain([self.described_by_dictionaries(units).into()]).collect();
        let made = match self.previous.described.as_deref() {
            Some((known, made)) if *known == described => made.clone(),
            _ => {
                let emits = |ty| self.emits(ty);
                let types = described.iter().flat_map(|types| types.iter().copied());
                let made = alg::functions(self.cx, self, self.input.id, &emits, types);
                let lowered = made.into_iter().map(|unit| {
                    let known = self.previous.lowered(unit.id).cloned();
                    known.unwrap_or_else(|| self.lowered_unit(None, unit))
                });
                lowered.collect()
            }
        };
        self.next.borrow_mut().described = Some(Arc::new((described, made.clone())));
        made
    }

    /// The types whose descriptors are asked for by the dictionaries of instances and by those that
    /// these point to. Upstream: `noder/reader.go`, `dictNameOf`.
    fn described_by_dictionaries(&self, units: &[Arc<Lowered>]) -> Vec<Ty> {
        let of_instance = |lowered: &Arc<Lowered>| match lowered.unit.id.key() {
            FuncKey::Instance(def, args) => {
                Some((lower::dictionary_owner(self.cx, *def), args.clone()))
            }
            _ => None,
        };
        let mut todo: Vec<(DefId, Box<[Ty]>)> = units.iter().filter_map(of_instance).collect();
        let mut seen = FxHashSet::default();
        let mut types = Vec::new();
        while let Some(next) = todo.pop().filter(|_| seen.len() < INSTANCE_LIMIT) {
            if !seen.insert(next.clone()) {
                continue;
            }
            let (owner, args) = next;
            let Some(dictionary) = self.dictionary(owner) else { continue };
            let itabs = dictionary.itabs(self.cx, &args);
            types
                .extend(itabs.filter_map(|(ty, iface)| alg::described_by_itab(self.cx, ty, iface)));
            todo.extend(dictionary.subdicts(self.cx, &args));
        }
        types.into_iter().flatten().collect()
    }

    /// Reads the package: all that its declarations and the bodies of its functions name, which
    /// are the first of `units`. Gives the instances that come up.
    fn read(&self, units: &[Arc<Lowered>]) -> (Vec<FuncId>, Reader<'a>) {
        let mut reader = Reader::new(self.cx, self.input.id);
        let by_id = units.iter().map(|lowered| (lowered.unit.id, lowered)).collect();
        let bodies = Bodies { package: self, by_id };
        for unit in units {
            if !matches!(unit.unit.id.key(), FuncKey::Declared(_)) {
                reader.body(unit.unit.id, &unit.read, &bodies);
            }
        }
        self.declarations().for_each(|def| reader.declaration(def));
        (reader.bodies(&bodies), reader)
    }

    /// Of the functions of the package those that it reads first: the declared ones and the
    /// initialisers. What comes up on the way stands behind them.
    fn read_from(&self, lowered: &List<Arc<Lowered>>) -> Vec<Arc<Lowered>> {
        let inits = self.next.borrow().init.as_ref().map_or(0, |init| init.1.len());
        lowered.iter().take(self.outline.declared.len() + inits).cloned().collect()
    }

    fn declarations(&self) -> impl Iterator<Item = DefId> + '_ {
        let headers = self.checked.headers.decls.iter().flatten();
        let defs = headers.flat_map(|header| header.defs.iter().copied());
        defs.filter(|def| !self.outline.left_out.contains(def))
    }

    /// What was read before, if the same would be read again: `units` are the functions declared
    /// and the initialisers.
    fn known_reading(&self, units: &[Arc<Lowered>]) -> Option<&'a Arc<Reading>> {
        let known = self.previous.reading.as_ref()?;
        let same_body = |((id, read), unit): (&(FuncId, Arc<[Mentioned]>), &Arc<Lowered>)| {
            *id == unit.unit.id && (Arc::ptr_eq(read, &unit.read) || *read == unit.read)
        };
        let same = known.bodies.len() == units.len()
            && known.bodies.iter().zip(units).all(same_body)
            && known.declared.iter().copied().eq(self.declarations())
            && same_values(&known.generics, &self.outline.generics);
        same.then_some(known)
    }

    /// A function as lowered, taken over if its text is the same.
    fn lower(&self, id: FuncId, package: PkgId, source: &Arc<Source>) -> Arc<Lowered> {
        let is_of_source = |known: &&Arc<Lowered>| {
            known.source.as_ref().is_some_and(|before| Arc::ptr_eq(before, source))
        };
        if let Some(done) = self.fresh.borrow().get(&id).filter(is_of_source) {
            return Arc::clone(done);
        }
        let lowered = match self.previous.lowered(id).filter(is_of_source) {
            Some(known) => Arc::clone(known),
            None => {
                let unit = self.lower_anew(id, package, source);
                self.lowered_unit(Some(Arc::clone(source)), unit)
            }
        };
        self.fresh.borrow_mut().insert(id, Arc::clone(&lowered));
        lowered
    }

    fn lower_anew(&self, id: FuncId, package: PkgId, source: &Source) -> Unit {
        self.lowered.set(self.lowered.get() + 1);
        lower::function(&self.lower_input(package, source), id)
    }

    fn lower_input<'s>(&'s self, package: PkgId, source: &'s Source) -> lower::Input<'s> {
        lower::Input {
            cx: self.cx,
            names: self,
            package,
            compiled: self.input.id,
            decl: &source.decl,
            info: &source.info,
            version: source.version,
        }
    }

    fn lowered_unit(&self, source: Option<Arc<Source>>, unit: Unit) -> Arc<Lowered> {
        let unit = Arc::new(unit);
        let mut prepared = Arc::clone(&unit);
        let mut kept_alive = Vec::new();
        if self.has_testing {
            let mut kept = Unit::clone(&unit);
            kept_alive = bloop::run(self.cx, &mut kept);
            if !kept_alive.is_empty() {
                prepared = Arc::new(kept);
            }
        }
        let mentions = Arc::new(Mentions::of(&prepared));
        let (read, described) = (mentioned(&unit), alg::described(self.cx, &unit));
        let kept_alive = kept_alive.into();
        Arc::new(Lowered { source, unit, prepared, kept_alive, mentions, read, described })
    }

    /// The text that an instance is made from, and the package it stands in.
    fn instance_source(&self, id: FuncId) -> Option<(PkgId, &Arc<Source>)> {
        let (FuncKey::Shaped(def, _) | FuncKey::Instance(def, _)) = id.key() else { return None };
        Some((def.package, self.generic(*def)?))
    }

    fn generic(&self, def: DefId) -> Option<&Arc<Source>> {
        self.outline.generics.get(&def).or_else(|| self.input.imports.generic(def))
    }

    /// Works out the dictionaries of the package's own generic functions and types. Whether those
    /// functions that did not change find in them what they found there before, which is part of
    /// how they and their callers are lowered.
    fn dictionaries_hold(&self) -> bool {
        if self.changed.is_some() {
            self.next.borrow_mut().dictionaries = Arc::clone(&self.previous.dictionaries);
            return true;
        }
        let owner = |def: &DefId| lower::dictionary_owner(self.cx, *def);
        let owners: FxHashSet<DefId> = self.outline.generics.keys().map(owner).collect();
        let before = &self.previous.dictionaries;
        let mut hold = before.len() == owners.len();
        let mut all = FxHashMap::default();
        for owner in owners {
            let sources = self.dictionary_sources(owner);
            let known = before.get(&owner);
            let same = known.filter(|known| known.is_of(&sources));
            let words = match same {
                Some(same) => Arc::clone(same),
                None => Arc::new(Words { words: Arc::new(self.words(&sources)), sources }),
            };
            hold &= known.is_some_and(|known| known.serves(&words));
            self.dictionaries.borrow_mut().insert(owner, Arc::clone(&words.words));
            all.insert(owner, words);
        }
        self.next.borrow_mut().dictionaries = Arc::new(all);
        hold
    }

    /// The generic functions that have a dictionary in common.
    fn dictionary_sources(&self, owner: DefId) -> Vec<(DefId, Arc<Source>)> {
        let methods = self.cx.defs.methods(owner);
        let functions = std::iter::once(owner).chain(methods.iter().copied());
        functions
            .filter(|def| lower::dictionary_owner(self.cx, *def) == owner)
            .filter_map(|def| Some((def, Arc::clone(self.generic(def)?))))
            .collect()
    }

    fn words(&self, sources: &[(DefId, Arc<Source>)]) -> Dictionary {
        let inputs: Vec<_> = sources
            .iter()
            .map(|(def, source)| (*def, self.lower_input(def.package, source)))
            .collect();
        Dictionary::of(&inputs)
    }

    fn lower_init(&mut self) -> Vec<Arc<Lowered>> {
        let mut list = Vec::new();
        let checked = self.checked;
        for init in &*checked.init_order {
            let (file, index) = (init.file as usize, init.decl as usize);
            let (Some(at), Some(info)) = (
                self.input.files.get(file).and_then(|file| file.ast.decls.get(index)),
                self.checked.info(file, index),
            ) else {
                continue;
            };
            let DeclKind::Var(spec) = &at.decl.kind else { continue };
            let defs = &self.checked.headers.decls[file][index].defs;
            let Some(&first) = defs.first() else { continue };
            if self.outline.left_out.contains(&first) {
                continue;
            }
            let one_each = spec.values.len() == spec.names.len();
            let names =
                if one_each { init.index as usize..init.index as usize + 1 } else { 0..defs.len() };
            let (Some(names), Some(&rhs)) =
                (defs.get(names), spec.values.get(if one_each { init.index as usize } else { 0 }))
            else {
                continue;
            };
            let lhs = names
                .iter()
                .map(|&def| (def, self.var_type(def, info, spec.ty.unwrap_or(rhs))))
                .collect();
            let version = self.checked.headers.files.get(file).and_then(|scope| scope.version);
            let source = self.source(first, &at.decl, info, version);
            list.push(InitSource { source, lhs, rhs });
        }
        let units = match self.previous.init.as_deref() {
            Some((before, units)) if *before == list => units.clone(),
            _ => {
                let list: Vec<_> = list.iter().map(InitSource::initializer).collect();
                let units = lower::package_init(self.cx, self, self.input.id, &list);
                self.lowered.set(self.lowered.get() + units.len());
                units.into_iter().map(|unit| self.lowered_unit(None, unit)).collect()
            }
        };
        self.next.borrow_mut().init = Some(Arc::new((list, units.clone())));
        units
    }

    /// Hands over what to remember.
    fn finish(self, memo: &mut Memo) -> Outline {
        let next = self.next.take();
        memo.done.lowered = self.lowered.get();
        memo.described = next.described;
        memo.dictionaries = next.dictionaries;
        memo.init = next.init;
        memo.init_order = Some(Arc::clone(&self.checked.init_order));
        memo.late = next.late;
        memo.late_facts = next.late_facts;
        self.outline
    }

    /// The type of a package-level variable; for `_`, what it is declared as or else its value's.
    fn var_type(&self, def: DefId, info: &Info, like: crate::syntax::ast::ExprId) -> Ty {
        use crate::types::env::Def;
        match self.cx.defs.lookup(def.package, def.name) {
            Some(Def::Var { def: found, ty }) if found == def => ty,
            _ => {
                let ty = info.types.get(like.0 as usize).copied().unwrap_or_else(Ty::invalid);
                crate::types::predicates::default_type(ty)
            }
        }
    }

    /// How the parameters of a method are written.
    fn params(&self, def: DefId) -> Option<Arc<lower::Params>> {
        self.outline.params.get(&def).or_else(|| self.input.imports.params(def)).cloned()
    }

    /// A type that is declared as an interface: the package's own before others.
    fn interface(&self, under: Ty) -> Option<DefId> {
        let under = self.cx.flatten(under);
        let written = |def| self.outline.params.contains_key(&def);
        let all = || flattened(interfaces(self.types), &written, self.cx);
        let own = self.interfaces.get_or_init(all).get(&under).copied();
        own.or_else(|| self.input.imports.interface(under, self.cx))
    }

    /// Whether this package makes the methods of a type: not those of imported types without type
    /// arguments. Upstream: `reflectdata.NeedEmit`.
    fn emits(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Named(named) => {
                let universe = named.def.package == PkgId::universe();
                let runtime = self.input.id.path.as_str() == "runtime";
                if universe {
                    runtime
                } else {
                    named.def.package == self.input.id || !named.args.is_empty()
                }
            }
            TyKind::Basic(_) => false,
            _ => true,
        }
    }

    /// The passes between inlining and escape analysis.
    fn finish_body(&self, embedded: &FxHashSet<DefId>, unit: &mut Unit) {
        loopvar::run(self.cx, unit);
        if matches!(unit.id.key(), FuncKey::Init(_)) {
            let (cx, package) = (self.cx, self.input.id);
            let prefix = BackendFormat { cx, names: self, local: package }.link_prefix(package);
            staticinit::run(cx, (package, &prefix), embedded, unit);
        }
        if !self.input.target.no_optimize {
            deadlocals::run(unit);
        }
    }

    /// What importers see of functions. Those of before are looked at only if something has changed
    /// about them.
    fn collect_facts(&self, memo: &Memo) -> Table<FuncId, Arc<FuncFacts>> {
        let before = self.previous;
        let known = &memo.known;
        let differences = memo.escaped.differences(&before.escaped);
        let (mut facts, todo) = match differences {
            Some(differences) => {
                let originals =
                    known.originals.differences(&before.known.originals, Arc::ptr_eq).into_iter();
                let verdicts = known.verdicts.differences(&before.known.verdicts, PartialEq::eq);
                let places = originals.chain(verdicts).filter_map(|id| memo.all_ids.place(id));
                (before.facts.clone(), places.chain(differences).collect::<Vec<_>>())
            }
            None => (Table::default(), (0..memo.ready.len()).collect()),
        };
        for at in todo {
            let unit = &memo.escaped.units[at];
            if unit.id.def().is_some_and(|def| def.package == self.input.id) {
                let now = self.facts_of(memo, at, unit);
                facts.insert(unit.id, now);
            }
        }
        facts
    }

    fn facts_of(&self, memo: &Memo, at: usize, unit: &Unit) -> Arc<FuncFacts> {
        let root = &unit[FuncIdx::ROOT];
        let inline = match (root.verdict, memo.known.originals.get(&unit.id)) {
            (Verdict::Can(cost), Some(original)) => {
                Some(InlineBody { cost, unit: Arc::clone(original).into() })
            }
            _ => None,
        };
        let unknown = || vec![Leaks::UNKNOWN; root.n_params as usize].into();
        let leaks = memo.escaped.leaks((at, FuncIdx::ROOT)).cloned().unwrap_or_else(unknown);
        let known = self.previous.facts.get(&unit.id).filter(|known| {
            known.pragmas == root.pragmas
                && known.has_body == root.has_body
                && known.leaks == leaks
                && known.inline.as_deref() == inline.as_ref()
        });
        match known {
            Some(known) => Arc::clone(known),
            None => Arc::new(FuncFacts {
                leaks,
                inline: inline.map(Arc::new),
                pragmas: root.pragmas,
                has_body: root.has_body,
            }),
        }
    }

    /// The functions that were inlined, and the bodies that importers get to see: as before if
    /// all functions are.
    fn exports(&self, memo: &Memo) -> Arc<Exports> {
        let before = self.previous;
        let same_texts = || {
            let known = |(def, source): (&DefId, &Arc<Source>)| {
                let known = before.outline.sources.get(def);
                known.is_some_and(|before| Arc::ptr_eq(before, source))
            };
            Arc::ptr_eq(&before.outline.generics, &self.outline.generics)
                || self.outline.generics.iter().all(known)
        };
        // A function counts with what its body mentions, if that can be inlined.
        let same_fact = |func: FuncId| {
            let inlines = |memo: &Memo| memo.facts.get(&func).map(|facts| facts.inline.is_some());
            let mentions =
                |memo: &Memo| memo.lowered(func).map(|lowered| Arc::clone(&lowered.read));
            inlines(memo) == inlines(before)
                && (inlines(memo) != Some(true) || mentions(memo) == mentions(before))
        };
        let changed = memo.facts.differences(&before.facts, Arc::ptr_eq);
        let same_facts = changed.into_iter().all(same_fact) && same_texts();
        // Each function has the same inlined as it had.
        let same_inlined = || {
            let differences = memo.ready.differences(&before.ready)?;
            let same = |at: usize| memo.ready[at].inlined().eq(before.ready[at].inlined());
            differences.into_iter().all(same).then_some(())
        };
        if same_facts && same_inlined().is_some() {
            return Arc::clone(&before.exports);
        }
        let inlined: FxHashSet<FuncId> =
            memo.ready.iter().flat_map(|ready| ready.inlined()).collect();
        if same_facts && before.exports.0 == inlined {
            return Arc::clone(&before.exports);
        }
        let bodies = exports::bodies(
            &exports::Input {
                cx: self.cx,
                package: self.input.id,
                facts: &|func| {
                    memo.facts.get(&func).cloned().or_else(|| self.input.imports.facts(func))
                },
                generic: &|def| self.generic(def).cloned(),
                inlined: &inlined,
            },
            self.types,
        );
        Arc::new((inlined, Arc::new(bodies)))
    }

    /// Whether the body of another package's function is at hand: one of the packages imported has
    /// to tell it. Upstream: `noder/unified.go`, `readPackage`.
    fn has_body(&self, func: FuncId) -> bool {
        let tells = |id: &PkgId| {
            self.input.imports.packages.get(id).is_some_and(|found| found.bodies.contains(&func))
        };
        let own = func.def().map(|def| def.package);
        let is_direct = |id: &PkgId| self.input.import_map.values().any(|direct| direct == id);
        own.is_some_and(|own| is_direct(&own) && tells(&own))
            || self.input.import_map.values().any(tells)
    }

    /// An instance that comes up while bodies are inlined, as lowered.
    fn late_instance(&self, id: FuncId) -> Option<Arc<Late>> {
        if let Some(known) = self.late.borrow().get(&id) {
            return known.clone();
        }
        let late = self.instance_source(id).map(|(package, source)| {
            let known = self.previous.late.get(&id);
            match known.filter(|known| Arc::ptr_eq(&known.source, source)) {
                Some(known) => Arc::clone(known),
                None => {
                    let unit = Arc::new(self.lower_anew(id, package, source));
                    let read = mentioned(&unit);
                    Arc::new(Late { source: Arc::clone(source), unit, read })
                }
            }
        });
        self.late.borrow_mut().insert(id, late.clone());
        if let Some(late) = &late {
            self.next.borrow_mut().late.insert(id, Arc::clone(late));
        }
        late
    }

    /// An instance that comes up while bodies are inlined. Its body is read and judged, and then
    /// forgotten, so that it counts as a function without a body afterwards.
    ///
    /// Upstream: `noder/unified.go`, `readBodies` with `duringInlining`.
    fn instance_facts(&self, id: FuncId) -> Option<Arc<FuncFacts>> {
        if let Some(known) = self.instances.borrow().get(&id) {
            return known.clone();
        }
        // Whoever comes round in a circle finds a function that is not judged yet.
        self.instances.borrow_mut().insert(id, None);
        let late = self.late_instance(id)?;
        let inliner = Inliner::new(self.cx, self.input.id, self);
        inliner.add(Arc::clone(&late.unit));
        let known = self.previous.late_facts.get(&id);
        let known = known
            .filter(|known| Arc::ptr_eq(&known.unit, &late.unit) && inliner.holds(&known.asked));
        let late_facts = match known {
            Some(known) => Arc::clone(known),
            None => {
                let (facts, asked) = inliner.recorded(|| judged_instance(&inliner, &late.unit));
                Arc::new(LateFacts { unit: Arc::clone(&late.unit), asked, facts })
            }
        };
        let facts = Arc::clone(&late_facts.facts);
        self.next.borrow_mut().late_facts.insert(id, late_facts);
        self.instances.borrow_mut().insert(id, Some(Arc::clone(&facts)));
        Some(facts)
    }
}

/// What callers read of an instance of which no more than the lowered body is known.
fn judged_instance(inliner: &Inliner<'_>, original: &Arc<Unit>) -> Arc<FuncFacts> {
    let mut unit = Unit::clone(original);
    let members: Vec<FuncIdx> = (0..unit.funcs.len() as u32).map(FuncIdx).collect();
    inliner.judge(&mut unit, &members, &mut Vec::new());
    let root = &unit[FuncIdx::ROOT];
    let inline = match root.verdict {
        Verdict::Can(cost) => Some(Arc::new(InlineBody {
            cost,
            unit: Arc::new(with_verdicts(original, &unit)).into(),
        })),
        Verdict::Cannot(_) | Verdict::Unchecked => None,
    };
    Arc::new(FuncFacts {
        leaks: vec![Leaks::UNKNOWN; root.n_params as usize].into(),
        inline,
        pragmas: root.pragmas,
        has_body: root.has_body,
    })
}

impl Facts for Package<'_> {
    fn facts(&self, func: FuncId) -> Option<Arc<FuncFacts>> {
        match func.key() {
            FuncKey::Shaped(..) | FuncKey::Instance(..) => self.instance_facts(func),
            _ => {
                let facts = self.input.imports.facts(func)?;
                if facts.inline.is_none() || self.has_body(func) {
                    return Some(facts);
                }
                Some(Arc::new(FuncFacts { inline: None, ..(*facts).clone() }))
            }
        }
    }
}

impl PackageNames for Package<'_> {
    fn name(&self, package: PkgId) -> Symbol {
        if package == self.input.id { self.types.name } else { self.input.imports.name(package) }
    }

    fn local_type_number(&self, def: DefId) -> u32 {
        if def.package == self.input.id {
            self.types.local_number(def)
        } else {
            self.input.imports.local_type_number(def)
        }
    }
}

impl Packages for Package<'_> {
    fn dictionary(&self, owner: DefId) -> Option<Arc<Dictionary>> {
        if let Some(known) = self.dictionaries.borrow().get(&owner) {
            return Some(Arc::clone(known));
        }
        if let Some(own) = self.next.borrow().dictionaries.get(&owner) {
            return Some(Arc::clone(&own.words));
        }
        let sources = self.dictionary_sources(owner);
        if sources.is_empty() {
            return None;
        }
        let words = Arc::new(self.words(&sources));
        self.dictionaries.borrow_mut().insert(owner, Arc::clone(&words));
        Some(words)
    }
}

/// The bodies of a package's own functions and of the instances made for it.
struct Bodies<'p, 'a> {
    package: &'p Package<'a>,
    by_id: FxHashMap<FuncId, &'p Arc<Lowered>>,
}

impl Library for Bodies<'_, '_> {
    fn body(&self, func: FuncId, show: &mut dyn FnMut(&[Mentioned])) {
        if let Some(lowered) = self.by_id.get(&func) {
            show(&lowered.read);
        } else if let Some((package, source)) = self.package.instance_source(func) {
            show(&self.package.lower(func, package, source).read);
        }
    }

    fn generic(&self, def: DefId) -> Option<Arc<Source>> {
        self.package.generic(def).cloned()
    }
}

/// The bodies that are read while others are inlined.
impl Library for Package<'_> {
    fn body(&self, func: FuncId, show: &mut dyn FnMut(&[Mentioned])) {
        if let Some(late) = self.late_instance(func) {
            show(&late.read);
        }
    }

    fn generic(&self, def: DefId) -> Option<Arc<Source>> {
        self.generic(def).cloned()
    }
}

/// A unit as it was lowered, with what the inliner found out about its functions.
fn with_verdicts(original: &Unit, judged: &Unit) -> Unit {
    let mut unit = original.clone();
    for (func, from) in unit.funcs.iter_mut().zip(&judged.funcs) {
        func.can_delay_results = from.can_delay_results;
    }
    unit
}

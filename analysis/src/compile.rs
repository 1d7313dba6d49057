//! One package through all passes, in the compiler's order.
//!
//! [`compile`] is a function of the package's files and of its imports' summaries. The order is that
//! of `cmd/compile/internal/gc/main.go`: check, lower, keep benchmark loops alive, judge, devirtualize
//! and inline, split loop variables, initialise statically, drop dead locals, analyse escapes.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cancel::{Answer, CancelToken};
use crate::escape::{self, BatchResult};
use crate::inline::interleave::Work;
use crate::inline::{Event as InlineEvent, Inliner, What as InlineWhat};
use crate::instances::{BoundMethod, Library, Reader, bound_method};
use crate::ir::build::is_interface;
use crate::ir::facts::{Facts, FuncFacts, InlineBody, Leaks, Verdict};
use crate::ir::func::{FuncId, FuncKey};
use crate::ir::node::{Callee, FuncIdx, Unit};
use crate::ir::{bloop, deadlocals, loopvar, lower, scc, staticinit};
use crate::lines::FileLines;
use crate::release::{GoVersion, Target};
use crate::summary::{Imports, Place, Source, Summary};
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, File};
use crate::syntax::{self, SourceTree};
use crate::types::body::{Checked, check_package};
use crate::types::cx::Cx;
use crate::types::env::{FuncDef, PackageTypes, World};
use crate::types::format_backend::PackageNames;
use crate::types::info::Info;
use crate::types::package::PackageInput;
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
}

impl ParsedFile {
    /// Parses a file anew, or goes on from an earlier version of it.
    pub fn new(path: Symbol, text: Arc<str>, previous: Option<&ParsedFile>) -> ParsedFile {
        let source = match previous {
            Some(previous) => previous.source.edit(text),
            None => SourceTree::parse(text),
        };
        let ast = Arc::new(syntax::file(&source, previous.map(|previous| &*previous.ast)));
        let lines = Arc::new(FileLines::new(path, source.text(), &ast.line_directives));
        ParsedFile { path, source, ast, lines }
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
    /// Its functions after all passes; `inlined` and `escapes` speak of them.
    pub units: Vec<Unit>,
    /// Its functions as they were lowered.
    pub originals: FxHashMap<FuncId, Arc<Unit>>,
    /// What there is to say of `b.Loop` loops, unit by unit.
    pub kept_alive: Vec<Vec<bloop::Event>>,
    /// What the inliner reports, unit by unit.
    pub inlined: Vec<Vec<InlineEvent>>,
    /// What escape analysis reports, batch by batch.
    pub escapes: Vec<BatchResult>,
    /// Declarations that were left out because of errors.
    pub left_out: FxHashSet<DefId>,
}

/// Compiles a package.
pub fn compile(input: &Input<'_>, cancel: &CancelToken) -> Answer<Compiled> {
    let asts: Vec<Arc<File>> = input.files.iter().map(|file| Arc::clone(&file.ast)).collect();
    let mut checked = check_package(
        &PackageInput {
            id: input.id,
            files: &asts,
            imports: input.import_map,
            go_version: input.go_version,
            target: input.target,
        },
        &input.imports.world,
    );
    cancel.check()?;
    let types = Arc::new(with_local_types(&mut checked));
    let mut world = World { packages: input.imports.world.packages.clone() };
    world.packages.insert(input.id, Arc::clone(&types));

    let cx = Cx::new(&world, input.target);
    let package = Package::new(input, &checked, &types, &cx);
    let mut reader = Reader::new(&cx, input.id);
    let units = package.lower_all(&mut reader);
    cancel.check()?;
    let mut run = Run { package: &package, cancel, kept_alive: Vec::new(), inlined: Vec::new() };
    let (mut units, originals) = run.inline(units, reader)?;
    let Run { kept_alive, inlined, .. } = run;
    package.finish_bodies(&mut units);
    cancel.check()?;
    let escapes = escape::analyze(&cx, &package, &mut units);
    cancel.check()?;

    let facts = package.collect_facts(&units, &originals, &escapes);
    let Package { generics, places, left_out, .. } = package;
    drop(cx);
    let summary = Arc::new(Summary {
        id: input.id,
        types,
        facts,
        generics,
        places,
        imports: input.import_map.values().copied().collect(),
    });
    Ok(Compiled {
        summary,
        files: input.files.to_vec(),
        checked,
        target: input.target,
        units,
        originals,
        kept_alive,
        inlined,
        escapes,
        left_out,
    })
}

/// The package's declarations, with the types that are declared inside functions.
fn with_local_types(checked: &mut Checked) -> PackageTypes {
    let shared = std::mem::take(&mut checked.headers.types);
    let mut types = Arc::unwrap_or_clone(shared);
    let infos =
        checked.bodies.iter().flatten().flatten().chain(
            checked.headers.decls.iter().flatten().filter_map(|header| header.info.as_ref()),
        );
    for info in infos {
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
    name: Symbol,
    /// Functions with a body of their own, in source order.
    declared: Vec<(DefId, Arc<Source>)>,
    /// Where in `declared` a function is.
    by_def: FxHashMap<DefId, usize>,
    generics: FxHashMap<DefId, Arc<Source>>,
    places: FxHashMap<DefId, Place>,
    left_out: FxHashSet<DefId>,
    /// Instances that come up only while bodies are inlined: they can be inlined, but nothing is
    /// known of how they leak.
    instances: RefCell<FxHashMap<FuncId, Option<Arc<FuncFacts>>>>,
    /// These instances as lowered.
    late: RefCell<FxHashMap<FuncId, Option<Arc<Unit>>>>,
}

impl<'a> Package<'a> {
    fn new(
        input: &'a Input<'a>,
        checked: &'a Checked,
        types: &PackageTypes,
        cx: &'a Cx<'a>,
    ) -> Package<'a> {
        let mut package = Package {
            input,
            checked,
            cx,
            name: types.name,
            declared: Vec::new(),
            by_def: FxHashMap::default(),
            generics: FxHashMap::default(),
            places: FxHashMap::default(),
            left_out: FxHashSet::default(),
            instances: RefCell::default(),
            late: RefCell::default(),
        };
        for (at, file) in input.files.iter().enumerate() {
            let version = checked.headers.files.get(at).and_then(|scope| scope.version);
            for (index, decl) in file.ast.decls.iter().enumerate() {
                let header = &checked.headers.decls[at][index];
                for &def in &header.defs {
                    let place = Place { lines: Arc::clone(&file.lines), start: decl.start };
                    package.places.insert(def, place);
                }
                let Some(&def) = header.defs.first() else { continue };
                let Some(info) = checked.info(at, index) else { continue };
                if !decl.decl.errors.is_empty() || !info.errors.is_empty() {
                    package.left_out.insert(def);
                    continue;
                }
                let DeclKind::Func(_) = decl.decl.kind else { continue };
                let source = Arc::new(Source {
                    decl: Arc::clone(&decl.decl),
                    info: Arc::clone(info),
                    version,
                });
                if def.name.is_blank() && def.parent.is_none() {
                    // Upstream: noder/writer.go skips functions without a name.
                    continue;
                }
                match types.funcs.get(&def) {
                    Some(func) if is_generic(func) => {
                        package.generics.insert(def, source);
                    }
                    _ => {
                        package.by_def.insert(def, package.declared.len());
                        package.declared.push((def, source));
                    }
                }
            }
        }
        package
    }

    /// Lowers all functions: declared ones, `init`, and the instances that these bring along.
    fn lower_all(&self, reader: &mut Reader<'_>) -> Vec<Unit> {
        let mut units = Vec::with_capacity(self.declared.len());
        for (def, source) in &self.declared {
            units.push(self.lower(FuncId::declared(*def), self.input.id, source));
        }
        let inits = self.lower_init();
        let bodies = Bodies {
            package: self,
            by_id: units.iter().map(|unit| (unit.id, unit)).collect(),
            made: RefCell::default(),
        };
        inits.iter().for_each(|unit| reader.body(unit, &bodies));
        for decls in &self.checked.headers.decls {
            let defs = decls.iter().flat_map(|header| &header.defs);
            defs.filter(|def| !self.left_out.contains(def))
                .for_each(|def| reader.declaration(*def));
        }
        let instances = reader.bodies(&bodies);
        let mut made = bodies.made.into_inner();
        units.extend(inits);
        units.extend(instances.iter().filter_map(|id| made.remove(id)));
        units
    }

    fn lower(&self, id: FuncId, package: PkgId, source: &Source) -> Unit {
        let input = lower::Input {
            cx: self.cx,
            names: self,
            package,
            compiled: self.input.id,
            decl: &source.decl,
            info: &source.info,
            version: source.version,
        };
        lower::function(&input, id)
    }

    fn lower_instance(&self, id: FuncId) -> Option<Unit> {
        let (FuncKey::Shaped(def, _) | FuncKey::Instance(def, _)) = id.key() else { return None };
        Some(self.lower(id, def.package, self.generic(*def)?))
    }

    fn generic(&self, def: DefId) -> Option<&Arc<Source>> {
        self.generics.get(&def).or_else(|| self.input.imports.generic(def))
    }

    fn lower_init(&self) -> Vec<Unit> {
        let mut list = Vec::new();
        for init in &self.checked.init_order {
            let (file, index) = (init.file as usize, init.decl as usize);
            let (Some(at), Some(info)) = (
                self.input.files.get(file).and_then(|file| file.ast.decls.get(index)),
                self.checked.info(file, index),
            ) else {
                continue;
            };
            let DeclKind::Var(spec) = &at.decl.kind else { continue };
            let defs = &self.checked.headers.decls[file][index].defs;
            if defs.first().is_some_and(|def| self.left_out.contains(def)) {
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
            let lhs = names.iter().map(|&def| (def, self.var_type(def, info, rhs))).collect();
            let version = self.checked.headers.files.get(file).and_then(|scope| scope.version);
            list.push(lower::Initializer { decl: &at.decl, info, version, lhs, rhs });
        }
        lower::package_init(self.cx, self, self.input.id, &list)
    }

    /// The type of a package-level variable; that of the value for `_`.
    fn var_type(&self, def: DefId, info: &Info, rhs: crate::syntax::ast::ExprId) -> Ty {
        use crate::types::env::Def;
        match self.cx.defs.lookup(def.package, def.name) {
            Some(Def::Var { def: found, ty }) if found == def => ty,
            _ => {
                let ty = info.types.get(rhs.0 as usize).copied().unwrap_or_else(Ty::invalid);
                crate::types::predicates::default_type(ty)
            }
        }
    }

    /// The text of a function, where it is at hand.
    fn decl(&self, def: DefId) -> Option<Arc<Decl>> {
        if let Some(source) = self.generic(def) {
            return Some(Arc::clone(&source.decl));
        }
        self.by_def.get(&def).map(|at| Arc::clone(&self.declared[*at].1.decl))
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
    fn finish_bodies(&self, units: &mut [Unit]) {
        let mut embedded = FxHashSet::default();
        for (at, file) in self.input.files.iter().enumerate() {
            for (index, decl) in file.ast.decls.iter().enumerate() {
                if decl.decl.pragmas.embed {
                    embedded.extend(&self.checked.headers.decls[at][index].defs);
                }
            }
        }
        for unit in units {
            loopvar::run(self.cx, unit);
            if matches!(unit.id.key(), FuncKey::Init(_)) {
                staticinit::run(self.cx, self.input.id, &embedded, unit);
            }
            if !self.input.target.no_optimize {
                deadlocals::run(unit);
            }
        }
    }

    fn collect_facts(
        &self,
        units: &[Unit],
        originals: &FxHashMap<FuncId, Arc<Unit>>,
        escapes: &[BatchResult],
    ) -> FxHashMap<FuncId, Arc<FuncFacts>> {
        let mut leaks: FxHashMap<FuncId, Arc<[Leaks]>> = FxHashMap::default();
        for ((unit, func), of) in escapes.iter().flat_map(|result| &result.leaks) {
            if *func == FuncIdx::ROOT {
                leaks.insert(units[*unit].id, Arc::clone(of));
            }
        }
        let mut facts = FxHashMap::default();
        for unit in units {
            let Some(def) = unit.id.def() else { continue };
            if def.package != self.input.id {
                continue;
            }
            let root = &unit[FuncIdx::ROOT];
            let inline = match (root.verdict, originals.get(&unit.id)) {
                (Verdict::Can(cost), Some(original)) => {
                    Some(Arc::new(InlineBody { cost, unit: Arc::clone(original) }))
                }
                _ => None,
            };
            let unknown = || vec![Leaks::UNKNOWN; root.n_params as usize].into();
            facts.insert(
                unit.id,
                Arc::new(FuncFacts {
                    leaks: leaks.remove(&unit.id).unwrap_or_else(unknown),
                    inline,
                    pragmas: root.pragmas,
                    has_body: root.has_body,
                }),
            );
        }
        facts
    }

    /// An instance that comes up while bodies are inlined, as lowered.
    fn late_instance(&self, id: FuncId) -> Option<Arc<Unit>> {
        if let Some(known) = self.late.borrow().get(&id) {
            return known.clone();
        }
        let unit = self.lower_instance(id).map(Arc::new);
        self.late.borrow_mut().insert(id, unit.clone());
        unit
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
        let original = self.late_instance(id)?;
        let mut unit = (*original).clone();
        let inliner = Inliner::new(self.cx, self.input.id, self);
        inliner.add(Arc::clone(&original));
        let members: Vec<FuncIdx> = (0..unit.funcs.len() as u32).map(FuncIdx).collect();
        inliner.judge(&mut unit, &members, &mut Vec::new());
        let root = &unit[FuncIdx::ROOT];
        let mut judged = (*original).clone();
        for (func, from) in judged.funcs.iter_mut().zip(&unit.funcs) {
            func.can_delay_results = from.can_delay_results;
        }
        let inline = match root.verdict {
            Verdict::Can(cost) => Some(Arc::new(InlineBody { cost, unit: Arc::new(judged) })),
            Verdict::Cannot(_) | Verdict::Unchecked => None,
        };
        let facts = Arc::new(FuncFacts {
            leaks: vec![Leaks::UNKNOWN; root.n_params as usize].into(),
            inline,
            pragmas: root.pragmas,
            has_body: root.has_body,
        });
        self.instances.borrow_mut().insert(id, Some(Arc::clone(&facts)));
        Some(facts)
    }
}

impl Facts for Package<'_> {
    fn facts(&self, func: FuncId) -> Option<Arc<FuncFacts>> {
        match func.key() {
            FuncKey::Shaped(..) | FuncKey::Instance(..) => self.instance_facts(func),
            _ => self.input.imports.facts(func),
        }
    }
}

impl PackageNames for Package<'_> {
    fn name(&self, package: PkgId) -> Symbol {
        if package == self.input.id { self.name } else { self.input.imports.name(package) }
    }
}

/// The bodies of a package's own functions and of the instances made for it.
struct Bodies<'a> {
    package: &'a Package<'a>,
    by_id: FxHashMap<FuncId, &'a Unit>,
    made: RefCell<FxHashMap<FuncId, Unit>>,
}

impl Library for Bodies<'_> {
    fn body(&self, func: FuncId, show: &mut dyn FnMut(&Unit)) {
        if let Some(unit) = self.by_id.get(&func) {
            show(unit);
        } else if let Some(unit) = self.package.lower_instance(func) {
            show(&unit);
            self.made.borrow_mut().insert(func, unit);
        }
    }

    fn generic(&self, def: DefId) -> Option<Arc<Source>> {
        self.package.generic(def).cloned()
    }
}

/// The bodies that are read while others are inlined.
impl Library for Package<'_> {
    fn body(&self, func: FuncId, show: &mut dyn FnMut(&Unit)) {
        if let Some(unit) = self.late_instance(func) {
            show(&unit);
        }
    }

    fn generic(&self, def: DefId) -> Option<Arc<Source>> {
        self.generic(def).cloned()
    }
}

/// The passes that report while they go.
struct Run<'a> {
    package: &'a Package<'a>,
    cancel: &'a CancelToken,
    kept_alive: Vec<Vec<bloop::Event>>,
    inlined: Vec<Vec<InlineEvent>>,
}

impl Run<'_> {
    /// Judges, devirtualizes and inlines. Gives the functions, and what they were lowered to.
    fn inline(
        &mut self,
        mut units: Vec<Unit>,
        mut reader: Reader<'_>,
    ) -> Answer<(Vec<Unit>, FxHashMap<FuncId, Arc<Unit>>)> {
        let package = self.package;
        let testing = PkgId::new("testing");
        let has_testing = package.input.import_map.values().any(|&id| id == testing);
        self.kept_alive = vec![Vec::new(); units.len()];
        if has_testing {
            for (unit, events) in units.iter_mut().zip(&mut self.kept_alive) {
                *events = bloop::run(package.cx, unit);
            }
        }

        let inliner = Inliner::new(package.cx, package.input.id, package);
        let mut originals = FxHashMap::default();
        for unit in &units {
            let original = Arc::new(unit.clone());
            inliner.add(Arc::clone(&original));
            originals.insert(unit.id, original);
        }
        self.inlined = vec![Vec::new(); units.len()];
        if !package.input.target.no_inline {
            for batch in scc::bottom_up(&units) {
                self.cancel.check()?;
                for &(at, func) in &batch.members {
                    inliner.judge(&mut units[at], &[func], &mut self.inlined[at]);
                    if let Verdict::Can(_) = units[at][func].verdict {
                        // What is inlined later is the function as lowered, with its verdict.
                        let judged = Arc::new(with_verdicts(&originals[&units[at].id], &units[at]));
                        inliner.add(Arc::clone(&judged));
                        originals.insert(units[at].id, judged);
                    }
                }
            }
        }

        let mut works: Vec<Work> = units.into_iter().map(|unit| inliner.start(unit)).collect();
        let snapshot: Vec<Unit> = works.iter().map(|work| work.unit.clone()).collect();
        for batch in scc::bottom_up(&snapshot) {
            self.cancel.check()?;
            inliner.fixpoint(&mut works, &batch.members);
        }
        drop(snapshot);
        let mut units = Vec::with_capacity(works.len());
        for (mut work, events) in works.into_iter().zip(&mut self.inlined) {
            events.append(&mut work.events);
            units.push(work.unit);
        }
        self.read_inlined(&inliner, &mut reader);
        self.make_wrappers(&inliner, &reader, &mut units);
        Ok((units, originals))
    }

    /// Reads the imported bodies that were inlined.
    fn read_inlined(&self, inliner: &Inliner<'_>, reader: &mut Reader<'_>) {
        let mut seen = FxHashSet::default();
        for event in self.inlined.iter().flatten() {
            let InlineWhat::Inlining(Callee::Func(func)) = event.what else { continue };
            if !seen.insert(func) || inliner.original(func).is_some() {
                continue;
            }
            if let Some(unit) = inliner.lowered(func) {
                reader.body(&unit, self.package);
                reader.bodies(self.package);
            }
        }
    }

    /// Makes the wrappers of methods and method values, and inlines what they wrap.
    ///
    /// Upstream: `noder/reader.go`, `MakeWrappers`.
    fn make_wrappers(&mut self, inliner: &Inliner<'_>, reader: &Reader<'_>, units: &mut Vec<Unit>) {
        let package = self.package;
        let input = lower::WrapperInput {
            cx: package.cx,
            names: package,
            package: package.input.id,
            decl: &|def| package.decl(def),
            inlinable: &|func| inliner.inlines(func),
        };
        let mut values = Vec::new();
        let mut made = FxHashSet::default();
        for ty in reader.wrapped_types() {
            if !package.emits(ty) {
                continue;
            }
            let interface = is_interface(package.cx, ty);
            for entry in package.cx.all_methods(ty) {
                let pointer = (!interface).then(|| Ty::pointer(ty));
                let direct = (!entry.needs_pointer).then_some(ty);
                for recv in direct.into_iter().chain(pointer) {
                    let unit = lower::method_wrapper(&input, recv, entry.name, entry.package);
                    if let Some(unit) = unit
                        && made.insert(unit.id)
                    {
                        self.finish_wrapper(inliner, unit, units, &mut values);
                    }
                }
            }
        }
        values.extend(reader.wrapped_values());
        let mut seen = reader.have_values().clone();
        let mut at = 0;
        while let Some(&value) = values.get(at) {
            at += 1;
            if !seen.insert(value) {
                continue;
            }
            let unit = lower::method_value(&input, value.recv, value.name, value.package);
            if let Some(unit) = unit {
                self.finish_wrapper(inliner, unit, units, &mut values);
            }
        }
    }

    fn finish_wrapper(
        &mut self,
        inliner: &Inliner<'_>,
        unit: Unit,
        units: &mut Vec<Unit>,
        values: &mut Vec<BoundMethod>,
    ) {
        let mut works = [inliner.start(unit)];
        inliner.fixpoint(&mut works, &[(0, FuncIdx::ROOT)]);
        let [Work { unit, events, .. }] = works;
        values.extend(unit.nodes.iter().filter_map(|node| bound_method(&unit, node)));
        units.push(unit);
        self.inlined.push(events);
        self.kept_alive.push(Vec::new());
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

//! Bodies of functions, each on its own; and whole packages.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::check::{Checker, Context, Env, NameKind, Place, Recorder};
use super::cx::Cx;
use super::env::{Def, Defs, FuncDef, PackageTypes, TypeParamDef, World};
use super::headers::check_headers;
use super::info::Info;
use super::initorder;
use super::package::{Headers, PackageError, PackageInput, fill};
use super::ty::{DefId, PkgId, Ty};
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, File};

/// A package whose headers are known, among others.
struct Frozen<'a> {
    headers: &'a Headers,
    own: &'a PackageTypes,
    world: &'a World,
}

/// Checks a function: its signature and its body. The result depends on the declaration, on the
/// imports and language version of its file, and on what [`Info::reads`] lists.
pub fn check_body(headers: &Headers, world: &World, file: u32, def: DefId, decl: &Decl) -> Info {
    let DeclKind::Func(func) = &decl.kind else { return Info::default() };
    let env = Frozen { headers, own: &headers.types, world };
    let recorder = Recorder::new(&env);
    let Some(file) = headers.files.get(file as usize) else { return Info::default() };
    let cx =
        Cx::new(&recorder, headers.target).with_version(file.version).with_names(&headers.scope);
    let mut checker = Checker::new(&cx, &recorder, &env, decl, file, def);
    stacker::maybe_grow(256 * 1024, 4 * 1024 * 1024, || {
        let (_, sig) = checker.func_header(def, func, decl.pragmas, &|_| {});
        if let Some(body) = &func.body {
            checker.ctx = Context {
                block: Some(sig.block),
                results: Some(sig.results),
                ..Context::default()
            };
            checker.func_body(body);
        }
        let (mut info, _) = checker.finish();
        fill(&mut info, decl.exprs.len());
        info
    })
}

/// What is known of the functions of a file, by declaration.
pub type Bodies = Arc<Vec<Option<Arc<Info>>>>;

/// A package, checked whole.
#[derive(Debug)]
pub struct Checked {
    /// Everything but functions.
    pub headers: Arc<Headers>,
    /// By file and declaration; `None` for what is in the headers.
    pub bodies: Vec<Bodies>,
    /// Cycles among initial values, and imports without use.
    pub errors: Vec<PackageError>,
    /// Package variables with initial values, in the order of their initialisation: declarations
    /// by file and index, and which name for a declaration with a value for each.
    pub init_order: Arc<Vec<initorder::Initializer>>,
    /// The bodies that had to be checked, by file and declaration.
    pub rechecked: Vec<(usize, usize)>,
}

impl Checked {
    /// What is known of a declaration.
    pub fn info(&self, file: usize, decl: usize) -> Option<&Arc<Info>> {
        let body = self.bodies.get(file)?.get(decl)?.as_ref();
        body.or_else(|| self.headers.decls[file][decl].info.as_ref())
    }
}

/// Checks a package whole.
pub fn check_package(input: &PackageInput<'_>, world: &World) -> Checked {
    recheck_package(input, world, None)
}

/// Checks a package whole, but takes over from `previous` what cannot have changed: if no header
/// has, every declaration whose text is the same. `previous` comes with the files it was made of,
/// and has seen the same imported packages.
pub fn recheck_package(
    input: &PackageInput<'_>,
    world: &World,
    previous: Option<(&Checked, &[Arc<File>])>,
) -> Checked {
    if let Some((before, files)) = previous
        && before.headers.errors.is_empty()
        && same_headers(files, input.files)
    {
        return recheck_bodies(input, world, before, files);
    }
    let mut headers = check_headers(input, world);
    let previous = previous.filter(|(before, _)| headers.tell_the_same(&before.headers));
    let known_infos = previous.map(|(before, files)| Known::new(before, files)).unwrap_or_default();
    if let Some((before, _)) = previous {
        headers.types = Arc::clone(&before.headers.types);
        for (file, decls) in headers.decls.iter_mut().enumerate() {
            for (header, at) in decls.iter_mut().zip(&input.files[file].decls) {
                if let Some(info) = &mut header.info
                    && let Some(before) =
                        known_infos.info(file, &at.decl, header.defs.first().copied())
                {
                    *info = Arc::clone(before);
                }
            }
        }
    }
    let headers = Arc::new(headers);
    let known = |file: usize, index: usize, decl: &Arc<Decl>| {
        let def = headers.decls[file][index].defs.first().copied();
        known_infos.info(file, decl, def).cloned()
    };
    let (bodies, rechecked) = check_bodies(input, world, &headers, |_| None, known);
    let (init_order, errors) = initorder::finish(input, &headers, &bodies);
    Checked { headers, bodies, errors, init_order: Arc::new(init_order), rechecked }
}

/// Whether files say the same but for the bodies of their functions.
fn same_headers(before: &[Arc<File>], now: &[Arc<File>]) -> bool {
    let same_file = |a: &File, b: &File| {
        let imports = |file: &File| -> Vec<_> {
            file.imports.iter().map(|import| (import.name, import.path)).collect()
        };
        (a.package, a.go_version, a.decls.len()) == (b.package, b.go_version, b.decls.len())
            && imports(a) == imports(b)
            && a.decls
                .iter()
                .zip(&b.decls)
                .all(|(a, b)| Arc::ptr_eq(&a.decl, &b.decl) || a.decl.same_header(&b.decl))
    };
    before.len() == now.len()
        && before.iter().zip(now).all(|(a, b)| Arc::ptr_eq(a, b) || same_file(a, b))
}

/// Checks the bodies that have changed; all headers are as they were.
fn recheck_bodies(
    input: &PackageInput<'_>,
    world: &World,
    before: &Checked,
    files: &[Arc<File>],
) -> Checked {
    let headers = Arc::clone(&before.headers);
    let unchanged = |file: usize| {
        Arc::ptr_eq(&files[file], &input.files[file]).then(|| Arc::clone(&before.bodies[file]))
    };
    let (bodies, rechecked) =
        check_bodies(input, world, &headers, unchanged, |file, index, decl| {
            let known = &files[file].decls[index].decl;
            let same = Arc::ptr_eq(known, decl);
            before.bodies[file][index].as_ref().filter(|_| same).cloned()
        });
    let same_uses = rechecked.iter().all(|&(file, index)| {
        let (Some(a), Some(b)) = (&before.bodies[file][index], &bodies[file][index]) else {
            return false;
        };
        let known = &files[file].decls[index].decl;
        initorder::same_uses(&headers, (known, a), (&input.files[file].decls[index].decl, b))
    });
    let broken = |files: &[Arc<File>]| -> Vec<bool> {
        files.iter().map(|file| !file.errors.is_empty()).collect()
    };
    let (init_order, errors) =
        if same_uses && before.errors.is_empty() && broken(files) == broken(input.files) {
            (Arc::clone(&before.init_order), Vec::new())
        } else {
            let (order, errors) = initorder::finish(input, &headers, &bodies);
            let known = Arc::clone(&before.init_order);
            (if *known == order { known } else { Arc::new(order) }, errors)
        };
    Checked { headers, bodies, errors, init_order, rechecked }
}

/// The bodies of functions by file and declaration, and those that were not `known`. Of files that
/// are `unchanged` all are.
#[allow(clippy::type_complexity, reason = "taken apart at once")]
fn check_bodies(
    input: &PackageInput<'_>,
    world: &World,
    headers: &Headers,
    unchanged: impl Fn(usize) -> Option<Bodies>,
    known: impl Fn(usize, usize, &Arc<Decl>) -> Option<Arc<Info>>,
) -> (Vec<Bodies>, Vec<(usize, usize)>) {
    let mut rechecked = Vec::new();
    let mut bodies = Vec::with_capacity(input.files.len());
    for (file, decls) in input.files.iter().enumerate() {
        if let Some(unchanged) = unchanged(file) {
            bodies.push(unchanged);
            continue;
        }
        let mut list = Vec::with_capacity(decls.decls.len());
        for (index, at) in decls.decls.iter().enumerate() {
            let def = headers.decls[file][index].defs.first().copied();
            let is_func = matches!(at.decl.kind, DeclKind::Func(_));
            list.push(def.filter(|_| is_func).map(|def| {
                known(file, index, &at.decl).unwrap_or_else(|| {
                    rechecked.push((file, index));
                    let number = u32::try_from(file).unwrap_or(u32::MAX);
                    Arc::new(check_body(headers, world, number, def, &at.decl))
                })
            }));
        }
        bodies.push(Arc::new(list));
    }
    (bodies, rechecked)
}

/// What was found out about declarations that may still have the same text.
#[derive(Default)]
struct Known<'a> {
    by_def: FxHashMap<DefId, (usize, &'a Arc<Decl>, &'a Arc<Info>)>,
}

impl<'a> Known<'a> {
    fn new(checked: &'a Checked, files: &'a [Arc<File>]) -> Known<'a> {
        let mut by_def = FxHashMap::default();
        for (file, of_file) in files.iter().enumerate() {
            for (index, at) in of_file.decls.iter().enumerate() {
                let header = checked.headers.decls.get(file).and_then(|decls| decls.get(index));
                let def = header.and_then(|header| header.defs.first().copied());
                if let (Some(def), Some(info)) = (def, checked.info(file, index)) {
                    by_def.insert(def, (file, &at.decl, info));
                }
            }
        }
        Known { by_def }
    }

    fn info(&self, file: usize, decl: &Arc<Decl>, def: Option<DefId>) -> Option<&'a Arc<Info>> {
        let &(in_file, known, info) = self.by_def.get(&def?)?;
        (in_file == file && Arc::ptr_eq(known, decl)).then_some(info)
    }
}

impl Defs for Frozen<'_> {
    fn underlying(&self, def: DefId) -> Ty {
        if def.package != self.headers.id {
            return self.world.underlying(def);
        }
        self.own.underlying.get(&def).copied().unwrap_or_else(Ty::invalid)
    }

    fn type_params(&self, def: DefId) -> Arc<[TypeParamDef]> {
        if def.package != self.headers.id {
            return self.world.type_params(def);
        }
        self.own.type_params.get(&def).cloned().unwrap_or_default()
    }

    fn methods(&self, def: DefId) -> Arc<[DefId]> {
        if def.package != self.headers.id {
            return self.world.methods(def);
        }
        self.own.methods.get(&def).cloned().unwrap_or_default()
    }

    fn func(&self, def: DefId) -> Option<Arc<FuncDef>> {
        if def.package != self.headers.id {
            return self.world.func(def);
        }
        self.own.funcs.get(&def).cloned()
    }

    fn lookup(&self, package: PkgId, name: Symbol) -> Option<Def> {
        if package != self.headers.id {
            return self.world.lookup(package, name);
        }
        self.own.scope.get(&name).cloned()
    }
}

impl Env for Frozen<'_> {
    fn package(&self) -> PkgId {
        self.headers.id
    }

    fn kind(&self, name: Symbol) -> Option<NameKind> {
        self.headers.scope.kind(name)
    }

    fn resolve(&self, name: Symbol, _place: Place) -> Option<Def> {
        self.own.scope.get(&name).cloned()
    }

    fn incomplete(&self, _def: DefId) -> bool {
        false
    }

    fn is_dependency(&self, def: DefId) -> bool {
        self.headers.scope.is_dependency(def)
    }

    fn claim_cycle(&self, _cycle: &[DefId]) -> bool {
        true
    }

    fn rhs(&self, _def: DefId) -> Option<Ty> {
        None
    }

    fn report(&self, _def: DefId, _message: String) {}
}

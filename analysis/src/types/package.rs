//! A package: what it declares, and what is known once its headers are checked.
//!
//! Upstream: `cmd/compile/internal/types2/resolver.go` (`collectObjects`).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::check::NameKind;
use super::cx::Qualifier;
use super::env::{PackageTypes, World};
use super::info::{Info, TypeError};
use super::scope::{FileScope, Imported};
use super::signature::{unpack_receiver, unparen};
use super::ty::{DefId, PkgId};
use crate::release::{GoVersion, Target};
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, DeclKind, ExprKind, File, FuncDecl, Ident, Offset};

/// A package to be checked.
#[derive(Debug, Clone, Copy)]
pub struct PackageInput<'a> {
    /// Which.
    pub id: PkgId,
    /// Its files, in the order in which the compiler sees them.
    pub files: &'a [Arc<File>],
    /// What its import paths mean. What is missing here, or in the [`World`], is unknown.
    pub imports: &'a FxHashMap<Symbol, PkgId>,
    /// The language version of its module; `None` for the newest.
    pub go_version: Option<GoVersion>,
    /// What it is compiled for.
    pub target: Target,
}

/// Something wrong with a package that belongs to no single declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageError {
    /// The index of the file.
    pub file: u32,
    /// Where, in bytes from the start of the file.
    pub pos: u32,
    /// What, as `types2` words it.
    pub message: String,
}

/// A declaration of a package as its headers tell.
#[derive(Debug, Clone, Default)]
pub struct DeclHeader {
    /// What is declared: one for each name.
    pub defs: Box<[DefId]>,
    /// What is known of its expressions; `None` for a function.
    pub info: Option<Arc<Info>>,
}

/// What is known of a package without the bodies of its functions.
#[derive(Debug)]
pub struct Headers {
    /// Which package.
    pub id: PkgId,
    /// What importers can ask.
    pub types: Arc<PackageTypes>,
    /// What the imports of each file mean.
    pub files: Vec<FileScope>,
    /// The declarations of each file, in the order of [`File::decls`].
    pub decls: Vec<Vec<DeclHeader>>,
    /// What is wrong with imports and names.
    pub errors: Vec<PackageError>,
    /// What it is compiled for.
    pub target: Target,
    pub(super) scope: PackageScope,
    /// What the values of constants and variables mention.
    pub(super) deps: FxHashMap<DefId, Vec<DefId>>,
}

impl Headers {
    /// Whether declarations find everything outside of themselves as they did with `other`, if the
    /// packages imported are the same.
    pub(super) fn tell_the_same(&self, other: &Headers) -> bool {
        let names = |headers: &Headers| {
            let objects = headers.scope.objects.iter();
            objects.map(|object| (object.name, object.def, object.kind)).collect::<Vec<_>>()
        };
        self.target == other.target
            && self.types == other.types
            && self.files == other.files
            && names(self) == names(other)
    }
}

/// A name at package level, or a method.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) name: Symbol,
    pub(super) def: DefId,
    pub(super) kind: NameKind,
    /// Whether it is an alias.
    pub(super) alias: bool,
    pub(super) file: u32,
    pub(super) decl: u32,
    /// Which name of the declaration.
    pub(super) index: u32,
    /// The name's place in the declaration.
    pub(super) pos: Offset,
}

/// What a package declares, by name.
#[derive(Debug, Default)]
pub(super) struct PackageScope {
    pub(super) id: Option<PkgId>,
    pub(super) name: Symbol,
    pub(super) files: Vec<FileScope>,
    pub(super) objects: Vec<Object>,
    pub(super) by_name: FxHashMap<Symbol, usize>,
    pub(super) by_def: FxHashMap<DefId, usize>,
    pub(super) methods: FxHashMap<DefId, Arc<[DefId]>>,
    pub(super) errors: Vec<PackageError>,
    /// Names that packages go by in messages.
    names: FxHashMap<PkgId, Symbol>,
}

impl Qualifier for PackageScope {
    fn qualifier(&self, package: PkgId) -> Symbol {
        if Some(package) == self.id {
            return Symbol::EMPTY;
        }
        self.names.get(&package).copied().unwrap_or_else(|| last_element(package.path))
    }
}

impl Headers {
    pub(super) fn new(
        input: &PackageInput<'_>,
        mut scope: PackageScope,
        types: PackageTypes,
        mut infos: FxHashMap<(u32, u32), Info>,
        deps: FxHashMap<DefId, Vec<DefId>>,
        late: Vec<((u32, u32), TypeError)>,
    ) -> Headers {
        let mut errors = std::mem::take(&mut scope.errors);
        for ((file, decl), error) in late {
            match infos.get_mut(&(file, decl)) {
                Some(info) => {
                    info.errors.push(error);
                    info.errors.sort_by_key(|error| error.pos);
                }
                None => {
                    let start = input.files[file as usize].decls[decl as usize].start;
                    let pos = start + error.pos;
                    errors.push(PackageError { file, pos, message: error.message });
                }
            }
        }
        let mut decls: Vec<Vec<DeclHeader>> =
            input.files.iter().map(|f| vec![DeclHeader::default(); f.decls.len()]).collect();
        let mut defs: FxHashMap<(u32, u32), Vec<DefId>> = FxHashMap::default();
        for object in &scope.objects {
            defs.entry((object.file, object.decl)).or_default().push(object.def);
        }
        for ((file, decl), defs) in defs {
            decls[file as usize][decl as usize].defs = defs.into();
        }
        for ((file, decl), mut info) in infos {
            let len = input.files[file as usize].decls[decl as usize].decl.exprs.len();
            fill(&mut info, len);
            decls[file as usize][decl as usize].info = Some(Arc::new(info));
        }
        errors.sort_by_key(|error| (error.file, error.pos));
        Headers {
            id: input.id,
            types: Arc::new(types),
            files: scope.files.clone(),
            decls,
            errors,
            target: input.target,
            scope,
            deps,
        }
    }
}

/// Gives the tables an entry for each expression.
pub(super) fn fill(info: &mut Info, len: usize) {
    info.types.resize(len, super::ty::Ty::invalid());
    info.modes.resize(len, super::info::Mode::Invalid);
}

/// Collects the objects of a package.
struct Collector<'a> {
    input: &'a PackageInput<'a>,
    world: &'a World,
    scope: PackageScope,
    nth: FxHashMap<Symbol, u32>,
    /// Methods, to be given to their types once all types are known: file, declaration, name of
    /// the receiver's type.
    methods: Vec<(u32, u32, Ident, Option<Symbol>, bool)>,
}

impl PackageScope {
    /// The names that the files of a package declare.
    pub(super) fn collect(input: &PackageInput<'_>, world: &World) -> PackageScope {
        let mut names = FxHashMap::default();
        for id in input.imports.values() {
            if let Some(types) = world.packages.get(id) {
                names.insert(*id, types.name);
            }
        }
        let name = input.files.first().map_or(Symbol::EMPTY, |file| file.package);
        let scope = PackageScope { id: Some(input.id), name, names, ..PackageScope::default() };
        let mut collector =
            Collector { input, world, scope, nth: FxHashMap::default(), methods: Vec::new() };
        for (at, file) in (0..).zip(input.files) {
            collector.file(at, file);
        }
        collector.give_methods();
        collector.check_import_names();
        collector.scope
    }

    /// What kind of thing a name stands for.
    pub(super) fn kind(&self, name: Symbol) -> Option<NameKind> {
        self.by_name.get(&name).map(|index| self.objects[*index].kind)
    }

    /// The object with this identity.
    pub(super) fn index_of(&self, def: DefId) -> Option<usize> {
        if Some(def.package) != self.id {
            return None;
        }
        self.by_def.get(&def).copied()
    }

    /// Another name of the same declaration.
    pub(super) fn sibling(&self, object: &Object, index: u32) -> Option<usize> {
        let own = self.by_def.get(&object.def)?;
        let at = (own + index as usize).checked_sub(object.index as usize)?;
        let other = self.objects.get(at)?;
        let same = (other.file, other.decl, other.index) == (object.file, object.decl, index);
        same.then_some(at)
    }

    /// Whether initialisation can depend on it.
    pub(super) fn is_dependency(&self, def: DefId) -> bool {
        self.index_of(def).is_some_and(|index| self.objects[index].kind != NameKind::Type)
    }

    /// The type that the name on the right of a type declaration stands for, if that is all there
    /// is on the right.
    pub(super) fn plain_name(&self, input: &PackageInput<'_>, index: usize) -> Option<usize> {
        let object = &self.objects[index];
        let decl = decl_of(input, object.file, object.decl);
        let DeclKind::Type(spec) = &decl.kind else { return None };
        let ExprKind::Name(name) = decl[spec.ty].kind else { return None };
        if spec.tparams.iter().any(|tparam| tparam.name.name == name) {
            return None;
        }
        let file = &self.files[object.file as usize];
        if file.imports.contains_key(&name) {
            return None;
        }
        let next = *self.by_name.get(&name)?;
        (self.objects[next].kind == NameKind::Type).then_some(next)
    }
}

fn decl_of<'a>(input: &PackageInput<'a>, file: u32, decl: u32) -> &'a Decl {
    &input.files[file as usize].decls[decl as usize].decl
}

/// The last element of an import path.
fn last_element(path: Symbol) -> Symbol {
    let text = path.as_str().trim_end_matches('/');
    Symbol::new(text.rsplit('/').next().unwrap_or(text))
}

impl Collector<'_> {
    fn error(&mut self, file: u32, pos: u32, message: String) {
        self.scope.errors.push(PackageError { file, pos, message });
    }

    fn file(&mut self, at: u32, file: &File) {
        if file.package != self.scope.name {
            let message = format!("package {}; expected package {}", file.package, self.scope.name);
            self.error(at, file.package_pos, message);
        }
        if file.package.is_blank() {
            self.error(at, file.package_pos, "invalid package name _".into());
        }
        let scope = self.imports(at, file);
        self.scope.files.push(scope);
        for (index, decl) in (0..).zip(&file.decls) {
            self.decl(at, index, decl.start, &decl.decl);
        }
    }

    fn imports(&mut self, at: u32, file: &File) -> FileScope {
        // A file may ask for an older or newer language than its module, but not older than 1.21.
        let version = match file.go_version {
            Some(version) => Some(version.max(GoVersion::new(21))),
            None => self.input.go_version,
        };
        let mut scope = FileScope { version, ..FileScope::default() };
        for import in &file.imports {
            let path = import.path;
            let known = self.input.imports.get(&path).copied();
            let known = known.or_else(|| (path.as_str() == "unsafe").then(PkgId::unsafe_));
            let imported = match known {
                Some(id) if id == PkgId::unsafe_() => Imported::Package(id),
                Some(id) if self.world.packages.contains_key(&id) => Imported::Package(id),
                Some(id) => Imported::Unknown(id),
                None => Imported::Unknown(PkgId::new(path.as_str())),
            };
            if matches!(imported, Imported::Unknown(_)) && path.as_str() != "C" {
                let message = format!("could not import {path}");
                self.error(at, import.start, message);
            }
            if path.as_str() == "C" && import.name.is_some() {
                self.error(at, import.start, "cannot rename import \"C\"".into());
                continue;
            }
            let name = import.name.unwrap_or_else(|| self.package_name(imported));
            match name.as_str() {
                "." => scope.dots.push(imported),
                "_" => {}
                "init" => {
                    let message = "cannot import package as init - init must be a func";
                    self.error(at, import.start, message.into());
                }
                _ if scope.imports.contains_key(&name) => {
                    self.error(at, import.start, format!("{name} redeclared in this block"));
                }
                _ => {
                    scope.imports.insert(name, imported);
                }
            }
        }
        scope
    }

    fn package_name(&self, imported: Imported) -> Symbol {
        let id = imported.package();
        match self.world.packages.get(&id) {
            Some(types) => types.name,
            None => last_element(id.path),
        }
    }

    fn next_def(&mut self, name: Symbol) -> DefId {
        let nth = self.nth.entry(name).or_default();
        let def = DefId::nth(self.input.id, name, *nth);
        *nth += 1;
        def
    }

    fn add(&mut self, object: Object) -> usize {
        let index = self.scope.objects.len();
        self.scope.by_def.insert(object.def, index);
        self.scope.objects.push(object);
        index
    }

    /// Adds a name of the package.
    fn declare(&mut self, start: u32, object: Object) {
        let (name, file, pos) = (object.name, object.file, start + object.pos);
        let is_func = object.kind == NameKind::Func;
        let index = self.add(object);
        let main = name.as_str() == "main" && self.scope.name.as_str() == "main";
        if !is_func && (name.as_str() == "init" || main) {
            self.error(file, pos, format!("cannot declare {name} - must be func"));
            return;
        }
        if name.is_blank() || name.is_empty() || (is_func && name.as_str() == "init") {
            return;
        }
        match self.scope.by_name.get(&name) {
            Some(_) => self.error(file, pos, format!("{name} redeclared in this block")),
            None => {
                self.scope.by_name.insert(name, index);
            }
        }
    }

    fn decl(&mut self, file: u32, index: u32, start: u32, decl: &Decl) {
        let new = |ident: Ident, def: DefId, kind: NameKind, at: u32| Object {
            name: ident.name,
            def,
            kind,
            alias: false,
            file,
            decl: index,
            index: at,
            pos: ident.pos,
        };
        match &decl.kind {
            DeclKind::Const(spec) => {
                for (at, ident) in (0..).zip(&spec.names) {
                    let def = self.next_def(ident.name);
                    self.declare(start, new(*ident, def, NameKind::Const, at));
                }
            }
            DeclKind::Var(spec) => {
                for (at, ident) in (0..).zip(&spec.names) {
                    let def = self.next_def(ident.name);
                    self.declare(start, new(*ident, def, NameKind::Var, at));
                }
            }
            DeclKind::Type(spec) => {
                let def = self.next_def(spec.name.name);
                let object = new(spec.name, def, NameKind::Type, 0);
                self.declare(start, Object { alias: spec.alias, ..object });
            }
            DeclKind::Func(func) if func.recv.is_none() => {
                self.check_special(file, start, func);
                let def = self.next_def(func.name.name);
                self.declare(start, new(func.name, def, NameKind::Func, 0));
            }
            DeclKind::Func(func) => self.method(file, index, decl, func),
            DeclKind::Bad => {}
        }
    }

    fn check_special(&mut self, file: u32, start: u32, func: &FuncDecl) {
        let name = func.name.name;
        let is_init = name.as_str() == "init";
        let is_main = name.as_str() == "main" && self.scope.name.as_str() == "main";
        if !is_init && !is_main {
            return;
        }
        if let Some(first) = func.tparams.first() {
            let message = format!("func {name} must have no type parameters");
            self.error(file, start + first.name.pos, message);
        }
        if !func.sig.params.is_empty() || !func.sig.results.is_empty() {
            let message = format!("func {name} must have no arguments and no return values");
            self.error(file, start + func.name.pos, message);
        }
        if is_init && func.body.is_none() {
            self.error(file, start + func.name.pos, "func init must have a body".into());
        }
    }

    fn method(&mut self, file: u32, index: u32, decl: &Decl, func: &FuncDecl) {
        let Some(recv) = &func.recv else { return };
        let parts = unpack_receiver(decl, recv.ty);
        let base = match decl[parts.base].kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        };
        self.methods.push((file, index, func.name, base, parts.pointer));
    }

    /// Gives methods to their types.
    fn give_methods(&mut self) {
        let mut lists: FxHashMap<DefId, Vec<DefId>> = FxHashMap::default();
        let mut nth: FxHashMap<(DefId, Symbol), u32> = FxHashMap::default();
        for (file, decl, ident, base, pointer) in std::mem::take(&mut self.methods) {
            let owner = base.and_then(|name| self.resolve_base(name, pointer));
            let parent = owner.unwrap_or_else(|| {
                // A receiver that is no type of this package still needs an identity.
                DefId::new(self.input.id, base.unwrap_or_default())
            });
            let count = nth.entry((parent, ident.name)).or_default();
            let def = parent.child(ident.name, *count);
            *count += 1;
            let twice = *count > 1 && !ident.name.is_blank() && owner.is_some();
            self.add(Object {
                name: Symbol::EMPTY,
                def,
                kind: NameKind::Func,
                alias: false,
                file,
                decl,
                index: 0,
                pos: ident.pos,
            });
            if twice {
                let start = self.input.files[file as usize].decls[decl as usize].start;
                let message = format!("method {}.{} already declared", parent.name, ident.name);
                self.error(file, start + ident.pos, message);
            } else if owner.is_some() && !ident.name.is_blank() {
                lists.entry(parent).or_default().push(def);
            }
        }
        for (owner, list) in lists {
            self.scope.methods.insert(owner, list.into());
        }
    }

    /// The defined type that a receiver's type name stands for, through aliases.
    ///
    /// Upstream: `resolveBaseTypeName`.
    fn resolve_base(&self, name: Symbol, pointer: bool) -> Option<DefId> {
        let mut pointer = pointer;
        let mut name = name;
        for _ in 0..=self.scope.objects.len() {
            let object = &self.scope.objects[*self.scope.by_name.get(&name)?];
            let decl = decl_of(self.input, object.file, object.decl);
            let DeclKind::Type(spec) = &decl.kind else { return None };
            if !spec.alias {
                return Some(object.def);
            }
            if !spec.tparams.is_empty() {
                return None;
            }
            let mut ty = unparen(decl, spec.ty);
            if let ExprKind::Star(elem) = decl[ty].kind {
                if pointer {
                    return None;
                }
                pointer = true;
                ty = unparen(decl, elem);
            }
            let ExprKind::Name(next) = decl[ty].kind else { return None };
            name = next;
        }
        None
    }

    /// Names of imports and of the package must differ.
    fn check_import_names(&mut self) {
        let mut clashes = Vec::new();
        for scope in &self.scope.files {
            for (name, imported) in &scope.imports {
                if let Some(index) = self.scope.by_name.get(name) {
                    let object = &self.scope.objects[*index];
                    let message = format!(
                        "{name} already declared through import of package {}",
                        last_element(imported.package().path)
                    );
                    clashes.push((object.file, object.decl, object.pos, message));
                }
            }
        }
        for (file, decl, pos, message) in clashes {
            let start = self.input.files[file as usize].decls[decl as usize].start;
            self.error(file, start + pos, message);
        }
    }
}

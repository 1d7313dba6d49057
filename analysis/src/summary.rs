//! What a package tells its importers, and nothing else of it is ever asked: types, what is known
//! of its functions, and the text of its generic functions, which importers compile anew.

use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::facts::{Facts, FuncFacts};
use crate::ir::func::FuncId;
use crate::ir::lower::Params;
use crate::key::Key;
use crate::lazy::Lazy;
use crate::lines::{FileLines, Position};
use crate::release::GoVersion;
use crate::shared::Table;
use crate::symbol::Symbol;
use crate::syntax::ast::{Decl, File};
use crate::types::cx::Cx;
use crate::types::env::{PackageTypes, World};
use crate::types::format_backend::PackageNames;
use crate::types::info::Info;
use crate::types::package::DeclHeader;
use crate::types::ty::{DefId, PkgId, Ty, TyKind};

/// What importers know of a package.
#[derive(Debug)]
pub struct Summary {
    /// Which package.
    pub id: PkgId,
    /// What it was made from, if that is all known not to change.
    pub key: Option<Key>,
    /// Its declarations.
    pub types: Lazy<Arc<PackageTypes>>,
    /// Its functions, except generic ones.
    pub facts: Lazy<Table<FuncId, Arc<FuncFacts>>>,
    /// Its generic functions and the methods of its generic types.
    pub generics: Lazy<Arc<FxHashMap<DefId, Arc<Source>>>>,
    /// The functions, of this and other packages, whose bodies importers get to see; see
    /// [`crate::exports`].
    pub bodies: Lazy<Arc<FxHashSet<FuncId>>>,
    /// How the parameters of its methods are written, those of its interfaces among them.
    pub params: Lazy<Table<DefId, Arc<Params>>>,
    /// Where its declarations stand.
    pub places: Lazy<Places>,
    /// What it declares as interfaces ([`interfaces`]).
    pub interfaces: Lazy<Vec<(DefId, Ty)>>,
    /// The packages it imports.
    pub imports: Vec<PkgId>,
}

impl Summary {
    /// Whether importers learn the same from both, but for places.
    pub fn tells_the_same(&self, other: &Summary) -> bool {
        let same = |a: &Summary, b: &Summary| {
            Arc::ptr_eq(&a.types, &b.types)
                && a.facts.same_values(&b.facts)
                && same_values(&a.generics, &b.generics)
                && *a.bodies == *b.bodies
                && a.params.same_values(&b.params)
                && a.imports == b.imports
        };
        std::ptr::eq(self, other) || same(self, other)
    }
}

/// Whether two tables hold the very same values.
pub fn same_values<K: Eq + Hash, V>(a: &FxHashMap<K, Arc<V>>, b: &FxHashMap<K, Arc<V>>) -> bool {
    let same =
        |(key, value): (&K, &Arc<V>)| b.get(key).is_some_and(|other| Arc::ptr_eq(value, other));
    a.len() == b.len() && a.iter().all(same)
}

/// A declaration that importers lower anew, with what the checker found out about it.
#[derive(Debug)]
pub struct Source {
    /// The declaration.
    pub decl: Arc<Decl>,
    /// The checker's tables.
    pub info: Arc<Info>,
    /// The language version of its file.
    pub version: Option<GoVersion>,
}

/// Where the declarations of a package stand.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// By file and declaration.
    pub(crate) decls: Arc<FxHashMap<DefId, (u32, u32)>>,
    pub(crate) files: Vec<FilePlaces>,
}

/// Where the declarations of a file stand.
#[derive(Debug, Clone)]
pub struct FilePlaces {
    /// Its lines.
    pub lines: Arc<FileLines>,
    /// The first byte of each.
    pub starts: Arc<[u32]>,
}

/// A file's lines, and its declarations.
pub type FileAt<'f> = (&'f Arc<FileLines>, &'f File);

impl Places {
    /// Those of files that declare `headers`.
    pub fn new<'f>(files: impl Iterator<Item = FileAt<'f>>, headers: &[Vec<DeclHeader>]) -> Places {
        let mut decls = FxHashMap::default();
        for (file, headers) in (0..).zip(headers) {
            for (decl, header) in (0..).zip(headers) {
                decls.extend(header.defs.iter().map(|&def| (def, (file, decl))));
            }
        }
        Places { decls: Arc::new(decls), files: Vec::new() }.moved(files)
    }

    /// Those of other versions of the files, which declare the same in the same order.
    #[must_use]
    pub fn moved<'f>(&self, files: impl Iterator<Item = FileAt<'f>>) -> Places {
        let file = |(at, (lines, file)): (usize, FileAt<'f>)| match self.files.get(at) {
            Some(known) if Arc::ptr_eq(&known.lines, lines) => known.clone(),
            _ => FilePlaces {
                lines: Arc::clone(lines),
                starts: file.decls.iter().map(|decl| decl.start).collect(),
            },
        };
        let files = files.enumerate().map(file).collect();
        Places { decls: Arc::clone(&self.decls), files }
    }

    /// The file and the declaration of a name.
    pub fn index(&self, def: DefId) -> Option<(usize, usize)> {
        self.decls.get(&def).map(|&(file, decl)| (file as usize, decl as usize))
    }

    /// All declarations, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (DefId, Place<'_>)> {
        self.decls.keys().filter_map(|&def| Some((def, self.get(def)?)))
    }

    /// Where a declaration begins.
    pub fn get(&self, def: DefId) -> Option<Place<'_>> {
        let (file, decl) = self.index(def)?;
        let file = self.files.get(file)?;
        Some(Place { lines: &file.lines, start: *file.starts.get(decl)? })
    }
}

/// Where a declaration begins.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its file.
    pub lines: &'a FileLines,
    /// The declaration's first byte in the file.
    pub start: u32,
}

impl Place<'_> {
    /// What the compiler prints for an offset in the declaration.
    pub fn position(&self, offset: u32) -> Position {
        self.lines.position(self.start + offset)
    }
}

/// The packages that a package depends on, directly or not.
#[derive(Debug, Default)]
pub struct Imports {
    /// Their declarations.
    pub world: World,
    /// All of them.
    pub packages: FxHashMap<PkgId, Arc<Summary>>,
    interfaces: OnceLock<FxHashMap<Ty, DefId>>,
}

impl Imports {
    /// Those that `direct` imports lead to; `find` gives each one's summary.
    pub fn new(direct: &[PkgId], find: &dyn Fn(PkgId) -> Option<Arc<Summary>>) -> Imports {
        let mut imports = Imports::default();
        let mut todo = direct.to_vec();
        while let Some(id) = todo.pop() {
            if imports.packages.contains_key(&id) {
                continue;
            }
            let Some(summary) = find(id) else { continue };
            todo.extend(&summary.imports);
            imports.world.packages.insert(id, summary.types.clone());
            imports.packages.insert(id, summary);
        }
        imports
    }

    /// A type that is declared as a flattened interface: the first by name, if several are.
    pub fn interface(&self, under: Ty, cx: &Cx<'_>) -> Option<DefId> {
        let declared = || self.packages.values().flat_map(|package| &**package.interfaces);
        let written = |def| self.params(def).is_some();
        let all = || flattened(declared().copied(), &written, cx);
        self.interfaces.get_or_init(all).get(&under).copied()
    }

    /// The text of a generic function.
    pub fn generic(&self, def: DefId) -> Option<&Arc<Source>> {
        self.packages.get(&def.package)?.generics.get(&def)
    }

    /// How the parameters of a method are written.
    pub fn params(&self, def: DefId) -> Option<&Arc<Params>> {
        self.packages.get(&def.package)?.params.get(&def)
    }

    /// Where a declaration stands.
    pub fn place(&self, def: DefId) -> Option<Place<'_>> {
        self.packages.get(&def.package)?.places.get(def)
    }
}

/// What a package declares as interfaces, not inside functions, with their types.
pub fn interfaces(types: &PackageTypes) -> impl Iterator<Item = (DefId, Ty)> + '_ {
    let all = types.underlying.iter().map(|(&def, &ty)| (def, ty));
    all.filter(|(def, ty)| def.parent.is_none() && matches!(ty.kind(), TyKind::Interface(_)))
}

/// Interfaces by their types, flattened ([`Cx::flatten`]); of several the first by name. `written`
/// says whether a method's parameters stand where a type is declared: of `type A B` they do not.
pub fn flattened(
    interfaces: impl Iterator<Item = (DefId, Ty)>,
    written: &dyn Fn(DefId) -> bool,
    cx: &Cx<'_>,
) -> FxHashMap<Ty, DefId> {
    let mut all: FxHashMap<Ty, DefId> = FxHashMap::default();
    let name = |def: DefId| (def.package.path.as_str(), def.name.as_str());
    let is_written = |(def, ty): &(DefId, Ty)| match ty.kind() {
        TyKind::Interface(interface) => {
            interface.methods.first().is_none_or(|own| written(def.child(own.name, 0)))
        }
        _ => false,
    };
    for (def, ty) in interfaces.filter(is_written) {
        let known = all.entry(cx.flatten(ty)).or_insert(def);
        if name(def) < name(*known) {
            *known = def;
        }
    }
    all
}

impl Facts for Imports {
    fn facts(&self, func: FuncId) -> Option<Arc<FuncFacts>> {
        let def = func.def()?;
        self.packages.get(&def.package)?.facts.get(&func).cloned()
    }
}

impl PackageNames for Imports {
    fn name(&self, package: PkgId) -> Symbol {
        match self.packages.get(&package) {
            Some(summary) if !summary.types.name.is_empty() => summary.types.name,
            _ => Symbol::new(package.path.as_str().rsplit('/').next().unwrap_or_default()),
        }
    }

    fn local_type_number(&self, def: DefId) -> u32 {
        match self.packages.get(&def.package) {
            Some(summary) => summary.types.local_number(def),
            None => def.nth + 1,
        }
    }
}

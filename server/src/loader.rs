//! Finds the packages of a Go workspace as the go command does, from files alone.
//!
//! [`Env`] holds what one call of `go env -json` says about the machine. A [`Loader`] belongs to
//! one directory of a workspace and answers with [`PackageGraph`]s: which packages match some
//! patterns, what they import, and which files the compiler sees in which order. No package is
//! built and nothing is downloaded.
//!
//! Invariants:
//! - `files` of a package stand in the order in which the go command hands them to the compiler.
//! - A graph is closed: every package named in `imports` is in it, except `unsafe` (which has no
//!   text) and what could not be found (which is then in `errors` of the importer).
//! - Dependencies come before their importers, in an order that does not depend on threads.
//!
//! Upstream: `cmd/go/internal/{load,modload,search,imports,toolchain}`, `go/build`.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use analysis::release::GoVersion;
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

mod constraint;
mod dir;
mod disk;
mod env;
mod error;
mod experiment;
mod find;
mod graph;
mod header;
mod modfile;
mod modules;
mod parallel;
mod patterns;
mod toolchain;
mod version;

pub use constraint::Context;
pub use env::{BuildFlags, Env, EnvOptions};
pub use error::LoadError;
pub use toolchain::Toolchain;

use dir::{Choice, Dir};
use disk::Disk;
use find::{Finder, Found};
use graph::{BuildFacts, Node, Nodes};
use modules::Modules;
use patterns::Matcher;

/// A module of the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The module path, before replacement.
    pub path: String,
    /// The selected version; empty for a main module.
    pub version: String,
    /// What a `replace` line puts in its place: a module path with a version, or a directory.
    pub replaced_by: Option<String>,
    /// Where its files are.
    pub dir: Utf8PathBuf,
    /// The version in the `go` line of its go.mod (1.16 if there is none).
    pub go_version: GoVersion,
    /// Whether it is the main module or one of a workspace.
    pub main: bool,
}

/// A package, or the variant of a package that is compiled for a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its import path, and the test that it is compiled for.
    pub id: PkgId,
    /// The name in its package clauses.
    pub name: String,
    /// Its directory.
    pub dir: Utf8PathBuf,
    /// Absolute paths in the order the compiler sees them: Go files, then the test files of a
    /// test variant, then the files that import "C" (as rewritten by cgo, whose `_cgo_gotypes.go`
    /// stands before them).
    pub files: Vec<Utf8PathBuf>,
    /// Those of `files` that import "C". The compiler sees what cgo makes of them.
    pub cgo_files: Vec<Utf8PathBuf>,
    /// Each import path as written in `files`, except "C", to the package that it means here.
    /// What could not be resolved is missing, and an error says so.
    pub imports: FxHashMap<String, PkgId>,
    /// What it needs besides: the packages that cgo's output imports and, for a command or a
    /// test, those that every program is linked with. Sorted by how they print.
    pub implicit: Vec<PkgId>,
    /// The language version for files that have no `//go:build go1.N` line of their own.
    pub go_version: GoVersion,
    /// The module that it is from; `None` in the standard library and for loose files.
    pub module: Option<Arc<Module>>,
    /// Whether the compiler is told `-std`: the package is part of the Go distribution, and no
    /// external test.
    pub standard: bool,
    /// Whether assembly files belong to it, so that functions may lack a body.
    pub has_asm: bool,
    /// What is wrong with it, most important first. The rest of it is as good as could be found.
    pub errors: Vec<PackageError>,
}

impl Package {
    /// Whether this is a variant compiled for a test.
    pub fn is_test_variant(&self) -> bool {
        !self.id.test_of.is_empty()
    }

    /// The packages that it needs, by how they print, without `unsafe`.
    pub fn dependencies(&self) -> Vec<PkgId> {
        let mut ids: Vec<PkgId> = self.imports.values().chain(&self.implicit).copied().collect();
        ids.retain(|id| *id != PkgId::unsafe_());
        ids.sort_by(|a, b| {
            (a.path.as_str(), a.test_of.as_str()).cmp(&(b.path.as_str(), b.test_of.as_str()))
        });
        ids.dedup();
        ids
    }
}

/// Something wrong with one package; others load all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageError {
    /// The file at fault, if one is.
    pub file: Option<Utf8PathBuf>,
    /// The line in that file, from 1; 0 if unknown.
    pub line: u32,
    /// The message, in the go command's words where it has some.
    pub message: String,
    /// Which rule was broken.
    pub kind: PackageErrorKind,
}

/// The rules a package can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PackageErrorKind {
    /// A file cannot be read or is not UTF-8.
    Read,
    /// The package clause, the imports or a build constraint cannot be understood.
    Syntax,
    /// Files of several packages in one directory.
    Names,
    /// No file is left under the build constraints.
    NoFiles,
    /// An imported package was not found, or found twice.
    Import,
    /// An import that `internal` or `vendor` hides, or of a command.
    Visibility,
    /// The package imports itself, perhaps through others.
    Cycle,
}

/// The packages that some patterns stand for, with everything they import.
#[derive(Debug, Clone, Default)]
pub struct PackageGraph {
    /// Dependencies first.
    pub packages: Vec<Arc<Package>>,
    /// The packages that the patterns match and, where tests were asked for, their test variants
    /// (`p [p.test]`, `p_test [p.test]`) behind them.
    pub roots: Vec<PkgId>,
    /// What is wrong with the build as a whole but did not stop it.
    pub warnings: Vec<String>,
    index: FxHashMap<PkgId, usize>,
}

impl PackageGraph {
    /// A graph of `packages`, which must come dependencies first.
    pub fn new(packages: Vec<Arc<Package>>, roots: Vec<PkgId>, warnings: Vec<String>) -> Self {
        let index = packages.iter().enumerate().map(|(at, package)| (package.id, at)).collect();
        PackageGraph { packages, roots, warnings, index }
    }

    /// The package with this id.
    pub fn get(&self, id: PkgId) -> Option<&Arc<Package>> {
        self.index.get(&id).map(|at| &self.packages[*at])
    }

    /// The packages that `file` belongs to: several when it is also compiled for tests.
    pub fn packages_of_file<'a>(
        &'a self,
        file: &'a Utf8Path,
    ) -> impl Iterator<Item = &'a Arc<Package>> {
        let dir = file.parent();
        self.packages
            .iter()
            .filter(move |package| Some(package.dir.as_path()) == dir)
            .filter(move |package| package.files.iter().any(|known| known == file))
    }
}

/// The path of the package that loose files make.
const COMMAND_LINE: &str = "command-line-arguments";

/// Loads the packages of one directory's workspace.
///
/// What was read stays in memory: a further load looks only at directories that
/// [`Loader::set_buffer`] or [`Loader::file_changed`] named.
#[derive(Debug)]
pub struct Loader {
    dir: Utf8PathBuf,
    env: Arc<Env>,
    context: Context,
    facts: BuildFacts,
    disk: Disk,
    modules: OnceLock<Arc<Modules>>,
    dirs: DashMap<Utf8PathBuf, Option<Arc<Dir>>, FxBuildHasher>,
    nodes: DashMap<Symbol, Result<Arc<Node>, String>, FxBuildHasher>,
}

/// Which package an editor's file belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePackage {
    /// The pattern that loads it: an import path, or the file itself if it is part of nothing.
    pub pattern: String,
    /// The packages that the file is compiled in when loaded with tests, the most specific one
    /// last; empty if `left_out` says why.
    pub ids: Vec<PkgId>,
    /// Why the file is in no package: build constraints, mostly.
    pub left_out: Option<String>,
}

impl Loader {
    /// A loader for patterns relative to `dir`, which must be absolute.
    pub fn new(dir: impl Into<Utf8PathBuf>, env: Arc<Env>) -> Loader {
        let facts = BuildFacts {
            release: env.release().0,
            goos: env.goos.clone(),
            goarch: env.goarch.clone(),
            cgo: env.cgo_enabled,
            sanitizer: env.flags.sanitizer.clone(),
            language: env.language(),
        };
        Loader {
            dir: dir.into(),
            context: env.context(),
            env,
            facts,
            disk: Disk::default(),
            modules: OnceLock::new(),
            dirs: DashMap::default(),
            nodes: DashMap::default(),
        }
    }

    /// The machine's Go.
    pub fn env(&self) -> &Arc<Env> {
        &self.env
    }

    /// Where relative patterns start.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Which build constraints hold.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Lays an unsaved buffer over a file; `None` takes it away. The file need not exist.
    /// Says whether the packages may be others now: whether to load again.
    pub fn set_buffer(&mut self, path: &Utf8Path, text: Option<Arc<str>>) -> bool {
        let same_header = self.disk.is_file(path) && text.is_some() && !is_module_file(path) && {
            let scan =
                |disk: &Disk| disk.scan(path, |bytes, whole| Some(header::scan(bytes, whole))).ok();
            let before = scan(&self.disk);
            self.disk.set_buffer(path, text.clone());
            before == scan(&self.disk)
        };
        if !same_header {
            self.disk.set_buffer(path, text);
            self.file_changed(path);
        }
        !same_header
    }

    /// Tells that a file was written, made or deleted on disk.
    pub fn file_changed(&mut self, path: &Utf8Path) {
        if is_module_file(path) {
            self.disk.forget(path.parent().unwrap_or(path));
            return self.modules_changed();
        }
        let Some(dir) = path.parent() else { return };
        let has_go = |disk: &Disk| disk.list(dir).is_some_and(|listing| listing.has_go());
        let before = has_go(&self.disk);
        self.disk.forget(dir);
        self.dirs.remove(dir);
        if before == has_go(&self.disk) {
            self.nodes.retain(|_, node| node.as_ref().is_ok_and(|node| node.dir.path != dir));
        } else {
            // A directory that becomes a package, or ceases to be one, changes what imports mean.
            for dir in dir.ancestors() {
                self.disk.forget(dir);
            }
            self.nodes.clear();
        }
    }

    /// Tells that go.mod, go.work, go.sum or vendor/modules.txt has changed, or that modules were
    /// downloaded. Directories that were found are not read again.
    pub fn modules_changed(&mut self) {
        self.modules = OnceLock::new();
        self.nodes.clear();
        self.disk.forget_missing();
        self.dirs.retain(|_, dir| dir.is_some());
    }

    /// The text of a file as the loader sees it: the buffer, or what is on disk.
    pub fn text(&self, path: &Utf8Path) -> Result<Arc<str>, LoadError> {
        self.disk.text(path)
    }

    /// The packages that `patterns` match (`.` if there are none), with all their dependencies.
    pub fn load(&self, patterns: &[String]) -> Result<PackageGraph, LoadError> {
        self.load_patterns(patterns, Tests::Without)
    }

    /// Like [`Loader::load`], with the test variants of the packages that match.
    pub fn load_with_tests(&self, patterns: &[String]) -> Result<PackageGraph, LoadError> {
        self.load_patterns(patterns, Tests::With)
    }

    fn load_patterns(&self, patterns: &[String], tests: Tests) -> Result<PackageGraph, LoadError> {
        let modules = self.modules()?;
        let finder = Finder { env: &self.env, disk: &self.disk, modules: &modules };
        let mut warnings = modules.problems.clone();
        warnings.extend(self.env.problems.iter().cloned());
        let mut nodes = Nodes::default();
        let is_file = |pattern: &String| {
            pattern.ends_with(".go") && self.disk.is_file(&modules::join_clean(&self.dir, pattern))
        };
        let (mut roots, all) = if patterns.iter().any(is_file) {
            let node = self.loose_files(patterns, finder)?;
            let path = node.path;
            nodes.insert(path, Ok(Arc::new(node)));
            (vec![path], false)
        } else {
            let read = |dir: &Utf8Path| self.read_dir(dir);
            let matcher = Matcher { finder, context: &self.context, dir: &self.dir, read: &read };
            let matches = matcher.expand(patterns)?;
            warnings.extend(matches.warnings);
            (matches.paths, matches.all)
        };
        let unsafe_path = Symbol::new("unsafe");
        roots.retain(|path| *path != unsafe_path);
        let tested: FxHashSet<Symbol> = match tests {
            Tests::With => roots.iter().copied().collect(),
            Tests::Without => FxHashSet::default(),
        };
        let in_all = |node: &Node| {
            all && (!modules.narrow_all || node.place.module.as_ref().is_some_and(|m| m.main))
        };
        self.read_nodes(finder, &mut nodes, &roots, &|node| {
            tested.contains(&node.path) || in_all(node)
        });
        if all {
            roots = self.everything(&nodes, &roots, &in_all);
        }
        for root in &roots {
            if let Some(Err(problem)) = nodes.get(root) {
                return Err(LoadError::Pattern {
                    pattern: root.to_string(),
                    problem: problem.clone(),
                });
            }
        }
        let tested =
            if all && tests == Tests::With { roots.iter().copied().collect() } else { tested };
        if all && tests == Tests::With {
            self.read_nodes(finder, &mut nodes, &roots, &|node| tested.contains(&node.path));
        }
        warnings.extend(self.doubts(&nodes, &roots));
        Ok(graph::build(&nodes, &self.facts, &roots, &tested, warnings))
    }

    /// What makes a build differ from what the graph says.
    fn doubts(&self, nodes: &Nodes, roots: &[Symbol]) -> Vec<String> {
        let mut doubts = Vec::new();
        let running = self.env.language();
        for node in nodes.values().flatten() {
            if let Some(module) = &node.place.module
                && module.go_version > running
            {
                let GoVersion { major, minor } = module.go_version;
                doubts.push(format!(
                    "module {} requires go >= {major}.{minor} (running {}): install that release",
                    module.path, self.env.toolchain.version,
                ));
            }
        }
        let no_profile = |flag: &String| flag.trim_start_matches('-') == "pgo=off";
        let is_off = self.env.flags.others.iter().any(no_profile);
        for node in roots.iter().filter_map(|root| nodes.get(root)).flatten() {
            let profile =
                || self.disk.list(&node.dir.path).is_some_and(|l| l.has_file("default.pgo"));
            if node.dir.name == "main" && !is_off && profile() {
                doubts.push(format!(
                    "{} is not used: the go command would build {} with this profile, which \
                     changes what is inlined",
                    node.dir.path.join("default.pgo"),
                    node.path,
                ));
            }
        }
        doubts.sort();
        doubts.dedup();
        doubts
    }

    /// The packages that `file` belongs to, for an editor that has opened it.
    pub fn package_of_file(&self, file: &Utf8Path) -> Result<FilePackage, LoadError> {
        let modules = self.modules()?;
        let finder = Finder { env: &self.env, disk: &self.disk, modules: &modules };
        let (dir, name) = match (file.parent(), file.file_name()) {
            (Some(dir), Some(name)) => (dir, name),
            _ => {
                return Err(LoadError::Pattern {
                    pattern: file.to_string(),
                    problem: "not a file".into(),
                });
            }
        };
        let loose = |left_out: String| FilePackage {
            pattern: file.to_string(),
            ids: Vec::new(),
            left_out: Some(left_out),
        };
        let path = match finder.import_path(dir) {
            Ok(path) => path,
            Err(problem) => return Ok(loose(problem)),
        };
        let Some(read) = self.read_dir(dir) else { return Ok(loose(format!("cannot read {dir}"))) };
        let has = |list: &[String]| list.iter().any(|known| known == name);
        let plain = PkgId::new(path.as_str());
        let test = PkgId::for_test(path.as_str(), path.as_str());
        let ids = if has(&read.external_test) {
            vec![PkgId::for_test(&format!("{path}_test"), path.as_str())]
        } else if has(&read.test) {
            vec![test]
        } else if has(&read.go) || has(&read.cgo) {
            if read.test.is_empty() { vec![plain] } else { vec![plain, test] }
        } else {
            return Ok(loose(format!("build constraints exclude {name} from package {path}")));
        };
        Ok(FilePackage { pattern: path.to_string(), ids, left_out: None })
    }

    /// The modules, found at first use.
    fn modules(&self) -> Result<Arc<Modules>, LoadError> {
        if let Some(known) = self.modules.get() {
            return Ok(Arc::clone(known));
        }
        let modules = Arc::new(Modules::find(&self.dir, &self.env, &self.disk)?);
        Ok(Arc::clone(self.modules.get_or_init(|| modules)))
    }

    fn read_dir(&self, path: &Utf8Path) -> Option<Arc<Dir>> {
        if let Some(known) = self.dirs.get(path) {
            return known.clone();
        }
        let read = dir::read(&self.disk, &self.context, path, Choice::Constrained).map(Arc::new);
        self.dirs.insert(path.to_owned(), read.clone());
        read
    }

    /// Reads all that `roots` need, level by level. `with_tests` says for which packages the
    /// tests' imports count too.
    fn read_nodes(
        &self,
        finder: Finder<'_>,
        nodes: &mut Nodes,
        roots: &[Symbol],
        with_tests: &dyn Fn(&Node) -> bool,
    ) {
        let unsafe_path = Symbol::new("unsafe");
        let mut seen = FxHashSet::default();
        let mut frontier: Vec<Symbol> = roots.to_vec();
        while !frontier.is_empty() {
            frontier.retain(|path| *path != unsafe_path && seen.insert(*path));
            let unread: Vec<Symbol> =
                frontier.iter().copied().filter(|path| !nodes.contains_key(path)).collect();
            let read = parallel::map(&unread, |path| self.node(finder, *path));
            nodes.extend(unread.into_iter().zip(read));
            let mut next = Vec::new();
            for path in &frontier {
                let Some(Ok(node)) = nodes.get(path) else { continue };
                let dir = &node.dir;
                let target = |path: &String| node.targets.get(path).copied();
                next.extend(dir.imports.keys().filter_map(target));
                next.extend(self.facts.implicit(node).into_iter().map(Symbol::new));
                if with_tests(node) {
                    next.extend(dir.test_imports.keys().filter_map(target));
                    next.extend(dir.external_test_imports.keys().filter_map(target));
                    next.extend(self.facts.test_implicit(dir).map(Symbol::new));
                    next.extend(self.facts.test_main().into_iter().map(Symbol::new));
                }
            }
            frontier = next;
        }
    }

    fn node(&self, finder: Finder<'_>, path: Symbol) -> Result<Arc<Node>, String> {
        if let Some(known) = self.nodes.get(&path) {
            return known.clone();
        }
        let node = finder.package(path.as_str()).and_then(|place| {
            let dir = self
                .read_dir(&place.dir)
                .ok_or_else(|| format!("cannot read the directory {}", place.dir))?;
            Ok(Arc::new(Node { path, targets: targets(finder, path, &place, &dir), place, dir }))
        });
        self.nodes.insert(path, node.clone());
        node
    }

    /// The package that files named one by one make.
    fn loose_files(&self, patterns: &[String], finder: Finder<'_>) -> Result<Node, LoadError> {
        let error = |pattern: &str, problem: String| LoadError::Pattern {
            pattern: pattern.to_owned(),
            problem,
        };
        let mut names = Vec::new();
        let mut dir: Option<Utf8PathBuf> = None;
        for pattern in patterns {
            if !pattern.ends_with(".go") {
                return Err(error(pattern, "named files must be .go files".to_owned()));
            }
            let file = modules::join_clean(&self.dir, pattern);
            if !self.disk.is_file(&file) {
                return Err(error(pattern, format!("{file} is no file")));
            }
            let (Some(parent), Some(name)) = (file.parent(), file.file_name()) else { continue };
            if dir.as_ref().is_some_and(|dir| dir != parent) {
                let dirs = format!("have {} and {parent}", dir.unwrap_or_default());
                return Err(error(
                    pattern,
                    format!("named files must all be in one directory; {dirs}"),
                ));
            }
            dir = Some(parent.to_owned());
            names.push(name.to_owned());
        }
        let dir = dir.unwrap_or_else(|| self.dir.clone());
        let read = dir::read(&self.disk, &self.context, &dir, Choice::Named(&names))
            .ok_or_else(|| error(dir.as_str(), "not a directory".to_owned()))?;
        let path = Symbol::new(COMMAND_LINE);
        let place = Found { dir, module: None, standard: false, unrequired: None };
        let dir = Arc::new(read);
        Ok(Node { path, targets: targets(finder, path, &place, &dir), place, dir })
    }

    /// What `all` stands for: the main modules' packages and all that they, their tools and their
    /// tests import.
    fn everything(
        &self,
        nodes: &Nodes,
        roots: &[Symbol],
        with_tests: &dyn Fn(&Node) -> bool,
    ) -> Vec<Symbol> {
        let mut seen = FxHashSet::default();
        let mut stack = roots.to_vec();
        while let Some(path) = stack.pop() {
            let Some(Ok(node)) = nodes.get(&path) else { continue };
            if !seen.insert(path) {
                continue;
            }
            let dir = &node.dir;
            let mut paths: Vec<&String> = dir.imports.keys().collect();
            if with_tests(node) {
                paths.extend(dir.test_imports.keys().chain(dir.external_test_imports.keys()));
            }
            stack.extend(paths.into_iter().filter_map(|path| node.targets.get(path).copied()));
        }
        let mut all: Vec<Symbol> = seen.into_iter().collect();
        all.sort_by_key(|path| path.as_str());
        all
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tests {
    With,
    Without,
}

/// Which package each import path in a directory means.
fn targets(
    finder: Finder<'_>,
    path: Symbol,
    place: &Found,
    dir: &Dir,
) -> FxHashMap<String, Symbol> {
    let all =
        dir.imports.keys().chain(dir.test_imports.keys()).chain(dir.external_test_imports.keys());
    all.map(|written| {
        let target = if place.standard {
            finder.standard_import(path.as_str(), written)
        } else {
            Symbol::new(written)
        };
        (written.clone(), target)
    })
    .collect()
}

/// Whether a file says which modules there are.
fn is_module_file(path: &Utf8Path) -> bool {
    path.extension() == Some("mod") || matches!(path.file_name(), Some("go.work" | "modules.txt"))
}

/// The nearest file `name` in `dir` or above.
fn find_upwards(dir: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    dir.ancestors().map(|dir| dir.join(name)).find(|file| file.is_file())
}

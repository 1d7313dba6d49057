//! The modules of a build: the main ones, what they require, and where each of them is.
//!
//! The selected versions are those of minimal version selection over the module graph. A main
//! module of Go 1.17 or later lists all that its packages need, so the graph is only read when an
//! import is not found among those (lazy loading).
//!
//! Upstream: `cmd/go/internal/modload/{init,buildlist,modfile,vendor}.go`.
//! Not yet: `GO111MODULE=off` (GOPATH mode); go.sum is not checked; `-mod=mod` resolves what
//! go.mod already requires and adds nothing to it.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use analysis::release::GoVersion;
use analysis::symbol::Symbol;

use super::disk::Disk;
use super::env::Env;
use super::error::LoadError;
use super::modfile::{self, ModFile, ModVersion, Role, VendorList};
use super::version::{compare_go, compare_semver, escape};
use super::{Module, find_upwards, parallel};

/// The language version of a module without a `go` line. Upstream: `gover.DefaultGoModVersion`.
const DEFAULT_GO_MOD: &str = "1.16";
/// That of a workspace. Upstream: `gover.DefaultGoWorkVersion`.
const DEFAULT_GO_WORK: &str = "1.18";
/// Since when go.mod lists all that its packages need. Upstream: `gover.ExplicitIndirectVersion`.
const PRUNED_SINCE: &str = "1.17";
/// Since when a vendor directory is used without being asked for.
const VENDOR_SINCE: &str = "1.14";

/// A main module.
#[derive(Debug)]
pub(super) struct Main {
    pub(super) path: Symbol,
    pub(super) dir: Utf8PathBuf,
    pub(super) file: ModFile,
    pub(super) info: Arc<Module>,
    /// It is `std` or `cmd`, so its packages have the names that they have for everybody.
    pub(super) in_goroot: bool,
}

impl Main {
    /// What the import paths of its packages begin with.
    pub(super) fn prefix(&self) -> &'static str {
        if self.in_goroot && self.path.as_str() == "std" { "" } else { self.path.as_str() }
    }
}

/// Where dependencies are looked for.
#[derive(Debug)]
pub(super) enum Source {
    /// In the module cache.
    Cache,
    /// In a vendor directory.
    Vendor {
        /// The directory.
        dir: Utf8PathBuf,
        /// Its modules.txt.
        list: VendorList,
    },
}

/// The modules of one build.
#[derive(Debug)]
pub(super) struct Modules {
    pub(super) mains: Vec<Main>,
    pub(super) source: Source,
    /// The go.work in use.
    pub(super) work: Option<Utf8PathBuf>,
    /// What is wrong with the modules as a whole.
    pub(super) problems: Vec<String>,
    /// Since Go 1.16 `all` holds only what the main modules' packages and tests need.
    pub(super) narrow_all: bool,
    pub(super) pruned: bool,
    /// From a module (or all versions of it) to its replacement and the directory that a relative
    /// path starts from.
    replace: FxHashMap<ModVersion, (ModVersion, Utf8PathBuf)>,
    exclude: FxHashSet<ModVersion>,
    /// The highest version that the main module requires itself.
    roots: FxHashMap<Symbol, Symbol>,
    requirements: Vec<ModVersion>,
    modcache: Utf8PathBuf,
    graph: OnceLock<Graph>,
    places: DashMap<ModVersion, Result<Arc<Place>, String>, FxBuildHasher>,
    infos: DashMap<ModVersion, Arc<Module>, FxBuildHasher>,
}

/// Where a module's files are.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) dir: Utf8PathBuf,
    /// Outside the module cache, where directories may hold modules of their own.
    pub(super) local: bool,
}

/// The outcome of reading the whole module graph.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// The version of each module.
    pub(super) selected: FxHashMap<Symbol, Symbol>,
    /// Go.mod files that could not be read, so that versions may be too low.
    pub(super) problems: Vec<String>,
}

/// What a go.mod means to those who depend on its module.
#[derive(Debug)]
struct Summary {
    pruned: bool,
    require: Vec<ModVersion>,
}

/// How much of a module's requirements counts. Upstream: `modload.modPruning`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pruning {
    Pruned,
    Unpruned,
    Workspace,
}

impl Modules {
    /// The modules of a build in `dir`.
    pub(super) fn find(dir: &Utf8Path, env: &Env, disk: &Disk) -> Result<Modules, LoadError> {
        if env.go111module == "off" {
            return Err(LoadError::Setting {
                setting: "GO111MODULE=off".to_owned(),
                problem: "GOPATH mode is not supported; unset it and run `go mod init`".to_owned(),
            });
        }
        let work = find_work(dir, env, disk);
        let mut modules = Modules {
            mains: Vec::new(),
            source: Source::Cache,
            work: None,
            problems: Vec::new(),
            narrow_all: true,
            pruned: true,
            replace: FxHashMap::default(),
            exclude: FxHashSet::default(),
            roots: FxHashMap::default(),
            requirements: Vec::new(),
            modcache: env.gomodcache.clone(),
            graph: OnceLock::new(),
            places: DashMap::default(),
            infos: DashMap::default(),
        };
        match work {
            Some(work) => modules.add_workspace(work, env, disk)?,
            None => {
                if let Some(file) = find_upwards_in(disk, dir, "go.mod") {
                    let root = file.parent().unwrap_or(dir).to_owned();
                    let file = env.flags.modfile.as_ref().map_or(file, |own| dir.join(own));
                    modules.add_main(&root, &file, env, disk)?;
                    modules.find_vendor(&root, env, disk)?;
                }
            }
        }
        modules.collect();
        Ok(modules)
    }

    fn add_workspace(
        &mut self,
        work: Utf8PathBuf,
        env: &Env,
        disk: &Disk,
    ) -> Result<(), LoadError> {
        if env.flags.mod_mode == "mod" {
            return Err(LoadError::Setting {
                setting: "-mod=mod".to_owned(),
                problem: "-mod may only be set to readonly or vendor in a workspace: remove the flag, or set GOWORK=off".to_owned(),
            });
        }
        if env.flags.modfile.is_some() {
            return Err(LoadError::Setting {
                setting: "-modfile".to_owned(),
                problem: "cannot be used in a workspace: remove the flag, or set GOWORK=off"
                    .to_owned(),
            });
        }
        let file = modfile::parse(&work, &disk.text(&work)?, Role::Work)?;
        let root = work.parent().unwrap_or(Utf8Path::new("/")).to_owned();
        for used in &file.used {
            let dir = join_clean(&root, used);
            self.add_main(&dir, &dir.join("go.mod"), env, disk)?;
        }
        for replace in &file.replace {
            self.replace.insert(replace.old, (replace.new, root.clone()));
        }
        self.work = Some(work);
        let go = if file.go.is_empty() { DEFAULT_GO_WORK } else { &file.go };
        self.choose_source(&root, go, file.go.is_empty(), env, disk)
    }

    fn add_main(
        &mut self,
        dir: &Utf8Path,
        path: &Utf8Path,
        env: &Env,
        disk: &Disk,
    ) -> Result<(), LoadError> {
        let file = modfile::parse(path, &disk.text(path)?, Role::Main)?;
        if file.module.is_empty() {
            return Err(LoadError::Syntax {
                path: path.to_owned(),
                line: 1,
                message: "no module declaration: add `module example.com/name`".to_owned(),
            });
        }
        // Either of the two may be given by a link.
        let real = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        let src = env.goroot().join("src");
        let is_at = |own: &str, place: &Utf8Path| file.module == own && real(dir) == real(place);
        let in_goroot = is_at("std", &src) || is_at("cmd", &src.join("cmd"));
        let info = Arc::new(Module {
            path: file.module.clone(),
            version: String::new(),
            replaced_by: None,
            dir: dir.to_owned(),
            go_version: language(&file.go),
            main: true,
        });
        self.mains.push(Main {
            path: Symbol::new(&file.module),
            dir: dir.to_owned(),
            info,
            in_goroot,
            file,
        });
        Ok(())
    }

    fn find_vendor(&mut self, root: &Utf8Path, env: &Env, disk: &Disk) -> Result<(), LoadError> {
        let go = self.mains.first().map(|main| main.file.go.clone()).unwrap_or_default();
        self.choose_source(root, &go, go.is_empty(), env, disk)
    }

    /// Decides between the module cache and a vendor directory. Upstream: `setDefaultBuildMod`.
    fn choose_source(
        &mut self,
        root: &Utf8Path,
        go: &str,
        go_missing: bool,
        env: &Env,
        disk: &Disk,
    ) -> Result<(), LoadError> {
        let dir = root.join("vendor");
        let asked = env.flags.mod_mode == "vendor";
        let in_goroot = self.mains.iter().any(|main| main.in_goroot);
        if in_goroot || (!asked && (!env.flags.mod_mode.is_empty() || !dir.is_dir())) {
            return Ok(());
        }
        let file = dir.join("modules.txt");
        let list = if disk.is_file(&file) {
            modfile::parse_vendor_list(&disk.text(&file)?)
        } else {
            VendorList::default()
        };
        let fits = list.workspace == self.work.is_some();
        if !asked && (go_missing || compare_go(go, VENDOR_SINCE).is_lt() || !fits) {
            return Ok(());
        }
        self.check_vendor(&list, &dir);
        self.source = Source::Vendor { dir, list };
        Ok(())
    }

    /// Upstream: `checkVendorConsistency`.
    fn check_vendor(&mut self, list: &VendorList, dir: &Utf8Path) {
        let command = if self.work.is_some() { "work" } else { "mod" };
        for main in &self.mains {
            for require in &main.file.require {
                let module = require.module;
                let is_main = self.mains.iter().any(|main| main.path == module.path);
                if is_main || list.modules.get(&module).is_some_and(|known| known.explicit) {
                    continue;
                }
                self.problems.push(format!(
                    "inconsistent vendoring in {dir}: {module} is explicitly required in go.mod, but not \
                     marked as explicit in vendor/modules.txt: run `go {command} vendor`"
                ));
            }
        }
    }

    /// Gathers what the main modules say about others.
    fn collect(&mut self) {
        let main_paths: FxHashSet<Symbol> = self.mains.iter().map(|main| main.path).collect();
        for main in &self.mains {
            self.exclude.extend(&main.file.exclude);
            for replace in &main.file.replace {
                // A replacement in go.work counts more.
                self.replace.entry(replace.old).or_insert((replace.new, main.dir.clone()));
            }
        }
        if let ([main], None) = (self.mains.as_slice(), &self.work) {
            let go = if main.file.go.is_empty() { DEFAULT_GO_MOD } else { &main.file.go };
            self.pruned = compare_go(go, PRUNED_SINCE).is_ge();
            self.narrow_all = compare_go(go, DEFAULT_GO_MOD).is_ge();
            for require in &main.file.require {
                let module = require.module;
                if self.exclude.contains(&module) || main_paths.contains(&module.path) {
                    continue;
                }
                self.requirements.push(module);
                raise(&mut self.roots, module);
            }
        }
    }

    /// The main module of this path.
    pub(super) fn main(&self, path: &str) -> Option<&Main> {
        self.mains.iter().find(|main| main.path.as_str() == path)
    }

    /// The version of the module `path` that the main module requires; empty for a main module.
    pub(super) fn root_selected(&self, path: &str) -> Option<ModVersion> {
        if self.main(path).is_some() {
            return Some(ModVersion::new(path, ""));
        }
        let path = Symbol::new(path);
        Some(ModVersion { path, version: *self.roots.get(&path)? })
    }

    /// The version of the module `path` in the whole module graph.
    pub(super) fn selected(&self, path: &str, disk: &Disk) -> Option<ModVersion> {
        if self.main(path).is_some() {
            return Some(ModVersion::new(path, ""));
        }
        let path = Symbol::new(path);
        Some(ModVersion { path, version: *self.graph(disk).selected.get(&path)? })
    }

    /// The module graph, read at first use.
    pub(super) fn graph(&self, disk: &Disk) -> &Graph {
        self.graph.get_or_init(|| self.load_graph(disk))
    }

    /// All selected modules except the main ones, by path.
    pub(super) fn build_list(&self, disk: &Disk) -> Vec<ModVersion> {
        let selected = &self.graph(disk).selected;
        let mut list: Vec<ModVersion> = selected
            .iter()
            .map(|(path, version)| ModVersion { path: *path, version: *version })
            .collect();
        list.sort_by_key(|module| module.path.as_str());
        list
    }

    /// What stands in the place of `module`, and where a relative path starts.
    pub(super) fn replacement(&self, module: ModVersion) -> Option<&(ModVersion, Utf8PathBuf)> {
        if module.version.is_empty() && self.main(module.path.as_str()).is_some() {
            return None;
        }
        let any = ModVersion { path: module.path, version: Symbol::EMPTY };
        self.replace.get(&module).or_else(|| self.replace.get(&any))
    }

    /// The modules that are replaced by directories, with these.
    pub(super) fn local_replacements(&self) -> impl Iterator<Item = (Symbol, Utf8PathBuf)> {
        let local = self.replace.iter().filter(|(_, (new, _))| new.version.is_empty());
        local.map(|(old, (new, base))| (old.path, join_clean(base, new.path.as_str())))
    }

    /// The modules that `module` (of the module cache) stands in for.
    pub(super) fn replaced_by(&self, module: ModVersion) -> Vec<Symbol> {
        let uses = self.replace.iter().filter(|(_, (new, _))| *new == module);
        uses.map(|(old, _)| old.path).collect()
    }

    /// Where a module's files are, or what to do so that they are somewhere.
    pub(super) fn place(&self, module: ModVersion) -> Result<Arc<Place>, String> {
        if let Some(known) = self.places.get(&module) {
            return known.clone();
        }
        let place = self.find_place(module).map(Arc::new);
        self.places.insert(module, place.clone());
        place
    }

    fn find_place(&self, module: ModVersion) -> Result<Place, String> {
        if module.version.is_empty()
            && let Some(main) = self.main(module.path.as_str())
        {
            return Ok(Place { dir: main.dir.clone(), local: true });
        }
        let mut actual = module;
        if let Some((new, base)) = self.replacement(module) {
            if new.version.is_empty() {
                let dir = join_clean(base, new.path.as_str());
                if dir.is_dir() {
                    return Ok(Place { dir, local: true });
                }
                return Err(format!(
                    "{} is replaced by {dir}, which is no directory: correct the `replace` line",
                    module.path
                ));
            }
            actual = *new;
        }
        let dir = self.cache_dir(actual);
        if dir.is_dir() {
            return Ok(Place { dir, local: false });
        }
        let error = LoadError::NotDownloaded { module: actual.to_string(), path: dir };
        Err(error.to_string())
    }

    fn cache_dir(&self, module: ModVersion) -> Utf8PathBuf {
        let (path, version) = (escape(module.path.as_str()), escape(module.version.as_str()));
        self.modcache.join(format!("{path}@{version}"))
    }

    fn cached_go_mod(&self, module: ModVersion) -> Utf8PathBuf {
        let (path, version) = (escape(module.path.as_str()), escape(module.version.as_str()));
        self.modcache.join(format!("cache/download/{path}/@v/{version}.mod"))
    }

    /// What is known about a module in use.
    pub(super) fn info(&self, module: ModVersion, disk: &Disk) -> Arc<Module> {
        if module.version.is_empty()
            && let Some(main) = self.main(module.path.as_str())
        {
            return Arc::clone(&main.info);
        }
        if let Some(known) = self.infos.get(&module) {
            return Arc::clone(&known);
        }
        let (dir, go, new) = match &self.source {
            Source::Vendor { dir, list } => {
                let known = list.modules.get(&module);
                let go = known.map(|known| known.go.clone()).unwrap_or_default();
                let new = known.and_then(|known| known.replaced_by);
                (dir.join(module.path.as_str()), go, new)
            }
            Source::Cache => {
                let dir = self.place(module).map(|place| place.dir.clone()).unwrap_or_default();
                let file = self.go_mod_of(module, disk);
                let go = file.map(|file| file.go).unwrap_or_default();
                (dir, go, self.replacement(module).map(|(new, _)| *new))
            }
        };
        let info = Arc::new(Module {
            path: module.path.to_string(),
            version: module.version.to_string(),
            replaced_by: new.map(|new| new.to_string()),
            dir,
            go_version: language(&go),
            main: false,
        });
        self.infos.insert(module, Arc::clone(&info));
        info
    }

    /// The go.mod of a dependency, or of what replaces it.
    fn go_mod_of(&self, module: ModVersion, disk: &Disk) -> Result<ModFile, LoadError> {
        let mut actual = module;
        if let Some((new, base)) = self.replacement(module) {
            if new.version.is_empty() {
                let file = join_clean(base, new.path.as_str()).join("go.mod");
                return modfile::parse(&file, &disk.text(&file)?, Role::Dependency);
            }
            actual = *new;
        }
        let file = self.cached_go_mod(actual);
        match disk.text(&file) {
            Ok(text) => modfile::parse(&file, &text, Role::Dependency),
            Err(LoadError::Read { .. }) => {
                // The cache may have been cleaned of everything but the unpacked module.
                let unpacked = self.cache_dir(actual).join("go.mod");
                match disk.text(&unpacked) {
                    Ok(text) => modfile::parse(&unpacked, &text, Role::Dependency),
                    Err(_) => {
                        Err(LoadError::NotDownloaded { module: actual.to_string(), path: file })
                    }
                }
            }
            Err(error) => Err(error),
        }
    }

    fn summary(&self, module: ModVersion, disk: &Disk) -> Result<Summary, String> {
        let parsed;
        let main = if module.version.is_empty() { self.main(module.path.as_str()) } else { None };
        let file = match main {
            Some(main) => &main.file,
            None => {
                parsed = self.go_mod_of(module, disk).map_err(|error| error.to_string())?;
                &parsed
            }
        };
        let go = if file.go.is_empty() { DEFAULT_GO_MOD } else { &file.go };
        let require = file.require.iter().map(|require| require.module);
        Ok(Summary {
            pruned: compare_go(go, PRUNED_SINCE).is_ge(),
            require: require.filter(|module| !self.exclude.contains(module)).collect(),
        })
    }

    /// Reads the module graph breadth first. Upstream: `modload.readModGraph`.
    fn load_graph(&self, disk: &Disk) -> Graph {
        let mut reader = GraphReader {
            modules: self,
            disk,
            graph: Graph::default(),
            summaries: FxHashMap::default(),
            seen: FxHashSet::default(),
        };
        if self.work.is_none() {
            let pruning = if self.pruned { Pruning::Pruned } else { Pruning::Unpruned };
            for module in &self.requirements {
                reader.raise(*module);
            }
            reader.read(self.requirements.iter().map(|module| (*module, pruning)).collect());
        } else {
            reader.read_workspace();
        }
        reader.graph
    }
}

/// The state of reading the module graph.
struct GraphReader<'a> {
    modules: &'a Modules,
    disk: &'a Disk,
    graph: Graph,
    summaries: FxHashMap<ModVersion, Option<Arc<Summary>>>,
    seen: FxHashSet<(ModVersion, Pruning)>,
}

impl GraphReader<'_> {
    fn raise(&mut self, module: ModVersion) {
        if self.modules.main(module.path.as_str()).is_none() {
            raise(&mut self.graph.selected, module);
        }
    }

    fn selected(&self, path: Symbol) -> ModVersion {
        let version = self.graph.selected.get(&path).copied().unwrap_or_default();
        ModVersion { path, version }
    }

    fn read(&mut self, mut frontier: Vec<(ModVersion, Pruning)>) {
        while !frontier.is_empty() {
            frontier.retain(|item| self.seen.insert(*item));
            let mut unread: Vec<ModVersion> = frontier
                .iter()
                .map(|(module, _)| *module)
                .filter(|module| !self.summaries.contains_key(module))
                .collect();
            unread.sort_by_key(|module| (module.path.as_str(), module.version.as_str()));
            unread.dedup();
            let read = parallel::map(&unread, |module| self.modules.summary(*module, self.disk));
            for (module, summary) in unread.into_iter().zip(read) {
                match summary {
                    Ok(summary) => {
                        for required in &summary.require {
                            self.raise(*required);
                        }
                        self.summaries.insert(module, Some(Arc::new(summary)));
                    }
                    Err(problem) => {
                        self.graph.problems.push(problem);
                        self.summaries.insert(module, None);
                    }
                }
            }
            let mut next = Vec::new();
            for (module, pruning) in frontier {
                let Some(Some(summary)) = self.summaries.get(&module) else { continue };
                // The go.mod of an older module does not list all that it needs: then theirs
                // have to be read as well.
                if pruning == Pruning::Pruned && summary.pruned {
                    continue;
                }
                let deeper = match (pruning, summary.pruned) {
                    (Pruning::Unpruned, _) | (_, false) => Pruning::Unpruned,
                    _ => Pruning::Pruned,
                };
                next.extend(summary.require.iter().map(|required| (*required, deeper)));
            }
            frontier = next;
        }
    }

    /// In a workspace the requirements of the main modules are together not complete: where a
    /// higher version is selected than one requires, that version's requirements count in full.
    fn read_workspace(&mut self) {
        let mains: Vec<ModVersion> = self
            .modules
            .mains
            .iter()
            .map(|main| ModVersion { path: main.path, version: Symbol::EMPTY })
            .collect();
        self.read(mains.iter().map(|main| (*main, Pruning::Workspace)).collect());
        let mut complete: Vec<Symbol> = mains.iter().map(|main| main.path).collect();
        let mut read = FxHashSet::default();
        loop {
            let mut needed = FxHashSet::default();
            for path in &complete {
                let module = self.selected(*path);
                if !read.contains(&module) {
                    needed.insert(module);
                    continue;
                }
                let Some(Some(summary)) = self.summaries.get(&module) else { continue };
                for required in &summary.require {
                    let selected = self.selected(required.path);
                    let (have, want) = (selected.version.as_str(), required.version.as_str());
                    if compare_semver(have, want).is_gt() && !read.contains(&selected) {
                        needed.insert(selected);
                    }
                }
            }
            if needed.is_empty() {
                return;
            }
            self.read(needed.iter().map(|module| (*module, Pruning::Workspace)).collect());
            for module in needed {
                read.insert(module);
                if !complete.contains(&module.path) {
                    complete.push(module.path);
                }
            }
        }
    }
}

fn raise(selected: &mut FxHashMap<Symbol, Symbol>, module: ModVersion) {
    let version = selected.entry(module.path).or_insert(module.version);
    if compare_semver(module.version.as_str(), version.as_str()).is_gt() {
        *version = module.version;
    }
}

/// The language version that a `go` line stands for.
fn language(go: &str) -> GoVersion {
    let go = if go.is_empty() { DEFAULT_GO_MOD } else { go };
    GoVersion::parse(go).unwrap_or(GoVersion::new(16))
}

/// The go.work in use. One above GOROOT does not count inside GOROOT.
fn find_work(dir: &Utf8Path, env: &Env, disk: &Disk) -> Option<Utf8PathBuf> {
    match env.gowork.as_str() {
        "off" => None,
        named if !named.is_empty() && disk.is_file(named.into()) => Some(named.into()),
        _ => find_upwards_in(disk, dir, "go.work").filter(|file| {
            let root = file.parent();
            !dir.starts_with(env.goroot())
                || root.is_some_and(|root| root.starts_with(env.goroot()))
        }),
    }
}

/// Like [`find_upwards`], with unsaved files.
fn find_upwards_in(disk: &Disk, dir: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let buffer = dir.ancestors().map(|dir| dir.join(name)).find(|file| disk.buffer(file).is_some());
    let found = find_upwards(dir, name);
    match (buffer, found) {
        (Some(a), Some(b)) => Some(if a.as_str().len() > b.as_str().len() { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// `base/path` without `.` and `..`.
pub(super) fn join_clean(base: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for part in base.join(path).components() {
        match part {
            camino::Utf8Component::CurDir => {}
            camino::Utf8Component::ParentDir => {
                out.pop();
            }
            part => out.push(part.as_str()),
        }
    }
    out
}

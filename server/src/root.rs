//! One root of the workspace: the module or `go.work` that some files belong to, its packages, and
//! their analysis.
//!
//! Two roots may need different versions of one package, so each has a [`Host`] of its own.

use std::sync::Arc;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use analysis::host::{Change, Host};
use analysis::release::Target;
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

use crate::cache;
use crate::config::Config;
use crate::files::Disk;
use crate::loader::{Env, FilePackage, LoadError, Loader, PackageGraph};
use crate::outbox::Outbox;
use crate::packages;
use crate::snapshot::Packages;

/// A module, a `go.work`, or a file that is part of neither.
pub struct Root {
    /// Where it is.
    pub dir: Utf8PathBuf,
    /// The analysis of its packages.
    pub host: Host,
    /// The packages.
    pub loaded: Arc<Packages>,
    /// Why nothing could be loaded.
    pub problem: Option<String>,
    loader: Option<Loader>,
    patterns: Vec<String>,
    with_tests: bool,
    /// Whether files, or what they import, may have changed since the last load.
    stale: bool,
    /// For each file the package that it is shown as part of.
    packages: FxHashMap<Symbol, PkgId>,
    /// The directories of its packages.
    dirs: FxHashSet<Utf8PathBuf>,
    /// The files that a buffer lies over here.
    buffers: FxHashSet<Symbol>,
    /// The files and directories that a user may change, as they were when looked at last.
    stamps: FxHashMap<Utf8PathBuf, Stamp>,
}

/// When a file or directory was written last, and its length; none if there is none.
type Stamp = Option<(SystemTime, u64)>;

/// What [`Root::load`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// Nothing: what is known still holds.
    Known,
    /// The packages were looked up anew.
    Anew,
}

impl Root {
    /// A root at `dir`. Asks the go command about its environment, but reads no packages yet.
    pub fn new(dir: Utf8PathBuf, patterns: Vec<String>, config: &Config) -> Root {
        let (loader, target, files, problem) = match Env::load(&dir, &config.env_options()) {
            Ok(env) => {
                let (target, files) = (packages::target(&env), Disk::new(&env));
                (Some(Loader::new(dir.clone(), Arc::new(env))), target, files, None)
            }
            Err(error) => (None, Target::DEFAULT, Disk::default(), Some(error.to_string())),
        };
        Root {
            dir,
            host: cache::host(files, target),
            loaded: Arc::new(Packages::new(PackageGraph::default(), None)),
            problem,
            loader,
            patterns,
            with_tests: config.tests,
            stale: true,
            packages: FxHashMap::default(),
            dirs: FxHashSet::default(),
            buffers: FxHashSet::default(),
            stamps: FxHashMap::default(),
        }
    }

    /// The environment, if there is one.
    pub fn env(&self) -> Option<&Arc<Env>> {
        self.loader.as_ref().map(Loader::env)
    }

    /// The package that `file` is shown as part of: itself where it is compiled so, and not the
    /// variant for tests.
    pub fn package_of(&self, file: Symbol) -> Option<PkgId> {
        self.packages.get(&file).copied()
    }

    /// Whether what happens to the file at `path` may matter here.
    pub fn concerns(&self, path: &Utf8Path) -> bool {
        path.starts_with(&self.dir) || path.parent().is_some_and(|dir| self.dirs.contains(dir))
    }

    /// Whether a buffer lies over `file` here.
    pub fn has_buffer(&self, file: Symbol) -> bool {
        self.buffers.contains(&file)
    }

    /// Whether packages have to be looked up before anything is asked.
    pub fn is_stale(&self) -> bool {
        self.stale && self.loader.is_some()
    }

    /// Lays a buffer over a file, or takes it away.
    pub fn set_buffer(&mut self, file: Symbol, text: Option<&Arc<str>>) {
        match text {
            Some(_) => self.buffers.insert(file),
            None => self.buffers.remove(&file),
        };
        if let Some(loader) = &mut self.loader {
            self.stale |= loader.set_buffer(file.as_str().into(), text.cloned());
        }
        let mut change = Change { files: vec![(file, text.cloned())], ..Change::default() };
        if text.is_none() {
            change.touched.push(file);
        }
        self.host.apply(change);
    }

    /// Takes note of files that were written, made or deleted on disk.
    pub fn files_changed(&mut self, files: &[Symbol]) {
        if let Some(loader) = &mut self.loader {
            for file in files {
                loader.file_changed(file.as_str().into());
            }
        }
        self.stale = true;
        self.host.apply(Change { touched: files.to_vec(), ..Change::default() });
    }

    /// The files that were written, made or deleted since this was asked last.
    pub fn changed_on_disk(&mut self) -> Vec<Utf8PathBuf> {
        let mut changed = Vec::new();
        for (path, known) in &mut self.stamps {
            let now = stamp(path);
            if now == *known {
                continue;
            }
            *known = now;
            // A directory changes when files come or go: which, the loader finds out.
            let is_file = path.extension() == Some("go") || path.ends_with("go.mod");
            changed.push(if is_file { path.clone() } else { path.join("any.go") });
        }
        changed.sort();
        changed
    }

    /// Looks the packages up again if that may show others. What is analysed of them shows progress
    /// by way of `outbox`.
    pub fn load(&mut self, outbox: Option<&Outbox>) -> Loaded {
        let Some(loader) = self.loader.as_ref().filter(|_| self.stale) else {
            return Loaded::Known;
        };
        self.stale = false;
        let loaded = if self.with_tests {
            loader.load_with_tests(&self.patterns)
        } else {
            loader.load(&self.patterns)
        };
        match loaded {
            Ok(graph) => {
                self.problem = None;
                self.index(&graph);
                self.host.apply(Change {
                    packages: Some(packages::sources(&graph)),
                    ..Change::default()
                });
                self.loaded = Arc::new(Packages::new(graph, outbox.cloned()));
            }
            // What was known stays: a go.mod is often broken while it is edited.
            Err(error) => self.problem = Some(error.to_string()),
        }
        Loaded::Anew
    }

    /// Where the loader would find `file`, if it is not among the packages yet.
    pub fn find(&self, file: &Utf8Path) -> Result<Option<FilePackage>, LoadError> {
        self.loader.as_ref().map(|loader| loader.package_of_file(file)).transpose()
    }

    /// Loads what `pattern` names from now on too.
    pub fn add_pattern(&mut self, pattern: String) {
        if !self.patterns.contains(&pattern) {
            self.patterns.push(pattern);
            self.stale = true;
        }
    }

    /// Whether this root is the loose file at `path`.
    pub fn is_loose(&self, path: &Utf8Path) -> bool {
        self.patterns == [path.as_str()]
    }

    fn index(&mut self, graph: &PackageGraph) {
        self.packages.clear();
        self.dirs.clear();
        let mut watched = vec![self.dir.join("go.mod")];
        for package in &graph.packages {
            if packages::is_mutable(package) {
                watched.push(package.dir.clone());
                watched.extend(package.files.iter().cloned());
            }
            self.dirs.insert(package.dir.clone());
            for file in &package.files {
                let known = self.packages.entry(Symbol::new(file.as_str()));
                let known = known.or_insert(package.id);
                if !known.test_of.is_empty() && !package.is_test_variant() {
                    *known = package.id;
                }
            }
        }
        // What was looked at before is compared with what it was then.
        self.stamps = watched
            .into_iter()
            .map(|path| {
                let known = self.stamps.get(&path).copied();
                let stamp = known.unwrap_or_else(|| stamp(&path));
                (path, stamp)
            })
            .collect();
    }
}

fn stamp(path: &Utf8Path) -> Stamp {
    let data = path.metadata().ok()?;
    Some((data.modified().ok()?, if data.is_file() { data.len() } else { 0 }))
}

/// Where the root of the file at `path` is: the nearest `go.work` above it, else the nearest
/// go.mod. None for a file that is part of no module.
pub fn find_dir(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let above = |name: &str| {
        path.ancestors().skip(1).find(|dir| dir.join(name).is_file()).map(Utf8Path::to_owned)
    };
    let work = match std::env::var("GOWORK").as_deref() {
        Ok("off") => None,
        Ok(file) if !file.is_empty() => {
            let dir = Utf8Path::new(file).parent().filter(|dir| path.starts_with(dir));
            dir.map(Utf8Path::to_owned)
        }
        _ => above("go.work"),
    };
    work.or_else(|| above("go.mod"))
}

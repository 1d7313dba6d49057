//! The door of the library: [`Host`] takes changes of the world, [`View`] answers questions about
//! one state of it.
//!
//! One thread owns the host. Views are cheap, may be asked from any thread and are cancelled by
//! the next change: an answer is about exactly the text that the view was made of.

use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use crate::cancel::{Answer, CancelToken, Cancelled};
use crate::cgo;
use crate::explain;
use crate::explain::finding::{Action, Finding, Function, GcLine, Inline, Location};
use crate::fixes;
use crate::key::Key;
use crate::release::{GoVersion, Release, Target};
pub use crate::store::Built;
use crate::store::{Store, World};
use crate::symbol::Symbol;
use crate::types::ty::PkgId;

/// A package as the build sees it: which files, which imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSource {
    /// Which package.
    pub id: PkgId,
    /// The paths of its Go files, in the order in which the compiler gets them.
    pub files: Vec<Symbol>,
    /// Those of `files` that import "C": the last ones.
    pub cgo_files: Vec<Symbol>,
    /// What its imports mean: the path as written, and the package.
    pub imports: FxHashMap<Symbol, PkgId>,
    /// The language version of its module.
    pub go_version: Option<GoVersion>,
    /// Whether it is one of those asked about, which `-gcflags` reaches.
    pub asked: bool,
    /// Whether it may change while the server runs: it is part of the workspace and not of the
    /// module cache or GOROOT.
    pub mutable: bool,
}

/// One change of the world, applied whole.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New texts; `None` for a file whose text is the disk's again.
    pub files: Vec<(Symbol, Option<Arc<str>>)>,
    /// Files whose text on disk has changed.
    pub touched: Vec<Symbol>,
    /// All packages, if go.mod, go.work, flags or the set of files changed.
    pub packages: Option<Vec<PackageSource>>,
    /// The build, if it changed.
    pub target: Option<Target>,
}

/// Reads files that no editor has open. Implemented by the server; called from any thread.
pub trait Files: Send + Sync {
    /// The text of a file, decoded; an error in words that name the file.
    fn read(&self, path: Symbol) -> Result<Arc<str>, String>;

    /// What tells the C compiler and its flags from others. That the headers of the system have
    /// changed is not noticed, nor does the go command notice it.
    fn c_compiler(&self) -> &str {
        ""
    }

    /// What the C names in a package's `cgo_files` are, whose texts are given in that order; an
    /// error in words if it cannot be found out.
    fn cgo(
        &self,
        _package: &PackageSource,
        _texts: &[Arc<str>],
    ) -> Result<Arc<cgo::Package>, String> {
        Err("what C names are cannot be found out here".to_owned())
    }
}

/// Keeps what packages tell their importers from one run to the next. Implemented by the server;
/// called from any thread. What goes wrong is its own affair: nothing depends on it.
pub trait Archives: Send + Sync {
    /// What a file that is not meant to be edited would not keep if it were all the same: its length
    /// in bytes, and when it was written, in nanoseconds. `None` if there is no such file.
    fn stamp(&self, path: Symbol) -> Option<(u64, u128)>;
    /// What was saved under a key, if it still is.
    fn load(&self, key: &Key) -> Option<Vec<u8>>;
    /// Saves something under a key, in place of what may be there.
    fn save(&self, key: &Key, bytes: &[u8]);
}

/// How fresh a file's results are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// They are those of the text asked about.
    Current,
    /// The declaration at fault has errors: its results are left out, all others are current.
    Partial,
}

/// Everything to show in one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// Values and where they live, in source order.
    pub findings: Vec<Finding>,
    /// The functions declared in the file.
    pub functions: Vec<Function>,
    /// Whether some declarations had to be left out.
    pub freshness: Freshness,
    /// Why, in words, with places.
    pub problems: Vec<(Location, String)>,
}

impl FileReport {
    /// Names what cgo made as the user wrote it.
    fn name_plainly(&mut self) {
        let plain = |text: &mut Arc<str>| {
            let mut words = text.to_string();
            cgo::name_plainly(&mut words);
            *text = words.into();
        };
        let all = |texts: &mut Arc<[String]>| {
            Arc::make_mut(texts).iter_mut().for_each(cgo::name_plainly);
        };
        for finding in &mut self.findings {
            plain(&mut finding.reason);
            plain(&mut finding.subject);
            all(&mut finding.inlined_from);
            // The variables around a call of C are no news to the user.
            let cause = finding.cause.map(|cause| finding.flow[cause].clone());
            finding.flow.retain(|step| step.word != "assign" || !step.text.contains("`_cgo"));
            finding.cause =
                cause.and_then(|cause| finding.flow.iter().position(|one| *one == cause));
            finding.flow.iter_mut().for_each(|step| plain(&mut step.text));
            all(&mut finding.compiler);
        }
        for function in &mut self.functions {
            plain(&mut function.name);
            if let Inline::Cannot { reason } = &mut function.inline {
                plain(reason);
            }
            for param in &mut function.params {
                plain(&mut param.text);
                plain(&mut param.compiler);
            }
        }
    }
}

/// What one package's analysis gives besides its files' reports.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageReport {
    /// The lines that `go build -gcflags=-m=2` prints, unsorted.
    pub lines: Vec<GcLine>,
    /// Errors that keep the compiler from deciding anything in this package.
    pub problems: Vec<(Location, String)>,
}

/// Owns the world.
pub struct Host {
    world: Arc<World>,
    store: Arc<Store>,
    memory: Arc<fixes::Memory>,
    token: CancelToken,
}

/// One state of the world. Clones share everything.
#[derive(Clone)]
pub struct View {
    world: Arc<World>,
    store: Arc<Store>,
    memory: Arc<fixes::Memory>,
    token: CancelToken,
}

impl Host {
    /// An empty world that reads files through `files`.
    pub fn new(files: Arc<dyn Files>, target: Target) -> Host {
        Host {
            world: Arc::new(World::new(files, target)),
            store: Arc::default(),
            memory: Arc::default(),
            token: CancelToken::default(),
        }
    }

    /// The same, with summaries kept by `archives`.
    #[must_use]
    pub fn with_archives(mut self, archives: Arc<dyn Archives>) -> Host {
        Arc::make_mut(&mut self.world).keep(archives);
        self
    }

    /// Applies a change. Views made before give up.
    pub fn apply(&mut self, change: Change) {
        self.token.cancel();
        self.token = CancelToken::default();
        Arc::make_mut(&mut self.world).apply(change);
    }

    /// The present state.
    pub fn view(&self) -> View {
        View {
            world: Arc::clone(&self.world),
            store: Arc::clone(&self.store),
            memory: Arc::clone(&self.memory),
            token: self.token.clone(),
        }
    }
}

impl View {
    /// The token that makes this view, and all others of the same state, give up.
    pub fn token(&self) -> &CancelToken {
        &self.token
    }

    /// The same state, asked on behalf of one request: gives up when `request` is cancelled too.
    pub fn on_behalf_of(&self, request: &CancelToken) -> View {
        View { token: self.token.on_behalf_of(request), ..self.clone() }
    }

    /// The build that this view is of.
    pub fn target(&self) -> Target {
        self.world.target
    }

    /// The packages that `file` belongs to: usually one, more for files that tests share.
    pub fn packages_of(&self, file: Symbol) -> Vec<PkgId> {
        self.world.packages_of(file)
    }

    /// Does the work that importers of `package` need, so that many threads can share it: ask for
    /// dependencies first.
    pub fn prepare(&self, package: PkgId) -> Answer<()> {
        self.store.summary(&self.world, package, &self.token).map(|_| ())
    }

    /// A package after all passes, with what it depends on; `None` for one that is not known.
    pub fn compiled(&self, package: PkgId) -> Answer<Option<Arc<Built>>> {
        self.store.built(&self.world, package, &self.token)
    }

    /// What to show in `file`.
    pub fn file(&self, package: PkgId, file: Symbol) -> Answer<FileReport> {
        match self.compiled(package)? {
            Some(built) => {
                let mut report = explain::report::file(&built, file);
                if built.compiled.uses_cgo() {
                    report.name_plainly();
                }
                Ok(report)
            }
            None => Ok(FileReport {
                findings: Vec::new(),
                functions: Vec::new(),
                freshness: Freshness::Current,
                problems: Vec::new(),
            }),
        }
    }

    /// What the compiler would print for `package`.
    pub fn package(&self, package: PkgId) -> Answer<PackageReport> {
        let Some(built) = self.compiled(package)? else {
            return Ok(PackageReport { lines: Vec::new(), problems: Vec::new() });
        };
        let mut lines = explain::gc::lines(&built.compiled, &built.imports);
        // Before, only where the go command could tell that a line is about cgo.
        if built.compiled.uses_cgo() && built.compiled.target.release >= Release::Go1_27 {
            for line in &mut lines {
                cgo::name_plainly(&mut line.text);
                line.short.iter_mut().for_each(cgo::name_plainly);
            }
        }
        Ok(PackageReport { lines, problems: explain::report::problems(&built) })
    }

    /// Changes that would remove allocations in the given stretch.
    pub fn actions(&self, package: PkgId, at: Location) -> Answer<Vec<Action>> {
        fixes::actions(&self.world, &self.store, &self.token, &self.memory, package, at)
    }
}

//! One state of the world as one request sees it: the analysis, the texts, the settings.
//!
//! Everything in a snapshot belongs together: offsets that its view answers with are offsets in
//! its texts.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use tower_lsp::ls_types::{self, Uri};

use analysis::explain::finding::{Action, Location};
use analysis::host::{Answer, Cancelled, FileReport, View};
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;

use crate::capabilities::Client;
use crate::config::Config;
use crate::documents::Document;
use crate::edits;
use crate::files;
use crate::lines::Encoding;
use crate::loader::{Package, PackageGraph};
use crate::outbox::Outbox;
use crate::schedule;

/// What the client shows while dependencies are analysed, and how long that may take unseen.
const TITLE: &str = "goescape: analysing packages";
const GRACE: Duration = Duration::from_millis(300);

/// Texts of files that no client has open, as far as they were looked at; shared by readers.
pub type DiskTexts = DashMap<Symbol, Option<Arc<Document>>, FxBuildHasher>;

/// The open documents by the path they are analysed under.
pub type Documents = FxHashMap<Symbol, Arc<Document>>;

/// The packages of a root. Before the first question about one is answered, all that it imports
/// is prepared on all cores; the client sees how far that is.
pub struct Packages {
    graph: PackageGraph,
    prepared: Mutex<FxHashSet<PkgId>>,
    /// Shows progress, where the client does.
    outbox: Option<Outbox>,
}

impl Packages {
    /// Nothing prepared yet.
    pub fn new(graph: PackageGraph, outbox: Option<Outbox>) -> Packages {
        Packages { graph, prepared: Mutex::default(), outbox }
    }

    /// The packages.
    pub fn graph(&self) -> &PackageGraph {
        &self.graph
    }

    fn prepare(&self, view: &View, package: PkgId) -> Answer<()> {
        // Who comes second waits: the work is shared, and both views are of one state.
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if prepared.contains(&package) {
            return Ok(());
        }
        let Some(imports) = self.graph.get(package).map(|package| &package.imports) else {
            return Ok(());
        };
        let imports: Vec<PkgId> = imports.values().copied().collect();
        let count = schedule::count(&self.graph, &imports);
        let progress = self.outbox.as_ref().map(|outbox| outbox.progress_after(TITLE, GRACE));
        let done = AtomicUsize::new(0);
        let work = |package: &Arc<Package>| {
            if let Some(progress) = &progress {
                let done = done.fetch_add(1, Ordering::Relaxed);
                progress.report(format!("{done} of {count}: {}", package.id));
            }
            // A bug in one package must not keep the others from being shown.
            let prepared = catch_unwind(AssertUnwindSafe(|| view.prepare(package.id)));
            match prepared {
                Ok(Err(Cancelled)) => ControlFlow::Break(()),
                Ok(Ok(())) => ControlFlow::Continue(()),
                Err(_) => {
                    tracing::error!("package {}: the analysis failed", package.id);
                    ControlFlow::Continue(())
                }
            }
        };
        if let Err(error) = schedule::run(&self.graph, &imports, work, || ()) {
            tracing::warn!("no threads to analyse with: {error}");
        }
        view.token().check()?;
        prepared.insert(package);
        Ok(())
    }
}

/// What one request is answered from.
#[derive(Clone)]
pub struct Snapshot {
    /// The analysis; gives up when the world changes or the request is withdrawn.
    pub view: View,
    /// The packages, and which of them were prepared.
    pub packages: Arc<Packages>,
    /// The file asked about.
    pub file: Symbol,
    /// Its package; none for a file that belongs to none.
    pub package: Option<PkgId>,
    /// Its text.
    pub document: Arc<Document>,
    /// The settings.
    pub config: Arc<Config>,
    /// What the client can do.
    pub client: Client,
    /// All open documents.
    pub documents: Arc<Documents>,
    /// Texts on disk.
    pub disk: Arc<DiskTexts>,
}

impl Snapshot {
    /// How the client counts columns.
    pub fn encoding(&self) -> Encoding {
        self.client.encoding
    }

    /// What to show in the file; none if it belongs to no package.
    pub fn report(&self) -> Answer<Option<FileReport>> {
        let Some(package) = self.package else { return Ok(None) };
        self.packages.prepare(&self.view, package)?;
        self.view.file(package, self.file).map(Some)
    }

    /// What could be changed in a stretch of the file.
    pub fn actions(&self, at: Location) -> Answer<Vec<Action>> {
        let Some(package) = self.package else { return Ok(Vec::new()) };
        self.packages.prepare(&self.view, package)?;
        let mut actions = self.view.actions(package, at)?;
        actions.retain(|action| edits::are_complete(self, action));
        Ok(actions)
    }

    /// The text of any file; none if it cannot be read.
    pub fn text_of(&self, file: Symbol) -> Option<Arc<Document>> {
        if file == self.file {
            return Some(Arc::clone(&self.document));
        }
        if let Some(open) = self.documents.get(&file) {
            return Some(Arc::clone(open));
        }
        if let Some(known) = self.disk.get(&file) {
            return known.clone();
        }
        let read = || {
            let uri = Uri::from_file_path(file.as_str())?;
            Some(Arc::new(Document::new(uri, None, files::read_lossy(file.as_str())?)))
        };
        let document = read();
        self.disk.insert(file, document.clone());
        document
    }

    /// A place in the client's terms; none if its file cannot be read.
    pub fn location(&self, at: Location) -> Option<ls_types::Location> {
        let document = self.text_of(at.file)?;
        let range = document.range(at.start, at.end, self.encoding());
        Some(ls_types::Location { uri: document.uri.clone(), range })
    }

    /// A stretch of the file asked about in the client's terms.
    pub fn range(&self, at: Location) -> ls_types::Range {
        self.document.range(at.start, at.end, self.encoding())
    }
}

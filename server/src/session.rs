//! The state that the writer owns: open documents, the roots they belong to, settings.
//!
//! Tasks come one after the other ([`Session::handle`]). Packages are looked up here and not in
//! the background: a question waits in the queue until they are known, and is then answered fully.
//!
//! Invariant: every root that a document concerns has the document's present text as a buffer.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::WeakUnboundedSender;
use tower_lsp::ls_types::{
    DidChangeTextDocumentParams, FileChangeType, FileEvent, MessageType, TextDocumentItem, Uri,
};

use analysis::host::{Answer, CancelToken};
use analysis::symbol::Symbol;

use crate::capabilities::Client;
use crate::config::{Config, SECTION};
use crate::documents::Document;
use crate::from_proto;
use crate::outbox::Outbox;
use crate::root::{self, Loaded, Root};
use crate::snapshot::{DiskTexts, Documents, Snapshot};
use crate::to_proto;
use crate::watch;
use crate::world::{Read, Review, Task, guarded};

/// How long typing must pause before all open files are looked at.
const PAUSE: Duration = Duration::from_millis(150);

/// How often packages are looked up in a row when each time shows further open files.
const LOADS: usize = 3;

/// See the module.
pub struct Session {
    tasks: WeakUnboundedSender<Task>,
    outbox: Outbox,
    pool: Handle,
    client: Client,
    config: Arc<Config>,
    folders: Vec<Utf8PathBuf>,
    roots: Vec<Root>,
    documents: Arc<Documents>,
    /// From a client's spelling of an open document to the path it is analysed under.
    paths: FxHashMap<String, Symbol>,
    disk: Arc<DiskTexts>,
    /// Messages that were shown: each is shown once.
    told: FxHashSet<String>,
    /// Questions that wait for the client's settings.
    waiting: Option<Vec<Read>>,
    /// Counts what may change results.
    generation: u64,
    /// For each open document its version and fingerprint when last reviewed.
    reviewed: FxHashMap<Symbol, (Option<i32>, u64)>,
}

impl Session {
    /// Nothing open yet.
    pub fn new(tasks: WeakUnboundedSender<Task>, outbox: Outbox, pool: Handle) -> Session {
        Session {
            tasks,
            outbox,
            pool,
            client: Client::default(),
            config: Arc::new(Config::default()),
            folders: Vec::new(),
            roots: Vec::new(),
            documents: Arc::new(Documents::default()),
            paths: FxHashMap::default(),
            disk: Arc::new(DiskTexts::default()),
            told: FxHashSet::default(),
            waiting: None,
            generation: 0,
            reviewed: FxHashMap::default(),
        }
    }

    /// Does one task.
    pub fn handle(&mut self, task: Task) {
        match task {
            Task::Initialize(client, folders, options) => {
                self.client = *client;
                self.folders = folders.iter().filter_map(from_proto::path).collect();
                self.set_config(&options);
            }
            Task::Initialized => self.start(),
            Task::Open(item) => self.open(item),
            Task::Edit(edit) => self.edit(edit),
            Task::Close(uri) => self.close(&uri),
            Task::Watched(events) => self.watched(&events),
            Task::SettingsChanged(settings) => {
                if self.client.configuration {
                    self.ask_settings();
                } else {
                    self.set_config(settings.get(SECTION).unwrap_or(&settings));
                }
            }
            Task::Settings(settings) => {
                if !settings.is_null() {
                    self.set_config(&settings);
                }
                self.settle_folders();
                for read in self.waiting.take().unwrap_or_default() {
                    self.read(read);
                }
            }
            Task::Folders(added, removed) => self.change_folders(&added, &removed),
            Task::Read(read) => match &mut self.waiting {
                Some(waiting) => waiting.push(read),
                None => self.read(read),
            },
            Task::Review(generation) => {
                if generation == self.generation && self.waiting.is_none() {
                    self.review();
                }
            }
            Task::Reviewed(review) => self.reviewed(review),
            Task::Shutdown => {
                for root in &mut self.roots {
                    root.host.view().token().cancel();
                }
                self.waiting = None;
            }
        }
    }

    fn start(&mut self) {
        let registrations = watch::registrations(&self.client);
        if !registrations.is_empty() {
            self.outbox.register(registrations);
        }
        if self.client.configuration {
            self.waiting = Some(Vec::new());
            self.ask_settings();
        } else {
            self.settle_folders();
        }
    }

    fn ask_settings(&self) {
        let tasks = self.tasks.clone();
        self.outbox.ask_settings(move |settings| send(&tasks, Task::Settings(settings)));
    }

    fn set_config(&mut self, section: &Value) {
        let (config, problems) = Config::from_json(section);
        for problem in problems {
            self.tell(MessageType::WARNING, problem);
        }
        if *self.config == config {
            return;
        }
        tracing::info!("settings: {config:?}");
        if self.config.loads_differently(&config) {
            self.forget_roots();
        }
        self.config = Arc::new(config);
        self.refresh();
        self.changed();
    }

    // Documents.

    fn open(&mut self, item: TextDocumentItem) {
        let Some(path) = from_proto::path(&item.uri) else { return };
        let file = Symbol::new(self.inside_folders(path).as_str());
        self.paths.insert(item.uri.as_str().to_owned(), file);
        self.replace(file, Document::new(item.uri, Some(item.version), item.text.into()));
    }

    fn edit(&mut self, edit: DidChangeTextDocumentParams) {
        let id = edit.text_document;
        let Some((file, document)) = self.document(&id.uri) else {
            tracing::warn!("edit of a document that is not open: {}", id.uri.as_str());
            return;
        };
        if document.version.is_some_and(|known| id.version < known) {
            tracing::warn!("an edit of version {} comes too late: {}", id.version, id.uri.as_str());
            return;
        }
        let edited = document.edited(id.version, edit.content_changes, self.client.encoding);
        self.replace(file, edited);
    }

    fn close(&mut self, uri: &Uri) {
        let Some(file) = self.paths.remove(uri.as_str()) else { return };
        if self.paths.values().any(|other| *other == file) {
            return;
        }
        Arc::make_mut(&mut self.documents).remove(&file);
        self.reviewed.remove(&file);
        self.disk.remove(&file);
        for root in self.roots.iter_mut().filter(|root| root.has_buffer(file)) {
            root.set_buffer(file, None);
        }
        if !self.client.pulls_diagnostics {
            self.outbox.publish(uri.clone(), Vec::new(), None);
        }
        self.changed();
    }

    fn replace(&mut self, file: Symbol, document: Document) {
        let path = Utf8Path::new(file.as_str());
        for root in &mut self.roots {
            if root.concerns(path) || root.has_buffer(file) {
                root.set_buffer(file, Some(document.text()));
            }
        }
        Arc::make_mut(&mut self.documents).insert(file, Arc::new(document));
        self.changed();
    }

    fn document(&self, uri: &Uri) -> Option<(Symbol, Arc<Document>)> {
        let file = self.paths.get(uri.as_str()).copied()?;
        Some((file, Arc::clone(self.documents.get(&file)?)))
    }

    /// The path under which a file is analysed: spelled by way of a folder of the workspace, if
    /// links lead there, so that one file is not known by two names.
    fn inside_folders(&self, path: Utf8PathBuf) -> Utf8PathBuf {
        if self.folders.iter().any(|folder| path.starts_with(folder)) {
            return path;
        }
        let Some(real) = canonical(&path) else { return path };
        let inside = self.folders.iter().find_map(|folder| {
            let below = real.strip_prefix(canonical(folder)?).ok()?;
            Some(folder.join(below))
        });
        inside.unwrap_or(path)
    }

    // Files and folders.

    fn watched(&mut self, events: &[FileEvent]) {
        let mut paths = Vec::new();
        for event in events {
            let Some(path) = from_proto::path(&event.uri) else { continue };
            if !watch::matters(&path) {
                continue;
            }
            let path = self.inside_folders(path);
            if watch::makes_modules(&path) && event.typ != FileChangeType::CHANGED {
                // Which files belong together is another question now.
                self.forget_roots();
            }
            paths.push(path);
        }
        self.files_changed(&paths);
    }

    /// Looks for itself which files have changed, where the client does not watch them.
    fn look_at_disk(&mut self) {
        if self.client.registers_watchers {
            return;
        }
        let paths: Vec<Utf8PathBuf> =
            self.roots.iter_mut().flat_map(Root::changed_on_disk).collect();
        self.files_changed(&paths);
    }

    fn files_changed(&mut self, paths: &[Utf8PathBuf]) {
        let files: Vec<Symbol> = paths.iter().map(|path| Symbol::new(path.as_str())).collect();
        for file in &files {
            self.disk.remove(file);
        }
        for root in &mut self.roots {
            let concerned: Vec<Symbol> = files
                .iter()
                .copied()
                .filter(|file| root.concerns(Utf8Path::new(file.as_str())))
                .collect();
            if !concerned.is_empty() {
                root.files_changed(&concerned);
            }
        }
        if !files.is_empty() {
            self.changed();
        }
    }

    fn change_folders(&mut self, added: &[Uri], removed: &[Uri]) {
        for folder in removed.iter().filter_map(from_proto::path) {
            self.folders.retain(|known| *known != folder);
            let documents = &self.documents;
            self.roots.retain(|root| {
                let used = || documents.keys().any(|file| root.has_buffer(*file));
                !root.dir.starts_with(&folder) || used()
            });
        }
        self.folders.extend(added.iter().filter_map(from_proto::path));
        if self.waiting.is_none() {
            self.settle_folders();
        }
        self.changed();
    }

    // Roots.

    fn forget_roots(&mut self) {
        for root in self.roots.drain(..) {
            root.host.view().token().cancel();
        }
        self.told.clear();
    }

    /// Loads what belongs to the folders, before a file in them is opened.
    fn settle_folders(&mut self) {
        for folder in self.folders.clone() {
            if let Some(dir) = root::find_dir(&folder.join("any")) {
                let at = self.root_at(dir);
                self.load(at);
            }
        }
        self.changed();
    }

    /// The root in `dir`, made if there is none.
    fn root_at(&mut self, dir: Utf8PathBuf) -> usize {
        if let Some(at) = self.roots.iter().position(|root| root.dir == dir) {
            return at;
        }
        self.roots.push(Root::new(dir, vec!["./...".to_owned()], &self.config));
        let at = self.roots.len() - 1;
        self.lay_buffers(at);
        at
    }

    /// Lays open documents over the files of a root that are not laid over yet.
    fn lay_buffers(&mut self, at: usize) {
        let documents = Arc::clone(&self.documents);
        let Some(root) = self.roots.get_mut(at) else { return };
        for (file, document) in documents.iter() {
            if root.concerns(Utf8Path::new(file.as_str())) && !root.has_buffer(*file) {
                root.set_buffer(*file, Some(document.text()));
            }
        }
    }

    fn load(&mut self, at: usize) {
        if !self.roots.get(at).is_some_and(|root| root.is_stale() || root.problem.is_some()) {
            return;
        }
        let first = self.roots.get(at).is_some_and(|root| root.loaded.graph().packages.is_empty());
        let progress = (first && self.client.progress).then(|| {
            let progress = self.outbox.progress("goescape: loading packages");
            if let Some(root) = self.roots.get(at) {
                progress.report(root.dir.as_str());
            }
            progress
        });
        for _ in 0..LOADS {
            let Some(root) = self.roots.get_mut(at) else { break };
            if root.load(self.client.progress.then_some(&self.outbox)) == Loaded::Known {
                break;
            }
            self.lay_buffers(at);
        }
        drop(progress);
        let Some(root) = self.roots.get(at) else { return };
        let mut shown: Vec<String> = root.problem.iter().cloned().collect();
        let logged = root.loaded.graph().warnings.clone();
        if let Some(env) = root.env() {
            // Without a toolchain, or with another than the module's, all hints are in doubt.
            shown.extend(env.problems.iter().cloned());
        }
        tracing::info!("{}: {} packages", root.dir, root.loaded.graph().packages.len());
        for text in shown {
            self.tell(MessageType::WARNING, text);
        }
        for text in logged {
            if self.told.insert(text.clone()) {
                self.outbox.log(MessageType::INFO, text);
            }
        }
    }

    /// The root of a file, with packages looked up.
    fn home(&mut self, file: Symbol) -> usize {
        let path = Utf8Path::new(file.as_str());
        let dir = root::find_dir(path);
        let nearest = dir.as_ref().and_then(|dir| {
            let at = self.roots.iter().position(|root| root.dir == *dir)?;
            self.load(at);
            self.roots.get(at)?.package_of(file).map(|_| at)
        });
        if let Some(at) = nearest {
            return at;
        }
        // Another root may depend on it: the standard library, the module cache.
        for at in 0..self.roots.len() {
            self.load(at);
        }
        if let Some(at) = self.roots.iter().position(|root| root.package_of(file).is_some()) {
            return at;
        }
        let at = match dir {
            Some(dir) => self.root_at(dir),
            None => self.loose_root(path),
        };
        self.load(at);
        self.seek(at, file);
        at
    }

    /// A root for a file that is part of no module.
    fn loose_root(&mut self, path: &Utf8Path) -> usize {
        if let Some(at) = self.roots.iter().position(|root| root.is_loose(path)) {
            return at;
        }
        self.tell(
            MessageType::INFO,
            format!("{path} is in no module: it is analysed alone; `go mod init` makes a module"),
        );
        let dir = path.parent().unwrap_or(path).to_owned();
        self.roots.push(Root::new(dir, vec![path.to_string()], &self.config));
        let at = self.roots.len() - 1;
        self.lay_buffers(at);
        at
    }

    /// Loads the package of a file that `./...` leaves out, or says why it has none.
    fn seek(&mut self, at: usize, file: Symbol) {
        let Some(root) = self.roots.get_mut(at) else { return };
        if root.package_of(file).is_some() {
            return;
        }
        let path = Utf8Path::new(file.as_str());
        match root.find(path) {
            Ok(Some(found)) if !found.ids.is_empty() => {
                root.add_pattern(found.pattern);
                self.load(at);
            }
            Ok(Some(found)) => {
                if let Some(reason) = found.left_out {
                    self.tell(MessageType::INFO, format!("{path} is not analysed: {reason}"));
                }
            }
            Ok(None) => {}
            Err(error) => self.tell(MessageType::WARNING, error.to_string()),
        }
    }

    // Questions.

    fn read(&mut self, read: Read) {
        if read.is_withdrawn() {
            return;
        }
        let Some(snapshot) = self.snapshot(&read.uri, &read.withdrawn) else {
            read.answer_nothing();
            return;
        };
        let tasks = self.tasks.clone();
        self.pool.spawn_blocking(move || {
            if let Some(read) = read.answer(&snapshot) {
                drop(snapshot);
                send(&tasks, Task::Read(read));
            }
        });
    }

    fn snapshot(&mut self, uri: &Uri, request: &CancelToken) -> Option<Snapshot> {
        let (file, document) = self.document(uri)?;
        let home = self.home(file);
        let root = self.roots.get(home)?;
        Some(Snapshot {
            view: root.host.view().on_behalf_of(request),
            file,
            packages: Arc::clone(&root.loaded),
            package: root.package_of(file),
            document,
            config: Arc::clone(&self.config),
            client: self.client,
            documents: Arc::clone(&self.documents),
            disk: Arc::clone(&self.disk),
        })
    }

    // What the client is told unasked.

    /// Something has happened that may change results: looks at all open files, but not before
    /// typing pauses.
    fn changed(&mut self) {
        self.generation += 1;
        let (tasks, generation) = (self.tasks.clone(), self.generation);
        self.pool.spawn(async move {
            tokio::time::sleep(PAUSE).await;
            send(&tasks, Task::Review(generation));
        });
    }

    fn review(&mut self) {
        self.look_at_disk();
        let uris: Vec<Uri> = self.documents.values().map(|open| open.uri.clone()).collect();
        for uri in uris {
            let Some(snapshot) = self.snapshot(&uri, &CancelToken::default()) else { continue };
            let tasks = self.tasks.clone();
            self.pool.spawn_blocking(move || {
                // Cancelled by an edit, after which there will be another review.
                let review = guarded(&snapshot, || look_at(&snapshot));
                if let Ok(review) = review.unwrap_or_else(|| Ok(nothing_in(&snapshot))) {
                    drop(snapshot);
                    send(&tasks, Task::Reviewed(review));
                }
            });
        }
    }

    fn reviewed(&mut self, review: Review) {
        let Some(document) = self.documents.get(&review.file) else { return };
        if document.version != review.version {
            return;
        }
        if !self.client.pulls_diagnostics {
            self.outbox.publish(document.uri.clone(), review.diagnostics, review.version);
        }
        let now = (review.version, review.fingerprint);
        let before = self.reviewed.insert(review.file, now);
        // The client asks by itself about text that it has changed; not about what an edit
        // elsewhere has done to it.
        if before.is_some_and(|before| before.0 == now.0 && before.1 != now.1) {
            self.refresh();
        }
    }

    fn refresh(&self) {
        if self.client.refreshes_hints {
            self.outbox.refresh_hints();
        }
        if self.client.refreshes_diagnostics {
            self.outbox.refresh_diagnostics();
        }
    }

    /// Shows a message unless it was shown before.
    fn tell(&mut self, kind: MessageType, text: String) {
        if self.told.insert(text.clone()) {
            tracing::info!("told: {text}");
            self.outbox.show(kind, text);
        }
    }
}

fn look_at(snapshot: &Snapshot) -> Answer<Review> {
    let report = snapshot.report()?;
    let diagnostics = to_proto::diagnostics(snapshot, report.as_ref());
    snapshot.view.token().check()?;
    let mut hasher = FxHasher::default();
    format!("{report:?}").hash(&mut hasher);
    Ok(Review {
        file: snapshot.file,
        version: snapshot.document.version,
        diagnostics,
        fingerprint: hasher.finish(),
    })
}

/// What there is to show where the analysis fails: nothing, so that nothing old stays.
fn nothing_in(snapshot: &Snapshot) -> Review {
    let (file, version) = (snapshot.file, snapshot.document.version);
    Review { file, version, diagnostics: Vec::new(), fingerprint: 0 }
}

fn send(tasks: &WeakUnboundedSender<Task>, task: Task) {
    // No sender is left once the server has stopped.
    if let Some(tasks) = tasks.upgrade() {
        let _ = tasks.send(task);
    }
}

/// The path without links; of a file that does not exist, its directory's.
fn canonical(path: &Utf8Path) -> Option<Utf8PathBuf> {
    path.canonicalize_utf8().ok().or_else(|| {
        let dir = path.parent()?.canonicalize_utf8().ok()?;
        Some(dir.join(path.file_name()?))
    })
}

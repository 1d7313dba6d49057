//! The one queue through which everything reaches the one thread that owns the state.
//!
//! Invariants:
//! - Each method enqueues before it first waits, so that the order of the client's messages is the
//!   order of their effects: an answer misses no edit that was sent before its question.
//! - A read runs on the blocking pool and never waits for another task.
//! - A read that an edit interrupts is asked once more of the new state, then given up with
//!   `ContentModified`. A read whose request is withdrawn stops.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    Diagnostic, DidChangeTextDocumentParams, FileEvent, TextDocumentItem, Uri,
};

use analysis::host::{Answer, CancelToken, Cancelled};
use analysis::symbol::Symbol;

use crate::capabilities::Client;
use crate::outbox::Outbox;
use crate::session::Session;
use crate::snapshot::Snapshot;

/// How much stack the threads get that analyse: Go text can be nested deeply. It is reserved, not
/// used, until needed.
pub const STACK_SIZE: usize = 256 << 20;

/// What the writer does, one after the other.
pub enum Task {
    /// The client has said what it can do, and which folders it shows.
    Initialize(Box<Client>, Vec<Uri>, Value),
    /// The client is ready for requests.
    Initialized,
    /// A document was opened.
    Open(TextDocumentItem),
    /// A document was edited.
    Edit(DidChangeTextDocumentParams),
    /// A document was closed.
    Close(Uri),
    /// Files changed on disk.
    Watched(Vec<FileEvent>),
    /// Settings have changed; those that came along.
    SettingsChanged(Value),
    /// The settings the client was asked for.
    Settings(Value),
    /// Folders were added to the workspace and removed from it.
    Folders(Vec<Uri>, Vec<Uri>),
    /// A question.
    Read(Read),
    /// Time to look at all open files, unless something has happened since.
    Review(u64),
    /// What such a look has found.
    Reviewed(Review),
    /// The client has said goodbye.
    Shutdown,
}

/// What there is to show in an open file.
pub struct Review {
    /// The file.
    pub file: Symbol,
    /// The version of its text.
    pub version: Option<i32>,
    /// Its diagnostics.
    pub diagnostics: Vec<Diagnostic>,
    /// Changes when anything shown in the file changes.
    pub fingerprint: u64,
}

/// A question on its way.
pub struct Read {
    /// The file it is about.
    pub uri: Uri,
    /// Set when the request is withdrawn.
    pub withdrawn: CancelToken,
    /// Whether it was interrupted before.
    pub again: bool,
    question: Arc<dyn Question>,
}

impl Read {
    /// Whether nobody waits for the answer any more.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn.check().is_err()
    }

    /// Answers that there is nothing to say.
    pub fn answer_nothing(self) {
        self.question.nothing();
    }

    /// Answers from `snapshot`; hands itself back if the world has changed meanwhile.
    pub fn answer(mut self, snapshot: &Snapshot) -> Option<Read> {
        match guarded(snapshot, || self.question.answer(snapshot)) {
            Some(Ok(())) => None,
            // An error would be shown to the user at each keystroke.
            None => {
                self.question.nothing();
                None
            }
            Some(Err(Cancelled)) if self.is_withdrawn() => None,
            Some(Err(Cancelled)) if self.again => {
                self.question.refuse(Error::content_modified());
                None
            }
            Some(Err(Cancelled)) => {
                self.again = true;
                Some(self)
            }
        }
    }
}

/// What `work` gives; none if it panics: a bug in the analysis costs one answer and is logged.
pub fn guarded<T>(snapshot: &Snapshot, work: impl FnOnce() -> T) -> Option<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    if done.is_err() {
        let version = snapshot.document.version;
        tracing::error!("{} in version {version:?}: the analysis failed", snapshot.file);
    }
    done.ok()
}

/// A question with the way back to who asks.
trait Question: Send + Sync {
    fn answer(&self, snapshot: &Snapshot) -> Answer<()>;
    fn nothing(&self);
    fn refuse(&self, error: Error);
}

struct Asked<T, F> {
    ask: F,
    reply: std::sync::Mutex<Option<oneshot::Sender<Result<T>>>>,
}

impl<T, F> Asked<T, F> {
    fn reply(&self, answer: Result<T>) {
        let reply = self.reply.lock().ok().and_then(|mut reply| reply.take());
        // Nobody receives when the request was withdrawn.
        let _ = reply.map(|reply| reply.send(answer));
    }
}

impl<T, F> Question for Asked<T, F>
where
    T: Default + Send,
    F: Fn(&Snapshot) -> Answer<T> + Send + Sync,
{
    fn answer(&self, snapshot: &Snapshot) -> Answer<()> {
        let answer = (self.ask)(snapshot)?;
        // What was computed while the world changed is not given out.
        snapshot.view.token().check()?;
        self.reply(Ok(answer));
        Ok(())
    }

    fn nothing(&self) {
        self.reply(Ok(T::default()));
    }

    fn refuse(&self, error: Error) {
        self.reply(Err(error));
    }
}

/// The way to the writer.
#[derive(Clone)]
pub struct World {
    tasks: UnboundedSender<Task>,
}

impl World {
    /// Starts the writer. Must be called in the runtime.
    pub fn start(outbox: Outbox) -> World {
        let (tasks, inbox) = unbounded_channel();
        let session = Session::new(tasks.downgrade(), outbox, Handle::current());
        let run = move || run(session, inbox);
        let writer = std::thread::Builder::new().name("writer".to_owned()).stack_size(STACK_SIZE);
        if let Err(error) = writer.spawn(run) {
            tracing::error!("no thread for the writer: {error}");
        }
        World { tasks }
    }

    /// Enqueues something that has no answer.
    pub fn send(&self, task: Task) {
        // Without a writer nothing can be done; requests then answer with an error.
        let _ = self.tasks.send(task);
    }

    /// Asks about the file at `uri`. Where that is not open, the answer is the default.
    ///
    /// Not `async`: the question is in the queue when this returns.
    pub fn read<T, F>(&self, uri: Uri, ask: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Default + Send + 'static,
        F: Fn(&Snapshot) -> Answer<T> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let question = Arc::new(Asked { ask, reply: std::sync::Mutex::new(Some(reply)) });
        let withdrawn = CancelToken::default();
        let guard = Withdraw(withdrawn.clone());
        self.send(Task::Read(Read { uri, withdrawn, again: false, question }));
        async move {
            let answer = answer.await;
            drop(guard);
            answer.unwrap_or_else(|_| Err(internal_error()))
        }
    }
}

/// Withdraws the request when its future is dropped, which is how tower-lsp cancels.
struct Withdraw(CancelToken);

impl Drop for Withdraw {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn internal_error() -> Error {
    Error {
        code: ErrorCode::InternalError,
        message: "goescape failed on this request; its log on stderr says more".into(),
        data: None,
    }
}

fn run(mut session: Session, mut inbox: UnboundedReceiver<Task>) {
    while let Some(task) = inbox.blocking_recv() {
        // A bug in one task must not take the server down: the client would lose its text.
        let done = catch_unwind(AssertUnwindSafe(|| session.handle(task)));
        if done.is_err() {
            tracing::error!("a task of the writer failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_lsp::ls_types::{InitializeParams, InitializeResult};
    use tower_lsp::{LanguageServer, LspService};

    use super::*;

    struct Nobody(World);

    impl LanguageServer for Nobody {
        async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
            Ok(InitializeResult::default())
        }

        async fn shutdown(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_costs_one_answer_and_not_the_server() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.unwrap().block_on(async {
            let (service, _socket) =
                LspService::new(|client| Nobody(World::start(Outbox::new(client))));
            let world = &service.inner().0;
            let uri: Uri = "file:///nowhere/at/all.go".parse().unwrap();
            let options = json!({ "go": { "path": "/nowhere/go" } });
            world.send(Task::Initialize(Box::default(), Vec::new(), options));
            let (language_id, text) = ("go".to_owned(), "package all\n".to_owned());
            let open = TextDocumentItem { uri: uri.clone(), language_id, version: 4, text };
            world.send(Task::Open(open));
            let fails = world.read(uri.clone(), |_| -> Answer<i32> { panic!("on purpose") });
            assert_eq!(fails.await, Ok(0));
            let works = world.read(uri, |snapshot| Ok(snapshot.document.version));
            assert_eq!(works.await, Ok(Some(4)));
        });
    }
}

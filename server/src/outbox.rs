//! What the server says unasked: messages, diagnostics, progress, requests to the client.
//!
//! Anything may post without waiting. Notifications reach the client in the order of posting;
//! requests, whose answers take their time, do not hold them up.

use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower_lsp::Client;
use tower_lsp::ls_types::{
    ConfigurationItem, Diagnostic, MessageType, NumberOrString, ProgressParams,
    ProgressParamsValue, Registration, Uri, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressEnd, WorkDoneProgressReport, notification,
};

use crate::config::SECTION;

/// How long to wait for a client that was asked for its settings: some never answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Posts to the client.
#[derive(Debug, Clone)]
pub struct Outbox {
    posts: UnboundedSender<Post>,
    client: Client,
    pool: Handle,
}

#[derive(Debug)]
enum Post {
    Show(MessageType, String),
    Log(MessageType, String),
    Diagnostics(Uri, Vec<Diagnostic>, Option<i32>),
}

impl Outbox {
    /// Starts delivering. Must be called in the runtime.
    pub fn new(client: Client) -> Outbox {
        let (posts, post) = unbounded_channel();
        let pool = Handle::current();
        pool.spawn(deliver(client.clone(), post));
        Outbox { posts, client, pool }
    }

    /// Shows a message to the user.
    pub fn show(&self, kind: MessageType, text: impl Into<String>) {
        self.post(Post::Show(kind, text.into()));
    }

    /// Writes to the client's log.
    pub fn log(&self, kind: MessageType, text: impl Into<String>) {
        self.post(Post::Log(kind, text.into()));
    }

    /// Replaces a file's diagnostics.
    pub fn publish(&self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        self.post(Post::Diagnostics(uri, diagnostics, version));
    }

    /// Tells the client to ask for hints again.
    pub fn refresh_hints(&self) {
        let client = self.client.clone();
        self.pool.spawn(async move { client.inlay_hint_refresh().await });
    }

    /// Tells the client to ask for diagnostics again.
    pub fn refresh_diagnostics(&self) {
        let client = self.client.clone();
        self.pool.spawn(async move { client.workspace_diagnostic_refresh().await });
    }

    /// Asks the client to send something from now on.
    pub fn register(&self, registrations: Vec<Registration>) {
        let client = self.client.clone();
        self.pool.spawn(async move {
            if let Err(error) = client.register_capability(registrations).await {
                tracing::warn!("the client refuses a registration: {error}");
            }
        });
    }

    /// Asks for the settings; `then` gets them, or null if the client has none to give.
    pub fn ask_settings(&self, then: impl FnOnce(Value) + Send + 'static) {
        let client = self.client.clone();
        self.pool.spawn(async move {
            let item = ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) };
            let answer = tokio::time::timeout(PATIENCE, client.configuration(vec![item])).await;
            let settings = match answer {
                Ok(Ok(settings)) => settings.into_iter().next().unwrap_or(Value::Null),
                _ => Value::Null,
            };
            then(settings);
        });
    }

    /// Shows progress until the value is dropped.
    pub fn progress(&self, title: &str) -> Progress {
        self.progress_after(title, Duration::ZERO)
    }

    /// Shows progress if the value is not dropped within `grace`.
    pub fn progress_after(&self, title: &str, grace: Duration) -> Progress {
        let (reports, report) = unbounded_channel();
        let (client, title) = (self.client.clone(), title.to_owned());
        self.pool.spawn(async move {
            tokio::time::sleep(grace).await;
            if !grace.is_zero() && report.is_closed() {
                return;
            }
            show_progress(client, title, report).await;
        });
        Progress { reports }
    }

    fn post(&self, post: Post) {
        // Without a receiver the client is gone, and nobody misses the message.
        let _ = self.posts.send(post);
    }
}

/// Work that the client shows while this lives.
#[derive(Debug)]
pub struct Progress {
    reports: UnboundedSender<String>,
}

impl Progress {
    /// What is being done now.
    pub fn report(&self, text: impl Into<String>) {
        let _ = self.reports.send(text.into());
    }
}

async fn deliver(client: Client, mut posts: UnboundedReceiver<Post>) {
    while let Some(post) = posts.recv().await {
        match post {
            Post::Show(kind, text) => client.show_message(kind, text).await,
            Post::Log(kind, text) => client.log_message(kind, text).await,
            Post::Diagnostics(uri, diagnostics, version) => {
                client.publish_diagnostics(uri, diagnostics, version).await;
            }
        }
    }
}

async fn show_progress(client: Client, title: String, mut reports: UnboundedReceiver<String>) {
    let id = client.next_request_id();
    let token = NumberOrString::String(format!("goescape/{id}"));
    if client.create_work_done_progress(token.clone()).await.is_err() {
        return;
    }
    let send = async |value| {
        let value = ProgressParamsValue::WorkDone(value);
        let params = ProgressParams { token: token.clone(), value };
        client.send_notification::<notification::Progress>(params).await;
    };
    let begin = WorkDoneProgressBegin { title, ..WorkDoneProgressBegin::default() };
    send(WorkDoneProgress::Begin(begin)).await;
    while let Some(message) = reports.recv().await {
        let report = WorkDoneProgressReport { message: Some(message), ..Default::default() };
        send(WorkDoneProgress::Report(report)).await;
    }
    send(WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
}

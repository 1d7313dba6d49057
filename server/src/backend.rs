//! The language server: each message one call into the world.
//!
//! Invariant: a handler enqueues before it first waits, and does nothing else; so the order of the
//! messages holds although tower-lsp runs handlers side by side.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CodeActionParams, CodeActionResponse, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentDiagnosticParams,
    DocumentDiagnosticReport, DocumentDiagnosticReportResult, FullDocumentDiagnosticReport, Hover,
    HoverParams, InitializeParams, InitializeResult, InitializedParams, InlayHint, InlayHintParams,
    RelatedFullDocumentDiagnosticReport, ServerInfo, TextDocumentIdentifier, Uri,
};
use tower_lsp::{LanguageServer, LspService, Server};

use crate::capabilities::{self, Client};
use crate::outbox::Outbox;
use crate::world::{Task, World};
use crate::{frames, from_proto, to_proto};

/// How many bytes of messages wait before the client has to.
const PIPE: usize = 1 << 20;

/// See the module.
pub struct Backend {
    world: World,
    /// Whether the client has said goodbye.
    shut_down: Arc<AtomicBool>,
}

/// Serves one client until it says `exit` or goes away. The code is the protocol's: success after
/// `shutdown`, failure without.
pub async fn serve<I, O>(input: I, output: O) -> ExitCode
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    if serve_until_exit(input, output).await { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Like [`serve`]; says whether the client has said `shutdown`.
pub async fn serve_until_exit<I, O>(input: I, output: O) -> bool
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let shut_down = Arc::new(AtomicBool::new(false));
    let backend = |client| Backend {
        world: World::start(Outbox::new(client)),
        shut_down: Arc::clone(&shut_down),
    };
    let (service, socket) =
        LspService::build(backend).custom_method("goescape/fileText", Backend::file_text).finish();
    let world = service.inner().world.clone();
    let (sound, messages) = tokio::io::duplex(PIPE);
    // With a limit, slow answers would hold back the edits and cancellations behind them.
    let server = Server::new(messages, output, socket).concurrency_level(usize::MAX);
    let pass = async {
        frames::pass(input, sound).await;
        // The server ends with its last answer, which nobody waits for any more.
        world.send(Task::Shutdown);
    };
    tokio::join!(server.serve(service), pass);
    shut_down.load(Ordering::Relaxed)
}

impl Backend {
    /// `goescape/fileText`: an open file as the server has it. When results look wrong, the first
    /// question is whether editor and server see one text.
    async fn file_text(&self, params: TextDocumentIdentifier) -> Result<Value> {
        let answer = self.world.read(params.uri, |snapshot| {
            Ok(json!({
                "path": snapshot.file.as_str(),
                "package": snapshot.package.map(|package| package.to_string()),
                "version": snapshot.document.version,
                "text": &**snapshot.document.text(),
            }))
        });
        answer.await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let client = Client::of(&params);
        let capabilities = capabilities::server(&client);
        let options = params.initialization_options.clone().unwrap_or(Value::Null);
        let folders = folders(params);
        self.world.send(Task::Initialize(Box::new(client), folders, options));
        let server_info = ServerInfo {
            name: "goescape".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        Ok(InitializeResult { capabilities, server_info: Some(server_info), offset_encoding: None })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.world.send(Task::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.shut_down.store(true, Ordering::Relaxed);
        self.world.send(Task::Shutdown);
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.world.send(Task::Open(params.text_document));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.world.send(Task::Edit(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.world.send(Task::Close(params.text_document.uri));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.world.send(Task::Watched(params.changes));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        self.world.send(Task::SettingsChanged(params.settings));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let uris = |folders: Vec<tower_lsp::ls_types::WorkspaceFolder>| {
            folders.into_iter().map(|folder| folder.uri).collect()
        };
        self.world.send(Task::Folders(uris(params.event.added), uris(params.event.removed)));
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let range = params.range;
        let answer = self.world.read(params.text_document.uri, move |snapshot| {
            let within = from_proto::location(snapshot, range);
            let report = snapshot.report()?;
            Ok(report.map(|report| to_proto::hints(snapshot, &report, within)))
        });
        answer.await
    }

    async fn inlay_hint_resolve(&self, hint: InlayHint) -> Result<InlayHint> {
        let Some(uri) = to_proto::uri_of(&hint) else { return Ok(hint) };
        let unresolved = InlayHint { data: None, ..hint.clone() };
        let answer = self.world.read(uri, move |snapshot| {
            let report = snapshot.report()?;
            Ok(report.map(|report| to_proto::resolve_hint(snapshot, &report, hint.clone())))
        });
        Ok(answer.await?.unwrap_or(unresolved))
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let place = params.text_document_position_params;
        let answer = self.world.read(place.text_document.uri, move |snapshot| {
            let offset = snapshot.document.offset(place.position, snapshot.encoding());
            let report = snapshot.report()?;
            Ok(report.and_then(|report| to_proto::hover(snapshot, &report, offset)))
        });
        answer.await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let (range, context) = (params.range, params.context);
        if !to_proto::are_wanted(&context) {
            return Ok(None);
        }
        let answer = self.world.read(params.text_document.uri, move |snapshot| {
            let at = from_proto::location(snapshot, range);
            let actions = snapshot.actions(at)?;
            Ok(Some(to_proto::actions(snapshot, actions, &context)))
        });
        answer.await
    }

    async fn diagnostic(
        &self,
        params: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReportResult> {
        let answer = self.world.read(params.text_document.uri, |snapshot| {
            let report = snapshot.report()?;
            Ok(to_proto::diagnostics(snapshot, report.as_ref()))
        });
        let report = RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: FullDocumentDiagnosticReport {
                result_id: None,
                items: answer.await?,
            },
        };
        Ok(DocumentDiagnosticReportResult::Report(DocumentDiagnosticReport::Full(report)))
    }
}

/// The folders that the client shows: a list, or the single one of older clients.
#[expect(deprecated, reason = "older clients name their folder so")]
fn folders(params: InitializeParams) -> Vec<Uri> {
    match params.workspace_folders {
        Some(folders) => folders.into_iter().map(|folder| folder.uri).collect(),
        None => params.root_uri.into_iter().collect(),
    }
}

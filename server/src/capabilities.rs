//! What client and server agree on when they meet.

use tower_lsp::ls_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    DiagnosticOptions, DiagnosticServerCapabilities, HoverProviderCapability, InitializeParams,
    InlayHintOptions, InlayHintServerCapabilities, MarkupKind, OneOf, PositionEncodingKind,
    ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use crate::lines::Encoding;

/// What the client can do, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Client {
    /// How columns are counted.
    pub encoding: Encoding,
    /// It sends edits in no reliable order, as Helix 25.01 does when keys come quickly: whole texts,
    /// of which the newest counts, are then the only way to have its text.
    pub disorders_edits: bool,
    /// It asks for diagnostics itself, and can be told to ask again: they also change when the text
    /// does not. To others they are pushed.
    pub pulls_diagnostics: bool,
    /// It shows related places of a diagnostic.
    pub related_information: bool,
    /// It shows the link of a diagnostic's code.
    pub code_description: bool,
    /// It shows Markdown when hovering.
    pub markdown: bool,
    /// It fetches a hint's tooltip only when it shows it.
    pub resolves_tooltips: bool,
    /// It can be told to ask for hints again.
    pub refreshes_hints: bool,
    /// It can be told to ask for diagnostics again.
    pub refreshes_diagnostics: bool,
    /// It takes edits with versions.
    pub document_changes: bool,
    /// It asks the user about edits that say so.
    pub annotates_edits: bool,
    /// It takes actions that carry their edits, and not only commands.
    pub action_literals: bool,
    /// It can be asked for settings.
    pub configuration: bool,
    /// It can be asked to tell when settings change.
    pub registers_configuration: bool,
    /// It can be asked to watch files.
    pub registers_watchers: bool,
    /// It shows the progress of work.
    pub progress: bool,
}

impl Client {
    /// Reads what the client says of itself.
    pub fn of(params: &InitializeParams) -> Client {
        let ClientCapabilities { workspace, text_document, window, general, .. } =
            &params.capabilities;
        let workspace = workspace.clone().unwrap_or_default();
        let text = text_document.clone().unwrap_or_default();
        let offered = general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let publish = text.publish_diagnostics.unwrap_or_default();
        let hints = text.inlay_hint.unwrap_or_default();
        let hover = text.hover.and_then(|hover| hover.content_format).unwrap_or_default();
        let watched = workspace.did_change_watched_files.unwrap_or_default();
        let changes = workspace.did_change_configuration.unwrap_or_default();
        let edits = workspace.workspace_edit.unwrap_or_default();
        let refreshes_diagnostics = workspace
            .diagnostics
            .is_some_and(|diagnostics| diagnostics.refresh_support == Some(true));
        Client {
            encoding: choose_encoding(offered.unwrap_or_default()),
            disorders_edits: params.client_info.as_ref().is_some_and(|info| info.name == "helix"),
            pulls_diagnostics: text.diagnostic.is_some() && refreshes_diagnostics,
            related_information: publish.related_information == Some(true),
            code_description: publish.code_description_support == Some(true),
            markdown: hover.first() == Some(&MarkupKind::Markdown),
            resolves_tooltips: hints.resolve_support.is_some_and(|support| {
                support.properties.iter().any(|property| property == "tooltip")
            }),
            refreshes_hints: workspace
                .inlay_hint
                .is_some_and(|hints| hints.refresh_support == Some(true)),
            refreshes_diagnostics,
            document_changes: edits.document_changes == Some(true),
            annotates_edits: edits.change_annotation_support.is_some(),
            action_literals: text
                .code_action
                .is_some_and(|actions| actions.code_action_literal_support.is_some()),
            configuration: workspace.configuration == Some(true),
            registers_configuration: changes.dynamic_registration == Some(true),
            registers_watchers: watched.dynamic_registration == Some(true),
            progress: window.as_ref().is_some_and(|window| window.work_done_progress == Some(true)),
        }
    }
}

/// UTF-8 where it is offered, for then nothing has to be counted; UTF-16 where nothing is said.
fn choose_encoding(offered: &[PositionEncodingKind]) -> Encoding {
    let has = |kind| offered.contains(&kind);
    if has(PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if has(PositionEncodingKind::UTF32) && !has(PositionEncodingKind::UTF16) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

/// What the server does for this client.
pub fn server(client: &Client) -> ServerCapabilities {
    let encoding = match client.encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    };
    let diagnostics = DiagnosticServerCapabilities::Options(DiagnosticOptions {
        identifier: Some("goescape".to_owned()),
        inter_file_dependencies: true,
        workspace_diagnostics: false,
        work_done_progress_options: WorkDoneProgressOptions::default(),
    });
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(if client.disorders_edits {
                TextDocumentSyncKind::FULL
            } else {
                TextDocumentSyncKind::INCREMENTAL
            }),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Right(InlayHintServerCapabilities::Options(
            InlayHintOptions {
                work_done_progress_options: WorkDoneProgressOptions::default(),
                resolve_provider: Some(client.resolves_tooltips),
            },
        ))),
        diagnostic_provider: client.pulls_diagnostics.then_some(diagnostics),
        code_action_provider: client.action_literals.then(|| {
            CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(vec![
                    CodeActionKind::QUICKFIX,
                    CodeActionKind::REFACTOR_REWRITE,
                ]),
                ..CodeActionOptions::default()
            })
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn client(capabilities: serde_json::Value) -> Client {
        let params = json!({ "capabilities": capabilities });
        Client::of(&serde_json::from_value(params).unwrap())
    }

    fn encoding(offered: &[&str]) -> Encoding {
        client(json!({ "general": { "positionEncodings": offered } })).encoding
    }

    #[test]
    fn bytes_are_preferred_and_utf_16_is_assumed() {
        assert_eq!(encoding(&["utf-16"]), Encoding::Utf16);
        assert_eq!(encoding(&["utf-32", "utf-8", "utf-16"]), Encoding::Utf8);
        assert_eq!(encoding(&["utf-32", "utf-16"]), Encoding::Utf16);
        assert_eq!(encoding(&["utf-32"]), Encoding::Utf32);
        assert_eq!(client(json!({})).encoding, Encoding::Utf16);
    }

    #[test]
    fn diagnostics_are_pulled_only_where_the_client_can_be_told_to_pull_again() {
        let refreshes = json!({ "diagnostics": { "refreshSupport": true } });
        for (capabilities, pulls) in [
            (json!({}), false),
            (json!({ "textDocument": { "diagnostic": {} } }), false),
            (json!({ "textDocument": { "diagnostic": {} }, "workspace": refreshes }), true),
        ] {
            let client = client(capabilities);
            assert_eq!(client.pulls_diagnostics, pulls);
            assert_eq!(server(&client).diagnostic_provider.is_some(), pulls);
        }
    }

    #[test]
    fn a_client_that_disorders_edits_is_asked_for_whole_texts() {
        let sync = |name: &str| {
            let params = json!({ "capabilities": {}, "clientInfo": { "name": name } });
            let client = Client::of(&serde_json::from_value(params).unwrap());
            serde_json::to_value(server(&client)).unwrap()["textDocumentSync"]["change"].clone()
        };
        assert_eq!((sync("helix"), sync("Neovim")), (json!(1), json!(2)));
    }

    #[test]
    fn commands_are_left_to_the_editors_clients() {
        assert_eq!(server(&Client::default()).execute_command_provider, None);
    }
}

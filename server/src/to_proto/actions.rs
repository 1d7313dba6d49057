//! Code actions, with their edits in the client's terms.

use tower_lsp::ls_types::{
    AnnotatedTextEdit, ChangeAnnotation, CodeAction, CodeActionContext, CodeActionKind,
    CodeActionOrCommand, Diagnostic, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use analysis::explain::finding::{self, Action};

use super::SOURCE;
use crate::snapshot::Snapshot;

/// Up to this many files a user sees what an action does without being asked.
const MANY: usize = 4;

/// Our own diagnostics among those that the client asks about.
fn ours(context: &CodeActionContext) -> Vec<Diagnostic> {
    let is_ours = |one: &&Diagnostic| one.source.as_deref() == Some(SOURCE);
    context.diagnostics.iter().filter(is_ours).cloned().collect()
}

/// With a diagnostic it is a fix; without one a rewriting that the user may want.
fn kind(ours: &[Diagnostic]) -> CodeActionKind {
    if ours.is_empty() { CodeActionKind::REFACTOR_REWRITE } else { CodeActionKind::QUICKFIX }
}

/// Whether the client wants actions of our kind: when a file is saved it may ask for others only.
pub fn are_wanted(context: &CodeActionContext) -> bool {
    let kind = kind(&ours(context));
    context.only.as_deref().is_none_or(|only| {
        only.iter().any(|only| {
            let (kind, only) = (kind.as_str(), only.as_str());
            kind.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

/// What the client offers to do.
pub fn actions(
    snapshot: &Snapshot,
    actions: Vec<Action>,
    context: &CodeActionContext,
) -> Vec<CodeActionOrCommand> {
    if !are_wanted(context) {
        return Vec::new();
    }
    let ours = ours(context);
    let actions = actions.into_iter().filter_map(|action| {
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            edit: Some(workspace_edit(snapshot, &action)?),
            title: action.title,
            kind: Some(kind(&ours)),
            diagnostics: (!ours.is_empty()).then(|| ours.clone()),
            ..CodeAction::default()
        }))
    });
    actions.collect()
}

/// The edits by file; none if a file cannot be read, for half a change is worse than no change.
fn workspace_edit(snapshot: &Snapshot, action: &Action) -> Option<WorkspaceEdit> {
    let mut files: Vec<(OptionalVersionedTextDocumentIdentifier, Vec<TextEdit>)> = Vec::new();
    for finding::TextEdit { at, text } in &action.edits {
        let document = snapshot.text_of(at.file)?;
        let range: Range = document.range(at.start, at.end, snapshot.encoding());
        let edit = TextEdit { range, new_text: text.clone() };
        match files.iter_mut().find(|(id, _)| id.uri == document.uri) {
            Some((_, edits)) => edits.push(edit),
            None => {
                let (uri, version) = (document.uri.clone(), document.version);
                files.push((OptionalVersionedTextDocumentIdentifier { uri, version }, vec![edit]));
            }
        }
    }
    if !snapshot.client.document_changes {
        let changes = files.into_iter().map(|(id, edits)| (id.uri, edits)).collect();
        return Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
    }
    let annotation = (snapshot.client.annotates_edits && files.len() > MANY)
        .then(|| annotation(action, files.len()));
    let annotated = |edit| match &annotation {
        Some(annotation) => OneOf::Right(AnnotatedTextEdit {
            text_edit: edit,
            annotation_id: annotation.label.clone(),
        }),
        None => OneOf::Left(edit),
    };
    let edits = files.into_iter().map(|(text_document, edits)| TextDocumentEdit {
        text_document,
        edits: edits.into_iter().map(annotated).collect(),
    });
    let changes = DocumentChanges::Edits(edits.collect());
    Some(WorkspaceEdit {
        document_changes: Some(changes),
        change_annotations: annotation
            .map(|annotation| [(annotation.label.clone(), annotation)].into_iter().collect()),
        ..WorkspaceEdit::default()
    })
}

/// What the user confirms before many files are changed.
fn annotation(action: &Action, n_files: usize) -> ChangeAnnotation {
    ChangeAnnotation {
        label: action.title.clone(),
        needs_confirmation: Some(true),
        description: Some(format!("{n_files} files")),
    }
}

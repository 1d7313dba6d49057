//! From findings to what a client shows.
//!
//! With [`crate::from_proto`] and [`crate::documents`] the only code that sees a client's position.

use tower_lsp::ls_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, CodeDescription,
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DocumentChanges, NumberOrString,
    OneOf, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};

use analysis::explain::finding::{self, Action, Code, Finding, Location, Place};
use analysis::host::FileReport;

use crate::config::Severity;
use crate::snapshot::Snapshot;

mod hints;
mod hover;
mod markup;
#[cfg(test)]
mod tests;

pub use hints::{hints, resolve_hint, uri_of};
pub use hover::hover;

/// What diagnostics name as their source.
pub const SOURCE: &str = "goescape";

/// Where codes are explained, if the package has no page of its own.
const STACK_OR_HEAP: &str = "https://go.dev/doc/faq#stack_or_heap";

/// The diagnostics of the file asked about.
pub fn diagnostics(snapshot: &Snapshot, report: Option<&FileReport>) -> Vec<Diagnostic> {
    let severity = match snapshot.config.severity {
        Severity::Off => return Vec::new(),
        Severity::Hint => DiagnosticSeverity::HINT,
        Severity::Information => DiagnosticSeverity::INFORMATION,
    };
    let findings = report.map_or(&[][..], |report| &report.findings);
    let shown = findings.iter().filter(|finding| is_shown(snapshot, finding));
    shown.map(|finding| diagnostic(snapshot, finding, severity)).collect()
}

/// Whether a finding is an allocation in the file asked about.
fn is_shown(snapshot: &Snapshot, finding: &Finding) -> bool {
    finding.place == Place::Heap && finding.at.file == snapshot.file
}

fn diagnostic(snapshot: &Snapshot, finding: &Finding, severity: DiagnosticSeverity) -> Diagnostic {
    let related = snapshot.client.related_information.then(|| related(snapshot, finding));
    let description = finding.code.filter(|_| snapshot.client.code_description);
    Diagnostic {
        range: snapshot.range(first_line(snapshot, finding.at)),
        severity: Some(severity),
        code: finding.code.map(|code| NumberOrString::String(code.as_str().to_owned())),
        code_description: description.and_then(|code| Some(CodeDescription { href: href(code)? })),
        source: Some(SOURCE.to_owned()),
        message: finding.reason.clone(),
        related_information: related.filter(|related| !related.is_empty()),
        ..Diagnostic::default()
    }
}

fn related(snapshot: &Snapshot, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.flow.iter().filter_map(|step| {
        let location = snapshot.location(step.at?)?;
        Some(DiagnosticRelatedInformation { location, message: step.text.clone() })
    });
    steps.collect()
}

/// The page that explains a code.
fn href(code: Code) -> Option<Uri> {
    let page = env!("CARGO_PKG_HOMEPAGE");
    if page.is_empty() {
        STACK_OR_HEAP.parse().ok()
    } else {
        format!("{page}#{}", code.as_str()).parse().ok()
    }
}

/// The part of a stretch that is on its first line: a long literal is not underlined whole.
fn first_line(snapshot: &Snapshot, at: Location) -> Location {
    Location { end: at.end.min(snapshot.document.line_end(at.start)).max(at.start), ..at }
}

/// What the client offers to do in `range`.
pub fn actions(
    snapshot: &Snapshot,
    actions: Vec<Action>,
    context: &CodeActionContext,
) -> Vec<CodeActionOrCommand> {
    let ours = context
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.source.as_deref() == Some(SOURCE))
        .cloned()
        .collect::<Vec<_>>();
    // With a diagnostic it is a fix; without one a rewriting that the user may want.
    let kind =
        if ours.is_empty() { CodeActionKind::REFACTOR_REWRITE } else { CodeActionKind::QUICKFIX };
    let wanted = context.only.as_deref().is_none_or(|only| {
        only.iter().any(|only| {
            let (kind, only) = (kind.as_str(), only.as_str());
            kind.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    });
    if !wanted {
        return Vec::new();
    }
    let actions = actions.into_iter().filter_map(|action| {
        Some(CodeActionOrCommand::CodeAction(CodeAction {
            edit: Some(workspace_edit(snapshot, &action.edits)?),
            title: action.title,
            kind: Some(kind.clone()),
            diagnostics: (!ours.is_empty()).then(|| ours.clone()),
            ..CodeAction::default()
        }))
    });
    actions.collect()
}

/// The edits by file; none if a file cannot be read, for half a change is worse than no change.
fn workspace_edit(snapshot: &Snapshot, edits: &[finding::TextEdit]) -> Option<WorkspaceEdit> {
    let mut files: Vec<(OptionalVersionedTextDocumentIdentifier, Vec<TextEdit>)> = Vec::new();
    for edit in edits {
        let document = snapshot.text_of(edit.at.file)?;
        let range: Range = document.range(edit.at.start, edit.at.end, snapshot.encoding());
        let edit = TextEdit { range, new_text: edit.text.clone() };
        match files.iter_mut().find(|(id, _)| id.uri == document.uri) {
            Some((_, edits)) => edits.push(edit),
            None => {
                let (uri, version) = (document.uri.clone(), document.version);
                files.push((OptionalVersionedTextDocumentIdentifier { uri, version }, vec![edit]));
            }
        }
    }
    if snapshot.client.document_changes {
        let edits = files.into_iter().map(|(text_document, edits)| TextDocumentEdit {
            text_document,
            edits: edits.into_iter().map(OneOf::Left).collect(),
        });
        let changes = DocumentChanges::Edits(edits.collect());
        return Some(WorkspaceEdit { document_changes: Some(changes), ..Default::default() });
    }
    let changes = files.into_iter().map(|(id, edits)| (id.uri, edits)).collect();
    Some(WorkspaceEdit { changes: Some(changes), ..Default::default() })
}

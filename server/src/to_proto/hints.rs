//! Inlay hints: `heap 24 B` behind what is allocated.
//!
//! Findings that end at one place share a hint. Where the client can ask for a tooltip later, the
//! hint carries the key to find it again; a key of another version of the text finds nothing.

use serde_json::{Value, json};
use tower_lsp::ls_types::{InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintTooltip, Uri};

use analysis::explain::finding::{Finding, Function, Inline, Location, Place};
use analysis::host::FileReport;

use super::{allocates, first_line, markup};
use crate::snapshot::Snapshot;

/// The hints in a stretch of the file asked about.
pub fn hints(snapshot: &Snapshot, report: &FileReport, within: Location) -> Vec<InlayHint> {
    if !snapshot.config.hints {
        return Vec::new();
    }
    let visible = |offset: u32| within.start <= offset && offset <= within.end;
    let mut hints: Vec<InlayHint> = groups(snapshot, report)
        .into_iter()
        .filter(|group| visible(group.offset))
        .map(|group| value_hint(snapshot, &group))
        .collect();
    if snapshot.config.inlining_hints {
        let functions = report
            .functions
            .iter()
            .filter(|function| function.at.file == snapshot.file && visible(function.at.end));
        hints.extend(functions.map(|function| inlining_hint(snapshot, function)));
    }
    hints.sort_by_key(|hint| (hint.position.line, hint.position.character));
    hints
}

/// The hint with its tooltip, if the text is still the one that the hint was made for.
pub fn resolve_hint(snapshot: &Snapshot, report: &FileReport, mut hint: InlayHint) -> InlayHint {
    let Some(key) = hint.data.take() else { return hint };
    let number = |name: &str| key.get(name).and_then(Value::as_i64);
    let same_text = number("version") == snapshot.document.version.map(i64::from);
    let offset = number("offset").filter(|_| same_text);
    let groups = groups(snapshot, report);
    let group = groups.iter().find(|group| Some(i64::from(group.offset)) == offset);
    hint.tooltip = group.map(|group| tooltip(snapshot, group));
    hint
}

/// The file that a hint's key names.
pub fn uri_of(hint: &InlayHint) -> Option<Uri> {
    hint.data.as_ref()?.get("uri")?.as_str()?.parse().ok()
}

/// Findings with one hint.
struct Group<'a> {
    offset: u32,
    place: Place,
    findings: Vec<&'a Finding>,
}

fn groups<'a>(snapshot: &Snapshot, report: &'a FileReport) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for finding in &report.findings {
        let on_stack = finding.place == Place::Stack && snapshot.config.stack_hints;
        let wanted = allocates(finding) || on_stack;
        if finding.at.file != snapshot.file || !wanted {
            continue;
        }
        let offset = first_line(snapshot, finding.at).end;
        let known =
            groups.iter_mut().find(|group| (group.offset, group.place) == (offset, finding.place));
        match known {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group { offset, place: finding.place, findings: vec![finding] }),
        }
    }
    groups
}

fn value_hint(snapshot: &Snapshot, group: &Group<'_>) -> InlayHint {
    let word = match group.place {
        Place::Heap => "heap",
        Place::Stack => "stack",
    };
    let cause = group.findings.iter().find_map(|finding| {
        let step = finding.flow.get(finding.cause?)?;
        snapshot.location(step.at?)
    });
    let mut parts = vec![InlayHintLabelPart {
        value: word.to_owned(),
        location: cause,
        ..InlayHintLabelPart::default()
    }];
    if let Some(size) = size_label(&group.findings) {
        parts.push(InlayHintLabelPart {
            value: format!(" {size}"),
            ..InlayHintLabelPart::default()
        });
    }
    let lazy = snapshot.client.resolves_tooltips;
    let key = json!({
        "uri": snapshot.document.uri.as_str(),
        "version": snapshot.document.version,
        "offset": group.offset,
    });
    InlayHint {
        position: snapshot.document.position(group.offset, snapshot.encoding()),
        label: InlayHintLabel::LabelParts(parts),
        kind: None,
        text_edits: None,
        tooltip: (!lazy).then(|| tooltip(snapshot, group)),
        padding_left: Some(true),
        padding_right: None,
        data: lazy.then_some(key),
    }
}

/// `24 B`, or `×2` where several values share a hint.
fn size_label(findings: &[&Finding]) -> Option<String> {
    match findings {
        [finding] => finding.size.filter(|_| finding.place == Place::Heap).map(markup::bytes),
        several => Some(format!("×{}", several.len())),
    }
}

fn tooltip(snapshot: &Snapshot, group: &Group<'_>) -> InlayHintTooltip {
    let texts: Vec<String> =
        group.findings.iter().map(|finding| markup::finding(snapshot, finding)).collect();
    InlayHintTooltip::MarkupContent(markup::content(snapshot, texts.join("\n\n")))
}

fn inlining_hint(snapshot: &Snapshot, function: &Function) -> InlayHint {
    let (label, tooltip) = match &function.inline {
        Inline::Can { cost } => {
            (format!("inlined, cost {cost}"), format!("calls are inlined: the body costs {cost}"))
        }
        Inline::Cannot { reason } => {
            ("not inlined".to_owned(), format!("calls are not inlined: {reason}"))
        }
    };
    InlayHint {
        position: snapshot.document.position(function.at.end, snapshot.encoding()),
        label: InlayHintLabel::String(label),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(tooltip)),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

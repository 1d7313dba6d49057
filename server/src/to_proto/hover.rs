//! What hovering shows: the values at a place, and the functions and parameters named there.

use tower_lsp::ls_types::{Hover, HoverContents};

use analysis::explain::finding::{Finding, Location, Place};
use analysis::host::FileReport;

use super::markup;
use crate::snapshot::Snapshot;

/// What to show at `offset` of the file asked about.
pub fn hover(snapshot: &Snapshot, report: &FileReport, offset: u32) -> Option<Hover> {
    let covers = |at: Location| {
        at.file == snapshot.file && at.start <= offset && offset <= at.end.max(at.start)
    };
    let function = report.functions.iter().find(|function| covers(function.at));
    let mut range = function.map(|function| function.at);
    let mut texts: Vec<String> = function
        .map(|function| markup::function(snapshot, function, &report.findings))
        .into_iter()
        .collect();
    let params = report.functions.iter().flat_map(|function| &function.params);
    for param in params.filter(|param| covers(param.at)) {
        range.get_or_insert(param.at);
        let words = markup::quoted(snapshot, &[&*param.compiler]);
        texts.push(markup::prose(snapshot, &param.text) + &words);
    }
    if range.is_none() {
        for finding in innermost(&report.findings, covers) {
            range.get_or_insert(finding.at);
            texts.push(markup::finding_explained(snapshot, finding));
        }
    }
    let range = snapshot.range(range?);
    let separator = if snapshot.client.markdown { "\n\n---\n\n" } else { "\n\n" };
    let content = markup::content(snapshot, texts.join(separator));
    Some(Hover { contents: HoverContents::Markup(content), range: Some(range) })
}

/// Of the values that cover a place, those of the smallest stretch; allocations first.
fn innermost(findings: &[Finding], covers: impl Fn(Location) -> bool) -> Vec<&Finding> {
    let length = |finding: &Finding| finding.at.end - finding.at.start;
    let covering = findings.iter().filter(|finding| covers(finding.at));
    let Some(shortest) = covering.clone().map(length).min() else { return Vec::new() };
    let mut found: Vec<&Finding> = covering.filter(|finding| length(finding) == shortest).collect();
    found.sort_by_key(|finding| finding.place != Place::Heap);
    found
}

//! From findings to what a client shows.
//!
//! With [`crate::from_proto`] and [`crate::documents`] the only code that sees a client's position.

use tower_lsp::ls_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString,
    Uri,
};

use analysis::explain::finding::{Code, Finding, Function, Location, Place};
use analysis::host::FileReport;

use crate::config::Severity;
use crate::snapshot::Snapshot;

mod actions;
mod hints;
mod hover;
mod markup;
#[cfg(test)]
mod tests;

pub use actions::{actions, are_wanted};
pub use hints::{hints, resolve_hint, uri_of};
pub use hover::hover;
pub use markup::bytes;

/// What diagnostics name as their source.
pub const SOURCE: &str = "goescape";

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
    allocates(finding) && finding.at.file == snapshot.file
}

/// Whether memory is taken from the heap. A boxed constant escapes as well, but the program holds
/// it ready: hovering tells about it, and nothing else draws the eye there.
pub fn allocates(finding: &Finding) -> bool {
    finding.place == Place::Heap && finding.size != Some(0)
}

/// The allocations in a function, those of the literals inside it included, and how many they are.
pub fn allocations<'a>(function: &Function, findings: &'a [Finding]) -> (Vec<&'a Finding>, String) {
    let whole = function.whole;
    let inside = |finding: &&Finding| {
        let at = finding.at;
        at.file == whole.file && whole.start <= at.start && at.end <= whole.end
    };
    let found: Vec<&Finding> =
        findings.iter().filter(|finding| allocates(finding)).filter(inside).collect();
    let count = match found.len() {
        0 => "no heap allocations".to_owned(),
        1 => "1 heap allocation".to_owned(),
        several => format!("{several} heap allocations"),
    };
    (found, count)
}

fn diagnostic(snapshot: &Snapshot, finding: &Finding, severity: DiagnosticSeverity) -> Diagnostic {
    let related = snapshot.client.related_information.then(|| related(snapshot, finding));
    let description = finding.code.filter(|_| snapshot.client.code_description);
    Diagnostic {
        range: snapshot.range(first_line(snapshot, finding.at)),
        severity: Some(severity),
        code: finding.code.map(|code| NumberOrString::String(code.as_str().to_owned())),
        code_description: description
            .and_then(|code| href(env!("CARGO_PKG_HOMEPAGE"), code))
            .map(|href| CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: finding.reason.to_string(),
        related_information: related.filter(|related| !related.is_empty()),
        ..Diagnostic::default()
    }
}

fn related(snapshot: &Snapshot, finding: &Finding) -> Vec<DiagnosticRelatedInformation> {
    let steps = finding.flow.iter().filter_map(|step| {
        let location = snapshot.location(step.at?)?;
        Some(DiagnosticRelatedInformation { location, message: step.text.to_string() })
    });
    steps.collect()
}

/// The page that explains a code, if the package has a page. Hovering and `goescape explain CODE`
/// tell the same without one.
fn href(page: &str, code: Code) -> Option<Uri> {
    if page.is_empty() { None } else { format!("{page}#{}", code.as_str()).parse().ok() }
}

/// The part of a stretch that is on its first line: a long literal is not underlined whole.
fn first_line(snapshot: &Snapshot, at: Location) -> Location {
    Location { end: at.end.min(snapshot.document.line_end(at.start)).max(at.start), ..at }
}

//! Findings as JSON: one object a line.

use serde_json::{Value, json};

use analysis::explain::finding::{Finding, Location, Place};
use analysis::types::ty::PkgId;

use super::project::Project;
use crate::files::read_lossy;
use crate::lines::Lines;

/// A finding. Lines and columns count from 1, columns in bytes; `null` is what is not known.
pub(super) fn finding(project: &Project, package: PkgId, finding: &Finding) -> Value {
    let flow: Vec<Value> = finding
        .flow
        .iter()
        .map(|step| {
            json!({
                "text": &*step.text,
                "word": step.word,
                "at": step.at.map(|at| place(project, at)),
            })
        })
        .collect();
    json!({
        "package": package.to_string(),
        "at": place(project, finding.at),
        "place": match finding.place { Place::Heap => "heap", Place::Stack => "stack" },
        "subject": &*finding.subject,
        "code": finding.code.map(|code| code.as_str()),
        "reason": &*finding.reason,
        "size": finding.size,
        "sizeClass": finding.size_class,
        "loopDepth": finding.loop_depth,
        "inlinedFrom": &*finding.inlined_from,
        "flow": flow,
        "cause": finding.cause,
        "compiler": &*finding.compiler,
    })
}

fn place(project: &Project, at: Location) -> Value {
    let file = at.file.as_str();
    let lines = read_lossy(file).map(|text| Lines::new(&text));
    let position = |offset: u32| lines.as_ref().map(|lines| lines.go_position(offset as usize));
    let (start, end) = (position(at.start), position(at.end));
    json!({
        "file": project.shorten(file),
        "line": start.map(|(line, _)| line),
        "column": start.map(|(_, column)| column),
        "endLine": end.map(|(line, _)| line),
        "endColumn": end.map(|(_, column)| column),
    })
}

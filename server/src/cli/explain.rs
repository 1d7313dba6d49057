//! `goescape explain FILE:LINE[:COLUMN]`: everything known about a place.

use std::io::Write as _;
use std::sync::Arc;

use camino::Utf8PathBuf;
use clap::Args;

use analysis::explain::finding::{Code, Finding, Function, Inline, Location};
use analysis::host::View;
use analysis::inline::MAX_BUDGET;
use analysis::symbol::Symbol;

use super::gc_text::Shortener;
use super::pretty::{Detail, Pretty};
use super::project::{self, Project};
use super::{BuildArgs, Failure, Outcome, analyse, text};
use crate::files::read_lossy;
use crate::lines::Lines;
use crate::loader::Package;
use crate::to_proto::allocations;

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The place, whose columns count bytes, as the compiler prints them; or a code such as
    /// `returned-pointer`.
    #[arg(value_name = "FILE:LINE[:COLUMN]|CODE")]
    place: String,
    #[command(flatten)]
    build: BuildArgs,
}

/// A place in a file.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    file: Utf8PathBuf,
    line: u32,
    column: Option<u32>,
}

/// Runs `explain`.
pub(super) fn run(args: &ExplainArgs, colors: bool) -> Result<Outcome, Failure> {
    if let Some(code) = Code::from_name(&args.place) {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", code.as_str())?;
        for paragraph in code.explanation().lines() {
            writeln!(out, "\n{}", text::wrapped(paragraph, ""))?;
        }
        return Ok(Outcome::Good);
    }
    let place = parse(&args.place)?;
    let mut build = args.build.clone();
    let working = project::directory(&build)?;
    let file = project::clean(&working.join(&place.file));
    let text = read_lossy(file.as_str())
        .ok_or_else(|| Failure::other(format!("{file}: cannot be read; is the path right?")))?;
    let text = text.trim_start_matches('\u{feff}');
    let lines = Lines::new(text);
    if place.line == 0 || place.line as usize > lines.count() {
        return Err(Failure::other(format!("{file} has {} lines", lines.count())));
    }
    // The module is that of the file, wherever the command is run.
    build.dir = file.parent().map(ToOwned::to_owned);
    let mut project = Project::open(&build)?;
    let found = project.loader.package_of_file(&file)?;
    if let Some(reason) = found.left_out.filter(|_| found.ids.is_empty() && found.pattern != file) {
        return Err(Failure::other(format!("{file} is not compiled: {reason}")));
    }
    project.add(&[found.pattern], file.as_str().ends_with("_test.go"))?;
    let package = project.graph.packages_of_file(&file).next().cloned();
    let Some(package) = package else {
        return Err(Failure::other(format!(
            "{file} is not compiled here: GOOS, GOARCH or tags exclude it, or its package is broken"
        )));
    };
    let range = lines.range_of(place.line as usize - 1, text);
    let (start, end) = match place.column {
        Some(column) => {
            let at = (range.start + column.saturating_sub(1) as usize).min(range.end);
            (at, at)
        }
        None => (range.start, range.end),
    };
    let touches = |at: Location| {
        at.file.as_str() == file && at.start as usize <= end && start <= at.end as usize
    };
    let mut reports = None;
    let ask = |view: &View, package: &Arc<Package>| {
        let report = view.file(package.id, Symbol::new(file.as_str())).ok()?;
        Some((report, view.package(package.id).ok()?))
    };
    analyse::each(&project.graph, &project.view(), &[package.id], ask, |_, answer| {
        reports = answer.flatten();
        Ok(())
    })?;
    let Some((report, package_report)) = reports else {
        return Err(Failure::other(format!("{file}: nothing could be found out")));
    };

    let mut out = std::io::stdout().lock();
    let mut pretty = Pretty::new(&working, Detail::Full, colors);
    let mut said = 0;
    for finding in report.findings.iter().filter(|finding| touches(finding.at)) {
        writeln!(out, "{}\n", pretty.finding(finding))?;
        said += 1;
    }
    for function in &report.functions {
        if touches(function.at) {
            writeln!(out, "{}\n", describe(function, &report.findings, &lines))?;
            said += 1;
            continue;
        }
        for param in function.params.iter().filter(|param| touches(param.at)) {
            writeln!(out, "{}: {}\n", param.name, param.text)?;
            said += 1;
        }
    }
    let here = package_report.lines.iter().filter(|line| {
        let column = place.column.is_none_or(|column| column == line.column);
        line.file == file && line.line == place.line && column
    });
    let shortener = Shortener::new(&working, file.parent().unwrap_or(&file));
    for line in here {
        writeln!(out, "  {}", shortener.shorten(line.text.clone()))?;
        said += 1;
    }
    project.complain_about(&package);
    project.complain_of_problems(&package, &package_report.problems);
    if said == 0 {
        writeln!(out, "{}: nothing is allocated here and nothing is decided here", args.place)?;
        let enclosing = report.functions.iter().find(|function| touches(function.whole));
        if let Some(function) = enclosing {
            writeln!(out, "{}", describe(function, &report.findings, &lines))?;
        }
    }
    Ok(Outcome::Good)
}

/// A function: what it allocates, whether its calls are inlined, what its parameters do.
fn describe(function: &Function, findings: &[Finding], lines: &Lines) -> String {
    let (heap, count) = allocations(function, findings);
    let told = |finding: &&Finding| {
        let (line, column) = lines.go_position(finding.at.start as usize);
        format!("\n  {line}:{column}: {}", finding.reason)
    };
    let heap: String = heap.iter().map(told).collect();
    let verdict = match &function.inline {
        Inline::Can { cost } => {
            format!("calls are inlined: cost {cost} of at most {MAX_BUDGET}")
        }
        Inline::Cannot { reason } => format!("calls are not inlined: {reason}"),
    };
    let params: String =
        function.params.iter().map(|param| format!("\n  {}: {}", param.name, param.text)).collect();
    format!("{}: {count}; {verdict}{heap}{params}", function.name)
}

fn parse(place: &str) -> Result<Place, Failure> {
    let wrong = || {
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        Failure::other(format!(
            "{place}: neither a place nor a code\n\
             A place is FILE:LINE or FILE:LINE:COLUMN, as main.go:12:3.\n{}",
            text::wrapped(&format!("The codes are {}.", codes.join(", ")), "  ")
        ))
    };
    let number = |text: &str| text.parse::<u32>().ok();
    let (before, last) = place.rsplit_once(':').ok_or_else(wrong)?;
    let last = number(last).ok_or_else(wrong)?;
    let place = match before.rsplit_once(':').map(|(file, line)| (file, number(line))) {
        Some((file, Some(line))) => Place { file: file.into(), line, column: Some(last) },
        _ => Place { file: before.into(), line: last, column: None },
    };
    if place.file.as_str().is_empty() { Err(wrong()) } else { Ok(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_the_compiler_writes_them() {
        let place = |file: &str, line, column| Place { file: file.into(), line, column };
        assert_eq!(parse("a/b.go:12").unwrap(), place("a/b.go", 12, None));
        assert_eq!(parse("a/b.go:12:3").unwrap(), place("a/b.go", 12, Some(3)));
        assert_eq!(parse("C:\\b.go:12:3").unwrap(), place("C:\\b.go", 12, Some(3)));
        for wrong in ["b.go", "b.go:x", ":3", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

//! `goescape check`: the heap allocations of packages.

use std::io::Write as _;

use clap::{Args, ValueEnum};

use analysis::explain::finding::{Finding, Location, Place};
use analysis::host::{PackageReport, View};
use analysis::symbol::Symbol;

use super::gc_text::Shortener;
use super::pretty::{Detail, Pretty, Tally};
use super::project::Project;
use super::{BuildArgs, Failure, Outcome, analyse, complain, json, text};
use crate::loader::Package;
use crate::to_proto::allocates;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Packages as the go command takes them: ./..., std, import paths, directories, .go files.
    #[arg(default_value = "./...")]
    packages: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    format: Format,
    /// 1, or 2 for whole flows and the compiler's words (with --format=gc: what -m=2 prints).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    detail: u8,
    /// Take _test.go files in.
    #[arg(long)]
    tests: bool,
    /// Exit with 1 if there are heap allocations.
    #[arg(long, visible_alias = "fail")]
    exit_code: bool,
    #[command(flatten)]
    build: BuildArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Source, reason and flow, for people.
    Pretty,
    /// The lines of `go build -gcflags=-m`.
    Gc,
    /// One JSON object a line for each allocation.
    Json,
}

/// What is known of one package.
struct Answer {
    findings: Vec<Finding>,
    report: Option<PackageReport>,
    problems: Vec<(Location, String)>,
}

/// Runs `check`.
pub(super) fn run(args: &CheckArgs, colors: bool) -> Result<Outcome, Failure> {
    let project = Project::load(&args.build, &args.packages, args.tests)?;
    let format = args.format;
    let detail = if args.detail > 1 { Detail::Full } else { Detail::Short };
    let wanted = (format != Format::Gc || args.exit_code).then_some(detail);
    let ask = |view: &View, package: &std::sync::Arc<Package>| ask(view, package, wanted);
    let mut pretty = Pretty::new(&project.dir, detail, colors);
    let mut total = Tally::default();
    let mut unusable: Vec<String> = Vec::new();
    let several = project.graph.roots.len() > 1;
    let mut take = |package: &std::sync::Arc<Package>, answer: Option<Answer>| {
        let usable = project.complain_about(package);
        let Some(answer) = answer else {
            unusable.push(package.id.to_string());
            return Ok(());
        };
        project.complain_of_problems(package, &answer.problems);
        if !usable || !answer.problems.is_empty() {
            unusable.push(package.id.to_string());
        }
        let tally = Tally::of(&answer.findings);
        total.add(&tally);
        let mut out = std::io::stdout().lock();
        match format {
            Format::Pretty => {
                for finding in &answer.findings {
                    writeln!(out, "{}\n", pretty.finding(finding))?;
                }
                if !answer.findings.is_empty() && several {
                    writeln!(out, "{}: {tally}\n", pretty.strong(&package.id.to_string()))?;
                }
            }
            Format::Json => {
                for finding in &answer.findings {
                    writeln!(out, "{}", json::finding(&project, package.id, finding))?;
                }
            }
            Format::Gc => {
                let report = answer.report.as_ref();
                out.write_all(gc(&project, package, report, args.detail).as_bytes())?;
            }
        }
        Ok(())
    };
    let roots = &project.graph.roots;
    analyse::each(&project.graph, &project.view(), roots, ask, &mut take)?;
    let roots = roots.len();
    if format == Format::Pretty {
        let packages = if roots == 1 { "1 package" } else { &format!("{roots} packages") };
        let mut out = std::io::stdout().lock();
        let limit = if unusable.is_empty() { "" } else { ", not counting what has errors" };
        writeln!(out, "{}: {total}{limit}", pretty.strong(packages))?;
        if total.heap > 0 {
            writeln!(out, "{}", text::wrapped(&total.causes(), ""))?;
        }
    }
    if !unusable.is_empty() {
        complain(&format!(
            "goescape: nothing is said of what has errors, in {}: the lines above say which",
            some_of(&unusable)
        ));
    }
    Ok(if !unusable.is_empty() {
        Outcome::Partly
    } else if args.exit_code && total.heap > 0 {
        Outcome::Found
    } else {
        Outcome::Good
    })
}

/// The first names, and how many more there are.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more packages"),
    }
}

/// What is known of a package; its findings only if they are `wanted`.
fn ask(view: &View, package: &Package, wanted: Option<Detail>) -> Answer {
    // A package that also has a variant for tests is shown once, and the variant's test files.
    let shown = |file: &str| !package.is_test_variant() || file.ends_with("_test.go");
    let mut findings = Vec::new();
    if let Some(detail) = wanted {
        for file in package.files.iter().filter(|file| shown(file.as_str())) {
            if let Ok(report) = view.file(package.id, Symbol::new(file.as_str())) {
                findings.extend(report.findings);
            }
        }
        // In full, what the compiler says to escape is shown even if no memory is taken for it.
        let told = |finding: &Finding| match detail {
            Detail::Short => allocates(finding),
            Detail::Full => finding.place == Place::Heap,
        };
        findings.retain(|finding| told(finding) && shown(finding.at.file.as_str()));
    }
    let report = view.package(package.id).ok();
    let problems = report.as_ref().map(|report| report.problems.clone()).unwrap_or_default();
    Answer { findings, report, problems }
}

/// The heading and the lines of a package; nothing where the compiler prints nothing.
fn gc(project: &Project, package: &Package, report: Option<&PackageReport>, level: u8) -> String {
    let lines = report.map_or(&[][..], |report| &report.lines);
    let text = Shortener::new(&project.dir, &package.dir).lines(lines, level);
    if text.is_empty() { text } else { format!("# {}\n{text}", package.id) }
}

//! `goescape verify`: the installed compiler's lines against ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use clap::Args;
use rustc_hash::FxHashSet;
use serde_json::json;

use analysis::host::View;
use analysis::types::ty::PkgId;

use super::gc_text::Shortener;
use super::project::Project;
use super::verify_lines::{self, Class, Count, Difference};
use super::{BuildArgs, Failure, Outcome, analyse, complain};
use crate::loader::{Package, PackageGraph};

/// The arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Packages as the go command takes them.
    #[arg(default_value = "./...")]
    packages: Vec<String>,
    /// Show each difference: `-` for what we miss, `+` for what we invent.
    #[arg(long)]
    list: bool,
    /// Exit with 1 if less than this percentage of lines agrees.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    at_least: Option<u64>,
    /// Only lines of this class; may be given several times.
    #[arg(long = "class", value_name = "CLASS", value_parser = class)]
    classes: Vec<Class>,
    /// Take _test.go files in.
    #[arg(long)]
    tests: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    build: BuildArgs,
}

fn class(name: &str) -> Result<Class, String> {
    let names = || Class::ALL.map(Class::name).join(", ");
    let found = Class::ALL.into_iter().find(|class| class.name() == name);
    found.ok_or_else(|| format!("the classes are {}", names()))
}

/// A percentage in hundredths.
fn percentage(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text} is not a percentage such as 99.5");
    let (whole, part) =
        text.trim_end_matches('%').split_once('.').unwrap_or((text.trim_end_matches('%'), ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = match part.len() {
        0 => 0,
        1 => part.parse::<u64>().map_err(|_| wrong())? * 10,
        2 => part.parse().map_err(|_| wrong())?,
        _ => return Err(format!("{text}: two decimals are enough")),
    };
    let share = whole * 100 + part;
    if share <= 10_000 { Ok(share) } else { Err(wrong()) }
}

/// Runs `verify`.
pub(super) fn run(args: &VerifyArgs) -> Result<Outcome, Failure> {
    let project = Project::load(&args.build, &args.packages, args.tests)?;
    let asked = asked(&project.graph);
    let mut ours = verify_lines::parse(&our_output(&project, &asked)?);
    let (built, mut complete) = compilers_output(&project, args, GoCommand::Build)?;
    let mut theirs = verify_lines::parse(&built);
    if args.tests {
        let (tests, tests_complete) = compilers_output(&project, args, GoCommand::Test)?;
        complete &= tests_complete;
        for (package, lines) in verify_lines::parse(&tests) {
            // What a test program is started by has no text of its own.
            if !package.ends_with(".test") {
                theirs.entry(package).or_insert(lines);
            }
        }
    }
    if !args.classes.is_empty() {
        for lines in [&mut ours, &mut theirs] {
            for lines in lines.values_mut() {
                lines.retain(|line, _| args.classes.contains(&line.class));
            }
        }
    }
    let (counts, differences) = verify_lines::compare(&theirs, &ours);
    let mut total = Count::default();
    counts.values().for_each(|count| total.add(*count));
    let mut text = String::new();
    if args.list {
        text.push_str(&list(&project, &differences));
    }
    if args.json {
        let classes: serde_json::Map<String, serde_json::Value> = counts
            .iter()
            .map(|(class, count)| (class.name().to_owned(), figures(*count)))
            .collect();
        let all = json!({
            "go": project.env.toolchain.version,
            "packages": asked.len(),
            "classes": classes,
            "total": figures(total),
        });
        let _ = writeln!(text, "{all:#}");
    } else {
        text.push_str(&table(&project, asked.len(), &counts, total));
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if !complete {
        Outcome::Partly
    } else if args.at_least.is_some_and(|least| total.share() < least) {
        Outcome::Found
    } else {
        Outcome::Good
    })
}

/// The packages to compare: what the patterns match, its test variants, and what is compiled once
/// more for these tests (`q [p.test]`).
fn asked(graph: &PackageGraph) -> Vec<PkgId> {
    let roots: FxHashSet<PkgId> = graph.roots.iter().copied().collect();
    let copies = graph.packages.iter().map(|package| package.id).filter(|id| {
        let plain = PkgId::new(id.path.as_str());
        *id != plain && roots.contains(&plain) && !roots.contains(id)
    });
    graph.roots.iter().copied().chain(copies).collect()
}

/// What we say, in the compiler's form.
fn our_output(project: &Project, asked: &[PkgId]) -> Result<String, Failure> {
    let ask = |view: &View, package: &Arc<Package>| view.package(package.id).ok();
    let mut text = String::new();
    let take = |package: &Arc<Package>, report: Option<Option<analysis::host::PackageReport>>| {
        project.complain_about(package);
        let Some(report) = report.flatten() else { return Ok(()) };
        project.complain_of_problems(package, &report.problems);
        let lines = Shortener::new(&project.dir, &package.dir).lines(&report.lines, 2);
        if !lines.is_empty() {
            let _ = write!(text, "# {}\n{lines}", package.id);
        }
        Ok(())
    };
    analyse::each(&project.graph, &project.view(), asked, ask, take)?;
    Ok(text)
}

/// What has the compiler compile packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoCommand {
    /// `go build`: packages as they are imported.
    Build,
    /// `go test -c`: with their tests.
    Test,
}

/// What the compiler says, and whether it could compile everything.
fn compilers_output(
    project: &Project,
    args: &VerifyArgs,
    what: GoCommand,
) -> Result<(String, bool), Failure> {
    let env = &project.env;
    let exe = format!("go{}", std::env::consts::EXE_SUFFIX);
    let own = env.goroot().join("bin").join(exe);
    // The go command may have been told by go.mod to use another toolchain than its own.
    let is_own = env.vars.get("GOROOT").is_some_and(|goroot| goroot == env.goroot().as_str());
    let go = env.command.clone().filter(|_| is_own || !own.is_file());
    let go = go.or_else(|| own.is_file().then_some(own));
    let Some(go) = go else {
        return Err(Failure::other("no go command to compare with: install Go, or pass --go=PATH"));
    };
    let mut command = Command::new(&go);
    let name = match what {
        GoCommand::Build => {
            command.arg("build");
            "go build"
        }
        GoCommand::Test => {
            command.args(["test", "-c", "-vet=off"]);
            "go test -c"
        }
    };
    let target = crate::packages::target(env);
    let mut flags = String::from("-gcflags=-m=2");
    flags.push_str(if target.no_inline { " -l" } else { "" });
    flags.push_str(if target.no_optimize { " -N" } else { "" });
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    command.args(&args.build.build_flags).arg(flags).args(["-o", null]);
    command.args(args.build.tags.iter().map(|tags| format!("-tags={tags}")));
    // The test command would take `--` for the end of the packages.
    if what == GoCommand::Build {
        command.arg("--");
    }
    command.args(&args.packages);
    // The toolchain was chosen by the rules of the go command already.
    command.current_dir(&project.dir).env("PWD", &project.dir).env("GOTOOLCHAIN", "local");
    tracing::info!("running {command:?}");
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::other(format!("cannot run {go}: {error}; pass --go=PATH")))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let compiled = output.status.success();
    if !compiled {
        if !text.contains(": inlining call to ") && !text.contains("does not escape") {
            return Err(Failure::other(format!("`{name}` failed:\n{}", text.trim_end())));
        }
        complain(&format!(
            "goescape: `{name}` could not compile some packages: their errors count as lines"
        ));
    }
    Ok((text, compiled))
}

fn percent(count: Count) -> String {
    format!("{}.{:02}", count.share() / 100, count.share() % 100)
}

fn figures(count: Count) -> serde_json::Value {
    json!({
        "compiler": count.compiler,
        "ours": count.ours,
        "agreed": count.agreed,
        "missed": count.missed(),
        "invented": count.invented(),
        "percent": count.share() as f64 / 100.0,
    })
}

fn table(
    project: &Project,
    packages: usize,
    counts: &BTreeMap<Class, Count>,
    total: Count,
) -> String {
    let mut text = format!(
        "{} packages, {}\n{:<14}{:>10}{:>10}{:>10}{:>9}{:>10}{:>9}\n",
        packages,
        project.env.toolchain.version,
        "class",
        "compiler",
        "ours",
        "agreed",
        "missed",
        "invented",
        "%"
    );
    let mut row = |name: &str, count: Count| {
        let _ = writeln!(
            text,
            "{name:<14}{:>10}{:>10}{:>10}{:>9}{:>10}{:>9}",
            count.compiler,
            count.ours,
            count.agreed,
            count.missed(),
            count.invented(),
            percent(count)
        );
    };
    for class in Class::ALL {
        if let Some(count) = counts.get(&class) {
            row(class.name(), *count);
        }
    }
    row("total", total);
    text
}

fn list(project: &Project, differences: &BTreeMap<String, Vec<Difference>>) -> String {
    let mut text = String::new();
    for (package, differences) in differences {
        let _ = writeln!(text, "# {package}");
        let known = project.graph.packages.iter().find(|known| known.id.to_string() == *package);
        // Lines name files without directories; most are of the package.
        let path = |name: &str| {
            let files = known.map_or(&[][..], |known| &known.files);
            let file = files.iter().find(|file| file.file_name() == Some(name));
            file.map_or(name, |file| project.shorten(file.as_str())).to_owned()
        };
        for Difference { line, surplus } in differences {
            let sign = if *surplus > 0 { '-' } else { '+' };
            let place = match (line.file.as_str(), line.column) {
                ("", _) => String::new(),
                (file, 0) => format!("{}:{}: ", path(file), line.line),
                (file, column) => format!("{}:{}:{column}: ", path(file), line.line),
            };
            for _ in 0..surplus.unsigned_abs() {
                let _ = writeln!(text, "{sign} {place}{}", line.text);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_up_to_two_decimals() {
        assert_eq!(percentage("80"), Ok(8_000));
        assert_eq!(percentage("99.5%"), Ok(9_950));
        assert_eq!(percentage("99.99"), Ok(9_999));
        for wrong in ["101", "99.999", "most", "", "-1"] {
            assert!(percentage(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn classes_are_named_as_in_the_table() {
        assert_eq!(class("can-inline"), Ok(Class::CanInline));
        assert!(class("heaps").unwrap_err().starts_with("the classes are heap, stack, leak"));
    }
}

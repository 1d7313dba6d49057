//! `goescape doctor`: what is in force here, and what is missing.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::Args;

use super::project::Project;
use super::{BuildArgs, Failure, Outcome};
use crate::cache::{self, Usage};
use crate::cgo::Cgo;
use crate::root;

/// The arguments of `doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    build: BuildArgs,
}

/// Runs `doctor`.
pub(super) fn run(args: &DoctorArgs) -> Result<Outcome, Failure> {
    let mut text = format!("{:<12} {}\n", "goescape", env!("CARGO_PKG_VERSION"));
    let mut missing = Vec::new();
    let project = match Project::open(&args.build) {
        Ok(project) => project,
        Err(failure) => {
            std::io::stdout().write_all(text.as_bytes())?;
            return Err(failure);
        }
    };
    let _ = write!(text, "{}", project.env);
    if project.env.command.is_none() {
        missing.push("the go command: `goescape verify` needs it".to_owned());
    }
    if project.env.arch().is_none() {
        missing.push(format!("rules for GOARCH={}: those of amd64 are used", project.env.goarch));
    }
    if !project.env.gomodcache.is_dir() {
        missing
            .push(format!("a module cache at {}: run `go mod download`", project.env.gomodcache));
    }
    match root::find_dir(&project.dir.join("any")) {
        Some(dir) => {
            let _ = writeln!(text, "{:<12} {dir}", "module root");
        }
        None => missing.push(format!("a go.mod at or above {}", project.dir)),
    }
    match project.loader.load(&["./...".to_owned()]) {
        Ok(graph) => {
            let own = graph.roots.len();
            let _ =
                writeln!(text, "{:<12} {own}, {} with imports", "packages", graph.packages.len());
            missing.extend(graph.warnings.iter().cloned());
            let uses_c = |id| graph.get(id).is_some_and(|one| !one.cgo_files.is_empty());
            if graph.roots.iter().any(|id| uses_c(*id)) {
                missing.extend(Cgo::new(&project.env).problem());
            }
            for package in graph.packages.iter() {
                for error in &package.errors {
                    missing.push(format!("{}: {}", package.id, error.message));
                }
            }
        }
        Err(error) => missing.push(error.to_string()),
    }
    let cache = match cache::current() {
        Some(cache) => {
            let Usage { entries, bytes } = cache.usage();
            format!("{}: {entries} packages, {} MB", cache.dir(), bytes.div_ceil(1_000_000))
        }
        None => format!("off; {} names a directory", cache::VARIABLE),
    };
    let _ = writeln!(text, "{:<12} {cache}", "cache");
    for item in &missing {
        let _ = writeln!(text, "{:<12} {item}", "missing");
    }
    if missing.is_empty() {
        text.push_str("nothing is missing\n");
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Outcome::Good)
}

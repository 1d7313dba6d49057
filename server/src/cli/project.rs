//! The packages that a command works on.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use analysis::explain::finding::Location;
use analysis::host::{Change, Host, View};

use super::{BuildArgs, Failure, complain};
use crate::cache;
use crate::files::Disk;
use crate::lines::Lines;
use crate::loader::{Env, EnvOptions, Loader, Package, PackageErrorKind, PackageGraph};
use crate::packages;

/// Packages and their analysis.
pub(super) struct Project {
    pub(super) dir: Utf8PathBuf,
    pub(super) env: Arc<Env>,
    pub(super) loader: Loader,
    pub(super) graph: PackageGraph,
    /// Left as it is when the command ends: taking it apart would only take time.
    host: ManuallyDrop<Host>,
}

impl Project {
    /// Loads what `patterns` match, the whole module if there are none.
    pub(super) fn load(
        build: &BuildArgs,
        patterns: &[String],
        with_tests: bool,
    ) -> Result<Project, Failure> {
        let mut project = Project::open(build)?;
        let whole = ["./...".to_owned()];
        let patterns = if patterns.is_empty() { &whole } else { patterns };
        project.add(patterns, with_tests)?;
        Ok(project)
    }

    /// No packages yet.
    pub(super) fn open(build: &BuildArgs) -> Result<Project, Failure> {
        let dir = directory(build)?;
        let env = Arc::new(Env::load(&dir, &options(build))?);
        let host = ManuallyDrop::new(cache::host(Disk::new(&env), packages::target(&env)));
        let loader = Loader::new(dir.clone(), Arc::clone(&env));
        Ok(Project { dir, env, loader, graph: PackageGraph::default(), host })
    }

    /// Loads what `patterns` match.
    pub(super) fn add(&mut self, patterns: &[String], with_tests: bool) -> Result<(), Failure> {
        let graph = if with_tests {
            self.loader.load_with_tests(patterns)?
        } else {
            self.loader.load(patterns)?
        };
        for warning in &graph.warnings {
            complain(&format!("goescape: {warning}"));
        }
        if graph.roots.is_empty() {
            return Err(Failure::other(format!(
                "no packages match {}: name packages, directories or .go files",
                patterns.join(" ")
            )));
        }
        self.host.apply(Change { packages: Some(packages::sources(&graph)), ..Change::default() });
        self.graph = graph;
        Ok(())
    }

    pub(super) fn view(&self) -> View {
        self.host.view()
    }

    /// A path as a person in this directory would write it.
    pub(super) fn shorten<'a>(&self, path: &'a str) -> &'a str {
        shorten(&self.dir, path)
    }

    /// Says what is wrong with a package; whether it can be analysed all the same.
    pub(super) fn complain_about(&self, package: &Package) -> bool {
        let mut usable = true;
        for error in &package.errors {
            let place = match &error.file {
                Some(file) if error.line > 0 => {
                    format!("{}:{}: ", self.shorten(file.as_str()), error.line)
                }
                Some(file) => format!("{}: ", self.shorten(file.as_str())),
                None => format!("package {}: ", package.id),
            };
            complain(&format!("{place}{}", error.message));
            usable &= error.kind == PackageErrorKind::NoFiles;
        }
        usable
    }

    /// Says what keeps parts of a package from being analysed. What [`Project::complain_about`] said
    /// of a line, an import mostly, is not said again.
    pub(super) fn complain_of_problems(&self, package: &Package, problems: &[(Location, String)]) {
        let mut texts = FxHashMap::default();
        for (at, message) in problems {
            let text =
                texts.entry(at.file).or_insert_with(|| crate::files::read_lossy(at.file.as_str()));
            let text = text.as_deref();
            let (line, column) =
                text.map_or((0, 0), |text| Lines::new(text).go_position(at.start as usize));
            let is_said = package.errors.iter().any(|error| {
                error.line == line
                    && error.file.as_deref().is_some_and(|file| file == at.file.as_str())
            });
            if !is_said {
                let file = self.shorten(at.file.as_str());
                complain(&format!("{file}:{line}:{column}: {message}"));
            }
        }
    }
}

/// A path as a person in `dir` would write it.
pub(super) fn shorten<'a>(dir: &Utf8Path, path: &'a str) -> &'a str {
    Utf8Path::new(path).strip_prefix(dir).map_or(path, Utf8Path::as_str)
}

/// The directory to work in, by the name that the user knows it by.
pub(super) fn directory(build: &BuildArgs) -> Result<Utf8PathBuf, Failure> {
    let current = std::env::current_dir()
        .map_err(|error| Failure::other(format!("no current directory: {error}")))?;
    let current = Utf8PathBuf::from_path_buf(current).map_err(|path| {
        Failure::other(format!("{} is not UTF-8: rename the directory", path.display()))
    })?;
    // As for the go command, PWD counts if it names the same place: it keeps the user's links.
    let named = std::env::var("PWD")
        .ok()
        .map(Utf8PathBuf::from)
        .filter(|pwd| pwd.is_absolute() && pwd.canonicalize().ok() == current.canonicalize().ok());
    let current = named.unwrap_or(current);
    let Some(dir) = &build.dir else { return Ok(current) };
    let dir = clean(&current.join(dir));
    if !dir.is_dir() {
        return Err(Failure::other(format!("-C {dir}: no such directory")));
    }
    Ok(dir)
}

/// The path without `.` and `..`.
pub(super) fn clean(path: &Utf8Path) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for part in path.components() {
        match part.as_str() {
            "." => {}
            ".." => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

fn options(build: &BuildArgs) -> EnvOptions {
    let mut flags = build.build_flags.clone();
    flags.extend(build.tags.iter().map(|tags| format!("-tags={tags}")));
    let go = build.go.as_ref().map(|go| {
        let inside = go.join("bin").join(format!("go{}", std::env::consts::EXE_SUFFIX));
        if inside.is_file() { inside } else { go.clone() }
    });
    EnvOptions { go, vars: Vec::new(), flags }
}

#[cfg(test)]
mod tests {
    #[test]
    fn dots_are_resolved() {
        assert_eq!(super::clean("/a/./b/../c".into()), "/a/c");
        assert_eq!(super::clean("/../a".into()), "/a");
    }
}

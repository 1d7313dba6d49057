//! Checked packages for the tests of the type checker: loaded from files, parsed, checked.

use std::process::Command;
use std::sync::Arc;

use analysis::release::Target;
use analysis::symbol::Symbol;
use analysis::syntax::{SourceTree, ast};
use analysis::types::body::{Checked, check_package};
use analysis::types::env::World;
use analysis::types::package::PackageInput;
use analysis::types::ty::PkgId;
use camino::{Utf8Path, Utf8PathBuf};
use server::loader::{Env, EnvOptions, Loader, Package};

/// Whether the slow tests are to run.
pub(crate) fn is_slow() -> bool {
    std::env::var_os("GOESCAPE_SLOW").is_some()
}

/// The go command: that on `PATH`, or the one in `GOESCAPE_GO`.
pub(crate) fn go() -> String {
    std::env::var("GOESCAPE_GO").unwrap_or_else(|_| "go".into())
}

/// Where the Go distribution is.
pub(crate) fn goroot() -> Utf8PathBuf {
    let out = Command::new(go()).args(["env", "GOROOT"]).output().unwrap();
    Utf8PathBuf::from(String::from_utf8(out.stdout).unwrap().trim())
}

/// A package with its texts.
pub(crate) struct Source {
    pub(crate) package: Arc<Package>,
    pub(crate) texts: Vec<Arc<str>>,
    pub(crate) files: Vec<Arc<ast::File>>,
}

/// Parses a file.
pub(crate) fn parse(text: &Arc<str>) -> Arc<ast::File> {
    Arc::new(SourceTree::parse(Arc::clone(text)).file())
}

/// Checks the packages that patterns match, and what they import, dependencies first, without cgo.
pub(crate) fn check_all(
    dir: &Utf8Path,
    patterns: &[&str],
    each: &mut dyn FnMut(&Source, &Checked, &World),
) -> World {
    let options = EnvOptions {
        go: Some(go().into()),
        vars: vec![("CGO_ENABLED".into(), "0".into())],
        ..EnvOptions::default()
    };
    let env = Env::load(dir, &options).unwrap();
    let loader = Loader::new(dir, Arc::new(env));
    let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    let graph = loader.load(&patterns).unwrap();
    let mut world = World::default();
    for package in &graph.packages {
        let texts: Vec<Arc<str>> =
            package.files.iter().map(|path| loader.text(path).unwrap()).collect();
        let files = texts.iter().map(parse).collect();
        let source = Source { package: Arc::clone(package), texts, files };
        let imports = package.imports.iter().map(|(path, id)| (Symbol::new(path), *id)).collect();
        let input = PackageInput {
            id: package.id,
            files: &source.files,
            imports: &imports,
            go_version: Some(package.go_version),
            target: Target::DEFAULT,
        };
        let checked = check_package(&input, &world);
        each(&source, &checked, &world);
        world.packages.insert(package.id, Arc::clone(&checked.headers.types).into());
    }
    world
}

/// Everything wrong with a package: file, offset, message.
pub(crate) fn all_errors(files: &[Arc<ast::File>], checked: &Checked) -> Vec<(usize, u32, String)> {
    let mut all = Vec::new();
    for error in checked.headers.errors.iter().chain(&checked.errors) {
        all.push((error.file as usize, error.pos, error.message.clone()));
    }
    for (index, file) in files.iter().enumerate() {
        for error in &file.errors {
            all.push((index, error.range.start, error.message.clone()));
        }
        for (at, decl) in file.decls.iter().enumerate() {
            for error in &decl.decl.errors {
                all.push((index, decl.start + error.range.start, error.message.clone()));
            }
            let Some(info) = checked.info(index, at) else { continue };
            for error in &info.errors {
                all.push((index, decl.start + error.pos, error.message.clone()));
            }
        }
    }
    all
}

/// The line and column of an offset, from 1.
pub(crate) fn line_col(text: &str, offset: u32) -> (usize, usize) {
    let before = &text.as_bytes()[..(offset as usize).min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line + 1, before.len() - start + 1)
}

/// The package that importers of `path` get.
pub(crate) fn package_id(path: &str) -> PkgId {
    PkgId::new(path)
}

//! From what the loader found to what the analysis takes.

use analysis::host::PackageSource;
use analysis::release::{Arch, Elsewhere, Target};
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;
use rustc_hash::FxHashSet;

use crate::loader::{Env, Package, PackageGraph};

/// The packages of a graph.
pub fn sources(graph: &PackageGraph) -> Vec<PackageSource> {
    let asked: FxHashSet<Symbol> = graph.roots.iter().map(|id| id.path).collect();
    graph.packages.iter().map(|package| source(package, &asked)).collect()
}

fn source(package: &Package, asked: &FxHashSet<Symbol>) -> PackageSource {
    let imports = package.imports.iter().map(|(path, id)| (Symbol::new(path), *id));
    // What cgo writes imports these itself.
    let made = package.implicit.iter().filter(|id| {
        !package.cgo_files.is_empty() && matches!(id.path.as_str(), "syscall" | "runtime/cgo")
    });
    let made = made
        .map(|id| (id.path, *id))
        .chain((!package.cgo_files.is_empty()).then(|| (Symbol::new("unsafe"), PkgId::unsafe_())));
    PackageSource {
        id: package.id,
        files: package.files.iter().map(|file| Symbol::new(file.as_str())).collect(),
        cgo_files: package.cgo_files.iter().map(|file| Symbol::new(file.as_str())).collect(),
        imports: imports.chain(made).collect(),
        go_version: Some(package.go_version),
        asked: asked.contains(&package.id.path),
        mutable: is_mutable(package),
    }
}

/// Whether a user edits it: it is of a main module, replaced by a directory, or of no module.
pub fn is_mutable(package: &Package) -> bool {
    match &package.module {
        Some(module) => module.main || module.replaced_by.as_ref().is_some_and(|by| is_dir(by)),
        None => !package.standard,
    }
}

/// Whether the right side of a `replace` is a directory. Upstream: `modload`, `modfile.IsDirectoryPath`.
fn is_dir(replacement: &str) -> bool {
    replacement.starts_with("./") || replacement.starts_with("../") || replacement.starts_with('/')
}

/// The build that the environment asks for. A processor whose rules are not known counts as amd64.
pub fn target(env: &Env) -> Target {
    // `-gcflags=-l` is for the packages asked about, `-gcflags=all=-l` for all.
    let passed = |flag: &str, all: bool| {
        let compiler = env.flags.others.iter().filter_map(|other| {
            let other = other.strip_prefix('-')?.trim_start_matches('-');
            other.strip_prefix("gcflags=")
        });
        let mut words = compiler.flat_map(|flags| {
            let flags = flags.trim_matches(['\'', '"']);
            let pattern = flags.split_once('=').filter(|_| !flags.starts_with('-'));
            let reached = match pattern {
                Some((pattern, flags)) => {
                    Some(flags).filter(|_| !all || matches!(pattern, "all" | "..."))
                }
                None => Some(flags).filter(|_| !all),
            };
            reached.unwrap_or_default().split_whitespace()
        });
        words.any(|word| match (word.strip_prefix("-d="), flag.strip_prefix("-d=")) {
            (Some(list), Some(wanted)) => list.split(',').any(|name| name == wanted),
            _ => word == flag,
        })
    };
    let sanitized = env.flags.sanitizer.is_some();
    Target {
        release: env.release().0,
        arch: env.arch().unwrap_or(Arch::Amd64),
        no_inline: passed("-l", false),
        no_optimize: passed("-N", false),
        race: env.flags.sanitizer.as_deref() == Some("race"),
        checkptr: sanitized || passed("-d=checkptr", false),
        elsewhere: Elsewhere {
            no_inline: passed("-l", true),
            no_optimize: passed("-N", true),
            checkptr: sanitized || passed("-d=checkptr", true),
        },
    }
}

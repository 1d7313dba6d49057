//! From what the loader found to what the analysis takes.

use analysis::host::PackageSource;
use analysis::release::{Arch, Target};
use analysis::symbol::Symbol;

use crate::loader::{Env, Package, PackageGraph};

/// The packages of a graph.
pub fn sources(graph: &PackageGraph) -> Vec<PackageSource> {
    graph.packages.iter().map(|package| source(package)).collect()
}

fn source(package: &Package) -> PackageSource {
    PackageSource {
        id: package.id,
        files: package.files.iter().map(|file| Symbol::new(file.as_str())).collect(),
        imports: package.imports.iter().map(|(path, id)| (Symbol::new(path), *id)).collect(),
        go_version: Some(package.go_version),
        standard: package.standard,
        has_asm: package.has_asm,
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
    let passed = |flag: &str| {
        let compiler = env.flags.others.iter().filter_map(|other| {
            let other = other.strip_prefix('-')?.trim_start_matches('-');
            other.strip_prefix("gcflags=")
        });
        let mut words = compiler.flat_map(|flags| {
            // `-gcflags=all=-l` and `-gcflags=-l` both reach the packages that are asked about.
            let flags = flags.trim_matches(['\'', '"']);
            let pattern = flags.split_once('=').filter(|_| !flags.starts_with('-'));
            pattern.map_or(flags, |(_, flags)| flags).split_whitespace()
        });
        words.any(|word| match (word.strip_prefix("-d="), flag.strip_prefix("-d=")) {
            (Some(list), Some(wanted)) => list.split(',').any(|name| name == wanted),
            _ => word == flag,
        })
    };
    Target {
        release: env.release().0,
        arch: env.arch().unwrap_or(Arch::Amd64),
        no_inline: passed("-l"),
        no_optimize: passed("-N"),
        race: env.flags.sanitizer.as_deref() == Some("race"),
        checkptr: env.flags.sanitizer.is_some() || passed("-d=checkptr"),
    }
}

//! Which actions may be offered: those whose edits reach all that they concern.
//!
//! The analysis knows the files of one build. Files for another system, behind a build tag, or in a
//! module of their own are not among them: where one mentions a function that an action changes,
//! it would be left behind.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use analysis::explain::finding::Action;
use analysis::symbol::Symbol;
use analysis::types::ty::DefId;

use crate::loader::{Package, PackageGraph};
use crate::snapshot::Snapshot;

/// Whether no Go file outside of the build mentions what an action changes, and all edits are of
/// files as the user wrote them.
pub fn are_complete(snapshot: &Snapshot, action: &Action) -> bool {
    let graph = snapshot.packages.graph();
    let is_cgo = |file: Symbol| {
        let holds = |package: &Package| package.cgo_files.iter().any(|cgo| cgo == file.as_str());
        graph.packages.iter().any(|package| holds(package))
    };
    if action.edits.iter().any(|edit| is_cgo(edit.at.file)) {
        return false;
    }
    if action.names.is_empty() {
        return true;
    }
    let mut dirs: Vec<&Utf8Path> = Vec::new();
    for edit in &action.edits {
        let dir = Utf8Path::new(edit.at.file.as_str()).parent();
        let of_file = graph.packages.iter().find(|package| Some(&*package.dir) == dir);
        let Some(package) = of_file else { continue };
        let dir = package.module.as_ref().map_or(&*package.dir, |module| &*module.dir);
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    let known: FxHashSet<&Utf8Path> =
        graph.packages.iter().flat_map(|package| &package.files).map(|file| &**file).collect();
    let mut unknown = Vec::new();
    for dir in dirs {
        go_files(dir, &mut unknown);
    }
    unknown.retain(|file| !known.contains(&**file));
    !unknown.iter().any(|file| {
        let text = snapshot.text_of(Symbol::new(file.as_str()));
        text.is_none_or(|text| {
            action.names.iter().any(|&name| mentions(graph, file, text.text(), name))
        })
    })
}

/// Whether a file can mean a declaration: it has the name, and is of its package or imports it.
fn mentions(graph: &PackageGraph, file: &Utf8Path, text: &str, def: DefId) -> bool {
    let is_beside =
        || graph.get(def.package).is_none_or(|package| Some(&*package.dir) == file.parent());
    has_word(text, def.name.as_str())
        && (is_beside() || text.contains(&format!("\"{}\"", def.package.path)))
}

/// Whether a text contains a name, not as part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

/// All Go files below `dir`, except where the go command does not look.
fn go_files(dir: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    let Ok(entries) = dir.read_dir_utf8() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_ignored = name.starts_with(['.', '_']) || matches!(name, "testdata" | "vendor");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !is_ignored => go_files(entry.path(), found),
            Ok(kind) if kind.is_file() && name.ends_with(".go") => {
                found.push(entry.path().to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_word;

    #[test]
    fn a_name_is_found_only_as_a_whole() {
        assert!(has_word("p := New()", "New") && has_word("ä.New", "New"));
        assert!(!has_word("NewPoint(), aNew, New_, äNew", "New"));
    }
}

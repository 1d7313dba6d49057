//! Names the code of this crate, so that what one build of it has found out and kept on disk is
//! never taken for what another one would find out.

#![allow(clippy::print_stdout, reason = "that is how cargo is told")]

use std::path::{Path, PathBuf};

#[path = "src/sha256.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is a module of the crate, of which one sum is needed"
)]
mod sha256;

fn main() {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    // Which versions of its dependencies, among them Go's grammar.
    files.push("../Cargo.lock".into());
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let text = std::fs::read(file).unwrap_or_default();
        all.extend(format!("{} {}\n", file.display(), text.len()).bytes());
        all.extend(text);
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=GOESCAPE_ANALYSIS={}", sha256::hex(&sha256::sum(&all)));
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

//! The type checker against Go's own: packages that the compiler accepts, and the test data of
//! `go/types`, whose comments say what is wrong.
//!
//! Runs with `GOESCAPE_SLOW=1`, with the go command on `PATH` or the one in `GOESCAPE_GO`.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::release::{GoVersion, Release, Target};
use analysis::symbol::Symbol;
use analysis::types::body::check_package;
use analysis::types::env::World;
use analysis::types::package::PackageInput;
use camino::{Utf8Path, Utf8PathBuf};

use super::types_world::{all_errors, check_all, goroot, is_slow, line_col, package_id, parse};

/// Of a thousand errors in the test data, so many must be found; the figure only rises.
const FOUND_PER_MILLE: usize = 970;

#[test]
fn the_standard_library_is_correct() {
    check_is_correct("std");
}

#[test]
fn the_toolchain_is_correct() {
    check_is_correct("cmd");
}

fn check_is_correct(pattern: &str) {
    if !is_slow() {
        return;
    }
    let mut complaints = Vec::new();
    let dir = goroot().join("src");
    check_all(&dir, &[pattern], &mut |source, checked, _| {
        for (file, pos, message) in all_errors(&source.files, checked) {
            let (line, column) = line_col(&source.texts[file], pos);
            let path = &source.package.files[file];
            complaints.push(format!("{path}:{line}:{column}: {message}"));
        }
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn test_data_of_go_types_is_judged_as_it_says() {
    if !is_slow() {
        return;
    }
    let root = goroot();
    // The rules are those of 1.27; older test data expects errors that are none any more.
    let release = std::fs::read_to_string(root.join("VERSION")).unwrap();
    if Release::of_toolchain(release.lines().next().unwrap_or_default()).0 < Release::Go1_27 {
        return;
    }
    let world = check_all(&root.join("src"), &["std"], &mut |_, _, _| {});
    let mut tally = Tally::default();
    for group in ["check", "examples", "fixedbugs", "spec"] {
        let dir = root.join("src/internal/types/testdata").join(group);
        for package in packages_in(&dir) {
            tally.add(&package, &world);
        }
    }
    let local = root.join("src/cmd/compile/internal/types2/testdata/local");
    for package in packages_in(&local) {
        tally.add(&package, &world);
    }
    eprintln!(
        "found {} of {} errors ({} in the same words), {} invented, {} files misread",
        tally.found,
        tally.expected,
        tally.same_words,
        tally.invented.len(),
        tally.misread
    );
    for line in &tally.missed {
        eprintln!("missed {line}");
    }
    assert!(tally.invented.is_empty(), "invented\n{}", tally.invented.join("\n"));
    let per_mille = tally.found * 1000 / tally.expected.max(1);
    assert!(per_mille >= FOUND_PER_MILLE, "found {per_mille} of a thousand only");
}

/// Files that are packages of their own, and directories that are one package each.
fn packages_in(dir: &Utf8Path) -> Vec<Vec<Utf8PathBuf>> {
    let list = |dir: &Utf8Path| -> Vec<Utf8PathBuf> {
        let entries = dir.read_dir_utf8().unwrap();
        let mut paths: Vec<Utf8PathBuf> = entries.map(|e| e.unwrap().into_path()).collect();
        paths.sort();
        paths
    };
    let mut packages = Vec::new();
    for path in list(dir) {
        if path.is_dir() {
            packages.push(list(&path));
        } else if path.extension() == Some("go") {
            packages.push(vec![path]);
        }
    }
    packages
}

#[derive(Default)]
struct Tally {
    expected: usize,
    found: usize,
    same_words: usize,
    /// Files with syntax errors where Go has none.
    misread: usize,
    missed: Vec<String>,
    invented: Vec<String>,
}

impl Tally {
    fn add(&mut self, paths: &[Utf8PathBuf], world: &World) {
        let read = |path: &Utf8PathBuf| Arc::from(std::fs::read_to_string(path).unwrap());
        let texts: Vec<Arc<str>> = paths.iter().map(read).collect();
        let flags = texts[0].lines().next().unwrap_or_default();
        // Experiments are not part of the language.
        if flags.contains("-goexperiment") || texts[0].starts_with("//go:build ignore") {
            return;
        }
        let version = flags.split_once("-lang=").and_then(|(_, text)| GoVersion::parse(text));
        let files: Vec<_> = texts.iter().map(parse).collect();
        let mut imports = rustc_hash::FxHashMap::default();
        for import in files.iter().flat_map(|file| &file.imports) {
            let path = import.path.as_str();
            let id = package_id(path);
            if path == "unsafe" || world.packages.contains_key(&id) {
                imports.insert(Symbol::new(path), id);
            }
        }
        let input = PackageInput {
            id: package_id(paths[0].as_str()),
            files: &files,
            imports: &imports,
            go_version: version,
            target: Target::DEFAULT,
        };
        let checked = check_package(&input, world);
        // By file and line: messages found, and those wanted.
        let mut found: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        for (file, pos, message) in all_errors(&files, &checked) {
            // Predeclared in tests of the type checker only.
            if message == "undefined: assert" || message == "undefined: trace" {
                continue;
            }
            let (line, _) = line_col(&texts[file], pos);
            found.entry((file, line)).or_default().push(message);
        }
        let mut wanted: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        for (file, text) in texts.iter().enumerate() {
            for (line, pattern) in wanted_errors(text) {
                wanted.entry((file, line)).or_default().push(pattern);
            }
        }
        // What follows from a file read otherwise than Go reads it is not the checker's fault.
        let misread = found.iter().any(|(place, messages)| {
            let syntax = messages.iter().any(|message| message.starts_with("syntax error"));
            syntax && !wanted.contains_key(place)
        });
        self.misread += usize::from(misread);
        let broken = found.values().flatten().any(|message| message.starts_with("syntax error"));
        if broken {
            // Declarations may be lost where Go finds its way.
            for (place, messages) in &mut found {
                if wanted.contains_key(place) {
                    continue;
                }
                messages.retain(|message| !message.starts_with("undefined: "));
            }
        }
        for (place, messages) in &found {
            if !wanted.contains_key(place) && !misread {
                for message in messages {
                    let path = &paths[place.0];
                    self.invented.push(format!("{path}:{}: {message}", place.1));
                }
            }
        }
        for (place, patterns) in &wanted {
            self.expected += patterns.len();
            let messages = found.get(place).map(Vec::as_slice).unwrap_or_default();
            self.found += patterns.len().min(messages.len());
            for pattern in patterns {
                let same = pattern.strip_prefix("ERROR ").is_some_and(|text| {
                    let text = unquote(text.trim());
                    messages.iter().any(|message| message.contains(&text))
                });
                self.same_words += usize::from(same);
            }
            if messages.len() < patterns.len() {
                let path = &paths[place.0];
                self.missed.push(format!("{path}:{}: {patterns:?} {messages:?}", place.1));
            }
        }
    }
}

fn unquote(text: &str) -> String {
    let inner = text.trim_matches(|c| c == '"' || c == '`');
    if text.starts_with('"') {
        inner.replace("\\\"", "\"").replace("\\\\", "\\")
    } else {
        inner.into()
    }
}

/// The comments that want an error, each with the line of the token before it.
fn wanted_errors(text: &str) -> Vec<(usize, String)> {
    let bytes = text.as_bytes();
    let mut wanted = Vec::new();
    let (mut at, mut line, mut token_line) = (0, 1, 1);
    while at < bytes.len() {
        let rest = &text[at..];
        let end = match bytes[at] {
            b'\n' => {
                line += 1;
                at += 1;
                continue;
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if rest.starts_with("//") => {
                let end = rest.find('\n').map_or(text.len(), |n| at + n);
                note(&text[at + 2..end], token_line, &mut wanted);
                at = end;
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                let end = rest.find("*/").map_or(text.len(), |n| at + n);
                note(&text[at + 2..end], token_line, &mut wanted);
                line += text[at..end].matches('\n').count();
                at = (end + 2).min(text.len());
                continue;
            }
            b'`' => rest[1..].find('`').map_or(text.len(), |n| at + n + 2),
            quote @ (b'"' | b'\'') => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != quote && bytes[end] != b'\n' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                (end + 1).min(text.len())
            }
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        };
        token_line = line;
        let end = (at..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(at + 1);
        line += text[at..end].matches('\n').count();
        at = end.max(at + 1);
    }
    wanted
}

fn note(comment: &str, line: usize, wanted: &mut Vec<(usize, String)>) {
    if let Some(pattern) = comment.strip_prefix(" ERROR").filter(|_| comment.contains(['"', '`'])) {
        wanted.push((line, format!("ERROR{}", pattern.trim_end())));
    }
}

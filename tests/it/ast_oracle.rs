//! Our trees against `go/parser`'s: the same meaning and the same positions in every declaration.
//!
//! The Go program in `oracle/ast` runs with the go command on `PATH` or the one in `GOESCAPE_GO`.
//! A few files always, the whole of a Go distribution with `GOESCAPE_SLOW=1`, or the folders that
//! `GOESCAPE_TREES` names, separated by colons.

use std::fmt::Write;
use std::process::Command;
use std::sync::Arc;

use super::ast_dump::{declaration, header};
use super::types_world::{go, goroot, is_slow, parse};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/ast/testdata");

/// What `go/parser` says about files or folders.
fn ask_go(paths: &[&str], hashed: bool) -> String {
    let mut command = Command::new(go());
    command.args(["run", "."]).current_dir(format!("{}/oracle/ast", env!("CARGO_MANIFEST_DIR")));
    if hashed {
        command.arg("-hash");
    }
    let output = command.args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A file's declarations, one line each, and its errors.
fn ours(path: &str, hashed: bool) -> Option<(Vec<String>, Vec<String>)> {
    let text: Arc<str> = String::from_utf8(std::fs::read(path).ok()?).ok()?.into();
    let file = parse(&text);
    let form = |form: String| if hashed { format!("{:x}", hash(&form)) } else { form };
    let mut lines = vec![format!("0 0 {}", form(header(&file)))];
    let mut errors: Vec<String> = file
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.range.start, error.message))
        .collect();
    for at in &file.decls {
        let (start, end, text) = declaration(at);
        lines.push(format!("{start} {end} {}", form(text)));
        let place = |from: u32| from + at.start;
        let shown = at.decl.errors.iter();
        errors
            .extend(shown.map(|error| format!("{}: {}", place(error.range.start), error.message)));
    }
    Some((lines, errors))
}

/// The grammar takes no struct type as an operand: `struct{ A }.m`.
const LACKING: &str = "/testdata/fixedbugs/issue53358.go";

/// Whether Go's own tests say that something on these lines is no Go: `go/parser` reads on behind
/// what it does not object to, and then neither tree means anything.
fn is_wrong(text: &str, start: usize, end: usize) -> bool {
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    // The compiler's parser says so where `go/parser` says nothing.
    let receivers = ["func () ", "func ( "];
    let part = &text[from..to];
    part.contains("ERROR") || receivers.iter().any(|receiver| part.starts_with(receiver))
}

/// Where a line of the oracle says that a declaration stands.
fn place(line: &str) -> (usize, usize) {
    let mut numbers = line.split(' ').map(|number| number.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

#[derive(Default)]
struct Comparison {
    files: usize,
    declarations: usize,
    /// The declarations that differ.
    different: Vec<String>,
    /// Files that only one side rejects.
    rejected: Vec<String>,
    accepted: Vec<String>,
}

fn compare(paths: &[&str], hashed: bool) -> Comparison {
    let answer = ask_go(paths, hashed);
    let mut found = Comparison::default();
    let mut lines = answer.lines().peekable();
    while let Some(line) = lines.next() {
        let (verdict, path) = line.split_once(' ').unwrap();
        let mut theirs = Vec::new();
        while let Some(line) = lines.next_if(|line| line.as_bytes()[0].is_ascii_digit()) {
            theirs.push(line);
        }
        let Some((own, errors)) = ours(path, hashed) else { continue };
        found.files += 1;
        if verdict == "bad" {
            if errors.is_empty() {
                found.accepted.push(path.to_owned());
            }
            continue;
        }
        found.declarations += theirs.len();
        let text = std::fs::read_to_string(path).unwrap();
        let is_objected = |error: &&String| {
            let at = error.split(':').next().and_then(|at| at.parse().ok()).unwrap_or_default();
            is_wrong(&text, at, at) || path.ends_with(LACKING)
        };
        if let Some(error) = errors.iter().find(|error| !is_objected(error)) {
            found.rejected.push(format!("{path}: {error}"));
        } else if !errors.is_empty() && (own.len() != theirs.len() || path.ends_with(LACKING)) {
            continue;
        }
        if own.len() != theirs.len() {
            let differ = own.iter().zip(&theirs).find(|(own, theirs)| own != theirs);
            let shown = differ.map(|(own, theirs)| difference(own, theirs)).unwrap_or_default();
            let (own, theirs) = (own.len(), theirs.len());
            found.different.push(format!("{path}: {own} declarations for {theirs}\n      {shown}"));
            continue;
        }
        for (own, theirs) in own.iter().zip(theirs).filter(|(own, theirs)| own != theirs) {
            let (start, end) = place(theirs);
            // The header stands in front of all declarations.
            let end = if end == 0 { text.find("\n)").unwrap_or(0) } else { end };
            if is_wrong(&text, start, end) {
                continue;
            }
            found.different.push(format!("{path}: {}", difference(own, theirs)));
        }
    }
    found
}

/// Two lines from where they part.
fn difference(own: &str, theirs: &str) -> String {
    let same = own.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    let from =
        (0..=same.saturating_sub(60)).rev().find(|&at| own.is_char_boundary(at)).unwrap_or(0);
    let part =
        |text: &str| text.get(from..).unwrap_or_default().chars().take(160).collect::<String>();
    format!("ours {}\n      theirs {}", part(own), part(theirs))
}

impl Comparison {
    fn assert_same(&self, shown: usize) {
        let mut report = String::new();
        for (what, list) in [("differ", &self.different), ("rejected here only", &self.rejected)] {
            writeln!(report, "{}: {} in {} files", what, list.len(), self.files).unwrap();
            list.iter().take(shown).for_each(|line| writeln!(report, "  {line}").unwrap());
        }
        assert!(self.different.is_empty() && self.rejected.is_empty(), "{report}");
    }
}

#[test]
fn trees_of_difficult_texts_are_those_of_go_parser() {
    let found = compare(&[CORPUS], false);
    assert!(found.declarations > 100, "{} declarations", found.declarations);
    found.assert_same(20);
}

#[test]
fn trees_of_a_go_distribution_are_those_of_go_parser() {
    if !is_slow() {
        return;
    }
    let src = goroot().join("src").into_string();
    let folders = std::env::var("GOESCAPE_TREES").unwrap_or(src);
    let folders: Vec<&str> = folders.split(':').collect();
    let found = compare(&folders, true);
    eprintln!("{} declarations in {} files", found.declarations, found.files);
    eprintln!("rejected by go/parser only: {}", found.accepted.len());
    found.accepted.iter().for_each(|path| eprintln!("  {path}"));
    found.assert_same(100);
}

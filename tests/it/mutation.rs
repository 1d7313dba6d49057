//! Programs that nobody wrote: functions of real packages are mutated so that they still compile,
//! and our lines about them are the compiler's.
//!
//! Runs only if `GOESCAPE_SLOW` is set, with the go command on `PATH`. `GOESCAPE_MUTATE` names
//! packages of the standard library, separated by commas; `GOESCAPE_EDITS` says how many rounds each
//! gets, `GOESCAPE_SEED` where the random numbers begin.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use analysis::explain::{gc, report};
use analysis::symbol::Symbol;
use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;
use tests::folder::Folder;
use tests::random::Random;

use super::incremental::{Package, words};
use super::types_world::{go, is_slow};

/// How many mutations one compilation is about.
const AT_ONCE: usize = 30;

/// What mutations call; added to the package's first file.
const HELPERS: &str = "
var mutated bool
var mutSink any
func mutID[T any](x T) T { return x }
func mutPtr[T any](x T) *T { return &x }
func mutSlice[T any](x ...T) []T { return x }
type mutBox[T any] struct { x T; next *mutBox[T] }
func (b *mutBox[T]) get() T { return b.x }
func (b mutBox[T]) val() T { return b.x }
func mutMake[T any](x T) *mutBox[T] { return &mutBox[T]{x: x} }
func mutLeak[T any](x T) T { mutSink = x; return x }
func mutSeq[T any](x T) func(func(T) bool) { return func(yield func(T) bool) { yield(x) } }
func mutSeq2[T any](x T) func(func(int, T) bool) { return func(yield func(int, T) bool) { _ = yield(1, x) && yield(2, x) } }
func mutFunc[T any](x T) func() T { return func() T { return x } }
func mutCall(f func()) { f() }
func mutEach[T any](x T, f func(T)) { f(x); f(x) }
func mutChan[T any](x T) chan T { c := make(chan T, 1); c <- x; return c }
//go:noinline
func mutKeep(f func()) { mutSink = f }
";

/// What stands for a word `W`.
const VALUES: &[&str] = &[
    "mutID(W)",
    "*mutPtr(W)",
    "mutSlice(W)[0]",
    "mutMake(W).get()",
    "mutMake(W).val()",
    "mutLeak(W)",
    "mutFunc(W)()",
    "<-mutChan(W)",
    "mutMake(mutMake(W)).get().get()",
    "any(W)",
    "(&W)",
    "(*W)",
    "*&W",
    "map[bool]any{mutated: W}",
    "mutID(mutID(W))",
    "max(W, W)",
    "(W + W)",
    "[]any{W}",
    "func() any { return W }",
    "append(W, W...)",
    "append(W[:0:0], W...)",
    "string(W)",
    "[]byte(W)",
];

/// What stands for the statements `S`, in which the word `W` occurs.
const STATEMENTS: &[&str] = &[
    "",
    "S\nS",
    "func() {\nS\n}()",
    "defer func() {\nS\n}()",
    "go func() {\nS\n}()",
    "for range 3 {\nS\n}",
    "for i := range 3 {\n_ = i\nS\n}",
    "if mutated {\nS\n}",
    "if mutated {\nS\n} else {\nS\n}",
    "{\nS\n}",
    "for range func(yield func() bool) { yield() } {\nS\n}",
    "mutCall(func() {\nS\n})",
    "mutKeep(func() {\nS\n})",
    "mutEach(1, func(int) {\nS\n})",
    "mutEach(W, func(W any) {\nS\n})",
    "mutEach(&W, func(any) {\nS\n})",
    "switch {\ncase mutated:\nS\n}",
    "switch x := any(W).(type) {\ncase int, bool:\n_ = x\nS\ncase *int:\n_ = *x\n}",
    "switch W := any(W).(type) {\ncase error:\n_ = W.Error()\ndefault:\nS\n}",
    "select {\ndefault:\nS\n}",
    "for {\nS\nbreak\n}",
    "for mutated {\nS\n}",
    "mutSink = W\nS",
    "mutSink = &W\nS",
    "_ = &W\nS",
    "S\nmutSink = W",
    "println(W == W)\nS",
    "{\nW := W\nS\n}",
    "{\nW := &W\nS\n}",
    "for W := range mutSeq(W) {\nS\n}",
    "for _, W := range mutSeq2(W) {\nS\n}",
    "for _, W := range W {\nS\n}",
    "for W := range W {\nS\n}",
    "for W := W; mutated; {\nmutKeep(func() { _ = W })\nS\n}",
    "defer mutLeak(W)\nS",
    "go mutLeak(W)\nS",
    "defer println(W == W)\nS",
    "func() { mutSink = W }()\nS",
    "func() { W = W }()\nS",
    "W = mutID(W)\nS",
    "if W, ok := any(W).(interface{ Get() *int }); ok {\n_ = W.Get()\n}\nS",
    "if W == W {\nS\n}",
    "var W2 = [4]any{W}\nmutSink = W2[:]\nS",
    "W2 := struct{ a, b any }{W, &W}\n_ = W2\nS",
    "W2 := func() any { return W }\n_ = W2()\nS",
    "W2 := mutMake(W)\nW2.next = W2\nS",
    "W2 := mutMake(W).get\n_ = W2()\nS",
    "W2 := (*mutBox[int]).get\n_ = W2\nS",
    "type W2 struct{ x any }\n_ = &W2{W}\nS",
    "W2 := make([]any, len(W))\nW2[0] = W\nS",
    "W2 := make(map[string]any)\nW2[\"\"] = W\nS",
    "W2 := append([]any(nil), W)\n_ = W2\nS",
    "copy(W, W)\nS",
    "clear(W)\nS",
    "panic(W)\nS",
];

/// A stretch of text and what stands there instead.
struct Mutation {
    file: Symbol,
    /// Where it stood, and what.
    line: usize,
    what: String,
    text: String,
}

type Texts = FxHashMap<Symbol, String>;

/// Lines, and how many more of them we have than the compiler.
type Balance = BTreeMap<String, i32>;

struct Mutant {
    package: Package,
    random: Random,
    original: Texts,
}

impl Mutant {
    fn new(path: &str, seed: u64) -> Mutant {
        let dir = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/sample"));
        let (mut package, _) = Package::load_all(&dir, &[path]);
        let first = package.file();
        let text = format!("{}{HELPERS}", package.texts[&first]);
        package.edit(first, text);
        let original = package.texts.clone();
        Mutant { package, random: Random::new(seed), original }
    }

    fn compiles(&self) -> bool {
        report::problems(&self.package.built()).is_empty()
    }

    /// Mutates at random; what does not compile is taken back. Each mutation comes with the texts
    /// after it.
    fn mutate(&mut self) -> Vec<(String, Texts)> {
        let mut done = Vec::new();
        let mut tries = 0;
        while done.len() < AT_ONCE && tries < 20 * AT_ONCE {
            tries += 1;
            let Some(Mutation { file, line, what, text }) = self.mutation() else { continue };
            let before = self.package.texts[&file].clone();
            self.package.edit(file, text);
            if self.compiles() {
                let name = file.as_str().rsplit('/').next().unwrap_or_default();
                done.push((format!("{name}:{line}: {what}"), self.package.texts.clone()));
            } else {
                self.package.edit(file, before);
            }
        }
        done
    }

    fn mutation(&mut self) -> Option<Mutation> {
        let files = &self.package.source.files;
        let file = files[self.random.below(files.len())];
        let text = self.package.texts[&file].clone();
        let lines: Vec<&str> = text.lines().collect();
        let at = self.random.below(lines.len());
        let end = statement(&lines, at)?;
        let part = lines[at..=end].join("\n");
        if part.contains("mut") {
            return None;
        }
        let words: Vec<_> = words(&part)
            .into_iter()
            .filter(|word| part[word.clone()].starts_with(|c: char| c.is_alphabetic()))
            .collect();
        let word = words.get(self.random.below(words.len()))?.clone();
        let (what, new) = if self.random.below(3) == 0 {
            let value = VALUES[self.random.below(VALUES.len())];
            let new = value.replace('W', &part[word.clone()]);
            (value, format!("{}{new}{}", &part[..word.start], &part[word.end..]))
        } else if self.random.below(6) == 0 {
            let other = words[self.random.below(words.len())].clone();
            let (start, end) = (&part[..word.start], &part[word.end..]);
            ("another word", format!("{start}{}{end}", &part[other]))
        } else {
            let form = STATEMENTS[self.random.below(STATEMENTS.len())];
            let mut new = String::new();
            for line in form.split_inclusive('\n') {
                match line.strip_prefix('S') {
                    Some(rest) => new += &format!("{part}{rest}"),
                    None => new += &line.replace('W', &part[word.clone()]),
                }
            }
            (form, new)
        };
        let mut result = lines[..at].join("\n");
        let _ = write!(result, "\n{new}\n{}\n", lines[end + 1..].join("\n"));
        let what = format!("{what:?} for {:?}", part.trim());
        Some(Mutation { file, line: at + 1, what, text: result })
    }

    fn set(&mut self, texts: &Texts) {
        for (&file, text) in texts {
            self.package.edit(file, text.clone());
        }
    }

    /// The first of several mutations with which there are differences, and these.
    fn first_different(&mut self, done: &[(String, Texts)], known: &Balance) -> (String, Balance) {
        let (mut low, mut high) = (0, done.len() - 1);
        while low < high {
            let middle = usize::midpoint(low, high);
            self.set(&done[middle].1);
            match self.new_differences(known).is_empty() {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        self.set(&done[low].1);
        (done[low].0.clone(), self.new_differences(known))
    }

    fn new_differences(&self, known: &Balance) -> Balance {
        let mut differences = self.differences();
        differences.retain(|line, _| !known.contains_key(line) && !line.starts_with("<autogen"));
        differences
    }

    /// The lines that only one side has, without their directories.
    fn differences(&self) -> Balance {
        let mut balance = BTreeMap::new();
        let mut add = |text: &str, by| {
            for line in normalised(text) {
                *balance.entry(line).or_default() += by;
            }
        };
        let theirs = match self.compilers_lines() {
            Ok(lines) => lines,
            // Our checker has not seen what is wrong.
            Err(error) => return BTreeMap::from([(error, -1)]),
        };
        add(&theirs, -1);
        let built = self.package.built();
        let mut ours = String::new();
        for line in gc::lines(&built.compiled, &built.imports) {
            let _ = match (line.file.as_str(), line.column) {
                ("", _) => writeln!(ours, "{}", line.text),
                (file, 0) => writeln!(ours, "{file}:{}: {}", line.line, line.text),
                (file, column) => writeln!(ours, "{file}:{}:{column}: {}", line.line, line.text),
            };
        }
        add(&ours, 1);
        balance.retain(|_, count| *count != 0);
        balance
    }

    /// What the compiler prints, or the errors for which it gives up.
    fn compilers_lines(&self) -> Result<String, String> {
        let folder = Folder::new("-- go.mod --\nmodule m\n");
        let mut replaced = serde_json::Map::new();
        for (index, (file, text)) in self.package.texts.iter().enumerate() {
            let path = folder.write(&format!("{index}.txt"), text);
            replaced.insert(file.to_string(), path.to_string().into());
        }
        let overlay = serde_json::json!({ "Replace": replaced }).to_string();
        let overlay = folder.write("overlay.json", &overlay);
        let output = Command::new(go())
            .args(["build", "-gcflags=-m=2", "-o", "/dev/null", "-overlay", overlay.as_str()])
            .arg(self.package.source.id.path.as_str())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let errors: Vec<&str> =
            text.lines().filter(|line| line.contains(".txt:")).take(3).collect();
        Err(errors.join("\n    "))
    }
}

/// The last line of the statement that begins in a line.
fn statement(lines: &[&str], at: usize) -> Option<usize> {
    let indent = |line: &str| line.bytes().take_while(|byte| *byte == b'\t').count();
    let (line, depth) = (lines[at], indent(lines[at]));
    let text = line.trim();
    let begins = |word: &str| text.starts_with(word);
    if depth == 0 || text.is_empty() || text.starts_with(['}', ')', '/', '.', '"', '`']) {
        return None;
    }
    if begins("case ") || begins("default:") || text.ends_with([',', ':']) {
        return None;
    }
    if !text.ends_with(['{', '(']) {
        return (!text.ends_with(['+', '|', '&', '=', '*', '-', '.'])).then_some(at);
    }
    let rest = lines.iter().enumerate().skip(at + 1);
    let ends = |line: &str| indent(line) == depth && !line.trim_end().ends_with(['{', ':', '(']);
    let mut after = rest.skip_while(|(_, line)| indent(line) > depth || !ends(line));
    after.next().filter(|(_, line)| line.trim().starts_with(['}', ')'])).map(|(end, _)| end)
}

/// Messages in a form that does not depend on made-up names: with their continuation lines, without
/// directories, numbers of temporaries and hashes.
fn normalised(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        match lines.last_mut() {
            Some(last) if line.starts_with('\t') => *last += line,
            _ => lines.push(line.to_owned()),
        }
    }
    for line in &mut lines {
        let short = |word: &str| match word.rsplit_once('/') {
            Some((_, name)) if word.contains(".go:") => name.to_owned(),
            _ => word.to_owned(),
        };
        *line = line.split(' ').map(short).collect::<Vec<_>>().join(" ");
        // The size of dictionaries.
        for mark in [".autotmp_", "#", "func(*["] {
            let mut parts = line.split(mark);
            let mut text = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let is_made_up = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
                text += mark;
                text += part.trim_start_matches(is_made_up);
            }
            *line = text;
        }
    }
    lines
}

#[test]
fn mutants_of_real_functions_get_the_compilers_lines() {
    if !is_slow() {
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (rounds, seed) = (number("GOESCAPE_EDITS"), number("GOESCAPE_SEED"));
    let paths = std::env::var("GOESCAPE_MUTATE").ok();
    let mut wrong = 0;
    for path in paths.as_deref().unwrap_or("sort,strings,container/list,text/tabwriter").split(',')
    {
        let mut mutant = Mutant::new(path, seed.unwrap_or(1) * 7919);
        assert!(mutant.compiles(), "{path}");
        let known = mutant.differences();
        for round in 0..rounds.unwrap_or(2) {
            let done = mutant.mutate();
            if !mutant.new_differences(&known).is_empty() {
                wrong += 1;
                let (what, differences) = mutant.first_different(&done, &known);
                eprintln!("{path} {round}: {what}");
                for (line, count) in differences.iter().take(12) {
                    let sign = if *count < 0 { '-' } else { '+' };
                    eprintln!("  {sign} {}", line.chars().take(300).collect::<String>());
                }
            }
            let original = mutant.original.clone();
            mutant.set(&original);
        }
    }
    assert_eq!(wrong, 0, "rounds with differences");
}

//! An edit costs what it changes, and gives what a fresh analysis of the same text gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::cancel::CancelToken;
use analysis::compile::{Compiled, Input, compile};
use analysis::explain::finding::GcLine;
use analysis::explain::gc;
use analysis::host::{Built, Change, Host, PackageSource};
use analysis::memo::Done;
use analysis::symbol::Symbol;
use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader};
use server::packages;
use tests::folder::Folder;

/// A package whose files can be edited.
struct Package {
    host: Host,
    source: PackageSource,
    texts: FxHashMap<Symbol, String>,
    _folder: Option<Folder>,
}

impl Package {
    /// A package of the standard library.
    fn standard(path: &str) -> Package {
        let dir = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/sample"));
        Package::load(&dir, path, None)
    }

    /// A package of one file, `p.go`.
    fn of(text: &str) -> Package {
        let folder = Folder::new(&format!("-- go.mod --\nmodule p\n\ngo 1.26\n-- p.go --\n{text}"));
        let dir = folder.path().to_owned();
        Package::load(&dir, ".", Some(folder))
    }

    fn load(dir: &Utf8PathBuf, path: &str, folder: Option<Folder>) -> Package {
        let env = Arc::new(Env::load(dir, &EnvOptions::default()).unwrap());
        let loader = Loader::new(dir.clone(), Arc::clone(&env));
        let graph = loader.load(&[path.to_owned()]).unwrap();
        let id = graph.roots[0];
        let mut sources = packages::sources(&graph);
        for source in &mut sources {
            source.mutable |= source.id == id;
        }
        let source = sources.iter().find(|source| source.id == id).unwrap().clone();
        let texts = source
            .files
            .iter()
            .map(|&file| (file, std::fs::read_to_string(file.as_str()).unwrap()))
            .collect();
        let mut host = Host::new(Arc::new(Disk), packages::target(&env));
        host.apply(Change { packages: Some(sources), ..Change::default() });
        Package { host, source, texts, _folder: folder }
    }

    fn file(&self) -> Symbol {
        self.source.files[0]
    }

    fn edit(&mut self, file: Symbol, text: String) {
        let files = vec![(file, Some(Arc::from(text.as_str())))];
        self.texts.insert(file, text);
        self.host.apply(Change { files, ..Change::default() });
    }

    fn replace(&mut self, old: &str, new: &str) {
        let file = self.file();
        let text = self.texts[&file].replacen(old, new, 1);
        assert_ne!(text, self.texts[&file], "{old:?} stands in the text");
        self.edit(file, text);
    }

    fn built(&self) -> Arc<Built> {
        self.host.view().compiled(self.source.id).unwrap().unwrap()
    }

    fn done(&self) -> Done {
        self.built().compiled.memo.done
    }

    /// The same text, analysed without anything known of it.
    fn fresh(&self, built: &Built) -> Compiled {
        let input = Input {
            id: self.source.id,
            files: &built.compiled.files,
            import_map: &self.source.imports,
            imports: &built.imports,
            go_version: self.source.go_version,
            target: self.host.view().target(),
            remember: false,
        };
        compile(&input, None, &CancelToken::default()).unwrap()
    }
}

fn lines(compiled: &Compiled, built: &Built) -> Vec<GcLine> {
    let mut lines = gc::lines(compiled, &built.imports);
    lines.sort();
    lines
}

/// What importers see of each function.
fn facts(compiled: &Compiled) -> BTreeMap<String, String> {
    let facts = compiled.summary.facts.iter().map(|(func, facts)| {
        let cost = facts.inline.as_ref().map(|inline| inline.cost);
        (format!("{func:?}"), format!("{cost:?} {:?} {:?}", facts.leaks, facts.pragmas))
    });
    facts.collect()
}

#[track_caller]
fn same_as_fresh(package: &Package, what: &str) {
    let built = package.built();
    let fresh = package.fresh(&built);
    assert_eq!(built.compiled.left_out, fresh.left_out, "{what}");
    let (ours, theirs) = (lines(&built.compiled, &built), lines(&fresh, &built));
    let differ = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    assert_eq!(differ, None, "{what}: what is known on the left, fresh on the right");
    assert_eq!(ours.len(), theirs.len(), "{what}");
    assert_eq!(facts(&built.compiled), facts(&fresh), "{what}");
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (n.max(1) as u64)).unwrap_or_default()
    }
}

/// Edits lines at random, and takes most of the edits back some time later.
fn storm(path: &str, seed: u64, edits: usize) {
    let mut package = Package::standard(path);
    package.built();
    let original = package.texts.clone();
    let files = package.source.files.clone();
    let mut random = Random(seed);
    for count in 0..edits {
        let file = files[random.below(files.len())];
        let text = &package.texts[&file];
        let mut lines: Vec<&str> = text.lines().collect();
        let (at, other) = (random.below(lines.len()), random.below(lines.len()));
        let what = random.below(8);
        match what {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[other]),
            2 => lines.swap(at, other),
            3 => lines.insert(at, "\t_ = new(int)"),
            4 => lines.insert(at, "// a comment"),
            5 => lines.insert(at, "func added(x *int) *int { return x }"),
            _ => lines = original[&file].lines().collect(),
        }
        let text = lines.join("\n") + "\n";
        package.edit(file, text);
        same_as_fresh(&package, &format!("{path}: edit {count} of kind {what} in {file} at {at}"));
    }
}

#[test]
fn random_edits_give_what_a_fresh_analysis_gives() {
    storm("sort", 7, 40);
    storm("text/scanner", 11, 15);
    if std::env::var_os("GOESCAPE_SLOW").is_some() {
        for (seed, path) in
            ["encoding/json", "strings", "text/template", "go/ast", "slices", "testing", "sync"]
                .into_iter()
                .enumerate()
        {
            storm(path, seed as u64 + 100, 40);
        }
    }
}

const PROGRAM: &str = "package p

import \"strconv\"

type point struct{ x, y int }

//go:noinline
func add(a, b *point) point {
	for range a.x {
		a.y++
	}
	for range b.x {
		b.y++
	}
	for range b.y {
		println(b.x, a.x, a.y, b.y)
	}
	return point{a.x + b.x, a.y + b.y}
}

func half(n int) int {
	return n / 2
}

func (p *point) String() string {
	return strconv.Itoa(p.x) + strconv.Itoa(half(p.y))
}

func sum(points []*point) point {
	total := &point{}
	for _, p := range points {
		*total = add(total, p)
	}
	return *total
}
";

#[test]
fn text_that_only_moves_is_not_worked_on() {
    let mut package = Package::of(PROGRAM);
    package.built();
    package.replace("type point", "// A point.\n\ntype point");
    assert_eq!(package.done(), Done::default());
    same_as_fresh(&package, "moved");
}

#[test]
fn an_edit_that_callers_cannot_tell_ends_at_its_function() {
    let mut package = Package::of(PROGRAM);
    package.built();
    package.replace("a.y++", "a.y += 3");
    let one = Done { checked: 1, lowered: 1, judged: 1, inlined: 1, wrappers: 0, escaped: 1 };
    assert_eq!(package.done(), one);
    same_as_fresh(&package, "edited");
}

#[test]
fn a_parameter_that_begins_to_leak_reaches_the_callers() {
    let mut package = Package::of(PROGRAM);
    package.built();
    package.replace("a.y++", "a.y++\n\t\tkeep = a");
    package.replace("type point", "var keep *point\n\ntype point");
    package.built();
    package.replace("\t\tkeep = a\n", "");
    let done = package.done();
    assert_eq!((done.checked, done.inlined, done.escaped), (1, 1, 2), "{done:?}");
    same_as_fresh(&package, "leaks no more");
}

#[test]
fn the_body_of_a_function_that_is_inlined_reaches_those_that_inline_it() {
    let mut package = Package::of(PROGRAM);
    package.built();
    package.replace("n / 2", "n / 3");
    let done = package.done();
    assert_eq!((done.checked, done.lowered), (1, 1), "{done:?}");
    assert_eq!(done.inlined, 2, "half and String: {done:?}");
    same_as_fresh(&package, "inlined");
}

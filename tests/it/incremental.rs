//! An edit costs what it changes, and gives what a fresh analysis of the same text gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::cancel::CancelToken;
use analysis::compile::{Compiled, Input, ParsedFile, compile};
use analysis::explain::finding::GcLine;
use analysis::explain::{gc, report};
use analysis::host::{Built, Change, Host, PackageSource};
use analysis::memo::Done;
use analysis::summary::{Imports, Summary};
use analysis::symbol::Symbol;
use analysis::types::ty::PkgId;
use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader};
use server::packages;
use tests::folder::Folder;
use tests::random::Random;

/// A package whose files can be edited.
pub(crate) struct Package {
    pub(crate) host: Host,
    pub(crate) source: PackageSource,
    pub(crate) texts: FxHashMap<Symbol, String>,
    _folder: Option<Folder>,
}

impl Package {
    /// A package of one file, `p.go`.
    fn of(text: &str) -> Package {
        let folder = Folder::new(&format!("-- go.mod --\nmodule p\n\ngo 1.26\n-- p.go --\n{text}"));
        let dir = folder.path().to_owned();
        Package::load(&dir, ".", Some(folder))
    }

    fn load(dir: &Utf8PathBuf, path: &str, folder: Option<Folder>) -> Package {
        let (package, _) = Package::load_all(dir, &[path]);
        Package { _folder: folder, ..package }
    }

    /// The last of several packages; all between it and the others can be edited. They are named
    /// too, imports first.
    pub(crate) fn load_all(dir: &Utf8PathBuf, paths: &[&str]) -> (Package, Vec<PackageSource>) {
        let env = Arc::new(Env::load(dir, &EnvOptions::default()).unwrap());
        let loader = Loader::new(dir.clone(), Arc::clone(&env));
        let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        let graph = loader.load(&paths).unwrap();
        let roots = &graph.roots;
        let mut sources = packages::sources(&graph);
        let root = sources.iter().find(|source| Some(&source.id) == roots.last()).unwrap().id;
        let mut reached = Vec::new();
        reach(root, roots, &sources, &mut FxHashMap::default(), &mut reached);
        for source in &mut sources {
            source.mutable |= reached.contains(&source.id);
        }
        let reached: Vec<PackageSource> = reached
            .iter()
            .map(|id| sources.iter().find(|source| source.id == *id).unwrap().clone())
            .collect();
        let texts = reached
            .iter()
            .flat_map(|source| &source.files)
            .map(|&file| (file, std::fs::read_to_string(file.as_str()).unwrap()))
            .collect();
        let mut host = Host::new(Arc::new(Disk::new(&env)), packages::target(&env));
        host.apply(Change { packages: Some(sources), ..Change::default() });
        let source = reached.last().unwrap().clone();
        (Package { host, source, texts, _folder: None }, reached)
    }

    pub(crate) fn file(&self) -> Symbol {
        self.source.files[0]
    }

    pub(crate) fn edit(&mut self, file: Symbol, text: String) {
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

    pub(crate) fn built(&self) -> Arc<Built> {
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
            key: None,
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

/// Adds `of` and its imports to `reached`, imports first, if one of `edited` is among them.
fn reach(
    of: PkgId,
    edited: &[PkgId],
    sources: &[PackageSource],
    seen: &mut FxHashMap<PkgId, bool>,
    reached: &mut Vec<PkgId>,
) -> bool {
    if let Some(&known) = seen.get(&of) {
        return known;
    }
    let source = sources.iter().find(|source| source.id == of);
    let mut is_reached = edited.contains(&of);
    for &import in source.iter().flat_map(|source| source.imports.values()) {
        is_reached |= reach(import, edited, sources, seen, reached);
    }
    seen.insert(of, is_reached);
    if is_reached {
        reached.push(of);
    }
    is_reached
}

/// A storm of edits: packages that are edited, and all between them that an edit can reach.
struct Storm {
    paths: String,
    package: Package,
    /// The packages that may differ from what a fresh analysis finds, imports first.
    reached: Vec<PackageSource>,
    original: FxHashMap<Symbol, String>,
    files: Vec<Symbol>,
    random: Random,
    /// What was done since.
    since: Vec<(Symbol, String, String)>,
}

/// What is typed or pasted beside [`tests::random::FRAGMENTS`].
const SNIPPETS: &[&str] = &[
    "\t_ = new(int)\n",
    "\tif x := any(3); x != nil { panic(x) }\n",
    "\tdefer func() { println(1) }()\n",
    "\tfor i := range 3 { f := func() int { return i }; println(f()) }\n",
    "\t_ = func() *int { n := 1; return &n }\n",
    "\tvar wide [1 << 20]int; _ = wide\n",
    "\treturn\n",
    "func added(x *int) *int { return x }\n",
    "func added[T any](x T) *T { return &x }\n",
    "type added struct{ a, b *added }\n",
    "func (a *added) method() any { return *a }\n",
    "var added = func() *int { n := 1; return &n }()\n",
    "const added = iota\n",
    "func init() { println(new(int)) }\n",
];

impl Storm {
    /// `paths` names packages of the standard library, set apart by `+`; the last depends on the
    /// others.
    fn new(paths: &str, seed: u64) -> Storm {
        let dir = Utf8PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/sample"));
        let edited: Vec<&str> = paths.split('+').collect();
        let (package, reached) = Package::load_all(&dir, &edited);
        let files: Vec<Symbol> = reached
            .iter()
            .filter(|source| edited.contains(&source.id.path.as_str()))
            .flat_map(|source| source.files.clone())
            .collect();
        let mut storm = Storm {
            paths: paths.to_owned(),
            original: package.texts.clone(),
            package,
            reached,
            files,
            random: Random::new(seed),
            since: Vec::new(),
        };
        storm.warm();
        storm
    }

    fn warm(&mut self) {
        for source in &self.reached {
            self.package.host.view().compiled(source.id).unwrap().unwrap();
        }
    }

    fn edit(&mut self) {
        let file = self.files[self.random.below(self.files.len())];
        let old = self.package.texts[&file].clone();
        let text = self.edited(file, &old);
        if text != old {
            self.package.edit(file, text.clone());
            self.since.push((file, old, text));
            self.warm();
        }
    }

    fn edited(&mut self, file: Symbol, old: &str) -> String {
        let random = &mut self.random;
        let mut lines: Vec<&str> = old.split_inclusive('\n').collect();
        if lines.is_empty() {
            return self.original[&file].clone();
        }
        let (at, other) = (random.below(lines.len()), random.below(lines.len()));
        match random.below(20) {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[other]),
            2 => lines.swap(at, other),
            3..=5 => lines.insert(at, random.typed(SNIPPETS)),
            6 | 7 => {
                let at = random.place(old);
                let snippet = random.typed(SNIPPETS);
                return format!("{}{snippet}{}", &old[..at], &old[at..]);
            }
            8 => _ = lines.drain(at..(at + random.below(9)).min(lines.len())),
            9..=13 => {
                // One word for another.
                let words = words(old);
                let (from, by) = (random.below(words.len()), random.below(words.len()));
                let (from, by) = (words[from].clone(), words[by].clone());
                return format!("{}{}{}", &old[..from.start], &old[by], &old[from.end..]);
            }
            14 => {
                // A declaration moves.
                let mut parts: Vec<&str> = old.split("\n\n").collect();
                let (from, to) = (random.below(parts.len()), random.below(parts.len()));
                let part = parts.remove(from);
                parts.insert(to.min(parts.len()), part);
                return parts.join("\n\n");
            }
            15 => {
                let funcs: Vec<usize> =
                    (0..lines.len()).filter(|&line| lines[line].starts_with("func ")).collect();
                if !funcs.is_empty() {
                    lines.insert(funcs[random.below(funcs.len())], "//go:noinline\n");
                }
            }
            16 => {
                if let Some((last, before, _)) = self.since.last()
                    && *last == file
                {
                    return before.clone();
                }
            }
            _ => return self.original[&file].clone(),
        }
        lines.concat()
    }

    /// Where what is known differs from what a fresh analysis finds.
    fn difference(&self) -> Option<String> {
        let mut fresh: Vec<Arc<Summary>> = Vec::new();
        for source in &self.reached {
            let view = self.package.host.view();
            let built = view.compiled(source.id).unwrap().unwrap();
            let direct: Vec<PkgId> = source.imports.values().copied().collect();
            let imports = Imports::new(&direct, &|id| {
                let own = fresh.iter().find(|summary| summary.id == id);
                own.or_else(|| built.imports.packages.get(&id)).cloned()
            });
            let parsed = source.files.iter().map(|&file| {
                let text = Arc::from(self.package.texts[&file].as_str());
                Arc::new(ParsedFile::new(file, text, None))
            });
            let files: Vec<_> = parsed.collect();
            let input = Input {
                id: source.id,
                files: &files,
                import_map: &source.imports,
                imports: &imports,
                go_version: source.go_version,
                target: view.target(),
                key: None,
                remember: false,
            };
            let compiled = compile(&input, None, &CancelToken::default()).unwrap();
            let found = Built {
                compiled,
                imports: imports.into(),
                unreadable: Vec::new(),
                reports: Default::default(),
            };
            if let Some(difference) = difference(&built, &found) {
                return Some(format!("{}: {difference}", source.id.path));
            }
            fresh.push(found.compiled.summary);
        }
        None
    }

    /// Edits, and looks now and then whether what is known is right; what is found otherwise is
    /// told, and the storm begins anew.
    fn rage(mut self, edits: usize) -> Vec<String> {
        let (paths, mut found) = (self.paths.clone(), Vec::new());
        for count in 0..edits {
            self.edit();
            if self.random.below(3) != 0 {
                continue;
            }
            if let Some(difference) = self.difference() {
                let edits: Vec<String> = self.since.iter().map(shown).collect();
                let edits = edits.concat();
                found.push(format!("{paths}: edit {count}: {difference}\nafter\n{edits}"));
                self = Storm::new(&paths, self.random.number());
            }
            self.since.clear();
        }
        found
    }
}

/// Where words stand.
pub(crate) fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_alphanumeric() || c == '_') {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// An edit in the form of a diff.
fn shown((file, old, new): &(Symbol, String, String)) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let tail = rest.take_while(|(old, new)| old == new).count();
    let mut text = format!("{file}:{}\n", same + 1);
    for (sign, lines) in [('-', &old[same..old.len() - tail]), ('+', &new[same..new.len() - tail])]
    {
        lines.iter().take(20).for_each(|line| text += &format!("{sign}{line}\n"));
    }
    text
}

/// What two analyses of the same texts do not have in common.
fn difference(known: &Built, fresh: &Built) -> Option<String> {
    let (ours, theirs) = (&known.compiled, &fresh.compiled);
    if ours.left_out != theirs.left_out || ours.guessed != theirs.guessed {
        return Some("other declarations are left out".to_owned());
    }
    let (own, other) = (lines(ours, known), lines(theirs, fresh));
    if own != other {
        let only = |a: &[GcLine], b: &[GcLine]| a.iter().find(|line| !b.contains(line)).cloned();
        let (own, other) = (only(&own, &other), only(&other, &own));
        return Some(format!("lines: only known {own:?}, only fresh {other:?}"));
    }
    let (own, other) = (facts(ours), facts(theirs));
    if own != other {
        let differ = own.iter().find(|(func, facts)| other.get(*func) != Some(facts));
        let missing = other.keys().find(|func| !own.contains_key(*func));
        return Some(format!("facts: {differ:?}, missing {missing:?}"));
    }
    if *ours.summary.types != *theirs.summary.types {
        return Some("types of the package".to_owned());
    }
    for file in &ours.files {
        let (own, other) = (report::file(known, file.path), report::file(fresh, file.path));
        if own != other {
            return Some(format!("the report of {}", file.path));
        }
    }
    None
}

fn storm(paths: &str, seed: u64, edits: usize) {
    let found = Storm::new(paths, seed).rage(edits);
    assert!(found.is_empty(), "{} differences\n{}", found.len(), found.join("\n"));
}

#[test]
fn random_edits_give_what_a_fresh_analysis_gives() {
    storm("sort", 7, 100);
    storm("text/scanner", 11, 40);
    if std::env::var_os("GOESCAPE_SLOW").is_none() {
        return;
    }
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (edits, seed) = (number("GOESCAPE_EDITS"), number("GOESCAPE_SEED"));
    let paths = std::env::var("GOESCAPE_STORM").ok();
    let paths = paths.as_deref().unwrap_or(STORMS);
    let mut found = Vec::new();
    for paths in paths.split(',') {
        let edits = edits.unwrap_or(100);
        let differences = Storm::new(paths, seed.unwrap_or(100)).rage(edits as usize);
        eprintln!("{paths}: {edits} edits, {} differences", differences.len());
        differences.iter().for_each(|difference| eprintln!("{difference}"));
        found.extend(differences);
    }
    assert!(found.is_empty(), "{} differences", found.len());
}

/// Packages that use much of the language.
const STORMS: &str = "encoding/json,strings,text/template,go/ast,slices,testing,sync,maps,iter,\
    math/rand/v2,sync/atomic,container/list+net/http,go/ast+go/types,strconv+encoding/json";

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
    let one = Done {
        checked: 1,
        lowered: 1,
        judged: 1,
        inlined: 1,
        wrappers: 0,
        escaped: 1,
        // When it is judged, when calls in it are replaced, and by escape analysis.
        looked_at: 3,
    };
    assert_eq!(package.done(), one);
    same_as_fresh(&package, "edited");
}

#[test]
fn what_is_looked_at_does_not_grow_with_the_package() {
    let done = |others: usize| {
        let mut text = PROGRAM.to_owned();
        for n in 0..others {
            text += &format!(
                "func other{n}(p *point) any {{ return half(p.x) + len(sum([]*point{{p}}).String()) }}\n"
            );
        }
        let mut package = Package::of(&text);
        package.built();
        package.replace("a.y++", "a.y += 3");
        same_as_fresh(&package, "edited");
        package.done()
    };
    assert_eq!(done(1), done(200));
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

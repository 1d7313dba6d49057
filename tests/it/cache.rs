//! What packages tell their importers is kept from one run to the next, and changes nothing.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use analysis::explain::finding::GcLine;
use analysis::host::{Archives, Change, FileReport, Files, Host, PackageSource};
use analysis::key::Key;
use analysis::symbol::Symbol;
use rustc_hash::FxHashMap;
use server::files::Disk;
use server::loader::{Env, EnvOptions, Loader};
use server::packages;
use tests::folder::Folder;

/// A main package, and what it imports: with generics, bodies that are inlined across several
/// packages, interfaces, constants of all kinds, an embedded file, and a linked name.
const MODULE: &str = r#"
-- go.mod --
module ex.com/m

go 1.26
-- main.go --
package main

import (
	"ex.com/m/lib"
	"ex.com/m/lib/deep"
)

type mine struct{ lib.Base }

func main() {
	x := 1
	lib.Keep(&x)
	y := 2
	lib.Look(&y)
	println(*lib.New(), lib.Wave, lib.Third, lib.Big > 3.5, lib.Text())
	for n := range lib.Count(3) {
		println(n)
	}
	list := lib.Map([]int{1, 2}, func(n int) string { return deep.Name(n) })
	println(len(list), lib.Max(x, y))
	var s lib.Sizer = mine{}
	println(s.Size())
	box := lib.Box[string]{}
	box.Put("a")
	f := box.Get
	println(f(), lib.Local(3))
	defer lib.Closure(4)()
	lib.Hidden(&x)
	var k deep.Kind = deep.Two
	println(k.String())
}
-- lib/lib.go --
package lib

import (
	_ "embed"
	_ "unsafe"

	"ex.com/m/lib/deep"
)

//go:embed text.txt
var text string

const (
	Big   = 1 << 70 >> 68
	Third = 1.0 / 3
	Wave  = 2 + 3i
)

var kept *int

type Sizer interface {
	Size() (n int)
}

type Base struct{ deep.Inner }

type Box[T any] struct{ value []T }

func (b *Box[T]) Put(value T) { b.value = append(b.value, value) }
func (b *Box[T]) Get() T      { return b.value[0] }

func Text() string  { return text }
func Keep(p *int)   { kept = p }
func Look(p *int)   { println(*p) }
func New() *int     { return deep.New() }
func Hidden(p *int) { hidden(p) }

//go:linkname hidden ex.com/m/lib/deep.hidden
//go:noescape
func hidden(p *int)

func Max[T int | string](a, b T) T {
	if a < b {
		return b
	}
	return a
}

func Map[T, U any](list []T, f func(T) U) []U {
	out := make([]U, 0, len(list))
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}

func Count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func Local(n int) int {
	type pair struct{ a, b *int }
	p := &pair{&n, nil}
	return *p.a
}

func Closure(n int) func() {
	m := n
	return func() { println(m, n) }
}
-- lib/empty.s --
-- lib/text.txt --
text
-- lib/deep/deep.go --
package deep

type Inner struct{ n int }

func (i Inner) Size() int { return i.n }

type Kind uint8

const (
	One Kind = iota
	Two
)

func (k Kind) String() string { return [...]string{"one", "two"}[k] }

func New() *int { n := 3; return &n }

func Name(n int) string {
	switch {
	case n > 1:
		return "many"
	}
	return string(rune('a' + n))
}

func hidden(p *int) { println(p) }
"#;

/// What was saved, in memory, and how often something was found.
#[derive(Default)]
struct Shelf {
    saved: Mutex<FxHashMap<Key, Vec<u8>>>,
    found: AtomicUsize,
}

impl Archives for Shelf {
    fn stamp(&self, path: Symbol) -> Option<(u64, u128)> {
        std::fs::metadata(path.as_str()).ok().map(|data| (data.len(), 1))
    }

    fn load(&self, key: &Key) -> Option<Vec<u8>> {
        let found = self.saved.lock().unwrap().get(key).cloned()?;
        self.found.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    fn save(&self, key: &Key, bytes: &[u8]) {
        self.saved.lock().unwrap().insert(*key, bytes.to_vec());
    }
}

/// The files of one directory, and no others.
struct Only(String);

impl Files for Only {
    fn read(&self, path: Symbol) -> Result<Arc<str>, String> {
        let (dir, _) = path.as_str().rsplit_once('/').unwrap();
        if dir == self.0 {
            Disk::default().read(path)
        } else {
            Err(format!("{path} is not to be read"))
        }
    }
}

/// Everything that is said about the main package.
fn said(mut host: Host, sources: &[PackageSource]) -> (Vec<GcLine>, Vec<FileReport>) {
    host.apply(Change { packages: Some(sources.to_vec()), ..Change::default() });
    let main = sources.iter().find(|source| source.id.path.as_str() == "ex.com/m").unwrap();
    let view = host.view();
    let package = view.package(main.id).unwrap();
    assert_eq!(package.problems, []);
    let reports = main.files.iter().map(|file| view.file(main.id, *file).unwrap());
    let mut lines = package.lines;
    lines.sort_by_key(|line| (line.line, line.column, line.text.clone()));
    (lines, reports.collect())
}

#[test]
fn archives_alone_say_what_the_text_of_imports_says() {
    let folder = Folder::new(MODULE);
    let env = Arc::new(Env::load(folder.path(), &EnvOptions::default()).unwrap());
    let loader = Loader::new(folder.path().to_owned(), Arc::clone(&env));
    let graph = loader.load(&[".".to_owned()]).unwrap();
    let mut sources = packages::sources(&graph);
    for source in &mut sources {
        source.mutable = source.asked;
    }
    let target = packages::target(&env);
    let without = said(Host::new(Arc::new(Disk::default()), target), &sources);
    assert!(without.0.iter().any(|line| line.text == "inlining call to deep.New"), "{without:?}");

    let shelf = Arc::new(Shelf::default());
    let archives = || Arc::clone(&shelf) as Arc<dyn Archives>;
    let first =
        said(Host::new(Arc::new(Disk::default()), target).with_archives(archives()), &sources);
    assert_eq!(first, without);
    assert_eq!(shelf.found.load(Ordering::Relaxed), 0);
    let saved = shelf.saved.lock().unwrap().len();
    assert!(saved > 2);

    let own = Arc::new(Only(folder.path().to_string()));
    let second = said(Host::new(own, target).with_archives(archives()), &sources);
    assert_eq!(second, without);
    assert_eq!(shelf.found.load(Ordering::Relaxed), saved);
}

#[test]
fn a_package_is_compiled_anew_when_one_that_it_imports_has_changed() {
    let folder = Folder::new(MODULE);
    let env = Arc::new(Env::load(folder.path(), &EnvOptions::default()).unwrap());
    let shelf = Arc::new(Shelf::default());
    let mut all = Vec::new();
    for keeps in ["kept = p", "_ = p; _ = kept", "println(p, kept, \"and no more\")"] {
        let text = folder.read("lib/lib.go").replace("kept = p", keeps);
        folder.write("lib/lib.go", &text);
        let loader = Loader::new(folder.path().to_owned(), Arc::clone(&env));
        let mut sources = packages::sources(&loader.load(&[".".to_owned()]).unwrap());
        for source in &mut sources {
            source.mutable = source.asked;
        }
        let target = packages::target(&env);
        let archives = Arc::clone(&shelf) as Arc<dyn Archives>;
        let (lines, _) =
            said(Host::new(Arc::new(Disk::default()), target).with_archives(archives), &sources);
        all.push(lines.iter().any(|line| line.text == "moved to heap: x"));
        folder.write("lib/lib.go", &text.replace(keeps, "kept = p"));
    }
    assert_eq!(all, [true, false, false]);
}

const STD: &str = r#"
-- go.mod --
module ex.com/m

go 1.26
-- main.go --
package main

import (
	"fmt"
	"slices"
	"strings"
)

func main() {
	words := strings.Fields("a b")
	slices.SortFunc(words, strings.Compare)
	var b strings.Builder
	b.WriteString(words[0])
	fmt.Println(b.String(), slices.Max(words))
}
"#;

#[test]
fn the_command_says_the_same_with_a_cache_new_kept_or_broken() {
    let folder = Folder::new(STD);
    let cache = folder.path().join("cache");
    let check = |cache: &str| {
        let check = Command::new(env!("CARGO_BIN_EXE_goescape-under-test"))
            .args(["check", "--format=gc", "--detail=2"])
            .current_dir(folder.path())
            .env("PWD", folder.path())
            .env("GOESCAPE_CACHE", cache)
            .env_remove("GOFLAGS")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(check.stderr).unwrap(), "");
        String::from_utf8(check.stdout).unwrap()
    };
    let files = || -> Vec<std::path::PathBuf> {
        let list = |dir| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        list(cache.clone().into_std_path_buf()).flat_map(list).collect()
    };
    let without = check("off");
    assert!(without.contains("inlining call to strings.(*Builder).WriteString"), "{without}");
    assert_eq!(check(cache.as_str()), without);
    let kept = files();
    assert!(kept.len() > 20, "{kept:?}");
    assert_eq!(check(cache.as_str()), without);
    assert_eq!(files().len(), kept.len());
    let mut broken = Vec::new();
    for (at, file) in kept.iter().enumerate() {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        match at % 3 {
            0 => bytes[middle] ^= 0x10,
            1 => bytes.truncate(middle),
            _ => bytes.clear(),
        }
        std::fs::write(file, &bytes).unwrap();
        broken.push(bytes);
    }
    assert_eq!(check(cache.as_str()), without);
    let now = kept.iter().map(|file| std::fs::read(file).unwrap());
    assert!(now.zip(broken).all(|(now, broken)| now != broken));
}

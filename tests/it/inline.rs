//! Inlining on Go text of one or several packages, in the compiler's words.
//!
//! The lines that a test asks for are those of go1.27.3 with `-gcflags=-m=2`, without their
//! positions.

use std::sync::Arc;

use analysis::cancel::CancelToken;
use analysis::compile::{Compiled, Input, ParsedFile, compile};
use analysis::explain::gc;
use analysis::release::{Release, Target};
use analysis::summary::{Imports, Summary};
use analysis::types::ty::PkgId;
use rustc_hash::FxHashMap;

/// What is said of the last of some packages, each given by its path and its text. A package comes
/// after those that it imports.
pub(super) fn lines(packages: &[(&str, &str)]) -> Vec<String> {
    lines_of(Release::Go1_27, packages)
}

/// The same for another release.
fn lines_of(release: Release, packages: &[(&str, &str)]) -> Vec<String> {
    let mut known: FxHashMap<PkgId, Arc<Summary>> = FxHashMap::default();
    let mut last: Option<(Compiled, Imports)> = None;
    for (path, text) in packages {
        let file = Arc::new(ParsedFile::new("p.go".into(), (*text).into(), None));
        let named = packages.iter().filter(|(other, _)| text.contains(&format!("\"{other}\"")));
        let direct: Vec<PkgId> = named.map(|(other, _)| PkgId::new(other)).collect();
        let import_map = direct.iter().map(|id| (id.path, *id)).collect();
        let imports = Imports::new(&direct, &|id| known.get(&id).cloned());
        let compiled = compile(
            &Input {
                id: PkgId::new(path),
                files: &[file],
                import_map: &import_map,
                imports: &imports,
                go_version: None,
                target: Target { release, ..Target::DEFAULT },
                key: None,
                remember: false,
            },
            None,
            &CancelToken::default(),
        )
        .expect("nothing cancels a test");
        assert!(compiled.left_out.is_empty(), "{path} has errors: {:?}", compiled.left_out);
        known.insert(PkgId::new(path), Arc::clone(&compiled.summary));
        last = Some((compiled, imports));
    }
    let (compiled, imports) = last.expect("there are packages");
    let mut lines: Vec<String> =
        gc::lines(&compiled, &imports).into_iter().map(|line| line.text).collect();
    lines.sort();
    lines
}

/// The lines that begin like this.
pub(super) fn beginning<'a>(lines: &'a [String], prefix: &str) -> Vec<&'a str> {
    lines.iter().map(String::as_str).filter(|line| line.starts_with(prefix)).collect()
}

const A: (&str, &str) = (
    "a",
    "package a

type T struct{ n int }

func (t T) Get() int { return t.n }
",
);

#[test]
fn a_body_is_at_hand_only_if_an_imported_package_tells_it() {
    let b = ("b", "package b\nimport \"a\"\nfunc New() a.T { return a.T{} }\n");
    let user = ("c", "package c\nimport \"b\"\nfunc F() int { return b.New().Get() }\n");
    let lines = lines(&[A, b, user]);
    assert_eq!(beginning(&lines, "inlining call to"), ["inlining call to b.New"]);
    assert_eq!(
        beginning(&lines, "can inline F"),
        ["can inline F with cost 63 as: func() int { return a.T.Get(b.New()) }"],
    );
}

#[test]
fn a_package_tells_the_imported_bodies_that_it_inlined() {
    let b = (
        "b",
        "package b
import \"a\"
func New() a.T { return a.T{} }
func get() int { return New().Get() }
",
    );
    let user = ("c", "package c\nimport \"b\"\nfunc F() int { return b.New().Get() }\n");
    let lines = lines(&[A, b, user]);
    assert_eq!(
        beginning(&lines, "inlining call to"),
        ["inlining call to a.T.Get", "inlining call to b.New"],
    );
}

/// Values of types that need functions to be compared, and converted to an interface.
const COMPARED: (&str, &str) = (
    "e",
    "package e

type I interface{ M() }
type G struct {
	a string
	b int32
	_ int32
	e error
	f any
	z [5]string
	k [3]float32
}

func (g *G) M() {}

type H struct{ m map[G]int }

func (h H) M() {}

type unused struct{ a, b string }

func conv(g *G) I { return g }
func assert(i I) H { return i.(H) }
",
);

#[test]
fn descriptors_of_what_becomes_an_interface_bring_functions_that_compare_and_hash() {
    let lines = lines(&[COMPARED]);
    assert_eq!(
        beginning(&lines, "cannot inline"),
        [
            "cannot inline type..eq.FFF: marked go:noinline",
            "cannot inline type..eq.SM4K4IES[2SS]FFF: marked go:noinline",
            "cannot inline type..eq.SS: marked go:noinline",
            "cannot inline type..eq.S[2SS]: marked go:noinline",
            "cannot inline type..hash.SM4K4IES[2SS]FFF: marked go:noinline",
            "cannot inline type..hash.SS: marked go:noinline",
        ],
    );
    assert_eq!(
        beginning(&lines, "parameter p leaks to"),
        [
            "parameter p leaks to {heap} for .eq.SM4K4IES[2SS]FFF with derefs=1:",
            "parameter p leaks to {heap} for .eq.SS with derefs=1:",
            "parameter p leaks to {heap} for .eq.S[2SS] with derefs=1:",
            "parameter p leaks to {heap} for .hash.SM4K4IES[2SS]FFF with derefs=0:",
            "parameter p leaks to {heap} for .hash.SS with derefs=0:",
        ],
    );
}

#[test]
fn before_go1_27_functions_that_compare_and_hash_are_named_after_their_type() {
    assert_eq!(
        beginning(&lines_of(Release::Go1_26, &[COMPARED]), "cannot inline"),
        [
            "cannot inline type..eq.[3]float32: marked go:noinline",
            "cannot inline type..eq.[5]string: marked go:noinline",
            "cannot inline type..eq.e.G: marked go:noinline",
            "cannot inline type..hash.[3]float32: marked go:noinline",
            "cannot inline type..hash.[5]string: marked go:noinline",
            "cannot inline type..hash.e.G: marked go:noinline",
        ],
    );
}

#[test]
fn the_form_of_an_index_does_not_count_in_what_is_appended() {
    let lines = lines(&[(
        "f",
        "package f

var table [16]byte

func text(b []byte, c byte) []byte { return append(b, \"0123456789abcdef\"[c>>4]) }
func array(b []byte, c byte) []byte { return append(b, table[c&15], table[c&15]+1) }
func whole(b []int, t *[256]int, c byte) []int { return append(b, t[c]) }
",
    )]);
    assert_eq!(beginning(&lines, "index bounds").len(), 2);
}

#[test]
fn indexes_in_bounds_by_their_form_are_not_checked() {
    let lines = lines(&[(
        "f",
        "package f

func index(a *[8]int, b *[256]int, i int, u uint32, c byte) int {
	return a[i&7] + a[u>>29] + a[u%8] + b[c] + a[i] + a[3]
}
func text(c byte) byte { return \"0123456789abcdef\"[c&15] }
",
    )]);
    assert_eq!(beginning(&lines, "index bounds").len(), 5);
}

#[test]
fn an_index_among_the_arguments_of_append_is_a_variable_whose_form_tells_nothing() {
    let lines = lines(&[(
        "fa",
        "package fa

func f(to []int, a *[16]int, b *[256]int, c byte) []int {
	return append(to, a[c>>4], a[c&15], b[c], 1 + a[c>>4])
}
",
    )]);
    assert_eq!(beginning(&lines, "index bounds").len(), 2);
}

#[test]
fn a_dictionary_that_a_conversion_reads_is_no_dead_variable() {
    let lines = lines(&[(
        "fb",
        "package fb

func leak[T any](x T) T { sink = x; return x }

var sink any

func F(s string) { go leak(s) }
",
    )]);
    let bound = "    from .dict, x := .autotmp_1, .autotmp_2 (assign-pair) at ";
    assert_eq!(beginning(&lines, bound).len(), 1);
    assert!(beginning(&lines, "    from _, x := ").is_empty());
}

#[test]
fn the_wrapper_of_an_interface_shape_has_the_parameters_of_the_declared_interface() {
    let lines = lines(&[(
        "fc",
        "package fc

type box[T any] struct{ x T }

func (b *box[T]) get() T { return b.x }

func mk[T any](x T) *box[T] { return &box[T]{x: x} }

type input interface {
	step(pos int) (r rune)
	index(re *int) int
}

func F(i input) rune { return mk(i).get().step(1) }
",
    )]);
    let call = "    from go.shape.~p0.index(re) (call parameter) at ";
    assert!(!beginning(&lines, call).is_empty());
    assert!(beginning(&lines, "  flow: {heap} ← go.shape.~p1").is_empty());
}

#[test]
fn a_copied_literal_is_numbered_after_the_function_that_it_comes_into() {
    let lines = lines(&[(
        "g",
        "package g

func retry(f func() error) error { return f() }

func link(a string) error { return retry(func() error { return do(a) }) }

//go:noinline
func do(a string) error { return nil }

func user() { link(\"a\"); h = func() { link(\"b\") } }

var h func()
",
    )]);
    let calls = beginning(&lines, "inlining call to link.");
    assert_eq!(
        calls,
        ["inlining call to link.1", "inlining call to link.func1", "inlining call to link.func1"],
    );
}

#[test]
fn a_pointer_shape_is_shaped_again_where_only_methods_are_asked_for() {
    let lines = lines(&[(
        "h",
        "package h

type T struct{ n int }

func use[E any, P *E](p P) { one(p) }

func one[P any](p P) P { return p }

func F(t *T) { use(t) }
",
    )]);
    assert_eq!(
        beginning(&lines, "inlining call to one"),
        ["inlining call to one[go.shape.*uint8]"; 3],
    );
}

#[test]
fn a_methods_dictionary_is_that_of_its_type() {
    let lines = lines(&[(
        "i",
        "package i

type pair[K any] struct{ key K }

func (p *pair[K]) Key() K { return p.key }

var v pair[string]
",
    )]);
    let body = "return (*pair[go.shape.string]).Key(p, &.dict.pair[string])";
    assert_eq!(
        beginning(&lines, "can inline (*pair[string]).Key"),
        [format!(
            "can inline (*pair[string]).Key with cost 8 as: method(*pair[string]) func() string \
             {{ {body} }}"
        )],
    );
}

#[test]
fn a_method_of_an_interface_shape_is_called_through_the_dictionary() {
    let lines = lines(&[(
        "j",
        "package j

type I interface{ M() int }

type T struct{}

func (T) M() int { return 1 }

func call[P I](p P) int { return p.M() }

func F(i I, t T) int { return call(i) + call(t) }
",
    )]);
    // In the instance, and where it is inlined: into F, and into its wrapper.
    assert_eq!(beginning(&lines, "imprecise interface call").len(), 3);
}

#[test]
fn types_declared_in_functions_are_numbered_over_the_package() {
    let lines = lines(&[(
        "k",
        "package k

func gen[T any](t T) {}

func one() {
	type T struct{ a int }
	gen(T{})
}

func two() {
	type U struct{ b int }
	f := func() {
		type T struct{ c int }
		gen(T{})
	}
	type T struct{ d int }
	f()
	gen(T{})
	gen(U{})
}
",
    )]);
    for name in ["gen[k.T·1]", "gen[k.U·2]", "gen[k.T·3]", "gen[k.T·4]"] {
        assert_eq!(beginning(&lines, &format!("can inline {name} with cost 5")).len(), 1, "{name}");
    }
}

#[test]
fn a_dictionary_has_a_word_for_each_place_where_a_type_is_written() {
    let lines = lines(&[(
        "k",
        "package k

type S[T any] struct{ v *T }

func (s S[T]) A(x T) T    { return x }
func (s *S[T]) B(x *T) *T { return s.C(x) }
func (s *S[T]) C(x *T) *T { s.v = x; return id(x) }

func id[T any](x T) T { return x }

type num interface{ ~int | ~float64 }

func two[T num](x, y *T) T      { return *x + *y }
func apart[T num](x *T, y *T) T { return *x + *y }
func call[T num](x *T) T        { return two(x, x) + apart(x, x) }
func boxed[T any](x T) any      { return x }
func keys[M ~map[K]V, K comparable, V any](m M) []K {
	r := make([]K, 0, len(m))
	for k := range m {
		r = append(r, k)
	}
	return r
}
func all[T any](f func(func(T) bool)) {
	for range f {
	}
}

func use(i int, m map[string]int) {
	var s S[int]
	s.A(i)
	call(&i)
	boxed(i)
	keys(m)
	all(func(func(int) bool) {})
}
",
    )]);
    let shaped = |name: &str| -> Vec<&str> {
        let name = format!("can inline {name} with cost ");
        let found = beginning(&lines, &name).into_iter();
        found.filter_map(|line| Some(line.split_once(" as: ")?.1)).collect()
    };
    let c = "method(*S[go.shape.int]) func(*[10]uintptr, *go.shape.int) *go.shape.int \
             { s.v = x; return id[go.shape.*uint8]((*[1]uintptr)(.dict[1]), x) }";
    assert_eq!(shaped("(*S[go.shape.int]).C"), [c]);
    let call = "func(*[4]uintptr, *go.shape.int) go.shape.int \
                { return two[go.shape.int]((*[2]uintptr)(.dict[0]), x, x) \
                + apart[go.shape.int]((*[3]uintptr)(.dict[1]), x, x) }";
    assert_eq!(shaped("call[go.shape.int]"), [call]);
    let takes = |name: &str, dictionary: &str| {
        assert!(shaped(name)[0].starts_with(dictionary), "{name}: {:?}", shaped(name));
    };
    // A conversion to an interface needs a pair of types, a range over a map one for each variable.
    takes("boxed[go.shape.int]", "func(*[2]uintptr, ");
    takes("keys[go.shape.map[string]int,go.shape.string,go.shape.int]", "func(*[5]uintptr, ");
    // The body of a loop over a function is in a variable.
    takes("all[go.shape.int]", "func(*[3]uintptr, ");
}

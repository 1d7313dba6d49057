//! The checker on small Go texts.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::body::{Checked, check_body, check_package};
use super::env::World;
use super::info::{LocalKind, Mode};
use super::package::PackageInput;
use super::ty::{DefId, PkgId};
use crate::release::Target;
use crate::syntax::{SourceTree, ast};

fn parse(text: &str) -> Vec<Arc<ast::File>> {
    vec![Arc::new(SourceTree::parse(Arc::from(text)).file())]
}

fn check_files(files: &[Arc<ast::File>]) -> Checked {
    let imports = FxHashMap::default();
    let input = PackageInput {
        id: PkgId::new("p"),
        files,
        imports: &imports,
        go_version: None,
        target: Target::DEFAULT,
    };
    check_package(&input, &World::default())
}

fn errors(text: &str) -> Vec<String> {
    let files = parse(&format!("package p\n{text}"));
    let checked = check_files(&files);
    let mut all: Vec<String> =
        checked.headers.errors.iter().chain(&checked.errors).map(|e| e.message.clone()).collect();
    for at in 0..files[0].decls.len() {
        let info = checked.info(0, at).map(|info| info.errors.as_slice());
        all.extend(info.unwrap_or_default().iter().map(|e| e.message.clone()));
    }
    all
}

#[test]
fn correct_code_is_accepted() {
    assert_eq!(
        errors(
            "type List[T any] struct { next *List[T]; val T }
func (l *List[E]) Push(v E) *List[E] { return &List[E]{l, v} }
func Map[T, U any](in []T, f func(T) U) (out []U) {
	for _, v := range in { out = append(out, f(v)) }
	return
}
var a, b = len(c), 1 << 3
var c = Map([]int{1, 2}, func(i int) string { return string(rune(i)) })
const ( x = iota * 1.5; y; z )",
        ),
        Vec::<String>::new()
    );
}

#[test]
fn mistakes_are_told_in_the_words_of_the_compiler() {
    let check = |text: &str, message: &str| assert_eq!(errors(text), [message]);
    check("func f() { x := 1 }", "declared and not used: x");
    check("func f() int { }", "missing return");
    check(
        "var s string = 1",
        "cannot use 1 (untyped int constant) as string value in variable declaration",
    );
    check("type T struct { T }", "invalid recursive type: T refers to itself");
    check(
        "var u uint8 = 256",
        "cannot use 256 (untyped int constant) as uint8 value in variable declaration (overflows)",
    );
    check("func f() { L: for { } }", "label L declared and not used");
    check("var x = y", "undefined: y");
}

#[test]
fn what_comes_from_an_unknown_package_is_met_with_silence() {
    assert_eq!(
        errors("import \"nowhere/lib\"\nfunc f() int { v := lib.New(1); return v.Count() + 1 }"),
        ["could not import nowhere/lib"]
    );
}

#[test]
fn variables_are_initialised_after_what_they_need() {
    let files = parse("package p\nvar a = f()\nvar b = 1\nfunc f() int { return b }\n");
    let order: Vec<u32> = check_files(&files).init_order.iter().map(|init| init.decl).collect();
    assert_eq!(order, [1, 0]);
}

#[test]
fn a_body_lists_what_it_looked_at_and_has_its_parameters_first() {
    let files = parse("package p\ntype T struct{ n int }\nfunc f(t T, k int) int { return t.n }\n");
    let checked = check_files(&files);
    let def = DefId::new(PkgId::new("p"), "f".into());
    let decl = &files[0].decls[1].decl;
    let info = check_body(&checked.headers, &World::default(), 0, def, decl);
    assert!(info.reads.contains(&DefId::new(PkgId::new("p"), "T".into())));
    let names: Vec<&str> = info.locals.iter().map(|local| local.name.as_str()).collect();
    assert_eq!(names, ["t", "k", ""]);
    assert!(info.locals.iter().all(|local| local.kind == LocalKind::Param));
    assert!(info.modes.contains(&Mode::Variable));
}

#[test]
fn broken_code_ends() {
    for text in [
        "func f( { x := ; for }",
        "type A = B; type B = A; var x A",
        "type T[P any] [len(T[T[P]]{})]P",
        "var a, b = b, a, 3",
        "func (x *y[z]) m[q]( { return q",
        "type I interface { I; m() I }; var i I = i.m",
        "const c = c + iota; var v = func() int { return v }()",
    ] {
        errors(text);
    }
    let deep = format!("var x = {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(errors(&deep), Vec::<String>::new());
}

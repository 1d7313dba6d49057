//! Trees of edited texts: what an edit gives is what the new text alone gives, and what is wrong in
//! one declaration costs no other.

use std::sync::Arc;

use analysis::syntax::SourceTree;
use analysis::syntax::ast::{DeclAt, DeclKind, File};
use tests::random::{FRAGMENTS, Random};

use super::types_world::{goroot, is_slow};

/// The files that are edited.
fn texts() -> Vec<String> {
    let own = ["expressions.go", "statements.go", "types.go"];
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/ast/testdata");
    let mut texts: Vec<String> =
        own.iter().map(|name| std::fs::read_to_string(format!("{dir}/{name}")).unwrap()).collect();
    if is_slow() {
        let more = [
            "net/http/server.go",
            "go/parser/parser_test.go",
            "fmt/print.go",
            "go/types/api_test.go",
            "encoding/json/decode.go",
            "cmd/compile/internal/ssa/func.go",
        ];
        let src = goroot().join("src");
        texts.extend(more.iter().map(|name| std::fs::read_to_string(src.join(name)).unwrap()));
    }
    texts
}

/// Everything that a tree says.
fn shown(file: &File) -> String {
    format!("{file:?}")
}

#[test]
fn an_edited_tree_is_that_of_the_new_text() {
    let steps = if is_slow() { 400 } else { 60 };
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    for original in texts() {
        let mut tree = SourceTree::parse(original.as_str().into());
        for step in 0..steps {
            let mut text = tree.text().to_string();
            match random.below(8) {
                // Broken texts get well again.
                0 => text.clone_from(&original),
                1..=4 => {
                    let at = random.place(&text);
                    text.insert_str(at, random.pick(FRAGMENTS));
                }
                5 => {
                    let from = random.place(&text);
                    let to = text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
                    text.replace_range(from..to, "");
                }
                6 => {
                    let (a, b) = (random.place(&text), random.place(&text));
                    let moved = text[a.min(b)..a.max(b)].chars().take(2000).collect::<String>();
                    let at = random.place(&text);
                    text.insert_str(at, &moved);
                }
                _ => {
                    let from = random.place(&text);
                    let len = text[from..].chars().next().map_or(0, char::len_utf8);
                    text.replace_range(from..from + len, random.pick(FRAGMENTS));
                }
            }
            tree = tree.edit(text.as_str().into());
            let fresh = SourceTree::parse(text.as_str().into());
            assert_eq!(shown(&tree.file()), shown(&fresh.file()), "step {step}:\n{text}");
        }
    }
}

/// The name of a function.
fn name(at: &DeclAt) -> Option<&'static str> {
    match &at.decl.kind {
        DeclKind::Func(func) => Some(func.name.name.as_str()),
        _ => None,
    }
}

#[test]
fn a_broken_function_costs_no_other_declaration() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/oracle/ast/testdata/expressions.go"
    ))
    .unwrap();
    let old = SourceTree::parse(text.as_str().into());
    let whole = old.file();
    assert!(whole.decls.iter().all(|at| at.decl.errors.is_empty()));
    for broken in [
        "{",
        "}",
        "(",
        ")",
        "\"",
        "`",
        "/*",
        "if x {",
        "func (",
        "x.;",
        "a, b := ;",
        "for {",
        "'",
        "\n<<<<<<< HEAD\n",
        "x := T{",
        "switch {\ncase",
        "x[",
        "}\n}\n",
        "return func() {",
    ] {
        for target in &whole.decls {
            let Some(function) = name(target) else { continue };
            let at = target.start as usize + text[target.start as usize..].find('{').unwrap() + 1;
            let text = format!("{}\n{broken}\n{}", &text[..at], &text[at..]);
            let tree = old.edit(text.as_str().into());
            let file = tree.file();
            for other in whole.decls.iter().filter(|other| other.start != target.start) {
                let kept = file.decls.iter().any(|at| Arc::ptr_eq(&at.decl, &other.decl));
                assert!(kept, "{broken:?} in {function} loses {:?}", name(other));
            }
            let errors = file.decls.iter().filter(|at| !at.decl.errors.is_empty());
            assert!(errors.count() > 0, "{broken:?} in {function} is no error");
            let named = file.decls.iter().any(|at| name(at) == Some(function));
            assert!(named, "{broken:?} in {function} loses its head");
        }
    }
}

#[test]
fn what_moves_stays_the_same() {
    let text = "package p\n\nfunc f() {}\n\n// g.\nfunc g() int { return 1 }\n\nconst (\n\ta = 1\n\tb\n)\n";
    let old = SourceTree::parse(text.into());
    let moved = old.edit(text.replace("f() {}", "f() {\n\tg()\n}").as_str().into());
    let (old, new) = (old.file(), moved.file());
    assert_eq!(new.decls.len(), 4);
    for (old, new) in old.decls.iter().zip(&new.decls).skip(1) {
        assert!(Arc::ptr_eq(&old.decl, &new.decl));
        assert_eq!(new.start, old.start + 6);
    }
}

#[test]
fn deep_nesting_and_long_lines_are_parsed() {
    const N: usize = 100_000;
    let nested = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(N), close.repeat(N))
    };
    let sound = [
        format!("func f() int {{ return {} }}", nested("(", "x", ")")),
        format!("func f() {{ {} }}", nested("{", "x()", "}")),
        format!("func f() bool {{ return {} }}", nested("!", "x", "")),
        format!("func f() int {{ return {} }}", nested("x + ", "x", "")),
        format!("func f() int {{ return {} }}", nested("g(", "x", ")")),
        format!("func f() {{ if x {{}}{} }}", " else if x {}".repeat(N)),
        format!("var x = {}", nested("T{", "", "}")),
        format!("var x = {}", nested("[]func() {", "", "}")),
        format!("type T {}", nested("*", "int", "")),
        format!("type T {}", nested("struct { x ", "int", " }")),
        format!("type T {}", nested("func(", "", ")")),
        format!("func f() {{ {} }}", "x++; ".repeat(N)),
        format!("var s = \"{}\"", "a".repeat(1_000_000)),
    ];
    for text in &sound {
        let file = SourceTree::parse(text.as_str().into()).file();
        assert_eq!(file.decls.len(), 1);
        assert!(file.decls[0].decl.errors.is_empty(), "{}", &text[..60]);
    }
    for broken in ["(", "{", "[", "}", "func(", "x[", "T{", "if x {", "case ", "\"", "`", "/*"] {
        let text = format!("func f() {{ {} }}\n\nfunc g() {{}}\n", broken.repeat(N));
        let file = SourceTree::parse(text.as_str().into()).file();
        assert_eq!(file.decls.last().and_then(name), Some("g"), "{broken}");
    }
}

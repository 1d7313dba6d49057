//! What is said of Go text: for each allocation its code, the text that is marked, and the reason.

use std::sync::Arc;

use super::finding::{Code, Finding, Place};
use super::report;
use crate::cancel::CancelToken;
use crate::compile::{Input, ParsedFile, compile};
use crate::host::FileReport;
use crate::release::Target;
use crate::store::Built;
use crate::summary::Imports;
use crate::types::ty::PkgId;

fn report(program: &str) -> FileReport {
    let file = Arc::new(ParsedFile::new("p.go".into(), program.into(), None));
    let (import_map, imports) = (Default::default(), Imports::default());
    let input = Input {
        id: PkgId::new("p"),
        files: &[file],
        import_map: &import_map,
        imports: &imports,
        go_version: None,
        target: Target::DEFAULT,
        key: None,
        remember: false,
    };
    let Ok(compiled) = compile(&input, None, &CancelToken::default()) else {
        panic!("nothing cancels a test");
    };
    let built = Built {
        compiled,
        imports: Arc::new(imports),
        unreadable: Vec::new(),
        reports: Default::default(),
    };
    report::file(&built, "p.go".into())
}

fn heap(program: &str) -> Vec<Finding> {
    let found = report(program);
    assert_eq!(found.problems, [], "the program has errors");
    found.findings.into_iter().filter(|finding| finding.place == Place::Heap).collect()
}

/// Checks the first allocation of a program that has the code.
#[track_caller]
fn check(code: Code, marked: &str, reason: &str, program: &str) {
    let program = format!("package p\n{program}");
    let found = heap(&program);
    let all: Vec<_> = found.iter().map(|one| (one.code, &one.reason)).collect();
    let Some(finding) = found.iter().find(|finding| finding.code == Some(code)) else {
        panic!("{} is not among {all:?}", code.as_str());
    };
    let text = &program[finding.at.start as usize..finding.at.end as usize];
    assert_eq!((text, &*finding.reason), (marked, reason), "{all:?}");
    assert!(!finding.compiler.is_empty(), "the compiler says so too");
}

#[test]
fn a_returned_pointer() {
    check(
        Code::ReturnedPointer,
        "t",
        "`t` is on the heap because its address is returned by New",
        "type T struct{ a, b int }\nfunc New() *T { var t T; return &t }",
    );
}

#[test]
fn a_captured_variable() {
    check(
        Code::ClosureCapture,
        "n",
        "`n` is on the heap because a function literal that captures it by reference is returned \
         by Counter",
        "func Counter() func() int { n := 0; return func() int { n++; return n } }",
    );
}

const SINK: &str = "var sink any\n//go:noinline\nfunc keep(x any) { sink = x }\n";

#[test]
fn a_boxed_value() {
    check(
        Code::InterfaceConversion,
        "n",
        "`n` is boxed on the heap because the interface made of it is passed to keep, which may \
         keep it",
        &format!("{SINK}func f(n int) {{ keep(n) }}"),
    );
}

#[test]
fn a_boxed_constant_is_free() {
    check(
        Code::InterfaceConversion,
        "\"a\"",
        "`\"a\"` counts as escaping because the interface made of it is passed to keep, which may \
         keep it; but nothing is allocated: the value is a constant, which the program holds ready",
        &format!("{SINK}func f() {{ keep(\"a\") }}"),
    );
}

#[test]
fn something_too_large() {
    check(
        Code::Oversize,
        "make([]byte, 70000)",
        "`make([]byte, 70000)` is on the heap because it is too large for the stack: 70000 bytes",
        "func f() int { b := make([]byte, 70000); return len(b) }",
    );
}

#[test]
fn something_of_unknown_size() {
    let found = report("package p\nfunc f(n int) int { b := make([]byte, n); return len(b) }");
    let finding = &found.findings[0];
    assert_eq!((finding.place, finding.code), (Place::Stack, Some(Code::UnknownSize)));
    assert_eq!(
        &*finding.reason,
        "`make([]byte, n)` is not kept beyond f, but its size is not known when compiling: \
         it is on the stack if it takes up to 32 bytes, else on the heap"
    );
}

#[test]
fn an_array_that_grows() {
    check(
        Code::AppendGrowth,
        "append(xs, 1)",
        "the array that `append(xs, 1)` grows into is on the heap because it is returned by f",
        "func f(xs []int) []int { return append(xs, 1) }",
    );
}

#[test]
fn a_goroutine() {
    check(
        Code::GoStatement,
        "n",
        "`n` is on the heap because a function literal that captures it by reference runs in a \
         new goroutine",
        "func f() int { n := 0; go func() { n++ }(); return n }",
    );
}

#[test]
fn a_defer_in_a_loop() {
    check(
        Code::DeferInLoop,
        "func() { println(i) }",
        "this function literal is on the heap because it waits for a call deferred in a loop, \
         until the function ends",
        "func f() { for i := 0; i < 3; i++ { defer func() { println(i) }() } }",
    );
}

#[test]
fn the_way_ends_at_the_go_or_defer_statement() {
    let last_step = |program: &str| {
        let program = format!("package p\n{program}");
        let found = heap(&program);
        let step = found[0].flow.last().expect("there are steps").clone();
        let at = step.at.expect("in the file");
        (step.text, step.word, program[at.start as usize..at.end as usize].to_owned())
    };
    assert_eq!(
        last_step("func f() int { n := 0; go func() { n++ }(); return n }"),
        ("used by a new goroutine".into(), "go", "go func() { n++ }()".to_owned())
    );
    assert_eq!(
        last_step("func f() { for i := 0; i < 3; i++ { defer func() { println(i) }() } }"),
        (
            "kept until the function ends".into(),
            "defer",
            "defer func() { println(i) }()".to_owned()
        )
    );
}

#[test]
fn a_pointer_stored_behind_a_pointer() {
    check(
        Code::StoredInHeap,
        "x",
        "`x` is on the heap because its address is stored in `*p`, which may itself be on the heap",
        "func f(p **int) { x := 1; *p = &x }",
    );
}

#[test]
fn a_pointer_in_a_package_variable() {
    check(
        Code::StoredInGlobal,
        "x",
        "`x` is on the heap because its address is stored in the package-level variable `g`",
        "var g *int\nfunc f() { x := 1; g = &x }",
    );
}

#[test]
fn an_argument_of_an_interface_method() {
    check(
        Code::PassedToUnknown,
        "make([]byte, 16)",
        "`make([]byte, 16)` is on the heap because it is passed to Writer.Write, an interface \
         method whose implementation is not known when compiling",
        "type Writer interface{ Write(b []byte) }\n\
         func f(w Writer) { b := make([]byte, 16); w.Write(b) }",
    );
}

#[test]
fn an_argument_of_a_function_value() {
    check(
        Code::PassedToUnknown,
        "x",
        "`x` is on the heap because its address is passed to do, a function value, and which \
         function it holds is not known here",
        "func f(do func(*int)) { x := 1; do(&x) }",
    );
}

#[test]
fn an_argument_that_is_kept() {
    check(
        Code::PassedToLeaking,
        "x",
        "`x` is on the heap because its address is passed to store, which may keep it",
        "var g *int\n//go:noinline\nfunc store(p *int) { g = p }\n\
         func f() { x := 1; store(&x) }",
    );
}

#[test]
fn a_pointer_sent_on_a_channel() {
    check(
        Code::SentOnChannel,
        "x",
        "`x` is on the heap because its address is sent on the channel `c` to another goroutine",
        "func f(c chan *int) { x := 1; c <- &x }",
    );
}

#[test]
fn a_pointer_in_a_map() {
    check(
        Code::StoredInMap,
        "x",
        "`x` is on the heap because its address is put into the map `m`, and what a map holds is \
         on the heap",
        "func f(m map[string]*int) { x := 1; m[\"a\"] = &x }",
    );
}

#[test]
fn a_panic() {
    check(
        Code::Panic,
        "n",
        "`n` is boxed on the heap because the interface made of it is passed to panic",
        "func f(n int) { panic(n) }",
    );
}

#[test]
fn a_value_that_outlives_its_iteration() {
    check(
        Code::OutlivesIteration,
        "x",
        "`x` is on the heap because its address is stored in `last`, which is declared outside of \
         the loop and lives on",
        "func f() int { var last *int; for i := 0; i < 3; i++ { x := i; last = &x }; return *last }",
    );
}

#[test]
fn a_value_that_outlives_its_literal() {
    check(
        Code::OutlivesClosure,
        "x",
        "`x` is on the heap because its address is stored in `p`, a variable of the function \
         around this one, which lives on",
        "func f(n int) int {\n\tvar p *int\n\tset := func() { x := n; p = &x }\n\
         \tif n > 3 { set = func() {} }\n\tset()\n\treturn *p\n}",
    );
}

#[test]
fn a_variable_that_a_loop_outside_of_the_literal_goes_through() {
    check(
        Code::OutlivesClosure,
        "make([]int, 8)",
        "`make([]int, 8)` is on the heap because it is stored in `xs`, a variable of the function \
         around this one, which lives on",
        "//go:noinline\nfunc do(f func()) { f() }\n\
         func f() (n int) {\n\tvar xs []int\n\tdo(func() { xs = make([]int, 8) })\n\
         \tfor _, x := range xs { n += x }\n\treturn n\n}",
    );
}

#[test]
fn a_parameter_that_goes_to_the_heap_and_to_a_result() {
    check(
        Code::PassedToLeaking,
        "x",
        "`x` is on the heap because its address is passed to keep2, which may keep it",
        "var g *int\n//go:noinline\nfunc keep2(p **int) **int { g = *p; return p }\n\
         func f() int { x := 1; p := &x; return **keep2(&p) }",
    );
}

#[test]
fn a_value_in_the_field_beside_one_that_is_kept() {
    check(
        Code::StoredInHeap,
        "make([]int, 4)",
        "`make([]int, 4)` is on the heap because it is stored in the field `buf`, and the field `w` \
         beside it is the receiver in a call of Writer.Write, an interface method whose \
         implementation is not known when compiling; the compiler does not tell the fields of a \
         struct apart",
        "type Writer interface{ Write() }\ntype both struct { buf []int; w Writer }\n\
         func f(w Writer) int { s := both{make([]int, 4), w}; s.w.Write(); return len(s.buf) }",
    );
    check(
        Code::StoredInGlobal,
        "x",
        "`x` is on the heap because its address is stored in the package-level variable `g`",
        "type both struct { p, q *int }\nvar g *int\n\
         func f() { x := 1; var s both; s.p = &x; g = s.p }",
    );
}

#[test]
fn a_method_value() {
    check(
        Code::MethodValue,
        "t.M",
        "the method value `t.M` is on the heap because it is returned by f",
        "type T struct{}\nfunc (t *T) M() {}\nfunc f(t *T) func() { return t.M }",
    );
}

#[test]
fn a_string_and_a_conversion() {
    check(
        Code::StringBuilding,
        "a + b",
        "the string `a + b` is on the heap because it is returned by f",
        "func f(a, b string) string { return a + b }",
    );
    check(
        Code::StringBuilding,
        "[]byte(s)",
        "the copy made by `[]byte(s)` is on the heap because it is returned by f",
        "func f(s string) []byte { return []byte(s) }",
    );
}

#[test]
fn a_pointer_hidden_in_a_number() {
    check(
        Code::Unsafe,
        "x",
        "`x` is on the heap because its address is turned into a number, which hides it from the \
         compiler",
        "import \"unsafe\"\n//go:uintptrescapes\n//go:noinline\nfunc call(p uintptr) {}\n\
         func f() { x := 1; call(uintptr(unsafe.Pointer(&x))) }",
    );
}

#[test]
fn a_slice_without_size() {
    check(
        Code::Unplaceable,
        "make([]struct{}, n)",
        "`make([]struct{}, n)` is on the heap because the compiler makes no slice of elements \
         without size on the stack; it takes no memory there either",
        "func f(n int) int { return len(make([]struct{}, n)) }",
    );
}

#[test]
fn what_an_inlined_call_allocates_stands_at_the_call() {
    let program = "package p\ntype T struct{ a, b int }\nfunc New() *T { return &T{1, 2} }\n\
                   func f() *T { return New() }";
    let found = heap(program);
    let inlined = &found[1];
    assert_eq!(&program[inlined.at.start as usize..inlined.at.end as usize], "New()");
    assert_eq!(
        &*inlined.reason,
        "`&T{…}` in New, inlined here, is on the heap because it is returned by f"
    );
    assert_eq!(*inlined.inlined_from, ["New"]);
    assert_eq!((inlined.size, inlined.size_class), (Some(16), Some(16)));
}

#[test]
fn instances_of_a_generic_function_are_one_finding() {
    let found = heap(
        "package p\nfunc New[T any]() *T { var t T; return &t }\nvar a, b = New[int](), New[string]()",
    );
    let declared: Vec<_> = found.iter().filter(|one| one.inlined_from.is_empty()).collect();
    assert_eq!(declared.len(), 1, "{declared:?}");
    assert_eq!(declared[0].size, Some(16), "the largest");
}

#[test]
fn parameters_are_described() {
    let found =
        report("package p\nvar g *int\nfunc f(p, q, r *int) *int { g = p; println(*r); return q }");
    let params: Vec<&str> = found.functions[0].params.iter().map(|param| &*param.text).collect();
    assert_eq!(
        params,
        [
            "`p` may be kept after f returns: what a caller passes must be on the heap",
            "`q` is part of a result: it is kept as long as that is",
            "`r` is not kept by f: what a caller passes can stay on the stack",
        ]
    );
}

#[test]
fn very_many_names_share_a_type_and_a_line_ends_before_a_parenthesis() {
    let names: Vec<String> = (0..16).map(|n| format!("t{n:02}")).collect();
    let found = report(&format!(
        "package p\nfunc f({} *int) {{ *t00 = *t15 }}\n\
         func g(a []func(int), h func(int)) {{\n\tv := a[0]\n\t(*(&h))(1)\n\tv(2)\n}}",
        names.join(", ")
    ));
    assert_eq!(found.problems, []);
    assert_eq!(found.functions[0].params.len(), 16);
}

#[test]
fn nothing_is_said_of_what_has_an_unknown_type() {
    let found = report(
        "package p\nimport \"C\"\ntype t struct { c C.pair; n int }\n\
         func uses() *int { x := int(C.f()); return &x }\n\
         func field(v *t) *int { y := int(v.c.a); return &y }\n\
         func ok(v *t) *int { z := v.n; return &z }\n\
         func calls() *int { return uses() }",
    );
    let names: Vec<&str> = found.findings.iter().map(|one| &*one.subject).collect();
    assert_eq!(names, ["z"]);
    let functions: Vec<&str> = found.functions.iter().map(|one| &*one.name).collect();
    assert_eq!(functions, ["ok", "calls"]);
}

#[test]
fn a_function_with_errors_is_left_out() {
    let found = report(
        "package p\nfunc bad() *int { x := y; return &x }\nfunc ok() *int { x := 1; return &x }",
    );
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.functions.len(), 1);
    assert_eq!(found.problems.len(), 1);
}

#[test]
fn what_an_inlined_function_returns_is_said_to_be_returned_by_it() {
    let found = heap(
        "package p\n\
         type T struct{ n int }\n\
         func inner(n int) *T { return &T{n} }\n\
         func outer(n int) *T { return inner(n) }\n\
         var kept *T\n\
         func Keep() { kept = outer(1) }\n",
    );
    let ways: Vec<Vec<&str>> =
        found.iter().map(|finding| finding.flow.iter().map(|step| &*step.text).collect()).collect();
    assert_eq!(
        ways.last().map(Vec::as_slice),
        Some(
            &[
                "allocated here (in inner, inlined)",
                "returned by inner, inlined",
                "returned by outer, inlined",
                "stored: `kept = outer(1)`",
            ][..]
        )
    );
}

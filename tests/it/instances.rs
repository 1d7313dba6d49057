//! Which instances and wrappers a package compiles, told from the lines about them, in the words of
//! go1.27.3 with `-gcflags=-m=2`.

use super::inline::{beginning, lines};

/// The names in `can inline NAME with …`.
fn inlinable(lines: &[String]) -> Vec<&str> {
    let names = lines.iter().filter_map(|line| line.strip_prefix("can inline "));
    names.filter_map(|rest| Some(rest.split_once(" with cost ")?.0)).collect()
}

#[test]
fn a_field_of_an_imported_struct_brings_the_methods_of_its_type() {
    let a = (
        "ia",
        "package ia

type Box[T any] struct{ v T }

func (b *Box[T]) Get() T { return b.v }

type S struct{ f Box[int] }

type Embeds struct{ plain }

type plain struct{}

func (plain) Do() {}
",
    );
    let b = ("ib", "package ib\nimport \"ia\"\nfunc F(s *ia.S, e ia.Embeds) {}\n");
    let of_a = lines(&[a]);
    assert_eq!(inlinable(&of_a), ["(*Box[go.shape.int]).Get", "(*Box[int]).Get", "plain.Do"],);
    // One wrapper for each of *plain, Embeds and *Embeds.
    assert_eq!(beginning(&of_a, "inlining call to plain.Do").len(), 3);
    let of_b = lines(&[a, b]);
    assert_eq!(inlinable(&of_b), ["F", "ia.(*Box[go.shape.int]).Get", "ia.(*Box[int]).Get"]);
    // The wrappers of what has no type arguments were made where it is declared.
    assert!(beginning(&of_b, "inlining call to ia.plain.Do").is_empty());
}

#[test]
fn a_local_variable_of_a_generic_function_brings_the_methods_of_its_type() {
    let lines = lines(&[(
        "ic",
        "package ic

type pair[K any] struct{ key K }

func (p pair[K]) Key() K { return p.key }

func unused[T any](t T) T { return t }

func make1[T any](t T) {
	p := pair[T]{t}
	_ = p
}

func F() { make1(\"a\") }
",
    )]);
    assert_eq!(
        inlinable(&lines),
        [
            "F",
            "make1[go.shape.string]",
            "make1[string]",
            "pair[go.shape.string].Key",
            "pair[string].Key",
        ],
    );
    assert_eq!(
        beginning(&lines, "inlining call to pair"),
        [
            "inlining call to pair[go.shape.string].Key",
            "inlining call to pair[go.shape.string].Key",
            "inlining call to pair[go.shape.string].Key",
            "inlining call to pair[string].Key",
        ],
    );
}

#[test]
fn promoted_methods_have_wrappers_for_the_type_and_for_pointers_to_it() {
    let lines = lines(&[(
        "id",
        "package id

type in struct{}

func (in) Value()    {}
func (*in) Pointer() {}

type Out struct{ *in }

type Named interface{ Value() }

type With struct{ Named }
",
    )]);
    assert_eq!(
        beginning(&lines, "inlining call to"),
        [
            "inlining call to (*in).Pointer",
            "inlining call to (*in).Pointer",
            "inlining call to in.Value",
            "inlining call to in.Value",
            "inlining call to in.Value",
        ],
    );
}

const GENERIC_INTERFACE: (&str, &str) = (
    "ie",
    "package ie

type Base interface{ Send(m any) }

type Out[T any] interface {
	Put(*T)
	Base
}

type G[T any] struct{ Base }

func (x *G[T]) Put(m *T) { x.Base.Send(m) }

var _ Out[int] = (*G[int])(nil)
",
);

/// The functions of `parameter ~p0 leaks to {heap} for FUNCTION with …`.
fn wrappers(lines: &[String]) -> Vec<&str> {
    let prefix = "parameter ~p0 leaks to {heap} for ";
    let found = lines.iter().filter_map(|line| line.strip_prefix(prefix));
    found.filter_map(|rest| Some(rest.split_once(" with ")?.0)).collect()
}

#[test]
fn a_generic_interface_has_wrappers_for_its_type_arguments_but_not_for_their_shapes() {
    let lines = lines(&[GENERIC_INTERFACE]);
    let mut found = wrappers(&lines);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "(*G[go.shape.int]).Send",
            "(*G[int]).Send",
            "Base.Send",
            "G[go.shape.int].Send",
            "G[int].Send",
            "Out[int].Put",
            "Out[int].Send",
        ],
    );
}

#[test]
fn the_receiver_of_a_method_value_is_named_by_the_package_that_makes_it() {
    let a = ("ig", "package ig\ntype I interface{ Close() }\n");
    let b = ("ih", "package ih\nimport \"ig\"\nfunc F(i ig.I) func() { return i.Close }\n");
    let lines = lines(&[a, b]);
    assert_eq!(
        beginning(&lines, "parameter .this"),
        ["parameter .this leaks to {heap} for I.Close-fm with derefs=0:"],
    );
}

#[test]
fn the_declared_type_of_a_package_level_variable_has_no_comparison_made_early() {
    let lines = lines(&[(
        "ii",
        "package ii

type I interface{ M() }

type A struct { a, b int16; _ int16; c int }
func (A) M() {}

type B struct { a, b, c int8; _ int8; d int }
func (B) M() {}

type C struct { a, b int8; _ int32; c int }
func (C) M() {}

type D struct { a, b int8; _ int32; d, c int }
func (D) M() {}

var x I = A{}
var _ I = B{}
var y = I(C{})
var z = []I{D{}}
",
    )]);
    let mut found = beginning(&lines, "cannot inline type..eq");
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "cannot inline type..eq.M2K6M16: marked go:noinline",
            "cannot inline type..eq.M2K6M8: marked go:noinline",
        ],
    );
}

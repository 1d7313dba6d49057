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

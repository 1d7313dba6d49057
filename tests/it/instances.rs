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

#[test]
fn the_interface_of_a_method_value_is_converted_from_its_shape() {
    let lines = lines(&[(
        "ij",
        "package ij

type O[T any] interface { M(T); N() }

var sink func()

func value[T any](o O[T]) { sink = o.N }

func F() { value[int](nil) }
",
    )]);
    assert_eq!(
        beginning(&lines, "can inline value[go.shape.int]"),
        ["can inline value[go.shape.int] with cost 5 as: func(*[1]uintptr, O[go.shape.int]) \
             { sink = O[go.shape.int](o).N }"],
    );
}

#[test]
fn an_assertion_to_an_interface_without_type_parameters_is_static() {
    let lines = lines(&[(
        "ik",
        "package ik

type O[T any] interface { M(T); N() }

type Static interface { N() }

func assert[T any](o O[T]) Static { s, _ := o.(Static); return s }

func dynamic[T any](o O[T]) O[T] { s, _ := any(o).(O[T]); return s }

func F() { assert[int](nil); dynamic[int](nil) }
",
    )]);
    let costs: Vec<_> = beginning(&lines, "can inline ")
        .into_iter()
        .filter(|line| line.contains("[go.shape.int] with"))
        .filter_map(|line| Some(line.split_once(" as: ")?.0))
        .collect();
    assert_eq!(
        costs,
        [
            "can inline assert[go.shape.int] with cost 9",
            "can inline dynamic[go.shape.int] with cost 16",
        ],
    );
}

#[test]
fn an_interface_has_one_wrapper_however_it_is_written() {
    let lines = lines(&[(
        "il",
        "package il

type A interface { A() }

type B interface { B() }

func F() interface { A; B } { return nil }

func G() interface { B; A } { return nil }

func H() interface { A(); B() } { return nil }
",
    )]);
    assert_eq!(
        beginning(&lines, "parameter ~p0 leaks to {heap} for interface"),
        [
            "parameter ~p0 leaks to {heap} for interface { A(); B() }.A with derefs=0:",
            "parameter ~p0 leaks to {heap} for interface { A(); B() }.B with derefs=0:",
        ],
    );
}

#[test]
fn an_instance_that_an_inlined_body_brings_has_wrappers_for_its_shape() {
    let a = (
        "im",
        "package im

type L[T any] struct { p *T }

func (l L[T]) Cut() { *l.p = *new(T) }

func Inlined() { L[uint16]{}.Cut() }
",
    );
    let b = ("in", "package in\nimport \"im\"\nfunc F() { im.Inlined() }\n");
    assert_eq!(
        beginning(&lines(&[a, b]), "inlining call to"),
        [
            "inlining call to im.Inlined",
            "inlining call to im.L[go.shape.uint16].Cut",
            "inlining call to im.L[go.shape.uint16].Cut",
        ],
    );
}

#[test]
fn two_pointers_made_in_an_inlined_body_of_another_package_are_no_one_type() {
    let a = (
        "io",
        "package io

type Source interface { Token() }

type reuse struct { new Source }

//go:noinline
func (r *reuse) Token() {}

func Reuse(src Source) Source {
	if r, ok := src.(*reuse); ok {
		return r
	}
	return &reuse{src}
}

func Once(src Source) Source { return &reuse{src} }

func F() { Reuse(nil).Token() }
",
    );
    let b = (
        "ip",
        "package ip
import \"io\"
func F() { io.Reuse(nil).Token() }
func G() { io.Once(nil).Token() }
",
    );
    assert_eq!(
        beginning(&lines(&[a]), "devirtualizing"),
        ["devirtualizing .autotmp_0.Token to *reuse"],
    );
    assert_eq!(
        beginning(&lines(&[a, b]), "devirtualizing"),
        ["devirtualizing .autotmp_0.Token to *io.reuse"],
    );
}

#[test]
fn values_are_compared_whose_descriptors_stand_in_dictionaries() {
    let lines = lines(&[(
        "iq",
        "package iq

type I interface { M() }

type pair[T any] struct { a, b int8; _ int8; v T }

func (pair[T]) M() {}

func make1[T any]() I { return pair[T]{} }

func outer[T any]() I { return make1[[2]T]() }

func F() { make1[int](); outer[string]() }
",
    )]);
    let mut found = beginning(&lines, "cannot inline type..eq");
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "cannot inline type..eq.M2K6M8: marked go:noinline",
            "cannot inline type..eq.M2K6SS: marked go:noinline",
            "cannot inline type..eq.SS: marked go:noinline",
        ],
    );
}

#[test]
fn what_is_initialised_at_run_time_is_named_by_its_variable_and_offset() {
    let lines = lines(&[(
        "ir",
        "package ir

type T struct { a int; p *int; m map[string]int; s []*int }

func ptr(x int) *int { return new(x) }

var (
	t = T{p: ptr(1), m: map[string]int{\"a\": 1}}
	u = &T{s: []*int{2: ptr(2)}}
	v = []any{T{}, ptr(3), &T{p: ptr(4)}}
	w = t
	_ = T{p: ptr(5)}
)
",
    )]);
    let mut found: Vec<_> = lines.iter().filter(|line| line.contains("@")).collect();
    found.sort_unstable();
    let text = |of: &str| found.iter().any(|line| line.contains(of));
    assert!(text("from (*int)(ir.t@8) = ~r0 (assign)"), "{found:?}");
    assert!(text("from (map[string]int)(ir.t@16) = map[string]int{...} (assign)"), "{found:?}");
    assert!(text("from (*int)(ir..stmp_1@16) = ~r0 (assign)"), "{found:?}");
    assert!(text("from (*int)(ir..stmp_2@24) = ~r0 (assign)"), "{found:?}");
    assert!(text("from (*int)(ir..stmp_4@8) = ~r0 (assign)"), "{found:?}");
    assert_eq!(found.len(), 5);
}

#[test]
fn generic_methods_are_not_promoted_by_wrappers() {
    let lines = lines(&[(
        "is",
        "package is

type S[T any] struct{}

func (S[T]) Plain() {}

func (S[T]) Generic[U any](u U) {}

type E struct { S[int] }

var x E
",
    )]);
    assert!(!beginning(&lines, "inlining call to S[int].Plain").is_empty());
    assert!(lines.iter().all(|line| !line.contains("Generic")));
}

#[test]
fn the_parameters_of_a_method_are_written_where_its_interface_is() {
    let lines = lines(&[("it", "package it\ntype I interface { Put(x *int) }\ntype J I\n")]);
    assert_eq!(
        beginning(&lines, "parameter x"),
        [
            "parameter x leaks to {heap} for I.Put with derefs=0:",
            "parameter x leaks to {heap} for J.Put with derefs=0:",
        ],
    );
}

#[test]
fn a_function_without_body_leaks_blank_parameters_and_not_unnamed_ones() {
    let lines = lines(&[(
        "iu",
        "package iu

import \"unsafe\"

//go:linkname outside other.outside
func outside(_ unsafe.Pointer, unused *int)

//go:linkname unnamed other.unnamed
func unnamed(unsafe.Pointer, *int)

//go:linkname harmless other.harmless
//go:noescape
func harmless(_ unsafe.Pointer)
",
    )]);
    assert_eq!(beginning(&lines, "leaking param"), ["leaking param: unused", "leaking param: ~p0"],);
    assert_eq!(
        lines.iter().filter(|line| line.contains("does not escape")).collect::<Vec<_>>(),
        ["~p0 does not escape"],
    );
}

#[test]
fn generic_methods_show_their_type_arguments_once() {
    let lines = lines(&[(
        "iv",
        "package iv

type N struct{}

func (n N) G[U any](u U) {}

func direct() { N{}.G(1) }

func bound() func(int) { return N{}.G[int] }
",
    )]);
    assert_eq!(
        beginning(&lines, "can inline direct"),
        ["can inline direct with cost 5 as: func() \
             { N.G[go.shape.int](N{}, &.dict.N.G[int], 1) }"],
    );
    let bound = beginning(&lines, "can inline bound.func1");
    assert!(bound[0].ends_with(", ~p0) }"), "{bound:?}");
}

// All pointer arguments of a method-only constraint share go.shape.*uint8, so two
// instantiations print one set of lines; a ~constraint keeps them apart.
package main

type A struct{ x int }
type B struct{ y string }

func Slice[T any](v T) []T { return []T{v} }

func Under[T *A | *B](v T) []T { return []T{v} }

func main() {
	Slice(&A{})
	Slice(&B{})
	Under(&A{})
	Under(&B{})
}

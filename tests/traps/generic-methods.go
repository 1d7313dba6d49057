// New in 1.27: methods with their own type parameters; a method value of one is a
// synthetic closure, not an OMETHVALUE.
package main

type Box[T any] struct{ v T }

func (b Box[T]) Map[U any](f func(T) U) Box[U] { return Box[U]{f(b.v)} }

type Plain struct{}

func (Plain) Ptr[T any](v T) *T { return &v }

var sink any

func main() {
	sink = Box[int]{1}.Map(func(i int) string { return "x" })
	var p Plain
	sink = p.Ptr(1.5)
	f := p.Ptr[int]
	sink = f(1)
}

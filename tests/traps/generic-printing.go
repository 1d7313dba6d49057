// New(T) of a type parameter prints <node DYNAMICTYPE>; composite types print shapes;
// constants converted to T print as go.shape.int(1).
package main

var sink any

func New[T any]() *T { return new(T) }

type Node[T any] struct {
	v    T
	next *Node[T]
}

func Push[T any](n *Node[T], v T) *Node[T] { return &Node[T]{v, n} }

func Mk[T any](n int) []T { return make([]T, 0, n) }

func main() {
	sink = New[int]()
	sink = Push(nil, "s")
	sink = Mk[float64](3)
	sink = &Node[int]{}
}

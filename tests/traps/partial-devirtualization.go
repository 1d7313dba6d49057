// A method promoted from an embedded interface is devirtualized to the outer type only;
// the call through the embedded interface stays unknown.
package main

type I interface{ M(*int) }
type A struct{}

func (A) M(*int) {}

type E struct{ I }

func f() {
	x := 1
	var i I = E{A{}}
	i.M(&x)
}

func main() {}

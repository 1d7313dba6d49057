// A function-typed package variable or field is an unknown callee even if it is never
// assigned again; a method expression of an interface is unknown, of a concrete type known.
package main

type I interface{ M(*int) }
type A struct{}

func (A) M(*int) {}

type S struct{ f func(*int) }

var pkgFunc = func(p *int) {}

func pkgvar() { x := 1; pkgFunc(&x) }

func field(s S) { x := 1; s.f(&x) }

func ifaceExpr(i I) { x := 1; I.M(i, &x) }

func concreteExpr() {
	x := 1
	f := A.M
	f(A{}, &x)
}

func localFunc() {
	x := 1
	f := func(p *int) {}
	f(&x)
}

func main() {}

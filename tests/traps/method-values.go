// A method value is an allocation of its own, positioned at the ".", and sends its
// receiver both to the closure and to the method's receiver parameter.
package main

type T struct{ p *int }

func (t *T) Keep() { g = t }
func (t *T) Nop()  {}

var g *T
var sf func()

//go:noinline
func run(f func()) { f() }

func f(i interface{ Nop() }) {
	var a, b, c T
	run(a.Nop)
	run(b.Keep)
	sf = c.Nop
	run(i.Nop)
	h := a.Nop
	h()
}

func main() {}

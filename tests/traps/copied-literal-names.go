// A literal copied by inlining its parent keeps its body's own positions (so lines
// repeat), and -m=2 names it with a hash of the inlining stack that depends on the package.
package main

type T struct{ buf []byte }

var g *int

//go:noinline
func with(f func(*int, *T)) {}

func outer() {
	y := 1
	with(func(p *int, t *T) {
		x := y
		g = &x
		t.buf = t.buf[1:]
	})
}

func caller() { outer() }

func main() {}

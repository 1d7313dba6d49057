// A literal that died after inlining loses its own line, but if it captures nothing it
// is a function of its own and its parameters are still reported; a capturing one vanishes.
package main

var g *int

func free() {
	f := func(p *int) { g = p }
	f(nil)
}

func capturing() {
	x := 1
	f := func(p *int) { g = p; x++ }
	f(nil)
}

func main() {}

// No field, element, flow or kill sensitivity; a store through any pointer or slice
// goes to the heap even when the pointee is a local.
package main

var g *int

func fields() {
	x, y := 1, 2
	var s struct{ a, b *int }
	s.a, s.b = &x, &y
	g = s.a
}

func overwritten(p *int) *int {
	x := 1
	q := &x
	q = p
	return q
}

func storeptr() {
	x, y := 1, 2
	n := &struct{ p *int }{&y}
	n.p = &x
}

func storeslice() {
	x := 1
	s := make([]*int, 1)
	s[0] = &x
	a := [1]*int{}
	a[0] = &x
}

func main() {}

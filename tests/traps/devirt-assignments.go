// (1.26+): all assignments of a local interface variable must have one concrete type;
// nil and the zero value are ignored, results of inlined calls are looked through.
package main

type I interface{ M(*int) }
type A struct{}
type B struct{}

func (A) M(*int) {}
func (B) M(*int) {}

func mk() I { return A{} }

//go:noinline
func opaque() I { return A{} }

func later() {
	var i I
	x := 1
	if x > 0 {
		i = A{}
	}
	i.M(&x)
}

func inlined() { i := mk(); x := 1; i.M(&x) }
func unknown() { i := opaque(); x := 1; i.M(&x) }
func mixed(k bool) {
	var i I = A{}
	if k {
		i = B{}
	}
	x := 1
	i.M(&x)
}
func param(i I) { x := 1; i.M(&x) }

func main() {}

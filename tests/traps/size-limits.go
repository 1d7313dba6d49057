// Three limits: 128 KiB for declared variables, 64 KiB for new/&T{}/make, and
// none for parameters.
package main

type A64 struct{ a [65536]byte }
type A65 struct{ a [65537]byte }

//go:noinline
func use(p *byte) {}

func param(a [200000]byte) byte { return a[0] }

func main() {
	var x1 [131072]byte
	var x2 [131073]byte
	use(&x1[0])
	use(&x2[0])
	x3 := [131073]byte{}
	println(x3[1])
	p1, p2, p3, p4 := new(A64), new(A65), &A64{}, &A65{}
	println(p1.a[0], p2.a[0], p3.a[0], p4.a[0])
	s1 := make([]byte, 65536)
	s2 := make([]byte, 65537)
	s3 := make([]byte, 1, 65537)
	println(s1[0], s2[0], s3[0])
}

// Capture by value needs size <= 128, no reassignment after capture and no &x.
package main

type B128 struct{ a [16]int }
type B136 struct{ a [17]int }

//go:noinline
func call(f func()) { f() }

func a() { var b B128; call(func() { println(b.a[0]) }) }
func b() { var b B136; call(func() { println(b.a[0]) }) }
func c() { x := 1; x++; call(func() { println(x) }) }
func d() { x := 1; call(func() { println(x) }); x++ }
func e(k bool) {
	var x int
	if k {
		x = 1
	}
	call(func() { println(x) })
}

func main() {}

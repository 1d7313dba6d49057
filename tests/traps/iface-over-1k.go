// A value above 1024 bytes converted to a non-escaping interface prints
// "does not escape" but is heap allocated later (walk has its own limit).
package main

type Big struct{ a [1025]byte }

//go:noinline
func use(x any) {}

func main() {
	var b Big
	b.a[0] = 1
	use(b)
}

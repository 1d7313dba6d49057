// Implicit conversions of multi-value results are reported on autotmp names whose
// number depends on how many locals existed when the temporary was made.
package main

//go:noinline
func two() (int, error) { return 1, nil }

func f() any {
	var a, b any
	var e error
	a, e = two()
	b, e = two()
	_ = e
	_ = a
	return b
}

func main() {}

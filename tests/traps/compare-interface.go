// Comparing or switching a concrete value against an interface inserts a conversion
// with its own line, although walk compares without allocating.
package main

func f(e any, x int, s struct{ a, b int }) bool {
	switch e {
	case x, "a":
		return true
	}
	return e == x || e == s || e == "lit"
}

func main() {}

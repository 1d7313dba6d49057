// Once every call of a closure variable is inlined, the closure literal is a dead
// local and prints nothing; "_ = f" keeps it alive.
package main

func gone() int {
	x := 1
	f := func() int { return x }
	return f()
}

func kept() int {
	x := 1
	f := func() int { return x }
	_ = f
	return f()
}

func unused() {
	f := func() {}
	if false {
		f()
	}
}

func main() {}

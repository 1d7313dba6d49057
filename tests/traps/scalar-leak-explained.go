// -m=2 explains a "leak" of a pointer-free parameter captured by an escaping closure,
// but no leak line follows.
package main

func f(n int) func() int { return func() int { return n } }

func main() {}

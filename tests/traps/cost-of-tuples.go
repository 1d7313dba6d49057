// A, b := f() is rewritten through temporaries with a 4*n+1 refund, f(g()) and
// return g() are rewritten without one.
package main

func two() (int, error) { return 1, nil }

func take(a int, e error) {}

func assign() int       { a, _ := two(); return a }
func ret() (int, error) { return two() }
func pass()             { take(two()) }
func two2() (int, int)  { a, b := 1, 2; return b, a }

func main() {}

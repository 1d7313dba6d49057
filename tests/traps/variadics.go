// No extra arguments means nil and no "... argument" line; f(xs...) has none either.
package main

import "fmt"

//go:noinline
func v(a ...any) {}

func main() {
	n := 1
	n++
	v()
	v(nil)
	v(n, "s")
	v([]any{n}...)
	fmt.Println(n)
	fmt.Println()
}

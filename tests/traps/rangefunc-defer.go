// Defer in a range-over-func body makes the function uninlinable with its own reason
// and captures a hidden #defers token without position.
package main

import "iter"

//go:noinline
func seq() iter.Seq[int] { return nil }

func f() {
	for x := range seq() {
		defer println(x)
	}
}

func main() {}

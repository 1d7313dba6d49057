// Range over an unknown iterator moves every variable the body writes to the heap,
// plus the hidden #state and #next; #next has no position at all.
package main

import "iter"

//go:noinline
func seq() iter.Seq[int] { return nil }

func sum() (t int) {
	for x := range seq() {
		t += x
	}
	return
}

func find(k int) int {
	for x := range seq() {
		if x == k {
			return x
		}
	}
	return -1
}

func main() {}

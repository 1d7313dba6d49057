// When the iterator and the body inline, the range body literal prints nothing, while
// the iterator's own literal still does; the body's parameter is repeated per copy.
package main

import "iter"

var g *int

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func sum() (t int) {
	for x := range count(3) {
		t += x
	}
	return
}

func leak() {
	for x := range count(3) {
		g = &x
	}
}

func main() {}

// A per-iteration loop variable captured by a closure inside a nested loop is
// "reassigned", hence captured by reference and moved to the heap; copying it fixes it.
package main

var sf func()

func same() {
	for i := range 3 {
		sf = func() { println(i) }
	}
}

func nested() {
	for i := range 3 {
		for j := 0; j < 1; j++ {
			sf = func() { println(i) }
		}
	}
}

func copied() {
	for i := range 3 {
		i := i
		for j := 0; j < 1; j++ {
			sf = func() { println(i) }
		}
	}
}

func main() {}

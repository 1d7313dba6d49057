// Only capturing literals are "closures" for the call graph; a literal without
// captures is a function of its own and is reported before its parent.
package main

func f(y int) (func() int, func() int) {
	return func() int { return 1 }, func() int { return y }
}

func main() {}

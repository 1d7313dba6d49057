// A never-reassigned local with a constant initialiser is replaced by the literal
// in the decision line; the -m=2 explanation printed earlier still shows the variable.
package main

var sink any

func f() {
	x := 5
	sink = x
	y := 6
	y++
	sink = y
	var z int
	sink = z
	w := x
	sink = w
}

func main() {}

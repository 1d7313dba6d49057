// A slice literal, string concatenation or conversion assigned to an interface
// prints two identical lines (backing store and interface data).
package main

var sink any

func f(x, y string, b []byte) {
	sink = []string{x}
	sink = x + y
	sink = string(b)
	panic(x + y)
}

func main() {}

// Zero-sized, one-byte and constant values converted to an interface print
// "escapes to heap" although no allocation happens at run time.
package main

var sink any

func f(b byte, c bool) {
	sink = struct{}{}
	sink = [0]int{}
	sink = b
	sink = c
	sink = "lit"
	sink = 42
}

func main() {}

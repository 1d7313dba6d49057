// Constants print their evaluated value, with a type only if it is not the default one.
package main

var sink any

const named = 1 << 10

func f() {
	sink = 'a'
	sink = 3.14159265358979
	sink = 1e100
	sink = 2i
	sink = uint8(3)
	sink = float32(2)
	sink = named
	sink = len("abc")
	sink = "a" + "b"
	sink = -3
	sink = true && !false
}

func main() {}

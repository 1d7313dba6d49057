// Each shape instantiation and each non-shaped wrapper prints its own lines: at the
// body position, and again at the function's name position for the wrapper.
package main

var sink any

func Box[T any](v T) { sink = v }

func main() {
	x := 1
	Box(1)
	Box("s")
	Box(&x)
}

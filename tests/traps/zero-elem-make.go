// Make of a slice with zero-sized elements always "escapes".
package main

func main() {
	s := make([]struct{}, 10)
	t := make([][0]int, 3)
	println(len(s), len(t))
}

// "append escapes to heap" is printed, but the later slice pass gives the append a
// stack buffer and moves the result to the heap at the return.
package main

//go:noinline
func f(n int) []int {
	var s []int
	for i := range n {
		s = append(s, i)
	}
	return s
}

func main() {}

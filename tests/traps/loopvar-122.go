// Same program as 071 with per-iteration variables: the variable moves to the heap.
package main

func f() int {
	var p *int
	for i := 0; i < 3; i++ {
		p = &i
	}
	return *p
}

func main() {}

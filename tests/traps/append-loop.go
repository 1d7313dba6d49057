// Append's backing store is outside every loop, make's is not.
package main

func f() int {
	var s, t []int
	for i := 0; i < 3; i++ {
		s = append(s, i)
		t = make([]int, 3)
	}
	return len(s) + len(t)
}

func main() {}

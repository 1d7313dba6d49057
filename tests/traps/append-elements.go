// Appended pointers always escape, and the contents of the appendee leak to the heap.
package main

func one() {
	x := 1
	var s []*int
	s = append(s, &x)
	_ = s
}

func grow(s []*int, p *int) []*int { return append(s, p) }
func growi(s []int, n int) []int   { return append(s, n) }
func cat(s, t []*int) []*int       { return append(s, t...) }

func main() {}

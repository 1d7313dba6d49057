// Make with a provably constant local length becomes a constant make, which may
// turn "does not escape" into "too large for stack".
package main

func dyn(n int) int { s := make([]int, n); return len(s) }

func constant() int {
	n := 10
	s := make([]int, n)
	big := 10000
	t := make([]int, big)
	l := []int{1, 2, 3}
	u := make([]int, len(l))
	return len(s) + len(t) + len(u)
}

func main() { println(dyn(10000000), constant()) }

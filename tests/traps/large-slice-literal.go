// The implicit-variable size limit does not apply to slice literals.
package main

func f() int {
	s := []int{200000: 1}
	return len(s)
}

func main() {}

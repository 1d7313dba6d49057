// Recursion does not prevent inlining; a recursive call is expanded once per site and
// then stopped. In a cycle the cost depends on which function is visited first.
package main

func fact(n int) int {
	if n <= 1 {
		return 1
	}
	return n * fact(n-1)
}

func even(n int) bool {
	if n == 0 {
		return true
	}
	return odd(n - 1)
}

func odd(n int) bool {
	if n == 0 {
		return false
	}
	return even(n - 1)
}

func main() { println(fact(3), even(4)) }

// An explicit conversion T(x) is positioned at its operand, not at T or at "(".
package main

var sink any
var sb []byte

func f(n int, s string) {
	sink = any(n)
	sb = []byte(s)
	sb = append([]byte(s), 'x')
	sink = string([]byte(s))
}

func main() {}

// String->[]byte conversions that are never mutated print a second line.
package main

//go:noinline
func ro(b []byte) int { return len(b) }

//go:noinline
func rw(b []byte) { b[0] = 1 }

func a(s string) int { return ro([]byte(s)) }
func b(s string)     { rw([]byte(s)) }
func c(s string) (n int) {
	for _, x := range []byte(s) {
		n += int(x)
	}
	return
}
func d(s string) { b := []byte(s); copy(b, "x") }
func e() int     { return ro([]byte("const")) }

func main() {}

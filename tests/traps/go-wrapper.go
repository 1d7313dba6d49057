// Go f(x) captures its arguments in a wrapper closure that escapes; -m=2 explains
// it but no decision line is printed for the wrapper itself.
package main

//go:noinline
func use(p *int, a ...any) {}

func main() {
	x, n := 1, 2
	go use(&x, n)
	go func() { println(n) }()
}

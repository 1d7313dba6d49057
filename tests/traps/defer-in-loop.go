// Defer arguments and closures live on the stack only at loop depth 1; the wrapper
// made for a call with arguments never gets a decision line.
package main

//go:noinline
func use(p *int) {}

func top() {
	x := 1
	defer use(&x)
	defer func() { use(&x) }()
}

func loop() {
	for i := 0; i < 2; i++ {
		x := i
		defer use(&x)
		y := i
		defer func() { use(&y) }()
	}
}

func main() {}

// Closures have budget 800 and are inlined when called once; called twice the limit
// is 160; a direct call inside the cost visitor is still charged at the 160 limit.
package main

//go:noinline
func w(int) {}

func once() {
	f := func() { w(1); w(2); w(3); w(4) }
	f()
}

func twice() {
	f := func() { w(1); w(2); w(3); w(4) }
	f()
	f()
}

func small() {
	f := func() { w(1); w(2) }
	f()
	f()
}

func main() {}

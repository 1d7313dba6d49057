// Receivers that are call results, and go/defer receivers, are copied to autotmps
// before devirtualization, and the message prints the autotmp.
package main

type I interface{ M(*int) }
type A struct{}

func (A) M(*int) {}

func mk() I { return A{} }

func f() {
	x := 1
	mk().M(&x)
	var i I = A{}
	defer i.M(&x)
	i.M(&x)
}

func main() {}

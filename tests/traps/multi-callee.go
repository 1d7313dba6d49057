// (new in 1.27): a func variable whose plain assignments are all known functions is
// resolved to the set of them; any other form of assignment loses it.
package main

var sink *int

//go:noinline
func a(p *int) {}

//go:noinline
func b(p *int) {}

//go:noinline
func leaks(p *int) { sink = p }

func f(k bool) {
	var h func(*int)
	if k {
		h = a
	} else {
		h = b
	}
	x := 1
	h(&x)
	i := a
	if k {
		i = leaks
	}
	y := 1
	i(&y)
	var j func(*int)
	j, k = a, false
	z := 1
	j(&z)
	t := []func(*int){a}
	v := 1
	t[0](&v)
}

func main() {}

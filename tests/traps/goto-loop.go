// A label with a backward goto raises the loop depth for the rest of the block;
// a forward goto or a labelled for does not.
package main

func back() int {
	var p *int
	i := 0
L:
	x := i
	p = &x
	i++
	if i < 3 {
		goto L
	}
	return *p
}

func fwd() int {
	var p *int
	i := 0
	goto L
L:
	{
		x := i
		p = &x
	}
	return *p
}

func main() {}

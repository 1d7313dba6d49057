// A type switch or assertion on a pointer-shaped type does not dereference, on a
// larger struct it does; hence "leaking param" versus "leaking param content".
package main

type N struct {
	p *int
	n int
}

var g *int

func ptr(i any) {
	if p, ok := i.(*int); ok {
		g = p
	}
}

func val(i any) {
	if n, ok := i.(N); ok {
		g = n.p
	}
}

func sw(i any) {
	switch v := i.(type) {
	case N:
		g = v.p
	}
}

func main() {}

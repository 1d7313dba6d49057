// What the front end removes before analysis: code after return, panic and goto,
// constant ifs, constant switches, "for false"; not code after an endless loop.
package main

var g *int

const debug = false

func a(p *int) {
	if debug {
		g = p
	}
}
func b(p *int) {
	return
	g = p
}
func c(p *int) {
	panic("x")
	g = p
}
func d(p *int) {
	switch 1 {
	case 1:
	case 2:
		g = p
	}
}
func e(p *int) {
	for false {
		g = p
	}
}
func f(p *int) {
	for {
	}
	g = p
}
func h(p *int) {
	if !debug {
		return
	}
	g = p
}

func main() {}

// A parenthesised condition is not folded, so its dead branch is analysed.
package main

var g *int

func folded(p *int, c bool) {
	if c && false {
		g = p
	}
}

func kept(p *int, c bool) {
	if (c && false) {
		g = p
	}
}

func main() {}

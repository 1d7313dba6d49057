// Whether a struct is stored directly in an interface depends on layout only:
// size == pointer size and pointer data == pointer size. Field order matters.
package main

type D1 struct{ p *int }
type D2 struct {
	_ struct{}
	p *int
}
type D3 struct {
	p *int
	_ struct{}
}
type D4 [1]struct{ m map[int]int }
type D5 struct{ u uintptr }

var sink any

func f(p *int) {
	sink = D1{p}
	sink = D2{p: p}
	sink = D3{p: p}
	sink = D4{}
	sink = D5{1}
	sink = p
}

func main() {}

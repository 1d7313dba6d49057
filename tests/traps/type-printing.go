// Types print as the compiler sees them: alias any, interface {}, []byte vs []uint8,
// function-local types without scope, tags quoted, parentheses around unnamed conversions.
package main

type F func(int) int

var sink any

func f(s string, p *[3]int) {
	type L struct{ x int }
	sink = L{1}
	sink = &L{1}
	sink = []interface{}{}
	sink = []any{}
	sink = []byte{1}
	sink = []uint8{1}
	sink = struct {
		A int `json:"x"`
	}{1}
	sink = F(func(i int) int { return i })
	sink = []rune(s)
	sink = *p
	sink = (*p)[1]
}

func main() {}

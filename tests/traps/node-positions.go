// Every node is positioned at its distinguishing token: call "(", literal "{",
// selector ".", index "[", binary operator, assignment operator.
package main

type T struct{ a, b int }

func (t T) M() int { return t.a }

var sink any
var fn func() int

func f(x, y int, s string, m map[string]int, t T, a []int) {
	sink = x + y*2
	sink = T{x, y}
	sink = &T{x, y}
	sink = m[s]
	sink = t.b
	sink = a[1:2]
	sink = make([]int, x)
	sink = new(T)
	sink = -x
	fn = t.M
	sink = "a" + s + "b"
	sink = func() { println(x) }
}

func main() {}

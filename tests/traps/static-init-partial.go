// Static initialisation works piece by piece: an outer literal becomes data even if a
// leaf is dynamic; a call qualifies only if its body is one return and each argument is used
// at most once or is repeatable, and has no side effects.
package main

type T struct {
	p *int
	q []int
	m map[string]int
}

//go:noinline
func dyn() int { return 1 }

func one(n int) *T             { return &T{q: []int{n}} }
func two(n int) *T             { t := &T{q: []int{n}}; return t }
func named() (t *T)            { t = &T{}; return }
func pair(x *int) [2]*int      { return [2]*int{x, x} }
func iface(x int) any          { return x }
func closure(x int) func() int { return func() int { return x } }

var g int

var (
	a     = &T{p: new(int)}
	b     = &T{q: []int{dyn()}}
	c     = []any{1, dyn(), "x", &g}
	d     = one(3)
	e     = two(3)
	f     = named()
	h     = pair(&g)
	i     = pair(new(int))
	j     = iface(5)
	k     = iface(dyn())
	l     = closure(3)
	m     = &T{m: map[string]int{"a": 1}}
	n any = dyn()
	o     = a
	p any = *a
	_     = &T{}
)

func main() {}

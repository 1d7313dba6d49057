// Package-level initialisers that become static data print nothing, including calls
// that inline to a single return; maps, new, make and calls that stay dynamic do print.
package main

import "errors"

type T struct{ a, b int }

func mk() *T { return &T{3, 4} }

var (
	a     = &T{1, 2}
	b     = []int{1, 2, 3}
	c any = 5
	d any = T{1, 2}
	e     = func() int { return 1 }
	f     = mk()
	g     = []byte("abc")
	h     = errors.New("x")
	i     = map[string]int{"a": 1}
	j     = new(int)
	k     = make([]int, 10)
	l     = new(7)
)

func main() {}

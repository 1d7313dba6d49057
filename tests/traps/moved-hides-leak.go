// A parameter that is itself moved to the heap prints "moved to heap" and no leak line;
// unnamed, blank and pointer-free parameters print nothing.
package main

var g *[2]*int

func moved(a [2]*int, n int, _ *int) { g = &a }

func unnamed(*int, int) {}

type T struct{ p *int }

func (T) norecv() {}
func (t T) recv() {}

func main() {}

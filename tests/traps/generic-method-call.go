// A method call on a type-parameter value goes through the dictionary: receiver and
// arguments escape, even for a concrete, inlinable, non-escaping method.
package main

type S interface{ Do(p *int) }

type V struct{ n int }

func (v V) Do(p *int) {}

type P struct{ n int }

func (v *P) Do(p *int) {}

func Gen[T S](v T) { x := 1; v.Do(&x) }

func Iface(v S) { x := 1; v.Do(&x) }

func Direct(v V) { x := 1; v.Do(&x) }

func main() { Gen(V{}); Gen(&P{}) }

// Assorted statement and builtin rules.
package main

func minimum(s, t string) string { return min(s, t) }

func sel(c chan *int, d chan int) {
	x, y := 1, 2
	select {
	case c <- &x:
	case v := <-d:
		_ = v
	default:
		_ = &y
	}
}

func clr(m map[*int]int, s []*int) { clear(m); clear(s) }

func cp(d, s []*int, e []int) { copy(d, s); copy(e, e) }

func rangeArrayPtr(a *[3]*int) *int {
	for _, v := range a {
		return v
	}
	return nil
}

func rangeArray(a [3]*int) *int {
	for _, v := range a {
		return v
	}
	return nil
}

func toArray(s []*int) [2]*int     { return [2]*int(s) }
func toArrayPtr(s []*int) *[2]*int { return (*[2]*int)(s) }

func zeroSize() any { return &struct{}{} }

func pan() { x := 1; panic(&x) }

func swtch(e any, p *int) bool {
	switch e {
	case p:
		return true
	}
	return false
}

func main() {}

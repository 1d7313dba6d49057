// A closure may return the address of an outer local as long as all its calls are
// known; passing the closure away loses that.
package main

//go:noinline
func use(f func() *int) { f() }

func known(k bool) int {
	u := 1
	fn := func() *int { return &u }
	if k {
		fn = nil
	}
	return *fn()
}

func lost() {
	u := 1
	fn := func() *int { return &u }
	use(fn)
	var s []*int
	s = append(s, fn())
	_ = s
}

func main() {}

// Generic functions never print leak tags, and an uninstantiated one prints nothing.
package main

var g any

//go:noinline
func Leak[T any](p *T) { g = p }

//go:noinline
func Keep[T any](p *T) {}

//go:noinline
func Ret[T any](p *T) *T { return p }

func Unused[T any](p *T) *T { return new(T) }

//go:noinline
func plain(p *int) *int { return p }

func main() {
	var x, y, z int
	Leak(&x)
	Keep(&y)
	_ = Ret(&z)
	plain(nil)
}

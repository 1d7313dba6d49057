package p

import "fmt"
import . "math"
import _ "os"
import (
	x "a/b"
	`raw`
	"c"; "d"
)
import ()

type A int
type B = int
type C struct{}
type D struct {
	a, b int
	c    string `tag:"x"`
	d    *T "tag\n"
	E
	*F
	pkg.G
	*pkg.H `x`
	I[int]
	*J[int, string]
	pkg.K[int]
	_ int
	e []int
	f [3]int
	g map[string]int
	h func(int) (a, b string)
	i chan int
	j interface{ M() }
	k struct{ x int; y string }
	l [n]T
	m [n * 2]T
	n *[]*T
	o (T)
	p [a.b]T
	q T[int]
	r T[[]int]
	s []T[int]
	t [N]T[int]
	u <-chan int
	v [len(x)]byte
	w [1 << 3]byte
}
type F struct { a int; b string; }
type F2 struct { a int; b string }
type G interface {
	M()
	N(int, string) error
	O(a, b int, c ...string) (d, e int)
	fmt.Stringer
	~int | ~string
	int
	*T
	[]byte | map[string]int
	T[int]
	~[]byte
	interface{ X() }
	P() ; Q()
	comparable
	chan int | func()
	~struct{ x int }
	pkg.T[int] | A
	(int)
}
type H func(a, b int, c string, d ...T) (e, f int, err error)
type H2 func(int, ...string) int
type H3 func() func() func(int) (int, string)
type H4 func(func(int) string, ...func()) (func(), error)
type H5 func(a, b, pkg.T, *c, []d, map[e]f, chan g, func(), struct{}, interface{})
type H6 func(a, b func(x, y int))
type H7 func(...T)
type H8 func(x ...T)
type H11 func(T[int], pkg.T[int], []T[int])
type H12 func(a [n]T, b []T, c [n]pkg.T)
type H13 func([n]T, [2]T)
type H14 func((int), (a.b))
type H15 func(_ int, _ string)
type H16 func(a, b int,)
type H17 func(
	a int,
	b string,
) (
	c int,
)
type I chan int
type I1 <-chan int
type I2 chan<- int
type I3 chan (<-chan int)
type I4 chan<- chan int
type I5 chan<- <-chan int
type I6 <-chan <-chan int
type I7 <-chan chan<- int
type I8 chan chan<- chan int
type I9 chan<- (chan int)
type I10 (<-chan (chan<- int))
type I11 chan <-chan int
type I12 chan []<-chan func() <-chan int
type I13 chan func()
type I14 chan struct{}
type J map[string]map[int][]string
type J1 map[[2]int]func()
type J2 map[struct{ x int }]interface{}
type J3 map[K[int]]V[string]
type J4 map[*T]chan T
type K *int
type K1 **T
type K2 *[]*map[*K]*V
type K3 (int)
type K4 *(T)
type L []int
type L1 [][]int
type L2 [3][]int
type L3 [n]int
type L4 [a.b]int
type L5 [a + b]int
type L6 [f(x)]int
type L7 [len("abc")]int
type L8 [n * m]int
type L9 [(n)]int
type L10 [-n]int
type L11 ['a']int
type L12 [n][m]int
type L13 [P *C]int
type L14 [P * C]int
type L15 [P*C - 1]int
type L16 [x | y]int
type L17 [P(x)]int
type L18 [unsafe.Sizeof(x)]int
type L19 [len([]int{1, 2})]int

type M[P any] struct{ x P }
type M1[P any, Q comparable] map[P]Q
type M2[P, Q any] func(P) Q
type M3[P *T,] int
type M4[P *T, Q any] int
type M5[P interface{ *T }] int
type M6[P ~int] int
type M7[P ~int | ~string] int
type M8[P int | string] []P
type M9[P *C | Q] int
type M10[P *C,] int
type M11[P []int] int
type M12[P [3]int] int
type M13[P func(int)] int
type M14[P map[K]V] int
type M15[P chan int] int
type M16[P pkg.C] int
type M17[P C[int]] int
type M18[P C[P]] int
type M19[P C[P, Q], Q any] int
type M20[P interface{}] int
type M21[P *struct{}] int
type M22[P *T | *U] int
type M23[P any] = []P
type M24[P, Q any] = map[P]Q
type M25[_ any] int
type M26[P any,] int
type M27[
	P any,
	Q any,
] int
type M28[P, Q, R interface{ M(); ~int }] struct{}
type M29[P ~*T] int
type M30[P ~[]E, E any] []P
type M31[P (C)] int
type M32[P *C[int]] int
type M33b[P *pkg.C[int]] int
type M33c[P *C[int] | ~D] int
type M33d[P *pkg.C] int
type M33e[P *C[int],] int
type M33f[P *(C)] int
type M33h[P *[]C] int
type M33i[P (*C)] int
type M33j[P *C{}.x] int
type M33k[P *C(x)] int
type M33[P <-chan int] int
type M34[P struct{ x int }] int
type M35[T any] interface{ *T; M() }
type M36[T M35[T]] T2[T]

var a int
var b, c = 1, 2
var (
	d    int
	e, f string = "a", "b"
	g    = func() int { return 1 }
	h T[int]
	i []T[int] = nil
	j = map[string]func(){"a": func() {}}
	k, l chan<- int
	m [2]int; n int
	o [n]T
	q *T[int]
	r [n * 2]T[int]
	s func(int) (string, error) = nil
)
var ()
var _ I = (*T)(nil)
var _ = T{}
var t, u = f()
var v interface{ M() } = x

const aa = 1
const bb, cc = 1, 2
const dd int = 3
const (
	ee = iota
	ff
	gg, hh = iota, "x"
	ii, jj
	_, _
	kk T = 1 << iota
	ll
	mm
)
const (
	nn, oo = 1, 2; pp, qq
)
const ()

type (
	X1 int
	X2 = string
	X3[P any] struct{ x P }
	X4 struct {
		X1
	}
)
type (X5 int; X6 string)
type ()

func g1[P any](x P) P { return x }
func g2[P, Q any, R interface{ ~int }](x P, y Q) (r R) { return }
func g3[P *T,](x P) {}
func g4[P *T](x P) {}
func g5[P *T | *U, Q any](x P) {}
func g6[S ~[]E, E cmp.Ordered](x S) {}
func g7[P C[P]](x ...P) {}
func g8[
	P any,
](x P) {}
func g9[P interface{ *T }, Q []int, R map[P]Q]() {}
func h1(a, b int, c ...string) (d int, e error) { return }
func h2(int, string)
func h3() (int, string)
func h4() (a, b int)
func h5() func() (int, error) { return nil }
func h6() (func(), error) { return nil, nil }
func h7() *T { return nil }
func h8() []T { return nil }
func h9() map[a]b { return nil }
func h10() chan int { return nil }
func h11() <-chan int { return nil }
func h12() struct{ x int } { return struct{ x int }{} }
func h13() interface{ M() } { return nil }
func h14() pkg.T { return pkg.T{} }
func h15() T[int] { return T[int]{} }
func h16() pkg.T[int] { return pkg.T[int]{} }
func h17() (T) { return T{} }
func h18() [2]int { return [2]int{} }
func h19() [n]int { return [n]int{} }
func h20(f func(a int, b ...string) error, g func())
func h21(a struct{ x int }, b interface{ M() })
func h22() (x struct{ a int }, y interface{})
func h23() (struct{}, interface{ M() })
func h24(T, U)
func h25(a, b T)
func h26(pkg.T, *U)

type I15 chan <-chan <-chan int
type I16 chan <-chan chan<- <-chan int
type I17 chan (chan <-chan int)
type I18 <-chan <-chan <-chan int
func h27(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r uintptr) (s, t, u, v, w, x, y, z, aa, bb, cc error)
func h28(a, b, c, d, e, f, g, h, i, j, k, l, m, n *T, o ...pkg.U) (a, b, c, d, e, f, g, h, i, j, k, l, m, n)

type M33[a, b, c, d, e, f, g, h, i, j, k, l, m any, n, o, p interface{ ~int }] struct {
	a, b, c, d, e, f, g, h, i, j, k, l, m, n, o int
}

package p

func conversions(x any, p *int) {
	_ = *(*[]int)(nil)
	_ = *T(x)
	*(*struct{ p *byte })(x).p = 1
	*(*[]int)(x)[0] = 2
	_ = *(**T)(x).f()[1:].(T)
	_ = **(***func())(x)(1)
	_ = <-chan int(x).y
	_ = *(*T)(x).f + *(*[]int)(y)[i]
	_ = *(*T)(x) + *(*T)(y)
	_ = (*T)(x)
	_ = **(**T)(nil)
	_ = &*(*T)(nil)
	_ = <-chan int(nil)
	_ = (<-chan int)(nil)
	_ = (chan<- int)(nil)
	_ = chan<- int(nil)
	_ = <-(chan int)(nil)
	_ = <-c
	_ = <-<-c
	_ = <-chan <-chan int(c)
	_ = *<-chan chan int(c)
	_ = []<-chan chan<- chan int(c)
	_ = <-<-chan <-chan int(c)
	_ = (<-c).x
	_ = (func())(x)
	_ = (func() int)(x)()
	_ = func() int { return 1 }()
	_ = interface{}(x)
	_ = interface{ M() }(x)
	_ = struct{}{}
	_ = struct{ a int }(x)
	_ = []byte("s")
	_ = [...]int{1, 2}
	_ = [2]int{}[0]
	_ = []int{}[1:2:3]
	_ = map[string]int{"a": 1}["a"]
	_ = map[string]int(nil)
	_ = []func(){func() {}}
	_ = []func() int{}
	_ = -x.(T).y
	_ = !*p
	_ = ^-+x
	_ = p.q.r[1][2:][:3][:].s
	_ = x.([]int)
	_ = x.(func(int) string)
	_ = x.(interface{ M() })
	_ = x.(*pkg.T[int])
	_ = pkg.T{}
	_ = &pkg.T[int]{X: 1}
	_ = []pkg.T[int]{}
	_ = (T{}).x
	_ = (T)
	_ = ((((x))))
}

func generics() {
	a[b](c)
	f[T](x)
	f[T, U](x)
	f[[]T](x)
	f[*T](x)
	f[func(int) string](x)
	f[map[K]V, chan T](x)
	f[pkg.T](x)
	f[pkg.T[int]](x)
	f[T[U[V]]](x)
	f[interface{ M() }](x)
	f[struct{ x int }]()
	_ = f[T]
	_ = f[T, U]
	_ = f[[]T]
	_ = T[int]{1}
	_ = T[int, string]{a: 1}
	_ = T[int]{}.x
	_ = &T[[]int]{}
	_ = T[*P](x)
	_ = x[*p](y)
	_ = x[i](y)[j](z)
	_ = x[i*j](y)
	_ = x[-i](y)
	_ = x[f(i)](y)
	_ = x[(i)](y)
	_ = x[i.j](y)
	_ = x[i][j][k]
	_ = x[i+1:j](y)
	_ = pkg.F[T](x)
	_ = x.m[T](x)
	_ = a < b
	_ = (a < b) == (c > d)
	_ = a < b && c > (d)
	f(a < b, c > (d))
	f(a < b, c > d)
	f(a[b], c[d](e))
	w(x[y], z)
	f[T](x)[i]
	f[T](x).y
	f[T]{x}.y()
	new(T)
	new([]T)
	new(5)
	new(*p)
	new(f(x))
	new(x + 1)
	new([]int{1})
	new([]byte(s))
	new(func() int { return 1 }())
	new(func() int)
	new(func(int))
	new(chan (T))
	new(<-c)
	new(<-chan int)
	new(-x)
	new(&T{})
	new("s")
	new(*T)
	new(**T)
	new(a.b)
	new(a.b[int])
	new(a.b[int](x))
	new((T))
	new(struct{ f func() })
	new(struct{ f int }{1})
	new(struct{ int }(x))
	new(map[K]V{k: v})
	new(map[K]V)
	new([3]int)
	new([len(x)]int)
	new([...]int{1}[0])
	new(interface{ M() })
	new(interface{}(x))
	new(!x)
	new(x && y)
	new(T{})
	new(T{}, 1)
	new()
	new
	make([]T, n)
	make(chan int)
	make(chan<- int, 1)
	make(map[string][]int, 5)
	make(T)
	make(T, 1, 2)
	x.new(5)
	x.make(5)
}

func operators(a, b, c int) {
	_ = a + b*c - a/b%c
	_ = a<<b | c&^a ^ b
	_ = a || b && c == a != b
	_ = a*-b + +c - -a
	_ = a &^ b & c
	_ = *p * *q
	_ = a & &b
	_ = a - -b
	_ = <-a + <-b
	_ = a ==
		b
	_ = a +
		b
	x.
		y.
		z()
	a -= b
	a &^= b
	a <<= b
	a >>= b
	a %= b
	a ^= b
	a |= b
	a &= b
	a++
	b--
	*p++
	p.x--
	(*p)[i]++
	c <- a
	c <- <-d
	c <- func() {}
	c <- a + b
}

func literals() {
	_ = 0x_1F
	_ = 0b1010_1010
	_ = 0o17
	_ = 017
	_ = 1_000_000
	_ = .5
	_ = 5.
	_ = 1e10
	_ = 1E-10
	_ = 0x1p-2
	_ = 0X1.8P+3
	_ = 0x.8p0
	_ = 3i
	_ = .5i
	_ = 1e3i
	_ = 0x1i
	_ = 0b1i
	_ = 0x1p2i
	_ = 08i
	_ = 'a'
	_ = '\''
	_ = '\\'
	_ = '\n'
	_ = '\x00'
	_ = '\377'
	_ = '\u1234'
	_ = '\U0010ffff'
	_ = '世'
	_ = "\"\\\a\b\f\v\x41\101\u00e9"
	_ = ""
	_ = "`"
	_ = "//"
	_ = "/*"
	_ = ``
	_ = `"\`
	_ = `// /* */
`
	_ = 'x'+1
	_ = ident世界
	_ = _ñ1
	_ = 1.e+0
	_ = 1..x
	_ = 0.i
	_ = x.y.z
	_ = 5.5.x
}

func composites() {
	_ = T{1, 2}
	_ = T{1, 2,}
	_ = T{a: 1, b: {2}, c: {d: 3}}
	_ = [][]int{{1}, {2, 3}, {}}
	_ = map[T]U{{1}: {2}, {a: 3}: 4}
	_ = map[string]*T{"a": {}, "b": &T{}}
	_ = [...]string{0: "a", 5: "b", len(x): "c"}
	_ = T{
		a: 1,
		// comment
		b: 2, /* c */
	}
	_ = struct {
		a, b int
	}{1, 2}
	_ = []struct{ a int }{{1}, {a: 2}}
	_ = []*[]T{{{}}}
	_ = T{f: func() {}}
	_ = T{U{V{}}}
	_ = T{x[y]: z}
	_ = T{x.y: z, (a): b, f(): g()}
	_ = [n]T{}
	_ = [n + 1]T{}
	_ = [a.b]T{}
	_ = [2][3]int{}
	_ = chan int(nil)
	_ = func(a int, b ...string) (c, d int) { return }
	_ = func(int, ...string) (x T) { return }(1)
	f(x...)
	f(a, b...)
	f(a, b...,)
	f(a, []T{}...)
	f(
		a,
		b,
	)
	f(func() {
		g()
	})
	f()()()
	(f)()
	(f())
	f(T{})
	f(struct{}{}, []int{}, map[a]b{}, func() {}, [1]int{})
}

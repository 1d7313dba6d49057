package p

func headers() {
	if x := (T{}); x == (T{1}) {
	}
	if (x == T{}) {
	}
	if f(T{}) {
	}
	if x[T{}] {
	}
	if f(func() bool { return T{} == x }) {
	}
	if a := []int{1}; true {
	}
	if x == [2]int{} {
	}
	if _, ok := m[K{1}]; ok {
	} else if x := f(); x {
	} else if y {
	} else {
	}
	if f := func() T { return T{} }; f() == x {
	}
	if x := struct{ a int }{1}; x.a == 1 {
	}
	if struct{}{} == x {
	}
	if interface{}(x) == y {
	}
	if a < b {
	}
	if x[i] == T(y) {
	}
	if x := <-c; x {
	}
	if c <- x; true {
	}
	if x++; true {
	}
	if ; x {
	}
	if a[b] {
	}
	if !a[b].c {
	}
	if x.(T) {
	}
	for a < b {
	}
	for x := range (T{}) {
	}
	for x := range []T{{1}, {2}} {
	}
	for range x {
	}
	for range 10 {
	}
	for range f {
	}
	for range f() {
	}
	for i := range 10 {
	}
	for i := range f(T{}) {
	}
	for a, b = range x {
	}
	for a = range x {
	}
	for a[i], b.c = range x {
	}
	for *p = range x {
	}
	for _, _ = range x {
	}
	for range []int{1} {
	}
	for range map[a]b{} {
	}
	for range func(yield func(int) bool) {} {
	}
	for {
	}
	for ;; {
	}
	for x {
	}
	for ; x; {
	}
	for i := 0; ; {
	}
	for i := 0; i < 10; i++ {
	}
	for i, j := 0, 1; i < j; i, j = i+1, j-1 {
	}
	for ; ; i++ {
	}
	for i := (T{}); i < x; {
	}
	for <-c {
	}
	for x := <-c; ; {
	}
	for (<-c).x {
	}
	for i = 0; i < 5; i += 2 {
	}
	for f(); g(); h() {
	}
	for range ch {
	}
	for x := range <-c {
	}
	for range <-c {
	}
	for x = range *p {
	}
}

func switches(x any) {
	switch {
	}
	switch x {
	}
	switch x := f(); x {
	}
	switch x := f(); {
	}
	switch ; {
	}
	switch ; x {
	}
	switch f(); {
	}
	switch f(); x {
	}
	switch x.(type) {
	}
	switch x := x.(type) {
	}
	switch x := f(); x.(type) {
	}
	switch x := f(); y := x.(type) {
	}
	switch f(); x.(type) {
	}
	switch ; x.(type) {
	}
	switch y := f(T{}).(type) {
	}
	switch (T{}).x.(type) {
	}
	switch f().g[1].(type) {
	case int, string:
	case nil:
	case *T, []T, map[a]b, func(int) string, chan<- int, interface{ M() }, struct{ x int }:
	case pkg.T, *pkg.T[int], T[int, string]:
	case (int):
	case func():
	case <-chan int:
	case [3]int:
		f()
	default:
	}
	switch x {
	case 1, 2, 3:
		f()
		fallthrough
	case T{}:
	case a < b, c > d:
	case f(x), x[i], x.y:
	case func() int { return 1 }():
	case <-c:
	case []int{1}[0]:
	default:
		g()
	case 4:
	}
	switch x := 5; {
	case x > 3:
		switch {
		case true:
			break
		}
	}
	switch a[b] {
	}
	switch a == b {
	}
	switch (x) {
	case (1):
	}
	switch x := x.(T); x {
	}
	switch x.(T) {
	}
	switch <-c {
	}
	switch x := (<-c).(type) {
	}
	switch c <- x; {
	}
	switch f(func() { switch x.(type) {} }) {
	}
}

func selects() {
	select {}
	select {
	default:
	}
	select {
	case <-c:
	case x := <-c:
		f(x)
	case x, ok := <-c:
	case x = <-c:
	case x[i], ok = <-c:
	case c <- x:
	case c <- f(T{}):
	case (<-c):
	case *p = <-f():
	case <-f(x):
	case c <- <-d:
	case x := (<-c):
	default:
		return
	}
}

func labels() {
L:
	for {
		break L
		continue L
		goto L
	}
M:
	f()
	{
	N:
	}
O: P: Q:
	switch {
	}
	switch {
	case x:
	case y:
	S: f()
	default:
	T:
	}
	select {
	case <-c:
	U:
	}
	func() {
	V:
	}()
	if x {
		goto W
	}
W: {
	}
X: ;
Y:
}

func simple() (a, b int) {
	var x int
	var y, z = 1, 2
	var (
		u    int
		v, w string = "a", "b"
		_    = f()
	)
	var ()
	const c = 1
	const (
		d = iota
		e
		_
		g, h = iota, iota + 1
		i, j
		k float64 = 2
		l
	)
	const ()
	type T int
	type U = T
	type (
		V struct{ x int }
		W[P any] []P
		X[P any] = []P
	)
	type ()
	go f()
	go func() {}()
	defer f()
	defer func() { recover() }()
	go x.y[T](z)
	return
	return a
	return a, b
	return f(T{}), func() {}
	;
	;;
	{ }
	{ f(); g() }
	{ f(); g(); }
	if x { f() } else { g() }
	for x { f() }
	a, b := f()
	a, b = b, a
	x.y, z[i] = 1, 2
	*p, (q) = 1, 2
	_ = x
	f(); g()
	x = y; return
	break
	continue
	return func() (int, error) {
		return 1, nil
	}()
	<-c
	(<-c)
	x := <-c
	x, ok := <-c
	x, ok := y.(T)
	x := []int{}
	x /* a
	*/
	y()
	f( /* x */ a /* y */ , b)
	return /* a
	*/
	x()
	i++ // c
	i++ /* c */
	f() /* a */ /* b
	*/ // c
	g()
	if x /* a */ { /* b */ }
	return a,
		b
	a = b +
		c
	return struct{}{}
	return T{
		1,
	}
}

func oneline() { return }
func oneline2() {}; func oneline3() {}
func /* a */ comments /* b */ ( /* c */ a /* d */ int /* e */ ) /* f */ int /* g */ { /* h */ }

func external(a int) string
func (r *T) external2()
func (T) noname()
func (_ T) blank()
func (r T[P]) gen(x P)
func (r *T[P, Q]) gen2(x P) Q { return r.x }
func (r (T)) paren() {}
func (r *(T)) paren2() {}
func ((T)) paren3() {}
func (*pkg.T) x() {}
func (r T) methods[P any, Q interface{ ~int | string }](x P) (y Q) { f(x); return }
func (r T) methods2[P *int,](x P) {}
func (r T) methods3[P func(int) []string, Q map[P]struct{ x P }](x P) {}
func (r T) methods4 /* a */ [ /* b */ P /* ] */ any] /* c */ (x P) {}
func (r *T[_]) Methods5[
	P any,
	Q any,
]() {
}
func init() {}
func main() {}
func _() {}

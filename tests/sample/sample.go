// Package sample allocates in the ways that Go programmers meet first.
package sample

import "fmt"

// Point is two words.
type Point struct{ X, Y int }

// NewPoint returns a pointer to its local variable.
func NewPoint(x, y int) *Point {
	p := Point{X: x, Y: y}
	return &p
}

// MakePoint returns the value itself.
func MakePoint(x, y int) Point {
	return Point{X: x, Y: y}
}

// Sum only looks at what it is given.
func Sum(points []*Point) (sum int) {
	for _, p := range points {
		sum += p.X + p.Y
	}
	return sum
}

// Counter returns a function that outlives it, and with it the variable that it counts in.
func Counter() func() int {
	n := 0
	return func() int {
		n++
		return n
	}
}

// Print boxes its argument for fmt.
func Print(n int) {
	fmt.Println("n =", n)
}

// Buffers makes a slice of known size, one that is too large and one of unknown size.
func Buffers(n int) int {
	small := make([]byte, 64)
	large := make([]byte, 1<<20)
	some := make([]byte, n)
	return len(small) + len(large) + len(some)
}

// Shape is implemented by Square.
type Shape interface{ Grow(by *int) }

// Square grows.
type Square struct{ side int }

// Grow adds to the side.
func (s *Square) Grow(by *int) { s.side += *by }

// Known calls a method that can only be Square's; Unknown cannot tell whose it calls.
func Known() int {
	by := 1
	var s Shape = &Square{}
	s.Grow(&by)
	return by
}

// Unknown passes a pointer to a method that may keep it.
func Unknown(s Shape) int {
	by := 1
	s.Grow(&by)
	return by
}

// Join builds a string that outlives it.
func Join(a, b string) string {
	return a + ", " + b
}

// Start hands a slice to another goroutine.
func Start(done chan<- int) {
	values := []int{1, 2, 3}
	go func() {
		done <- len(values)
	}()
}

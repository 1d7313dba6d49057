// Package sample is opened in editors by tests.
package sample

type Point struct{ X, Y int }

// NewPoint returns the address of p: p has to outlive the call.
func NewPoint(x, y int) *Point {
	p := Point{X: x, Y: y}
	return &p
}

// Square only reads q: it stays on the stack.
func Square(x, y int) int {
	q := &Point{X: x, Y: y}
	return q.X*q.X + q.Y*q.Y
}

// Box makes an interface of n.
func Box(n int) any {
	return n
}

// Fill makes a slice whose size is known when it runs.
func Fill(n int) int {
	b := make([]byte, n)
	return len(b) + Square(3, 4)
}

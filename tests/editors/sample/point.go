package sample

type Point struct{ X, Y int }

// NewPoint returns the address of p, so p has to outlive the call.
func NewPoint(x, y int) *Point {
	p := Point{X: x, Y: y}
	return &p
}

// Length only reads q: it stays on the stack.
func Length(x, y int) int {
	q := Point{X: x, Y: y}
	n := 2
	return q.X*q.X + n*q.Y
}

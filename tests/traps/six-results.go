// Only the first five results have leak slots; a flow to result six is a heap leak.
package main

func five(p *int) (a, b, c, d, e *int)   { return nil, nil, nil, nil, p }
func six(p *int) (a, b, c, d, e, f *int) { return nil, nil, nil, nil, nil, p }

func main() {
	x, y := 1, 2
	five(&x)
	_, _, _, _, _, q := six(&y)
	_ = q
}

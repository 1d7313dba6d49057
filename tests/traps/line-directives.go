// //line directives rename positions; without a column in the directive no column is
// printed for the rest of that base.
package main

var sink any

//line foo.go:100
func f(x int) { sink = x }

//line bar.go:200:5
func g(x int) { sink = x }

func main() {}

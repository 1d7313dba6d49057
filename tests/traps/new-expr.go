// `new(expr)` (go1.26) is &temporary: it is reported as an escaping variable with a
// compiler-made name, and silent when it does not escape.
package main

func heap() *int { return new(5) }

func stack() int { p := new(5); return *p }

func typed() *int { return new(int) }

func main() {}

// Inlining makes the length constant, so the inlined copy escapes although the
// out-of-line function reports "does not escape".
package main

func mk(n int) int { s := make([]int, n); return cap(s) }

func main() { println(mk(20000), mk(3)) }

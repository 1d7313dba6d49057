// S += x has no allocation message at all (it is OASOP, not string addition),
// and leaks its operands to the destination.
package main

func opassign(s, t string) string {
	s += t
	return s
}

func plain(s, t string) string {
	s = s + t
	return s
}

func main() {}

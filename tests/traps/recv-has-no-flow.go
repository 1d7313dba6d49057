// What is received from a channel or read from a map is unrelated to the channel
// or map in the graph; range over a map tracks the value but not the key.
package main

var g *int

func recv(c chan *int)    { g = <-c }
func read(m map[int]*int) { g = m[1] }
func rngk(m map[*int]int) {
	for k := range m {
		g = k
	}
}
func rngv(m map[int]*int) {
	for _, v := range m {
		g = v
	}
}
func rngc(c chan *int) {
	for v := range c {
		g = v
	}
}
func rngs(s []*int) {
	for _, v := range s {
		g = v
	}
}
func idx(s []*int) { g = s[0] }

func main() {}

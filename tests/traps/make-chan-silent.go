// Make(chan) never prints anything; make(map) does.
package main

var gc chan int

func main() {
	gc = make(chan int)
	c := make(chan int, 3)
	m := make(map[int]int)
	println(len(c), len(m))
}

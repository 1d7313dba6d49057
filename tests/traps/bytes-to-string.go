// String(b) in a comparison, switch, map read or range prints "does not escape"
// although no temporary exists; in a map write it "escapes".
package main

var m = map[string]int{}

func cmp(b []byte) bool { return string(b) == "x" }
func get(b []byte) int  { return m[string(b)] }
func put(b []byte)      { m[string(b)] = 1 }
func rng(b []byte) (n int) {
	for range string(b) {
		n++
	}
	return
}

func main() {}

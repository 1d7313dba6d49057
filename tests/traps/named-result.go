// A named result captured by a deferred closure is captured by reference (no heap
// move); capturing it in an escaping closure moves it.
package main

var sf func()

func deferred() (err error) {
	defer func() {
		if err != nil {
			println("x")
		}
	}()
	return nil
}

func escaping() (n int) {
	sf = func() { n++ }
	return 1
}

func main() {}

// X.a = x.b and b.buf = b.buf[i:j] are ignored, with their own message; b.arr[:] is not.
package main

type B struct {
	buf, old []byte
	arr      [8]byte
	next     *B
}

func (b *B) trim()  { b.buf = b.buf[1:] }
func (b *B) swap()  { b.buf, b.old = b.old, b.buf }
func (b *B) array() { b.buf = b.arr[:] }
func (b *B) chain() { b.next = b.next.next }

func main() {}

// Body-less functions and uintptr pragmas have their own message set; the argument
// is copied to an autotmp.
package main

import "unsafe"

//go:linkname memhash runtime.memhash
//go:noescape
func memhash(p unsafe.Pointer, h, s uintptr) uintptr

//go:linkname strhash runtime.strhash
func strhash(p unsafe.Pointer, h uintptr) uintptr

//go:uintptrescapes
func ue(a uintptr, rest ...uintptr) {}

func main() {
	x, y, z := 1, 2, "s"
	ue(uintptr(unsafe.Pointer(&x)))
	memhash(unsafe.Pointer(&y), 0, 8)
	strhash(unsafe.Pointer(&z), 0)
}

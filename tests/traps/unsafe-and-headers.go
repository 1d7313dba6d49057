// A uintptr variable breaks the flow, a uintptr expression does not;
// reflect.StringHeader.Data keeps it.
package main

import (
	"reflect"
	"unsafe"
)

func expr(p *int) *int {
	return (*int)(unsafe.Pointer(uintptr(unsafe.Pointer(p)) + 8))
}

func variable(p *int) *int {
	u := uintptr(unsafe.Pointer(p))
	return (*int)(unsafe.Pointer(u))
}

func hdr(b []byte) (s string) {
	h := (*reflect.StringHeader)(unsafe.Pointer(&s))
	h.Data = uintptr(unsafe.Pointer(&b[0]))
	h.Len = len(b)
	return
}

func ustr(b []byte) string { return unsafe.String(&b[0], len(b)) }

func main() {}

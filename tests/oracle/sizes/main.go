// Command sizes prints how the compiler that built it lays out the types of types.go: a line for
// each with its name, size, alignment, length of the part with pointers, whether an interface
// holds it directly, and the offsets of its fields.
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

// header is the beginning of internal/abi.Type.
type header struct {
	size     uintptr
	ptrBytes uintptr
	hash     uint32
	tflag    uint8
}

// directIface is internal/abi.TFlagDirectIface.
const directIface = 1 << 5

func main() {
	for _, t := range types {
		h := (*[2]*header)(unsafe.Pointer(&t))[1]
		fmt.Print(t.Name(), " ", h.size, " ", t.Align(), " ", h.ptrBytes, " ", h.tflag&directIface != 0)
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				fmt.Print(" ", t.Field(i).Offset)
			}
		}
		fmt.Println()
	}
}

// Constant strings are printed with go/constant's String: truncated to 72
// characters with "..." and no closing quote; concatenation is positioned at its last "+".
package main

var sink any

func f(x string) {
	sink = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	sink = x + "0123456789012345678901234567890123456789012345678901234567890123456789012345" + x
}

func main() {}

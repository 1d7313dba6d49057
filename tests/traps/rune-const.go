// []rune("const") is turned into a slice literal before escape analysis,
// []byte("const") is not.
package main

func r() []rune { return []rune("ab") }
func b() []byte { return []byte("ab") }

func main() {}

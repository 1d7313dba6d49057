// (1.26+): fmt.Errorf itself is inlined, which brings errors.New and its allocation into
// the caller; arguments of fmt functions escape, the argument slice does not.
package main

import "fmt"

func a() error          { return fmt.Errorf("plain") }
func b(n int) error     { return fmt.Errorf("n=%d", n) }
func c(s string) string { return fmt.Sprintf("%s", s) }

func main() {}

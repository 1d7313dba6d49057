// A package-level map literal with at least 20 IR nodes is outlined into map.init.N;
// a smaller one stays in init.
package main

var small = map[string]int{"a": 1}
var large = map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7}

func main() {}

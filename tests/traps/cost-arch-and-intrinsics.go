// Int64(x) of an int is free on 64-bit targets only; intrinsics cost one node and are
// never "inlined"; which functions are intrinsic depends on GOARCH and -race.
package main

import (
	"math/bits"
	"sync/atomic"
)

var n int64

func conv(x int) int64     { return int64(x) }
func conv32(x int32) int64 { return int64(x) }
func add() int64           { return atomic.AddInt64(&n, 1) }
func tz(x uint64) int      { return bits.TrailingZeros64(x) }

func main() {}

module agreement/wazero

go 1.26

// What is measured; the rest is what it needs.
require github.com/tetratelabs/wazero v1.12.0

require (
	golang.org/x/sys v0.44.0 // indirect
)

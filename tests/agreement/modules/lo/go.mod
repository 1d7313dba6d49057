module agreement/lo

go 1.26

// What is measured; the rest is what it needs.
require github.com/samber/lo v1.53.0

require (
	golang.org/x/text v0.22.0 // indirect
)

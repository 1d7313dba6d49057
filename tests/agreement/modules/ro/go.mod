module agreement/ro

go 1.26

// What is measured; the rest is what it needs.
require github.com/samber/ro v0.3.0

require (
	github.com/samber/lo v1.52.0 // indirect
	golang.org/x/exp v0.0.0-20220303212507-bbda1eaf7a17 // indirect
	golang.org/x/text v0.22.0 // indirect
)

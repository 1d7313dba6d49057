#!/usr/bin/env bash
# gopls.sh DIR: gopls, built by the go command on the PATH (1.26 or newer) from the Go module proxy; prints its path.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
version=${GOPLS_VERSION:-v0.23.0}
command -v go >/dev/null || die "go is needed"
begin "${1:-}" bin/gopls "gopls $version, $(go env GOVERSION)"
(cd "$dir" && GOBIN=$dir/bin GOFLAGS= go install "golang.org/x/tools/gopls@$version") >&2
"$dir/bin/gopls" version >&2
finish

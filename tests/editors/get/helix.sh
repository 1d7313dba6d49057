#!/usr/bin/env bash
# helix.sh DIR [SUITE]: Helix of a Debian suite (trixie); prints the path of hx.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${2:-trixie}
begin "${1:-}" bin/hx "helix $suite"
debian "$suite" hx
hx=$(readlink -f "$root/usr/bin/hx")
closed "$hx"
wrapper "$dir/bin/hx" "export HELIX_RUNTIME=\"$(dirname "$hx")/runtime\"" "exec \"$hx\" \"\$@\""
"$dir/bin/hx" --version >&2
finish

#!/usr/bin/env bash
# Compares the agreement on the standard library with the committed figures; --bless writes them anew.
# The `go` on the PATH is the judge, GOESCAPE (default: the release build) the accused.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
goescape=${GOESCAPE:-$here/../../target/release/goescape}
version=$(go env GOVERSION)
committed=$here/std-$version.json
measured=$(mktemp)
trap 'rm -f "$measured"' EXIT
cd "$here/../sample"
"$goescape" verify std --json >"$measured"
if [ "${1:-}" = --bless ]; then
  cp "$measured" "$committed"
  echo "wrote figures for $version"
  exit 0
fi
[ -f "$committed" ] || { echo "no committed figures for $version: run $0 --bless"; exit 1; }
# The figures are objects of one level below "classes"; a class may not agree less than it did.
python3 - "$committed" "$measured" <<'PY'
import json, sys
was, now = (json.load(open(path)) for path in sys.argv[1:])
fell = 0
print(f"{'class':<14}{'committed':>10}{'measured':>10}")
for name, old in was["classes"].items():
    new = now["classes"].get(name, {"percent": 0.0})
    mark = "" if new["percent"] >= old["percent"] - 0.005 else "  less than committed"
    fell += bool(mark)
    print(f"{name:<14}{old['percent']:>10.2f}{new['percent']:>10.2f}{mark}")
print(f"{len(was['classes']) - fell} passed, {fell} failed")
sys.exit(1 if fell else 0)
PY

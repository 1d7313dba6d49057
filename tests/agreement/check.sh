#!/usr/bin/env bash
# Compares the agreement with the committed figures: check.sh [NAME] [--bless]. NAME is std (the
# standard library, the default), cmd (the toolchain's commands) or a folder of modules; --bless
# writes the figures anew.
# The `go` on the PATH is the judge, GOESCAPE (default: the release build) the accused.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
goescape=${GOESCAPE:-$here/../../target/release/goescape}
name=std bless=
for argument in "$@"; do
  case $argument in
    --bless) bless=yes ;;
    *) name=$argument ;;
  esac
done
version=$(go env GOVERSION)
# One file for each release: go1.27.3 is measured against std-go1.27.json.
release=$(grep -oE '^go1\.[0-9]+' <<<"$version") || { echo "no release of Go: $version"; exit 1; }
committed=$here/$name-$release.json
case $name in
  std | cmd)
    # The compiler has a profile, with which its packages are built once more.
    [ "$name" = std ] || export GOFLAGS="${GOFLAGS:-} -pgo=off"
    cd "$here/../sample"
    pattern=$name ;;
  *)
    [ -d "$here/modules/$name" ] || { echo "$0: no $name in $here/modules" >&2; exit 2; }
    cd "$here/modules/$name"
    go mod download
    # The one requirement that stands on a line of its own is what is measured.
    pattern=$(awk '$1 == "require" && $2 != "(" { print $2 "/..." }' go.mod) ;;
esac
measured=$(mktemp)
trap 'rm -f "$measured"' EXIT
"$goescape" verify "$pattern" --json >"$measured"
if [ -n "$bless" ]; then
  cp "$measured" "$committed"
  echo "wrote figures of $name for $version"
  exit 0
fi
[ -f "$committed" ] || { echo "no committed figures of $name for $release: run $0 $name --bless"; exit 1; }
# The figures are objects of one level below "classes"; a class may not agree less than it did.
python3 - "$committed" "$measured" <<'PY'
import json, sys
was, now = (json.load(open(path)) for path in sys.argv[1:])
fell = 0
print(f"committed: {was['packages']} packages of {was['go']}; measured: {now['packages']} of {now['go']}")
print(f"{'class':<14}{'committed':>10}{'measured':>10}")
for name, old in was["classes"].items():
    new = now["classes"].get(name, {"percent": 0.0})
    mark = "" if new["percent"] >= old["percent"] - 0.005 else "  less than committed"
    fell += bool(mark)
    print(f"{name:<14}{old['percent']:>10.2f}{new['percent']:>10.2f}{mark}")
print(f"{len(was['classes']) - fell} passed, {fell} failed")
sys.exit(1 if fell else 0)
PY

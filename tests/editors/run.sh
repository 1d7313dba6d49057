#!/usr/bin/env bash
# Drives real editors against the server and says what a user would see.
#
#   run.sh [OPTION...] [EDITOR...] [-- SERVER [ARG...]]
#
# EDITOR    vscode, neovim, helix, emacs; none: vscode and neovim. Neovim, Helix and Emacs come from Debian:
#           NAME:SUITE names the suite (neovim:forky); plain neovim means trixie (0.10) and forky (newest).
# SERVER    the server's command; none: target/release/goescape lsp
# --cache DIR     where editors are installed and kept (target/editors)
# --out DIR       where pictures and logs go (CACHE/out)
# --expect FILE   what has to be seen, and in which folder of Go code (expect.json beside this script)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
cache=$top/target/editors out='' expect=$here/expect.json
editors=() server=()
while [ $# -gt 0 ]; do
  case $1 in
    --cache) cache=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --expect) expect=$2; shift 2 ;;
    --) shift; server=("$@"); break ;;
    -h | --help) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \?//'; exit 0 ;;
    vscode | neovim:* | helix:* | emacs:*) editors+=("$1"); shift ;;
    neovim) editors+=(neovim:trixie neovim:forky); shift ;;
    helix | emacs) editors+=("$1:trixie"); shift ;;
    *) echo "unknown: $1 (try --help)" >&2; exit 2 ;;
  esac
done
[ ${#editors[@]} -gt 0 ] || editors=(vscode neovim:trixie neovim:forky)
[ ${#server[@]} -gt 0 ] || server=("${CARGO_TARGET_DIR:-$top/target}/release/goescape" lsp)
# Editors run in the sample's folder: files that are named from here are named from the root.
for i in "${!server[@]}"; do
  case ${server[i]} in */*) [ ! -f "${server[i]}" ] || server[i]=$(realpath "${server[i]}") ;; esac
done
command -v "${server[0]}" >/dev/null || { echo "${server[0]} is missing: cargo build --release -p server" >&2; exit 2; }
for tool in node npm tmux go; do command -v "$tool" >/dev/null || { echo "$tool is needed" >&2; exit 2; }; done
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
out=${out:-$cache/out}
mkdir -p "$out"

# The extension is built as a user would build it, in a copy of the sources: they stay clean.
build_vsix() {
  local copy=$cache/extension stamp
  mkdir -p "$copy/editors/vscode"
  stamp=$(cd "$top/editors/vscode" && cat package.json package-lock.json | cksum)
  cp "$top"/LICENSE-* "$copy/"
  rm -rf "$copy/editors/vscode/src" "$copy/editors/vscode/"*.vsix
  (cd "$top/editors/vscode" && tar -cf - --exclude=node_modules --exclude=dist .) | tar -xf - -C "$copy/editors/vscode"
  cd "$copy/editors/vscode"
  if [ "$(cat "$copy/stamp" 2>/dev/null)" != "$stamp" ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    printf '%s' "$stamp" > "$copy/stamp"
  fi
  npm run --silent package
  # And the stand-in for the Go extension, which is in no registry that is used here.
  rm -rf "$copy/gopls-vscode"
  cp -r "$here/gopls-vscode" "$copy/gopls-vscode"
  cd "$copy/gopls-vscode"
  NODE_PATH=$copy/editors/vscode/node_modules "$copy/editors/vscode/node_modules/.bin/esbuild" extension.js \
    --bundle --platform=node --format=cjs --external:vscode --outfile=dist/extension.js --log-level=warning
  "$copy/editors/vscode/node_modules/.bin/vsce" package --no-dependencies --allow-missing-repository --skip-license --out gopls.vsix
}

# gopls stands beside in VS Code and Neovim. It is built while they are installed.
"$here/get/gopls.sh" "$cache/gopls" > "$out/gopls.path" 2> "$out/gopls.log" & gopls=$!
programs=()
for editor in "${editors[@]}"; do
  name=${editor%%:*} suite=${editor#*:} start=$SECONDS
  if [ "$name" = vscode ]; then
    # The chromium comes while code-server builds.
    "$here/get/chromium.sh" "$cache/chromium" > "$cache/chromium.path" 2> "$out/chromium.log" & browser=$!
    programs+=("vscode=$("$here/get/vscode.sh" "$cache/vscode")")
    wait "$browser" || { cat "$out/chromium.log" >&2; exit 1; }
    # In the background, for what has a `||` behind it goes on after an error.
    (PATH=$cache/vscode/bin:$PATH; build_vsix) > "$out/vsix.log" 2>&1 &
    wait "$!" || { cat "$out/vsix.log" >&2; exit 1; }
    VSCODE_CHROMIUM=$(cat "$cache/chromium.path")
    export VSCODE_CHROMIUM VSCODE_VSIX=$cache/extension/editors/vscode/goescape.vsix:$cache/extension/gopls-vscode/gopls.vsix
  else
    programs+=("$name-$suite=$("$here/get/$name.sh" "$cache/$name-$suite" "$suite" 2>> "$out/get.log")") ||
      { tail -n 20 "$out/get.log" >&2; exit 1; }
  fi
  echo "installed $editor ($((SECONDS - start)) s)"
done
wait "$gopls" || { cat "$out/gopls.log" >&2; exit 1; }
PATH=$cache/gopls/bin:$PATH
# Editors start with a home of their own, and need not build what is built.
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export PATH GOCACHE GOMODCACHE
exec node "$here/run.mjs" "$out" "$expect" "${programs[@]}" -- "${server[@]}"

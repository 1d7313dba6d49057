#!/usr/bin/env bash
# vscode.sh DIR: VS Code's workbench and extension host, as npm's code-server ships them, with the node
# that it wants and playwright-core to drive it; prints the path of code-server.
# Needs npm (on any node that runs it), g++, make and python3. Three minutes the first time.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
code_server=${CODE_SERVER_VERSION:-4.139.1} # VS Code 1.139.1; its package.json says which node.
node=${CODE_SERVER_NODE:-24.21.0}
playwright=${PLAYWRIGHT_VERSION:-1.65.1}
begin "${1:-}" bin/code-server "code-server $code_server, node $node, playwright $playwright"
for tool in npm g++ make python3; do command -v "$tool" >/dev/null || die "$tool is needed"; done
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) die "no node package for $(uname -m)" ;; esac

step() {
  say "$(date +%T) $1"
  shift
  "$@" >> "$dir/install.log" 2>&1 || { tail -n 40 "$dir/install.log" >&2; die "all of it is in $dir/install.log"; }
}
npm_install() { # FOLDER PACKAGE [OPTION...]
  mkdir -p "$1"
  [ -e "$1/package.json" ] || echo '{"private":true}' > "$1/package.json"
  (cd "$1" && shift && npm install --no-audit --no-fund --loglevel=error "$@")
}

# node is the platform's package itself; npm's `node` would only bring this one by an install script.
step "node $node" npm_install "$dir/node" "node-linux-$arch@$node"
home=$dir/node/node_modules/node-linux-$arch
ln -s "$home/bin/node" "$dir/bin/node"
export PATH=$home/bin:$PATH
# Native add-ons are built with the headers in that package: another node's make add-ons that do not load.
export npm_config_nodedir=$home npm_config_jobs=max npm_config_update_notifier=false

# One add-on needs the headers of krb5. Where the machine lacks them they come into a private folder.
if ! echo '#include <gssapi/gssapi.h>' | cpp >/dev/null 2>&1; then
  step "headers of krb5" debian "$(debian_release)" libkrb5-dev
  for folder in "$root"/usr/include{,/mit-krb5}; do CPATH=${CPATH:+$CPATH:}$folder; done
  for folder in "$root"/usr/lib/*-linux-gnu{,/mit-krb5}; do LIBRARY_PATH=${LIBRARY_PATH:+$LIBRARY_PATH:}$folder; done
  export CPATH LIBRARY_PATH
fi

# code-server's install script runs two more installs and some ten native builds; newer npms run it only
# when it is allowed by name.
mkdir -p "$dir/server"
echo '{"private":true,"allowScripts":{"code-server":true,"argon2":true}}' > "$dir/server/package.json"
step "code-server $code_server (a minute and a half)" npm_install "$dir/server" "code-server@$code_server"
rm -rf "$dir/root"
wrapper "$dir/bin/code-server" "exec \"$home/bin/node\" \"$dir/server/node_modules/code-server/out/node/entry.js\" \"\$@\""
step "playwright $playwright" npm_install "$dir/tools" --ignore-scripts "playwright-core@$playwright"
XDG_CONFIG_HOME=$dir/.config "$dir/bin/code-server" --version | tail -n1 >&2
finish

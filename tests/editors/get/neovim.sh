#!/usr/bin/env bash
# neovim.sh DIR [SUITE]: Neovim of a Debian suite (trixie); prints the path of nvim.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${2:-trixie}
begin "${1:-}" bin/nvim "neovim $suite"
debian "$suite" neovim
closed "$root/usr/bin/nvim"
# Neovim looks for its parsers in lib/nvim beside itself; Debian keeps them in a folder per architecture.
for parsers in "$root"/usr/lib/*/nvim; do
  [ -d "$parsers" ] && ln -sfn "$parsers" "$root/usr/lib/nvim"
done
ln -s ../root/usr/bin/nvim "$dir/bin/nvim"
"$dir/bin/nvim" --version | head -n1 >&2
finish

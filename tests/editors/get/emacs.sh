#!/usr/bin/env bash
# emacs.sh DIR [SUITE]: Emacs without X of a Debian suite (trixie), with eglot (built in) and go-mode;
# prints the path of emacs.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${2:-trixie}
begin "${1:-}" bin/emacs "emacs $suite"
debian "$suite" emacs-nox emacs-el elpa-go-mode
usr=$root/usr
closed "$usr/bin/emacs-nox"
version=$(basename "$(ls -d "$usr"/share/emacs/[0-9]*.[0-9]* | head -n1)")
dump=$(find "$usr/libexec/emacs" -name '*.pdmp' | head -n1)
[ -n "$dump" ] || die "no portable dump"
go_mode=$(ls -d "$usr"/share/emacs/site-lisp/elpa-src/go-mode-* | head -n1)
# The places compiled into the program are given again. Without its dump Emacs starts eight times slower.
wrapper "$dir/bin/emacs" \
  "export EMACSLOADPATH=\"$usr/share/emacs/$version/lisp:$go_mode\" EMACSPATH=\"$(dirname "$dump")\"" \
  "export EMACSDATA=\"$usr/share/emacs/$version/etc\" EMACSDOC=\"$usr/share/emacs/$version/etc\"" \
  "exec \"$usr/bin/emacs-nox\" --dump-file=\"$dump\" \"\$@\""
"$dir/bin/emacs" --version | head -n1 >&2
finish

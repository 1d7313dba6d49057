#!/usr/bin/env bash
# chromium.sh DIR [SUITE]: the machine's own chromium if it has one, else that of a Debian suite
# (trixie) with one font family; prints the path of chromium. CHROMIUM_OWN=1 never takes the machine's:
# then pictures have the same fonts everywhere.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
suite=${2:-trixie}
system=$(command -v chromium || true)
[ "${CHROMIUM_OWN:-}" = 1 ] && system=
begin "${1:-}" bin/chromium "chromium ${system:-$suite}"
if [ -n "$system" ]; then
  wrapper "$dir/bin/chromium" "exec \"$system\" \"\$@\""
else
  debian "$suite" chromium fonts-dejavu-core fontconfig-config
  home=$root/usr/lib/chromium
  closed "$home/chromium" "$home/chrome_crashpad_handler"
  # A library with a search path of its own does not use the program's.
  for library in "$root"/usr/lib/*/libpulse*.so.*; do
    [ -f "$library" ] && [ ! -L "$library" ] || continue
    beside=$(dirname "$library")
    patchelf --force-rpath --set-rpath "$beside:$beside/pulseaudio" "$library"
  done
  cat > "$dir/fonts.conf" <<CONF
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$root/usr/share/fonts</dir><cachedir>$dir/fontcache</cachedir>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias></fontconfig>
CONF
  wrapper "$dir/bin/chromium" "export FONTCONFIG_FILE=\"$dir/fonts.conf\"" "exec \"$home/chromium\" \"\$@\""
fi
"$dir/bin/chromium" --version >&2 || die "chromium does not start"
finish

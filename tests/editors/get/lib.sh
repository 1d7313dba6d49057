# shellcheck shell=bash
# Sourced by its neighbours: brings a program into a folder of its own, once.
#
# Debian packages of any suite are unpacked with everything they depend on, libc included, and the
# programs are pointed at that closure: the system's packages stay as they are and no root is needed.
# The archive is the one that this machine's apt already uses.
# Needs apt-get, dpkg-deb, flock.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# begin DIR PROGRAM VERSION: prepares DIR, or prints DIR/PROGRAM and ends the script when DIR already
# holds that version made by this very script. One process at a time: the lock is DIR.lock.
begin() {
  [ -n "${1:-}" ] || die "usage: $0 DIR"
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P) program=$dir/$2
  stamp="$3 $(cksum < "$0")"
  exec 9> "$dir.lock"
  flock 9
  if [ -x "$program" ] && [ "$(cat "$dir/.done" 2>/dev/null)" = "$stamp" ]; then
    printf '%s\n' "$program"
    exit 0
  fi
  # Only a folder that one of these scripts made is emptied.
  [ -e "$dir/.editors" ] || [ -z "$(ls -A "$dir")" ] || die "$dir is in use: give a folder of its own"
  find "$dir" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  mkdir -p "$dir/bin"
  : > "$dir/.editors"
}

# finish: marks the folder complete and prints the program's path.
finish() {
  printf '%s' "$stamp" > "$dir/.done"
  printf '%s\n' "$program"
}

# wrapper FILE LINE...: an executable shell script.
wrapper() {
  local file=$1
  shift
  { echo '#!/bin/sh'; printf '%s\n' "$@"; } > "$file"
  chmod +x "$file"
}

# The release that this machine runs, and the archive its apt brings it from.
debian_release() { (. /etc/os-release && printf '%s' "$VERSION_CODENAME"); }
debian_archive() {
  apt-get --print-uris update 2>/dev/null |
    sed -n "s#^'\([^']*\)/dists/$(debian_release)/\(InRelease\|Release\)'.*#\1#p" | head -n1
}

# debian SUITE PACKAGE...: unpacks them and all they depend on under $dir/root; $dir/packages.txt
# lists what came. Afterwards $loader and $libraries name the closure's dynamic linker and its folders.
debian() {
  local suite=$1 state=$dir/apt archive triplet deb
  shift
  archive=$(debian_archive)
  [ -n "$archive" ] || die "apt knows no archive for $(debian_release)"
  root=$dir/root
  mkdir -p "$root" "$state"/{lists/partial,cache/archives/partial,preferences,log}
  # An empty status file: nothing counts as installed, so apt brings the whole closure.
  : > "$state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" > "$state/sources"
  cat > "$state/conf" <<CONF
Dir::Etc::SourceList "$state/sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$state/preferences";
Dir::State "$state";
Dir::State::Status "$state/status";
Dir::State::Lists "$state/lists";
Dir::Cache "$state/cache";
Dir::Cache::Archives "$state/cache/archives";
Dir::Log "$state/log";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Debug::NoLocking "true";
#clear DPkg::Post-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
  APT_CONFIG=$state/conf apt-get -qq update >&2 || die "no package lists for $suite"
  APT_CONFIG=$state/conf apt-get -qq --download-only install patchelf "$@" >&2 || die "cannot bring $*"
  for deb in "$state"/cache/archives/*.deb; do
    dpkg-deb -x "$deb" "$root"
    dpkg-deb -W "$deb"
  done > "$dir/packages.txt"
  rm -rf "$state"

  triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || printf '%s-linux-gnu' "$(uname -m)")
  libraries=$root/usr/lib/$triplet
  loader=$(find "$root" -name 'ld-linux*.so.*' -path "*$triplet*" | head -n1)
  [ -x "$loader" ] || die "no dynamic linker under $root"
}

patchelf() { "$loader" --library-path "$libraries" "$root/usr/bin/patchelf" "$@"; }

# closed PROGRAM...: makes programs use the closure by absolute paths (the folder cannot be moved
# afterwards). What they start in turn, such as a language server, uses the system's libc.
closed() {
  local file
  for file; do
    patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$file"
  done
}

#!/usr/bin/env bash
# Builds lurewatch_VERSION_ARCH.deb and its -dbgsym from this checkout into build/deb, and prints the packages' paths.
#   build-deb.sh [--lintian] [--reproducible]
# --lintian: fail on its errors and warnings. --reproducible: build once more elsewhere, without a compiler cache, and
# compare.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
packaging/install-dependencies.sh package

# One snapshot of the tree: whoever edits while this runs doesn't change what is built, or compared.
source=$(mktemp)
elsewhere=$(mktemp -d)
trap 'rm -rf "$source" "$elsewhere"' EXIT
{ git ls-files -z --cached --others --exclude-standard 2>/dev/null || find . -name build -prune -o -type f -print0; } |
  while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done | tar -c --null -T - -f "$source"

build() {  # FOLDER: unpacks the snapshot into FOLDER/lurewatch and builds there; the packages land in FOLDER
  local folder=$1
  rm -rf "$folder"
  mkdir -p "$folder/lurewatch"
  tar -x -C "$folder/lurewatch" -f "$source"
  cp -r "$folder/lurewatch/packaging/debian" "$folder/lurewatch/debian"
  # No network at build: nothing is fetched, and where a network namespace can be had a fetch would fail.
  local offline=()
  if unshare --net true 2>/dev/null; then offline=(unshare --net); fi
  # A compiler cache as it is set up by itself: shared between folders it would leave their paths in the debug symbols.
  if ! (cd "$folder/lurewatch" && "${offline[@]}" env DEB_BUILD_OPTIONS="parallel=$(nproc)" TZ=UTC CCACHE_BASEDIR= CCACHE_HASHDIR=1 \
        dpkg-buildpackage -us -uc -b) >"$folder/log" 2>&1; then
    tail -n 60 "$folder/log" >&2
    echo "building failed; the whole log is $folder/log" >&2
    exit 1
  fi
}

build "$root/build/deb"
packages=("$root"/build/deb/*.deb)

for option in "$@"; do
  case "$option" in
    --lintian)
      # What is checked is that its tags are none: a mistyped option must not look like success.
      complaints=$(lintian --fail-on none --display-level '>=warning' --suppress-tags initial-upload-closes-no-bugs \
        "$root"/build/deb/*.changes)
      [ -z "$complaints" ] || { echo "$complaints" >&2; exit 1; }
      ;;
    --reproducible)
      CCACHE_DISABLE=1 LC_ALL=C build "$elsewhere"
      for package in "${packages[@]}"; do
        cmp "$package" "$elsewhere/${package##*/}" || { echo "not reproducible: ${package##*/}" >&2; exit 1; }
      done
      echo "reproducible: two builds in two folders gave the same bytes" >&2
      ;;
    *) echo "usage: build-deb.sh [--lintian] [--reproducible]" >&2; exit 2 ;;
  esac
done
sha256sum "${packages[@]}"

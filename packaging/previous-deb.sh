#!/usr/bin/env bash
# Builds the package of an earlier commit with that commit's own packaging, to upgrade from: previous-deb.sh [COMMIT]
# Prints its path below build/previous/. Default: the newest commit whose state database is one of an earlier schema that this
# one's migrations begin with, so that the upgrade migrates it. For packaging/test-deb.sh and packaging/vm/test.py.
set -euo pipefail
cd "$(dirname "$0")/.."

migrations() { git ls-tree "$1" storage/schema/state/; }
before_the_last_migration() {
  local now then
  now=$(migrations HEAD)
  for candidate in $(git log --format='%H %P' -- storage/schema/state); do
    then=$(migrations "$candidate")
    if [ -n "$then" ] && [ "$then" != "$now" ] && [[ $now == "$then"* ]] && git cat-file -e "$candidate:packaging/build-deb.sh" 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "no commit has an earlier schema of the state database; name one" >&2
  exit 1
}
commit=$(git rev-parse --short "${1:-$(before_the_last_migration)}")
folder=build/previous/$commit
if ! compgen -G "$folder/build/deb/lurewatch_*.deb" >/dev/null; then
  rm -rf "$folder"
  mkdir -p "$folder"
  git archive "$commit" | tar -x -C "$folder"
  # Its snapshot is what lies there, and not what this checkout's git knows of it: nothing.
  (cd "$folder" && GIT_CEILING_DIRECTORIES=$(dirname "$PWD") packaging/build-deb.sh) >&2
fi
ls "$PWD/$folder"/build/deb/lurewatch_*.deb

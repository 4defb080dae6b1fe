#!/usr/bin/env bash
# Configures and builds one preset; prints progress on a terminal, nothing but errors elsewhere.
#   build.sh PRESET [TARGET ...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1; shift
log=build/$preset.log
mkdir -p build
if ! cmake --preset "$preset" >"$log" 2>&1; then cat "$log" >&2; exit 1; fi
targets=(); [ $# -eq 0 ] || targets=(--target "$@")
if [ -t 1 ]; then
  cmake --build --preset "$preset" "${targets[@]}"
else
  echo "building ($preset) ..."
  if ! cmake --build --preset "$preset" "${targets[@]}" >"$log" 2>&1; then grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$log" >&2; exit 1; fi
fi

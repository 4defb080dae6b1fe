#!/usr/bin/env bash
# Builds Lurewatch and passes all tests; installs what is missing first. More words to ctest go through:
#   tests/run.sh [-R PATTERN ...]
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install-dependencies.sh test
packaging/build.sh dev
ctest --preset dev "$@"

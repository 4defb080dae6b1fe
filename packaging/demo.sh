#!/usr/bin/env bash
# Builds Lurewatch and shows its main job: the bundled day of four vendors' logs goes in by UDP and TCP, a bundled Graph
# answers the polls, and the findings come out as a file. Needs nothing but this checkout on a Debian 12.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/install-dependencies.sh build
packaging/build.sh release lurewatch
exec python3 -B packaging/demo/demo.py build/release/sensor/lurewatch

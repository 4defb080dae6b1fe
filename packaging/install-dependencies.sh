#!/usr/bin/env bash
# Installs what is missing of the Debian 12 packages that building and testing Lurewatch needs. Quiet when nothing is.
#   install-dependencies.sh build|test|package|vm
set -euo pipefail

build=(g++-12 cmake ninja-build ccache pkg-config python3 ca-certificates tzdata
  libboost1.81-dev libboost-json1.81-dev libboost-system1.81-dev libboost-url1.81-dev
  libssl-dev libsqlite3-dev libzstd-dev zlib1g-dev libxxhash-dev libcctz-dev libidn2-dev libpsl-dev
  libtomlplusplus-dev libcli11-dev libspdlog-dev libfmt-dev libsystemd-dev libbenchmark-dev libre2-dev
  libmaxminddb-dev libpcap-dev)
test=("${build[@]}" doctest-dev iproute2 openssl python3-jsonschema rsyslog rsyslog-openssl rsyslog-relp bsdutils apparmor fish man-db zsh systemd
  prometheus)
package=("${build[@]}" debhelper dh-apparmor dpkg-dev fakeroot lintian git man-db mmdebstrap)
vm=("${package[@]}" qemu-system-x86 e2fsprogs openssh-client openssl)

case "${1:-}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${test[@]}") ;;
  package) wanted=("${package[@]}") ;;
  vm) wanted=("${vm[@]}") ;;
  *) echo "usage: install-dependencies.sh build|test|package|vm" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "these packages are missing, and installing them needs root: ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
echo "installing ${#missing[@]} Debian packages ..."
log=$(mktemp)
if ! { "${root[@]}" apt-get update -qq &&
       "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  cat "$log" >&2
  echo "installing failed; the packages are: ${missing[*]}" >&2
  exit 1
fi
rm -f "$log"

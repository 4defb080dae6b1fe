#!/usr/bin/env bash
# Installs, upgrades, removes, purges and reinstalls the package in a fresh Debian 12 of its own, and checks each step.
#   test-deb.sh [PACKAGE.deb [OLDER.deb]]     default: what build-deb.sh made; the same files as version 0.0.1
# packaging/previous-deb.sh makes an OLDER.deb out of the history. Needs root and mmdebstrap. The Debian 12 stays in
# build/debian-12.tar for the next time; delete it to have a new one.
set -euo pipefail
cd "$(dirname "$0")/.."
package=$(realpath "${1:-$(ls build/deb/lurewatch_*.deb)}")
older=${2:+$(realpath "$2")}
command -v mmdebstrap >/dev/null || { echo "skipped: mmdebstrap not installed"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 77; }

# A mount namespace of its own: what is mounted in the chroot goes with this process.
if [ -z "${LUREWATCH_TEST_DEB_INSIDE:-}" ]; then exec env LUREWATCH_TEST_DEB_INSIDE=1 unshare --mount "$0" "$package" ${older:+"$older"}; fi

# The Debian that the package is installed on, with its dependencies already there: what is tested is ours.
base=build/debian-12.tar
if [ ! -e "$base" ]; then
  mkdir -p build
  mmdebstrap --quiet --variant=apt --include=systemd,ca-certificates,tzdata,debsums,man-db bookworm build/debian-12.new.tar
  mv build/debian-12.new.tar "$base"
fi
daemon=
root=$(mktemp -d)
work=$(mktemp -d)
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null; umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root" "$work"' EXIT
tar -C "$root" -xf "$base"
mount -t proc proc "$root/proc"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # nothing is started here: packaging/vm does that
chmod +x "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"

# A version to upgrade from, whose configuration file another one replaces.
dpkg-deb -R "${older:-$package}" "$work/old"
sed -i 's/^Version: .*/Version: 0.0.1/' "$work/old/DEBIAN/control"
sed -i 's/^# Lurewatch/# An older Lurewatch/' "$work/old/etc/lurewatch/lurewatch.toml"
(cd "$work/old" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -Znone -b "$work/old" "$root/old.deb" >/dev/null
cp "$package" "$root/new.deb"

within=(chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin)
inside() { "${within[@]}" "$@"; }
apt() { inside apt-get -qq -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }
expect() { # SENTENCE COMMAND...
  if "${@:2}" >"$work/out" 2>&1; then echo "ok      $1"; else echo "FAILED  $1" >&2; cat "$work/out" >&2; exit 1; fi
}
file_is() { [ "$(inside stat -c '%U:%G %a' "$1")" = "$2" ]; }
# There is no systemd to start the service here: it is run by hand, as its user.
daemon=
run_daemon() {
  inside install -d -o lurewatch -g lurewatch /run/lurewatch
  "${within[@]}" setpriv --reuid lurewatch --regid lurewatch --clear-groups lurewatch run >"$work/daemon.log" 2>&1 &
  daemon=$!
  for _ in $(seq 600); do
    ! inside lurewatch status --json >/dev/null 2>&1 || return 0
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/daemon.log" >&2
  return 1
}
stop_daemon() {
  local pid=$daemon
  daemon=
  kill "$pid" 2>/dev/null || true
  wait "$pid"
}
ids() { inside lurewatch findings --json | sed -n 's/^{"time":"[^"]*","id":"\([^"]*\)".*/\1/p' | sort -u; }
gone() { [ ! -e "$root$1" ]; }
not() { ! "$@"; }

apt update
apt install /old.deb
expect "the service's user exists" inside id lurewatch
expect "state belongs to the service" file_is /var/lib/lurewatch "lurewatch:lurewatch 750"
expect "findings are adm's to read" file_is /var/log/lurewatch "lurewatch:adm 2750"
expect "a finding written there can be read by adm" inside setpriv --reuid lurewatch --regid lurewatch --clear-groups sh -c \
  'umask 0137; echo "{}" >/var/log/lurewatch/alerts.jsonl && [ "$(stat -c %G:%a /var/log/lurewatch/alerts.jsonl)" = adm:640 ]'
expect "what is shipped as configuration is valid" inside lurewatch check
inside sh -c 'printf "\n[[listen]]\nname = \"mine\"\ntransport = \"tcp\"\naddress = \"127.0.0.1:5514\"\n" >>/etc/lurewatch/lurewatch.toml
  : >/etc/lurewatch/exclusions.d/mine.toml'
expect "the older version serves" run_daemon
expect "a simulated chain goes through it" inside lurewatch simulate
first=$(ids)
expect "its finding is in the store" test -n "$first"
expect "it stops" stop_daemon

apt install /new.deb
expect "an upgrade keeps the configuration that was changed" inside grep -q '"mine"' /etc/lurewatch/lurewatch.toml
expect "the new version serves what the older one kept" run_daemon
expect "the finding is the same after the upgrade" test "$(ids)" = "$first"
expect "the finding's raw message can still be read" sh -c "chroot '$root' lurewatch findings $first | grep -q 'CEF:0'"
expect "a simulated chain goes through the new version" inside lurewatch simulate
both=$(ids)
expect "there are two findings now" test "$(wc -l <<<"$both")" = 2
inside install -d -m 0700 /run/credentials/lurewatch.service
echo secret >"$root/run/credentials/lurewatch.service/graph-client-secret"
chmod 0600 "$root/run/credentials/lurewatch.service/graph-client-secret"
printf '[graph]\ntenant_id = "t"\nclient_id = "c"\nclient_secret_file = "graph-client-secret"\n' >"$root/tmp/graph.toml"
expect "root's commands find the secrets that systemd gave to the service" inside lurewatch check --config /tmp/graph.toml
rm -r "$root/run/credentials"
expect "it stops" stop_daemon
expect "an upgrade brings the new program" sh -c "chroot '$root' dpkg-query -W -f='\${Version}' lurewatch | grep -vqx 0.0.1"
expect "each file is as it was packed" inside debsums --silent lurewatch
expect "the man pages can be read" inside man --whatis lurewatch

apt remove lurewatch
expect "removing keeps the state" inside test -s /var/lib/lurewatch/state.db
expect "removing says where the state is" grep -q '/var/lib/lurewatch is kept' "$work/log"
expect "removing keeps the configuration" inside grep -q '"mine"' /etc/lurewatch/lurewatch.toml
expect "removing takes the program" gone /usr/bin/lurewatch

apt install /new.deb
expect "a reinstall serves with the configuration that was kept" run_daemon
expect "a reinstall finds the findings" test "$(ids)" = "$both"
expect "it stops" stop_daemon

apt purge lurewatch
expect "purging takes the state" gone /var/lib/lurewatch
expect "purging takes findings" gone /var/log/lurewatch
expect "purging says what it took" grep -q '/var/lib/lurewatch was removed' "$work/log"
expect "purging takes the configuration" gone /etc/lurewatch/lurewatch.toml
expect "purging leaves what was added beside it" test -e "$root/etc/lurewatch/exclusions.d/mine.toml"
expect "purging leaves no file of the package" sh -c "! find '$root' -xdev -path '$root/proc' -prune -o -name '*lurewatch*' ! -path '*/etc/lurewatch*' ! -path '*/var/lib/dpkg/*' ! -path '*/var/log/*' ! -path '*/var/cache/*' ! -path '*/var/lib/systemd/*' -print | grep ."

apt install /new.deb
expect "an install after a purge begins anew" file_is /var/lib/lurewatch "lurewatch:lurewatch 750"
echo "the package installs, upgrades, removes, purges and comes back"

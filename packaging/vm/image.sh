#!/usr/bin/env bash
# Makes an ext4 disk of a Debian 12 with systemd, sshd and what the package depends on: image.sh PACKAGE.deb PUBLIC_KEY DIRECTORY
# Leaves disk.img, vmlinuz and initrd.img in DIRECTORY. The Debian is kept beside as base-*.tar for the next time.
set -euo pipefail
package=$1 key=$2 directory=$3
mkdir -p "$directory"
# Names alone; of alternatives the first. The package itself is installed in the guest, by apt, without a network.
depends=$(dpkg-deb -f "$package" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/[[:space:]]//g')
include=systemd-sysv,linux-image-cloud-amd64,openssh-server,iproute2,apparmor,dbus,udev,debsums,$depends
base=$directory/base-$(printf %s "$include" | sha256sum | cut -c1-12).tar
if [ ! -e "$base" ]; then
  mmdebstrap --quiet --variant=apt --include="$include" bookworm "$directory/new.tar"
  mv "$directory/new.tar" "$base"
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tar -C "$root" -xf "$base"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/20-guest.network"
chroot "$root" systemctl enable --quiet systemd-networkd ssh
echo lurewatch-guest >"$root/etc/hostname"
install -d -m 0700 "$root/root/.ssh"
install -m 0600 "$key" "$root/root/.ssh/authorized_keys"
mkdir -p "$root/var/log/journal"
cp "$root"/boot/vmlinuz-* "$directory/vmlinuz"
cp "$root"/boot/initrd.img-* "$directory/initrd.img"
rm -f "$directory/disk.img"
mke2fs -q -t ext4 -L root -d "$root" "$directory/disk.img" 4G

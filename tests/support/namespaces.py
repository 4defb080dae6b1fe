"""Two network namespaces with a cable between them: a collector's machine and a device's. Needs root."""

import contextlib
import ctypes
import os
import socket
import subprocess


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True)


def available():
    """Whether there can be namespaces here; a line says so where not."""
    name = f"lw-probe-{os.getpid()}"
    try:
        made = os.geteuid() == 0 and ip("netns", "add", name, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if made:
        ip("netns", "del", name)
    else:
        print("skipped: network namespaces need root and iproute2")
    return made


@contextlib.contextmanager
def inside(name):
    """Sockets that are made within belong to the namespace; this thread only."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as back, open(f"/run/netns/{name}") as there:
        assert libc.setns(there.fileno(), 0x40000000) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert libc.setns(back.fileno(), 0x40000000) == 0


class Cable:
    """collector 10.77.0.1 and fd77::1 on wire0, device 10.77.0.2 and fd77::2."""

    def __init__(self):
        self.collector, self.device = f"lw-collector-{os.getpid()}", f"lw-device-{os.getpid()}"
        for name in (self.collector, self.device):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        self.plug()

    def plug(self):
        ip("link", "add", "wire0", "netns", self.collector, "type", "veth", "peer", "name", "wire0", "netns", self.device)
        for end, name in enumerate((self.collector, self.device), 1):
            ip("-n", name, "link", "set", "wire0", "up")
            ip("-n", name, "addr", "add", f"10.77.0.{end}/24", "dev", "wire0")
            ip("-n", name, "addr", "add", f"fd77::{end}/64", "dev", "wire0", "nodad")

    def unplug(self):
        ip("-n", self.collector, "link", "del", "wire0")

    def send_frames(self, frames):
        """As they are, onto the wire at the device's end: VLAN tags need no device of their own so."""
        with inside(self.device):
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        with wire:
            wire.bind(("wire0", 0))
            for frame in frames:
                wire.send(frame)

    def remove(self):
        for name in (self.collector, self.device):
            ip("netns", "del", name, check=False)

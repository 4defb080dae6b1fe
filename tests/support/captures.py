"""Frames and capture files made by hand, for the tests of `[[tap]]` and of `replay`."""

import ipaddress
import struct

ETHERNET, RAW_IP, LINUX_COOKED, LINUX_COOKED2 = 1, 101, 113, 276


def udp(payload, source_port=40000, port=514):
    return 17, struct.pack("!HHHH", source_port, port, 8 + len(payload), 0) + payload


def tcp(payload, sequence, flags=0x18, source_port=40000, port=514):
    return 6, struct.pack("!HHIIBBHHH", source_port, port, sequence & 0xffffffff, 0, 5 << 4, flags, 65535, 0, 0) + payload


def ip(transport, source="192.0.2.10", destination="198.51.100.5", identification=1, offset=0, more=False):
    """An IP packet, or a fragment of one: `transport` is (protocol, bytes)."""
    protocol, payload = transport
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if source.version == 4:
        fragment = (0x2000 if more else 0) | offset // 8
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, fragment, 64, protocol, 0,
                           source.packed, destination.packed) + payload
    if more or offset:
        payload = struct.pack("!BBHI", protocol, 0, offset | more, identification) + payload
        protocol = 44
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, source.packed, destination.packed) + payload


def fragments(transport, size=1480, **addresses):
    protocol, payload = transport
    pieces = [(at, payload[at:at + size]) for at in range(0, len(payload), size)]
    return [ip((protocol, piece), offset=at, more=at + size < len(payload), **addresses) for at, piece in pieces]


def ethernet(packet, tags=()):
    """`tags`: VLAN numbers, outermost first."""
    frame = b"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
    for number, tag in enumerate(tags):
        frame += struct.pack("!HH", 0x88a8 if number < len(tags) - 1 else 0x8100, tag)
    return frame + (b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd") + packet


def cooked(packet):
    return struct.pack("!HHH8sH", 0, 1, 6, b"\x02\0\0\0\0\1\0\0", 0x0800 if packet[0] >> 4 == 4 else 0x86dd) + packet


def pcap(frames, link=ETHERNET, start=1_700_000_000.0, step=0.001):
    """`frames`: bytes, or (time, bytes)."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for number, frame in enumerate(frames):
        time, frame = frame if isinstance(frame, tuple) else (start + number * step, frame)
        out += struct.pack("<IIII", int(time), int(time % 1 * 1_000_000), len(frame), len(frame)) + frame
    return out


def pcapng(frames, link=ETHERNET, start=1_700_000_000.0, step=0.001):
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack("<HHI", link, 0, 262144))
    for number, frame in enumerate(frames):
        time, frame = frame if isinstance(frame, tuple) else (start + number * step, frame)
        micros = int(time * 1_000_000)
        out += block(6, struct.pack("<IIIII", 0, micros >> 32, micros & 0xffffffff, len(frame), len(frame)) + frame)
    return out


class Connection:
    """The sender's side of a TCP connection, as frames."""

    def __init__(self, sequence=4_294_967_000, source_port=40001, wrap=ethernet, **addresses):
        self.sequence, self.source_port, self.wrap, self.addresses = sequence, source_port, wrap, addresses

    def frame(self, payload, sequence, flags):
        return self.wrap(ip(tcp(payload, sequence, flags, self.source_port), **self.addresses))

    def open(self):
        self.sequence += 1
        return self.frame(b"", self.sequence - 1, 0x02)

    def send(self, payload):
        self.sequence += len(payload)
        return self.frame(payload, self.sequence - len(payload), 0x18)

    def close(self):
        return self.frame(b"", self.sequence, 0x11)

"""The messages of a store as they lie in its blocks, read by what storage/message_codec.h says of them and not by its code."""

import ctypes
import ctypes.util
import pathlib
import sqlite3

PACKED_MARK = b"\x01"


def stored_messages(directory):
    """All that is committed, in order."""
    for segment in sorted((pathlib.Path(directory) / "store" / "segments").glob("*.db")):
        database = sqlite3.connect(f"file:{segment}?mode=ro", uri=True)
        for (raw,) in database.execute("SELECT raw FROM blocks ORDER BY first"):
            yield from _unpack(_decompress(raw[1:])) if raw.startswith(PACKED_MARK) else [_decompress(raw)]
        database.close()


def _decompress(frame):
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    zstd.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    size = zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    out = ctypes.create_string_buffer(size)
    assert zstd.ZSTD_decompress(out, ctypes.c_size_t(size), frame, ctypes.c_size_t(len(frame))) == size
    return out.raw


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def numbers(self, count):
        return [self.number() for _ in range(count)]

    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]


def _unpack(packed):
    reader = _Reader(packed)
    total = reader.number()
    names = [reader.take(reader.number()) for _ in range(reader.number())]
    nodes = [(None, b"")] + [(parent, names[name]) for parent, name in (reader.numbers(2) for _ in range(reader.number()))]
    ends = reader.numbers(reader.number())
    values = [iter(reader.take(size).split(b"\n")) for size in reader.numbers(len(nodes))]
    messages = []
    for end in ends:
        if end == 0:
            messages.append(reader.take(reader.number()))
            continue
        path, node = [], end - 1
        while node is not None:
            path.append(node)
            node = nodes[node][0]
        messages.append(b"".join(nodes[node][1] + next(values[node]) for node in reversed(path)))
    assert sum(map(len, messages)) == total
    return messages

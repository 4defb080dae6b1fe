"""The messages of a store as they lie in its blocks, read by what storage/message_codec.h says of them and not by its code."""

import contextlib
import ctypes
import ctypes.util
import pathlib
import shutil
import sqlite3
import tempfile

PACKED_MARKS = (b"\x01", b"\x02")
WITH_REFERENCES = b"\x02"
LITERAL, REFERENCES = 0x0F, range(0x10, 0x20)


def stored_messages(directory):
    """All that is committed, in order."""
    for segment in sorted((pathlib.Path(directory) / "store" / "segments").glob("*.db")):
        for raw in _blocks(segment):
            yield from _unpack(_decompress(raw[1:]), raw.startswith(WITH_REFERENCES)) if raw.startswith(PACKED_MARKS) else [_decompress(raw)]


def _blocks(segment):
    try:
        return _select(f"file:{segment}?mode=ro")
    except sqlite3.OperationalError:
        # Who was killed may leave a log whose index has to be made anew, and a guest may not do that: in a copy he may.
        with tempfile.TemporaryDirectory() as folder:
            for part in (segment, segment.with_name(segment.name + "-wal")):
                if part.exists():
                    shutil.copy(part, folder)
            return _select(f"file:{folder}/{segment.name}")


def _select(uri):
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        # Who was killed while he made a segment left one without tables.
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'blocks'").fetchone():
            return []
        return [raw for (raw,) in database.execute("SELECT raw FROM blocks ORDER BY first")]


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


def _place(text):
    return (int.from_bytes(text[-8:], "little") * 0x9E3779B97F4A7C15 & (1 << 64) - 1) >> 60


def _values(column):
    """What stands in a node, text or reference to a text of a moment ago."""
    texts, at = [b""] * len(REFERENCES), 0
    while at < len(column):
        if column[at] in REFERENCES:
            yield texts[column[at] - REFERENCES.start]
            at += 1
            continue
        at += column[at] == LITERAL
        end = column.index(b"\n", at)
        texts[_place(column[at:end])] = column[at:end]
        yield column[at:end]
        at = end + 1


def _unpack(packed, has_references):
    reader = _Reader(packed)
    total = reader.number()
    names = [reader.take(reader.number()) for _ in range(reader.number())]
    nodes = [(None, b"")] + [(parent, names[name]) for parent, name in (reader.numbers(2) for _ in range(reader.number()))]
    ends = reader.numbers(reader.number())
    columns = [reader.take(size) for size in reader.numbers(len(nodes))]
    values = [_values(column) if has_references else iter(column.split(b"\n")) for column in columns]
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

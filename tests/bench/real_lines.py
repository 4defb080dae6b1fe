#!/usr/bin/env python3
"""Bytes on disk a raw byte of real lines, each repeated with its times and ids changed.

    tests/bench/real_lines.py PROGRAM LINES [--messages N]

LINES is a folder of log files (*.log; one message a line), such as LUREWATCH_TEST_DATA's `lines`. The real binary takes
them by TCP in counted frames. With every repeat the clock has gone on: times (epoch seconds to nanoseconds, ISO, syslog,
"Nov 24 2026", PAN-OS) move by as much, and ids (digits from 5 on, hexadecimal from 8 on, UUIDs) get new random digits of
the same kind and number. Everything else is as it was logged.
"""

import argparse
import datetime
import pathlib
import random
import re
import socket
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, wait_for  # noqa: E402

SECONDS_A_ROUND = 7
FORMATS = [(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "%Y-%m-%dT%H:%M:%S"), (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
           (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "%Y/%m/%d %H:%M:%S"), (r"[A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d", "%b %d %Y %H:%M:%S"),
           (r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d", "%b %d %H:%M:%S"), (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d\d:\d\d:\d\d", "%H:%M:%S")]
TIMES = "|".join(f"(?P<t{i}>{pattern})" for i, (pattern, _) in enumerate(FORMATS))
CHANGING = re.compile(rf"{TIMES}|(?P<epoch>\b1[4-9]\d{{8}}(?:\d{{3}}){{0,3}}\b)|(?P<id>\b(?:0x)?[0-9a-fA-F]{{8,}}\b|\b\d{{5,}}\b)")
DIGITS, HEX = "0123456789", "0123456789abcdef"


def changed(match, elapsed, chance):
    text, kind = match.group(), match.lastgroup
    if kind == "epoch":
        return str(int(text) + elapsed * 10 ** (len(text) - 10))
    if kind == "id":
        if text.isalpha():
            return text
        begin = 2 if text.startswith("0x") else 0
        digits = DIGITS if text[begin:].isdigit() else HEX if text == text.lower() else HEX.upper()
        return text[:begin] + "".join(chance.choices(digits, k=len(text) - begin))
    form = FORMATS[int(kind[1:])][1]
    has_year, has_date = "%Y" in form, "%d" in form
    try:
        when = datetime.datetime.strptime(text if has_year else "2024 " + text, form if has_year else "%Y " + form)
    except ValueError:
        return text
    moved = (when + datetime.timedelta(seconds=elapsed)).strftime(form)
    return moved if has_date or len(moved) == len(text) else text


def messages_of(folder):
    lines = []
    for path in sorted(pathlib.Path(folder).rglob("*.log")):
        lines += [line for line in path.read_text(errors="surrogateescape").splitlines() if len(line) >= 20]
    assert lines, f"{folder} holds no *.log"
    return lines


def send(port, lines, count):
    chance, sent, elapsed = random.Random(1), 0, 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while sent < count:
            # A collector hears all its devices at once: no order of files.
            chance.shuffle(lines)
            frames = bytearray()
            for line in lines[:count - sent]:
                text = CHANGING.sub(lambda match: changed(match, elapsed, chance), line).encode(errors="surrogateescape")
                frames += b"%d %s" % (len(text), text)
            connection.sendall(frames)
            sent += min(len(lines), count - sent)
            elapsed += SECONDS_A_ROUND


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("lines")
    parser.add_argument("--messages", type=int, default=200_000)
    options = parser.parse_args()
    lines = messages_of(options.lines)
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        sensor = Sensor(options.program, pathlib.Path(folder) / "sensor", options={"commit_interval": "1s"}).start()
        send(sensor.tcp, lines, options.messages)
        wait_for("all of them are stored", lambda: sensor.status()["store"]["events"] >= options.messages * 0.99, 600)
        assert sensor.stop() == 0
        sensor.start()
        store = sensor.status()["store"]
        assert sensor.stop() == 0
    print(f"{len(lines)} different lines of {store['raw_bytes'] / store['events']:.0f} bytes, {store['events']} messages, {store['quarantined']} of them "
          f"in quarantine: {store['bytes'] / store['raw_bytes']:.3f} bytes on disk a raw byte")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What a large store costs the program: a start, a start after SIGKILL under load, and a full scan.

    tests/bench/big_store.py PROGRAM LOAD STORE [--kills N] [--scans N]

PROGRAM is lurewatch, LOAD is lurewatch_load. STORE is a store that history_bench or month_bench made; it is used where it
lies, and what is sent during the kills is added to it. (Lookups and the rate against the first million are history_bench's.) Times are from fork to the first connection that the TCP input
takes. The scan's regular expression matches nothing and names no word that could be looked for instead.
"""

import argparse
import pathlib
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Process, Sensor, wait_for  # noqa: E402

KILL_AFTER = 3.0  # seconds of load


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def started(sensor):
    """Seconds to listening."""
    begin = time.monotonic()
    sensor.daemon = Process([sensor.binary, "run", "--config", sensor.config], sensor.directory / "lurewatch.log")
    while not listens(sensor.tcp):
        assert sensor.daemon.process.poll() is None, sensor.daemon.log_text()
        assert time.monotonic() - begin < 120, "does not listen"
        time.sleep(0.005)
    return time.monotonic() - begin


def measure_starts(sensor, options):
    print(f"start to listening       {started(sensor):.2f} s", flush=True)
    wait_for("an answer", sensor.status)
    times = []
    for _ in range(options.kills):
        load = subprocess.Popen([options.load, "send", "tcp", f"127.0.0.1:{sensor.tcp}", "--messages", "100000000", "--pool", "50000"],
                                stderr=subprocess.DEVNULL)
        before = sensor.status()["store"]["events"]
        wait_for("load", lambda: sensor.status()["store"]["events"] > before, 60)
        time.sleep(KILL_AFTER)
        sensor.daemon.process.kill()
        sensor.daemon.process.wait()
        load.terminate()
        load.wait()
        times.append(started(sensor))
        wait_for("an answer", sensor.status)
    if times:
        print(f"after SIGKILL under load {statistics.median(times):.2f} s median, {max(times):.2f} s worst of {len(times)}", flush=True)
    raw = sensor.status()["store"]["raw_bytes"]
    assert sensor.stop(signal.SIGTERM) == 0
    return raw


def measure_scans(sensor, options, raw):
    for _ in range(options.scans):
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        code, out, error = sensor.command("query", "--where", "DeviceAction~^[xyz]{3,5}[0-9]$", "--count")
        assert code in (0, 1) and not error, f"query ended with {code}: {error}"  # 1: nothing was found
        wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"full scan                {raw / 1e6 / cpu:,.0f} MB raw a CPU-second, {raw / 1e6 / wall:,.0f} MB a second; answer {out.strip()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("store")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--scans", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        sensor = Sensor(options.program, pathlib.Path(folder) / "sensor", options={"commit_interval": "1s"})
        store = sensor.directory / "store"
        store.rmdir()
        store.symlink_to(pathlib.Path(options.store).resolve())
        text = sensor.config.read_text().replace("[storage]\n", '[storage]\nquota = "1TiB"\nretention = "3650d"\n', 1)
        sensor.config.write_text(text)
        raw = measure_starts(sensor, options)
        measure_scans(sensor, options, raw)


if __name__ == "__main__":
    main()

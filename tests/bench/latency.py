#!/usr/bin/env python3
"""From the last fact's arrival to the finding's line on disk, while other messages flow.

    tests/bench/latency.py PROGRAM LOAD [--last click|sign-in|alert] [--chains N] [--rate MESSAGES_A_SECOND]

Two facts of each of N victims are known; then, one after the other under load, the third comes in: the click by TCP, counted
from when it is sent, or the sign-in or alert from Graph, counted from the poll that fetches it. PROGRAM is lurewatch with its
default commit_interval, LOAD is lurewatch_load, both of the release preset.
"""

import argparse
import datetime as dt
import json
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import FakeGraph, Sensor, wait_for  # noqa: E402

INTERVAL_S = 0.25  # between clicks
WARM_UP_S = 5


def stamp(time_):
    return time_.strftime("%Y-%m-%dT%H:%M:%SZ")


def alert(i, now):
    return {"id": f"alert-{i}", "title": "A potentially malicious URL click was detected", "severity": "high", "status": "new",
            "serviceSource": "microsoftDefenderForOffice365", "createdDateTime": stamp(now), "lastUpdateDateTime": stamp(now),
            "firstActivityDateTime": stamp(now), "lastActivityDateTime": stamp(now),
            "evidence": [{"@odata.type": "#microsoft.graph.security.urlEvidence", "url": f"https://lure{i}.example/a"}]}


def sign_in(i, now):
    return {"id": f"sign-in-{i}", "createdDateTime": stamp(now), "userPrincipalName": f"victim{i}@contoso.com", "ipAddress": address(i),
            "appDisplayName": "OfficeHome", "clientAppUsed": "Browser", "userAgent": "Mozilla/5.0", "isInteractive": True,
            "signInEventTypes": ["interactiveUser"], "riskLevelDuringSignIn": "none", "status": {"errorCode": 0}}


def address(number):
    return f"203.0.{113 + number // 250}.{1 + number % 250}"


def click(number, time_):
    text = (f"{time_.strftime('%b %e %H:%M:%S')} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst={address(number)} "
            f"request=lure{number}.example/a suser=victim{number}@contoso.com rt={time_.strftime('%b %d %Y %H:%M:%S')}\n")
    return text.encode()


class AlertFile:
    def __init__(self, path):
        self.path, self.read = path, 0

    def tells_of(self, number):
        """Whether a line about the victim has come since the last call that said so."""
        if not self.path.exists() or self.path.stat().st_size == self.read:
            return False
        with open(self.path, "rb") as file:
            file.seek(self.read)
            new = file.read()
        if not new.endswith(b"\n") or f'"victim{number}@contoso.com"'.encode() not in new:
            return False
        self.read += len(new)
        return True


class Click:
    """The last fact comes by TCP."""

    def __init__(self, sensor):
        self.device = socket.create_connection(("127.0.0.1", sensor.tcp))

    def give(self, number):
        self.sent = time.time()
        self.device.sendall(click(number, dt.datetime.now(dt.timezone.utc)))

    def arrived(self):
        return self.sent


class Record:
    """The last fact comes from Graph: it has arrived with the first poll since it began to be added."""

    def __init__(self, graph, name, path, make):
        self.graph, self.name, self.path, self.make = graph, name, path, make

    def give(self, number):
        self.graph.control("requests", method="DELETE")
        self.given = time.time()
        self.graph.control(self.name, self.make(number, dt.datetime.now(dt.timezone.utc)))

    def arrived(self):
        polls = [poll["time"] for poll in self.graph.control("requests") if poll["path"].endswith(self.path)]
        return min(time_ for time_ in polls if time_ >= self.given)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("--last", choices=("click", "sign-in", "alert"), default="click")
    parser.add_argument("--chains", type=int, default=200)
    parser.add_argument("--rate", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        directory = pathlib.Path(folder)
        now = dt.datetime.now(dt.timezone.utc)
        for name, kind, make in (("alerts", "alert", alert), ("signins", "sign-in", sign_in)):
            rows = [make(i, now) for i in range(options.chains)] if kind != options.last else []
            (directory / f"{name}.json").write_text(json.dumps({"value": rows}))
        graph = FakeGraph(directory, "--alerts", directory / "alerts.json", "--signins", directory / "signins.json")
        sensor = Sensor(options.program, directory, graph.url)
        sensor.config.write_text("\n".join(row for row in sensor.config.read_text().splitlines() if not row.startswith("commit_interval")))
        sensor.start()
        wait_for("the facts are known", lambda: known(sensor, options))
        if options.last != "click":
            with socket.create_connection(("127.0.0.1", sensor.tcp)) as device:
                device.sendall(b"".join(click(i, now) for i in range(options.chains)))
            wait_for("the clicks are known", lambda: sensor.status()["store"]["events"] == options.chains)
        seconds = WARM_UP_S + options.chains * INTERVAL_S * 4 + 5
        load = subprocess.Popen([options.load, "send", "tcp", f"127.0.0.1:{sensor.tcp}", "--messages", str(int(seconds * options.rate)),
                                 "--rate", str(options.rate), "--pool", "100000"], stderr=subprocess.PIPE, text=True) if options.rate else None
        wait_for("the load flows", lambda: not options.rate or sensor.received() > options.rate, 120)
        time.sleep(WARM_UP_S)
        last = {"click": lambda: Click(sensor), "sign-in": lambda: Record(graph, "signins", "/auditLogs/signIns", sign_in),
                "alert": lambda: Record(graph, "alerts", "/security/alerts_v2", alert)}[options.last]()
        before, begin = sensor.received(), time.monotonic()
        delays = measure(AlertFile(sensor.alert_file), last, options.chains)
        rate = (sensor.received() - before) / (time.monotonic() - begin)
        if load:
            load.terminate()
            load.wait()
        assert sensor.stop() == 0
        graph.end()
    delays.sort()
    print(f"{len(delays)} findings, last the {options.last}, while {rate:.0f} messages a second flow: median {statistics.median(delays) * 1e3:.0f} ms, "
          f"90 of 100 within {delays[len(delays) * 90 // 100] * 1e3:.0f} ms, 99 within {delays[len(delays) * 99 // 100] * 1e3:.0f} ms, "
          f"slowest {delays[-1] * 1e3:.0f} ms")


def known(sensor, options):
    correlation = sensor.status()["correlation"]
    return (options.last == "sign-in" or correlation["sign_ins"] == options.chains) and \
        (options.last == "alert" or correlation["alerts"] == options.chains)


def measure(alert_file, last, chains):
    delays = []
    for number in range(chains):
        last.give(number)
        begin = time.monotonic()
        while not alert_file.tells_of(number):
            if time.monotonic() - begin > 30:
                raise SystemExit(f"no finding within 30 s of the last fact of victim {number}")
            time.sleep(0.002)
        delays.append(time.time() - last.arrived())
        time.sleep(random.uniform(0.5, 1) * INTERVAL_S)
    return delays


if __name__ == "__main__":
    main()

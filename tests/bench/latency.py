#!/usr/bin/env python3
"""From the last fact's arrival to the finding's line on disk, while other messages flow.

    tests/bench/latency.py PROGRAM LOAD [--chains N] [--rate MESSAGES_A_SECOND]

Alerts and sign-ins of N victims are known; then, one after the other under load, each victim's click comes in by TCP. PROGRAM
is lurewatch with its default commit_interval, LOAD is lurewatch_load, both of the release preset.
"""

import argparse
import datetime as dt
import json
import pathlib
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


def facts(chains, now):
    alerts, sign_ins = [], []
    for i in range(chains):
        user = f"victim{i}@contoso.com"
        alerts.append({"id": f"alert-{i}", "title": "A potentially malicious URL click was detected", "severity": "high", "status": "new",
                       "serviceSource": "microsoftDefenderForOffice365", "createdDateTime": stamp(now), "lastUpdateDateTime": stamp(now),
                       "firstActivityDateTime": stamp(now), "lastActivityDateTime": stamp(now),
                       "evidence": [{"@odata.type": "#microsoft.graph.security.urlEvidence", "url": f"https://lure{i}.example.net/a"}]})
        sign_ins.append({"id": f"sign-in-{i}", "createdDateTime": stamp(now), "userPrincipalName": user, "ipAddress": address(i),
                         "appDisplayName": "OfficeHome", "clientAppUsed": "Browser", "userAgent": "Mozilla/5.0", "isInteractive": True,
                         "signInEventTypes": ["interactiveUser"], "riskLevelDuringSignIn": "none", "status": {"errorCode": 0}})
    return alerts, sign_ins


def address(number):
    return f"203.0.{113 + number // 250}.{1 + number % 250}"


def click(number):
    time_ = dt.datetime.now(dt.timezone.utc)
    text = (f"{time_.strftime('%b %e %H:%M:%S')} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst={address(number)} "
            f"request=lure{number}.example.net/a suser=victim{number}@contoso.com rt={time_.strftime('%b %d %Y %H:%M:%S')}\n")
    return text.encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("--chains", type=int, default=200)
    parser.add_argument("--rate", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        directory = pathlib.Path(folder)
        alerts, sign_ins = facts(options.chains, dt.datetime.now(dt.timezone.utc))
        for name, rows in (("alerts", alerts), ("signins", sign_ins)):
            (directory / f"{name}.json").write_text(json.dumps({"value": rows}))
        graph = FakeGraph(directory, "--alerts", directory / "alerts.json", "--signins", directory / "signins.json")
        sensor = Sensor(options.program, directory, graph.url)
        sensor.config.write_text("\n".join(row for row in sensor.config.read_text().splitlines() if not row.startswith("commit_interval")))
        sensor.start()
        wait_for("the facts are known", lambda: sensor.status()["correlation"]["sign_ins"] == options.chains)
        seconds = WARM_UP_S + options.chains * INTERVAL_S + 5
        load = subprocess.Popen([options.load, "send", "tcp", f"127.0.0.1:{sensor.tcp}", "--messages", str(int(seconds * options.rate)),
                                 "--rate", str(options.rate), "--pool", "100000"], stderr=subprocess.PIPE, text=True) if options.rate else None
        wait_for("the load flows", lambda: not options.rate or sensor.received() > options.rate, 120)
        time.sleep(WARM_UP_S)
        delays = measure(sensor, options.chains)
        if load:
            load.terminate()
            load.wait()
        events = sensor.status()["store"]["events"]
        assert sensor.stop() == 0
        graph.end()
    delays.sort()
    print(f"{len(delays)} findings among {events} messages at {options.rate} a second: median {statistics.median(delays) * 1e3:.0f} ms, "
          f"90 of 100 within {delays[len(delays) * 90 // 100] * 1e3:.0f} ms, 99 within {delays[len(delays) * 99 // 100] * 1e3:.0f} ms, "
          f"slowest {delays[-1] * 1e3:.0f} ms")


def measure(sensor, chains):
    delays = []
    with socket.create_connection(("127.0.0.1", sensor.tcp)) as device:
        for number in range(chains):
            size = sensor.alert_file.stat().st_size if sensor.alert_file.exists() else 0
            begin = time.monotonic()
            device.sendall(click(number))
            while (sensor.alert_file.stat().st_size if sensor.alert_file.exists() else 0) == size:
                if time.monotonic() - begin > 30:
                    raise SystemExit(f"no finding within 30 s of click {number}")
                time.sleep(0.002)
            delays.append(time.monotonic() - begin)
            time.sleep(max(0, INTERVAL_S - delays[-1]))
    return delays


if __name__ == "__main__":
    main()

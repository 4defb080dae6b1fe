#!/usr/bin/env python3
"""Times the real binary at a large tenant's history: sign-ins by windows and links, alerts by time.

  graph_backfill.py BINARY [--signins 1000000] [--alerts 10000]

A server of its own makes the rows while they are asked for, about 2.5 KB a sign-in and 3 KB an alert, the same each time.
Prints rate, peak memory above idle and bytes on disk a sign-in.
"""

import argparse
import bisect
import calendar
import http.server
import json
import pathlib
import re
import socketserver
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor  # noqa: E402

HISTORY = 29 * 86400
NOW = int(time.time())
FILTER = re.compile(r"DateTime ge (\S{19})\.(\d+)Z(?: and \w+DateTime le (\S{19})\.(\d+)Z)?")
COUNTS = {"signins": 0, "alerts": 0}


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def time_of(feed, number):
    return NOW - HISTORY + number * HISTORY // max(1, COUNTS[feed])


def first_at(feed, seconds):
    """The number of the first row at or after `seconds`."""
    return bisect.bisect_left(range(COUNTS[feed]), seconds, key=lambda number: time_of(feed, number))


def signin(number):
    at = stamp(time_of("signins", number))
    user = number * 7919 % 20000
    return (f'{{"id":"{number:08x}-1f2e-4a5b-9c8d-{number * 2654435761 % (1 << 48):012x}","createdDateTime":"{at}",'
            f'"userDisplayName":"User {user}","userPrincipalName":"user{user}@contoso.com","userId":"{user:08x}-0000-4000-8000-000000000000",'
            f'"appId":"4765445b-32c6-49b0-83e6-1d93765276ca","appDisplayName":"OfficeHome","ipAddress":"198.51.{user % 256}.{number % 250}",'
            f'"clientAppUsed":"Browser","correlationId":"{number * 40503 % (1 << 32):08x}-aaaa-4bbb-8ccc-{number:012x}",'
            f'"conditionalAccessStatus":"success","isInteractive":true,"riskDetail":"none","riskLevelAggregated":"none",'
            f'"riskLevelDuringSignIn":"none","riskState":"none","riskEventTypes":[],"riskEventTypes_v2":[],'
            f'"resourceDisplayName":"Microsoft Graph","resourceId":"00000003-0000-0000-c000-000000000000",'
            f'"userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",'
            f'"status":{{"errorCode":{0 if number % 20 else 50126},"failureReason":"Other.","additionalDetails":null}},'
            f'"deviceDetail":{{"deviceId":"{user:08x}-dddd-4ddd-8ddd-dddddddddddd","displayName":"PC{user}","operatingSystem":"Windows10",'
            f'"browser":"Chrome 128.0.0","isCompliant":true,"isManaged":true,"trustType":"Azure AD joined"}},'
            f'"location":{{"city":"City {user % 300}","state":"State","countryOrRegion":"DE","geoCoordinates":{{"altitude":null,'
            f'"latitude":{user % 90}.5,"longitude":{user % 180}.25}}}},"appliedConditionalAccessPolicies":['
            + ",".join(f'{{"id":"{n:08x}-cccc-4ccc-8ccc-cccccccccccc","displayName":"Policy {n}","enforcedGrantControls":["Mfa"],'
                       f'"enforcedSessionControls":[],"result":"notApplied"}}' for n in range(6)) + "]}")


def alert(number):
    at = stamp(time_of("alerts", number))
    evidence = ",".join(f'{{"@odata.type":"#microsoft.graph.security.urlEvidence","createdDateTime":"{at}","verdict":"malicious",'
                        f'"remediationStatus":"none","roles":[],"tags":[],"url":"https://lure{number}.example/{n}/login"}}' for n in range(12))
    return (f'{{"id":"fa{number:030x}","title":"A potentially malicious URL click was detected","createdDateTime":"{at}",'
            f'"lastUpdateDateTime":"{at}","firstActivityDateTime":"{at}","lastActivityDateTime":"{at}","severity":"high","status":"new",'
            f'"serviceSource":"microsoftDefenderForOffice365","detectionSource":"microsoftDefenderForOffice365",'
            f'"category":"InitialAccess","evidence":[{evidence}]}}')


class Graph(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one segment: no wait for an acknowledgement in between
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b'{"token_type":"Bearer","expires_in":3599,"access_token":"bench"}')

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        feed = "alerts" if "alerts_v2" in url.path else "signins"
        if url.path.startswith("/beta"):
            return self.answer(b'{"value":[]}')
        if "$skiptoken" in query:
            begin, end = map(int, query["$skiptoken"].split("-"))
        else:
            lower, fraction, upper, _ = FILTER.search(query["$filter"]).groups()
            seconds = [calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%S")) for text in (lower, upper) if text]
            begin = first_at(feed, seconds[0] + (int(fraction) > 0))
            end = first_at(feed, seconds[1] + 1) if upper else COUNTS[feed]
            if feed == "alerts":
                begin = min(end, begin + int(query.get("$skip", 0)))
        top = min(end, begin + int(query.get("$top", 1000)))
        make = alert if feed == "alerts" else signin
        link = "" if feed == "alerts" or top == end else \
            f'"@odata.nextLink":"http://{self.headers["Host"]}{url.path}?$top=1000&$skiptoken={top}-{end}",'
        self.answer(("{" + link + '"value":[' + ",".join(map(make, range(begin, top))) + "]}").encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def memory(pid, key):
    return int(re.search(key + r":\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) * 1024


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--signins", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=10_000)
    options = parser.parse_args()
    COUNTS.update(signins=options.signins, alerts=options.alerts)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Graph)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        idle = Sensor(options.binary, pathlib.Path(folder) / "idle").start()
        idle_bytes = memory(idle.daemon.process.pid, "VmRSS")
        idle.stop()
        sensor = Sensor(options.binary, pathlib.Path(folder) / "busy", url, options={"signin_backfill": "30d", "interval": "1h"})
        begin = time.monotonic()
        sensor.start()
        pid = sensor.daemon.process.pid
        while True:
            time.sleep(1)
            counts = (sensor.status() or {}).get("correlation", {})
            if counts.get("sign_ins", 0) >= options.signins and counts.get("alerts", 0) >= options.alerts:
                break
            if time.monotonic() - begin > 3600:
                sys.exit(f"not done within an hour: {counts}, {sensor.status()['graph']}")
        seconds = time.monotonic() - begin
        peak, cpu = memory(pid, "VmHWM"), cpu_seconds(pid)
        sensor.stop()
        size = sum(path.stat().st_size for path in (pathlib.Path(folder) / "busy" / "store").rglob("*") if path.is_file())
        total = options.signins + options.alerts
        raw = len(signin(1)) * options.signins
        print(json.dumps({"seconds": round(seconds, 1), "records_per_second": round(total / seconds),
                          "cpu_us_per_record": round(cpu / total * 1e6), "idle_mib": round(idle_bytes / 2**20, 1),
                          "peak_above_idle_mib": round((peak - idle_bytes) / 2**20, 1),
                          "bytes_per_signin": round(size / options.signins), "json_bytes_per_signin": round(raw / options.signins)}))
    server.shutdown()


if __name__ == "__main__":
    main()

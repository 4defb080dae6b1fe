#!/usr/bin/env python3
"""Graph's feeds over crashes and odd tenants, with the real binary."""

import json
import pathlib
import signal
import socket
import sqlite3
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import FakeGraph, Sensor, binary, wait_for  # noqa: E402


def stamp(seconds_ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def signin(number, seconds_ago):
    return {"id": f"s{number}", "createdDateTime": stamp(seconds_ago), "userPrincipalName": f"user{number % 9}@contoso.com",
            "userId": "u", "ipAddress": "203.0.113.7", "isInteractive": number % 3 != 0, "status": {"errorCode": 0}}


def alert(number, seconds_ago):
    return {"id": f"a{number}", "title": "A potentially malicious URL click was detected", "createdDateTime": stamp(seconds_ago),
            "lastUpdateDateTime": stamp(seconds_ago), "serviceSource": "microsoftDefenderForOffice365", "severity": "high",
            "status": "new", "evidence": []}


class Restart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def start(self, sensor):
        sensor.start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        return sensor

    def rows(self, table):
        with sqlite3.connect(f"file:{self.directory}/store/state.db?mode=ro", uri=True) as state:
            return sorted(row[0] for row in state.execute(f"SELECT id FROM {table}"))

    def test_a_kill_in_the_middle_of_paging_loses_no_row_doubles_none_and_asks_for_no_old_page(self):
        graph = FakeGraph(self.directory, "--page-size", "50")
        self.addCleanup(graph.end)
        graph.control("signins", [signin(n, 36 * 3600 - n * 500) for n in range(240)])
        graph.control("alerts", [alert(n, 36 * 3600 - n * 500) for n in range(240)])
        for path in ("/v1.0/auditLogs", "/v1.0/security"):
            graph.control("fault", {"path": path, "kind": "slow", "seconds": 0.05, "times": 10000})
        sensor = self.start(Sensor(binary(), self.directory, graph.url))
        for _ in range(3):
            counts = sensor.status()["correlation"]
            wait_for("paging is under way", lambda: sensor.status()["correlation"]["sign_ins"] > counts["sign_ins"]
                     or sensor.status()["correlation"]["sign_ins"] == 240, 60)
            sensor.stop(signal.SIGKILL)
            with sqlite3.connect(f"file:{self.directory}/store/state.db?mode=ro", uri=True) as state:
                cursors = dict(state.execute("SELECT name, value FROM cursors WHERE name LIKE 'graph.%s'"))
            graph.control("requests", method="DELETE")
            self.start(sensor)
            wait_for("it polls again", lambda: graph.control("requests"))
            for feed, path, overlap in (("graph.signins", "/v1.0/auditLogs/signIns", 2 * 3600), ("graph.alerts", "/v1.0/security", 1800)):
                if feed not in cursors:
                    continue
                first = wait_for(f"{feed} is asked", lambda: next(
                    (seen for seen in graph.control("requests") if seen["path"].startswith(path)), None))
                lower = first["query"]["$filter"].split(" ge ")[1][:19]
                reached = time.mktime(time.strptime(cursors[feed][:19], "%Y-%m-%dT%H:%M:%S"))
                self.assertGreaterEqual(time.mktime(time.strptime(lower, "%Y-%m-%dT%H:%M:%S")), reached - overlap - 1)
        wait_for("every row is there", lambda: (sensor.status()["correlation"]["sign_ins"],
                                               sensor.status()["correlation"]["alerts"]) == (240, 240), 120)
        self.assertEqual(0, sensor.stop())
        self.assertEqual(sorted(f"s{n}" for n in range(240)), self.rows("sign_ins"))
        self.assertEqual(sorted(f"a{n}" for n in range(240)), self.rows("alerts"))

    def test_history_shows_its_progress_and_can_be_interrupted(self):
        graph = FakeGraph(self.directory)
        self.addCleanup(graph.end)
        graph.control("signins", [signin(n, n * 600) for n in range(100)])
        graph.control("fault", {"path": "/v1.0/auditLogs", "kind": "slow", "seconds": 0.1, "times": 10000})
        sensor = self.start(Sensor(binary(), self.directory, graph.url))
        progress = wait_for("history is read", lambda: sensor.status()["graph"]["signins"]["progress"])
        self.assertLess(progress["reached"], progress["until"])
        self.assertIn("reading history", sensor.command("status")[1])
        begin = time.monotonic()
        self.assertEqual(0, sensor.stop())
        self.assertLess(time.monotonic() - begin, 10)

    def click_alert_and_sign_in(self, graph, sensor):
        """Somebody whom the device calls BRANCH\\aex7 reaches a lure, and is signed in from its address a minute later."""
        bait = {"@odata.type": "#microsoft.graph.security.urlEvidence", "url": "https://lure.example.net/a", "verdict": "malicious"}
        graph.control("alerts", [alert(1, 60) | {"evidence": [bait]}])
        graph.control("signins", [signin(1, 120) | {"userPrincipalName": "alice.example@contoso.com", "ipAddress": "198.51.100.77"}])
        with socket.create_connection(("127.0.0.1", sensor.tcp)) as sender:
            sender.sendall(f"<14>{stamp(180)} h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed rt={int(time.time() - 180) * 1000} "
                           "request=https://lure.example.net/a dst=198.51.100.77 src=10.1.2.3 suser=BRANCH\\\\aex7\n".encode())

    def test_users_of_the_directory_turn_logged_names_into_sign_in_names(self):
        graph = FakeGraph(self.directory)
        self.addCleanup(graph.end)
        graph.control("users", [{"id": "1", "userPrincipalName": "alice.example@contoso.com", "displayName": "Alice Example",
                                 "mail": None, "proxyAddresses": ["SMTP:al@contoso.com"], "onPremisesSamAccountName": "AEX7",
                                 "onPremisesDomainName": "branch.contoso.com"}])
        sensor = Sensor(binary(), self.directory, graph.url, extra="[graph.users]\nenabled = true\ninterval = \"500ms\"\n")
        self.start(sensor)
        wait_for("the users are read", lambda: sensor.status()["graph"]["users"]["polls"] >= 1)
        self.assertEqual(["1"], self.rows("users"))
        self.click_alert_and_sign_in(graph, sensor)
        found = wait_for("the logged name is the signed-in user", sensor.findings)
        self.assertEqual(("alice.example@contoso.com", "lure.example.net"), (found[0]["user"], found[0]["host"]))
        self.assertEqual("1\n", sensor.command("query", "--count", "--user", "alice.example@contoso.com")[1])
        code, out, error = sensor.command("hunt", "--since", "1d", "--json")
        self.assertEqual((0, [found[0]["id"]]), (code, [json.loads(line)["id"] for line in out.splitlines()]), error)
        graph.control("users", [{"id": "1", "@removed": {"reason": "deleted"}}])
        wait_for("the removal is read", lambda: self.rows("users") == [])
        self.assertEqual(0, sensor.stop())

    def test_what_a_cloud_does_not_have_is_told_and_the_rest_goes_on(self):
        graph = FakeGraph(self.directory)
        self.addCleanup(graph.end)
        graph.control("signins", [signin(1, 600)])
        graph.control("fault", {"path": "/beta", "kind": "status", "status": 403, "times": 10000,
                                "code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                                "message": "Neither tenant is B2C or tenant doesn't have premium license"})
        sensor = Sensor(binary(), self.directory, graph.url)
        sensor.config.write_text(sensor.config.read_text().replace("[graph]\n", "[graph]\ncloud = \"china\"\n", 1))
        code, _, error = sensor.command("check")
        self.assertEqual(78, code)
        self.assertIn("China", error)
        self.start(sensor)
        wait_for("sign-ins are polled", lambda: sensor.status()["graph"]["signins"]["polls"] >= 1)
        status = sensor.status()["graph"]
        self.assertIn("China", status["alerts"]["last_error"])
        self.assertIsNone(status["signins"]["last_error"])
        self.assertIn("interactive ones go on", status["signins"]["warnings"][0])
        self.assertEqual([], [seen for seen in graph.control("requests") if "security" in seen["path"]])


if __name__ == "__main__":
    unittest.main()

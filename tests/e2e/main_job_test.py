"""The bundled day through the real binary: live over UDP and TCP, killed and restarted, and replayed."""

import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import FakeGraph, Sensor, binary, key_of, make_day, send, wait_for  # noqa: E402


LINE = b"<14>Nov 24 08:00:00 h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/ suser=a@contoso.com"


class DemoDay(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.directory = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.expected = make_day(self.directory)
        self.wanted = {tuple(found.values()) for found in self.expected["found"]}
        self.graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json")
        self.addCleanup(self.graph.end)
        self.sensor = Sensor(binary(), self.directory, self.graph.url)

    def send_all(self):
        send("udp", self.sensor.udp, self.directory / "udp.log")
        send("tcp", self.sensor.tcp, self.directory / "tcp.log")
        wait_for("every message arrives", lambda: self.sensor.received() == sum(self.expected["messages"].values()))

    def found(self):
        return {key_of(finding) for finding in self.sensor.findings()}

    def test_a_day_over_udp_and_tcp_gives_its_chains_and_no_near_miss(self):
        self.sensor.start()
        self.send_all()
        wait_for("every chain is found", lambda: self.wanted <= self.found())
        status = self.sensor.status()
        for entry in status["inputs"]:
            self.assertEqual(entry["received"], entry["parsed"] + entry["quarantined"] + entry["dropped"])
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(self.wanted, self.found())
        lines = [(finding["id"], finding["revision"]) for finding in self.sensor.findings()]
        self.assertEqual(len(lines), len(set(lines)))

    def test_a_sensor_killed_after_ingest_goes_on_where_it_was_and_writes_nothing_twice(self):
        self.graph.control("fault", {"path": "/v1.0/security", "kind": "status", "status": 503, "times": 1000})
        self.sensor.start()
        self.send_all()
        wait_for("everything is committed", lambda: self.sensor.status()["store"]["events"] == sum(self.expected["messages"].values()))
        self.assertEqual(set(), self.found())
        self.sensor.stop(signal.SIGKILL)
        self.graph.end()
        self.graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json")
        self.addCleanup(self.graph.end)
        self.sensor.config.write_text(self.sensor.config_text(self.graph.url, "", {}))
        self.sensor.start()
        wait_for("every chain is found", lambda: self.wanted <= self.found())
        self.assertEqual(0, self.sensor.stop())
        self.sensor.start()
        self.assertEqual(6, wait_for("the open windows are known again", lambda: self.sensor.status()["correlation"]["open_windows"]))
        self.assertEqual(0, self.sensor.stop())
        lines = [(finding["id"], finding["revision"]) for finding in self.sensor.findings()]
        self.assertEqual(len(lines), len(set(lines)))
        self.assertEqual(self.wanted, self.found())

    def test_replay_gives_the_same_findings_and_the_same_bytes_each_time(self):
        words = ["replay", self.directory / "udp.log", self.directory / "tcp.log", "--alerts", self.directory / "alerts.json",
                 "--signins", self.directory / "signins.json", "--json"]
        first, second = self.sensor.command(*words)[1], self.sensor.command(*words)[1]
        self.assertEqual(first, second)

        self.assertEqual(self.wanted, {key_of(json.loads(line)) for line in first.splitlines()})


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.sensor = Sensor(binary(), folder.name)

    def test_replay_reads_a_file_of_graphs_records_however_long(self):
        agent = "Mozilla/5.0 " + 2_000_000 * "x"
        rows = [{"id": f"s{i}", "createdDateTime": "2026-11-24T08:05:00Z", "userPrincipalName": "a@contoso.com", "ipAddress": "203.0.113.9",
                 "userAgent": agent, "status": {"errorCode": 0}} for i in range(36)]
        file = self.sensor.directory / "signins.json"
        file.write_text(json.dumps({"value": rows}))
        self.assertIn("36 sign-ins", self.sensor.command("replay", "/dev/null", "--signins", file)[2])
        file.write_text("nothing of Graph")
        self.assertIn(f"{file}: bad_json", self.sensor.command("replay", "/dev/null", "--signins", file)[2])

    def test_an_unknown_key_is_refused_with_its_place(self):
        self.sensor.config.write_text("[storage]\nretension = \"1d\"\n")
        code, _, error = self.sensor.command("check")
        self.assertEqual(78, code)
        self.assertIn("lurewatch.toml:2:1:", error)
        self.assertIn("did you mean `retention`?", error)

    def test_a_port_in_use_is_named(self):
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())
        second = Sensor(binary(), self.sensor.directory / "second")
        second.config.write_text(second.config.read_text().replace(f":{second.udp}\"", f":{self.sensor.udp}\""))
        code, _, error = second.command("run")
        self.assertEqual(1, code)
        self.assertIn("the port is taken", error)

    def test_random_bytes_and_a_message_of_ten_mebibytes_are_counted_and_cost_nothing_else(self):


        self.sensor.start()
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(b"\x00\xff" + os.urandom(100).replace(b"\n", b"x").replace(b"\0", b"x") + b"\n")
            sender.sendall(b"<14>CEF:0|V|P|1|1|n|5|msg=" + b"a" * (10 << 20) + b"\n")
            sender.sendall(b"<14>Nov 24 08:00:00 h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/ suser=a@contoso.com\n")
        tcp = wait_for("the good message is parsed", lambda: next((entry for entry in self.sensor.status()["inputs"] if entry["transport"] == "tcp" and entry["parsed"] == 1), None))
        self.assertGreaterEqual(tcp["quarantined"], 2)
        self.assertEqual(tcp["received"], tcp["parsed"] + tcp["quarantined"] + tcp["dropped"])
        self.assertEqual(0, self.sensor.stop())


class Surroundings(unittest.TestCase):
    """What goes wrong around the sensor: a message each, and nothing else lost."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.directory = pathlib.Path(self.folder.name)

    def test_a_directory_that_cannot_be_written_is_named(self):
        (self.directory / "file").write_text("")
        sensor = Sensor(binary(), self.directory)
        sensor.config.write_text(sensor.config.read_text().replace(f"{self.directory}/store", f"{self.directory}/file/store"))
        for command in ("check", "run"):
            code, _, error = sensor.command(command)
            self.assertNotEqual(0, code)
            self.assertIn(f"{self.directory}/file", error)

    def test_check_is_right_for_a_reload_which_systemd_shows_no_credentials(self):
        sensor = Sensor(binary(), self.directory, graph_url="http://127.0.0.1:9")
        sensor.config.write_text(sensor.config.read_text().replace(f"{self.directory}/graph-client-secret", "graph-client-secret"))
        shut = self.directory / "credentials" / "lurewatch.service"  # not there is as good as shut: root may enter any
        code, out, error = sensor.command("check", env={**os.environ, "CREDENTIALS_DIRECTORY": str(shut)})
        self.assertEqual(0, code, error)
        self.assertIn("graph-client-secret was not looked at: systemd shows it to the service alone", error)
        shut.mkdir(parents=True)
        code, _, error = sensor.command("check", env={**os.environ, "CREDENTIALS_DIRECTORY": str(shut)})
        self.assertEqual(78, code, "the service itself is told of a secret that isn't there")

    def test_graphs_failures_are_told_while_they_last_and_cost_no_finding(self):
        expected = make_day(self.directory, benign=20)
        wanted = {tuple(found.values()) for found in expected["found"]}
        graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json")
        self.addCleanup(graph.end)
        for path, fault in (("/v1.0/security", {"kind": "status", "status": 429, "retry_after": 1}),
                            ("/v1.0/auditLogs", {"kind": "half_body"}), ("/v1.0/auditLogs", {"kind": "status", "status": 401}),
                            ("/beta/auditLogs", {"kind": "status", "status": 500})):
            graph.control("fault", {"path": path, "times": 1, **fault})
        sensor = Sensor(binary(), self.directory, graph.url).start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        send("udp", sensor.udp, self.directory / "udp.log")
        send("tcp", sensor.tcp, self.directory / "tcp.log")
        wait_for("the throttling is counted", lambda: sensor.status()["graph"]["alerts"]["throttled"] == 1)
        wait_for("every chain is found", lambda: wanted <= {key_of(finding) for finding in sensor.findings()}, 60)
        # The day has an alert without evidence; it is stored and hurts nothing.
        wait_for("all alerts are counted", lambda: sensor.status()["correlation"]["alerts"] == 8)
        self.assertEqual(0, sensor.stop())

    def test_a_wrong_secret_is_told_in_status_and_logs_still_come_in(self):
        expected = make_day(self.directory, benign=20)
        graph = FakeGraph(self.directory, "--client-secret", "another")
        self.addCleanup(graph.end)
        sensor = Sensor(binary(), self.directory, graph.url).start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        send("tcp", sensor.tcp, self.directory / "tcp.log")
        wait_for("the messages arrive", lambda: sensor.received() == expected["messages"]["tcp"])
        error = wait_for("status tells", lambda: sensor.status()["graph"]["alerts"]["last_error"])
        self.assertIn("secret", error)
        self.assertNotIn("demo~secret", error + sensor.daemon.log_text())
        self.assertIn("! Graph alerts:", sensor.command("status")[1])

    def test_a_configuration_that_fails_at_reload_keeps_the_old_one_and_a_right_one_is_taken(self):
        sensor = Sensor(binary(), self.directory).start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        right = sensor.config.read_text()
        sensor.config.write_text(right + "[storrage]\n")
        sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the mistake is logged", lambda: "stays in force" in sensor.daemon.log_text())
        sensor.config.write_text(right.replace(f'map_file = ""', 'map_file = "/nowhere/names.csv"'))
        sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the file that isn't there is logged", lambda: "The new configuration can't serve" in sensor.daemon.log_text())
        wait_for("the old one serves again", lambda: sensor.status())
        sensor.config.write_text(right.replace("firewalls-tcp", "branch-tcp"))
        sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the new name serves", lambda: (sensor.status() or {"inputs": [{}]})["inputs"][-1].get("name") == "branch-tcp")
        self.assertEqual(0, sensor.stop())

    def test_status_answers_while_the_file_has_a_mistake_that_the_service_does_not_run_by(self):
        sensor = Sensor(binary(), self.directory).start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        right = sensor.config.read_text()
        sensor.config.write_text(right + "[storrage]\n")
        code, out, err = sensor.command("status", "--json")
        self.assertEqual(0, code, err)
        self.assertEqual(2, len(json.loads(out)["inputs"]))
        self.assertIn("`storrage` is not a section that there is", err)
        self.assertIn("The service that answers runs by what the file said before.", err)
        self.assertEqual(0, sensor.stop())
        self.assertEqual(78, sensor.command("status")[0], "with nobody to answer, the mistake is the answer")


class Connections(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.sensor = Sensor(binary(), folder.name).start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def wait_parsed(self, count):
        wait_for(f"{count} messages are parsed", lambda: self.sensor.status()["inputs"][1]["parsed"] == count)

    def test_a_hangup_with_nothing_new_keeps_the_connections(self):
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(LINE + b"\n")
            self.wait_parsed(1)
            self.sensor.daemon.process.send_signal(signal.SIGHUP)
            sender.sendall(LINE + b"\n")
            self.wait_parsed(2)

    def test_a_sender_that_stays_connected_delays_no_stop_and_loses_nothing_that_it_sent(self):
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(LINE + b"\n" + LINE)
            self.wait_parsed(1)
            begin = time.monotonic()
            self.assertEqual(0, self.sensor.stop())
            self.assertLess(time.monotonic() - begin, 3)
        self.assertIn("messages=2", self.sensor.daemon.log_text())

    def test_a_mistyped_socket_path_deletes_no_file(self):
        victim = self.sensor.directory / "precious"
        victim.write_text("data")
        second = Sensor(binary(), self.sensor.directory / "second")
        second.config.write_text(second.config.read_text().replace(f"{second.directory}/lurewatch.sock", str(victim)))
        self.assertEqual(1, second.command("run")[0])
        self.assertEqual("data", victim.read_text())


if __name__ == "__main__":
    unittest.main()

"""Metrics: valid in Prometheus' eyes, scraped by a real one, and as honest as status; /healthz tells what is wrong."""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import FakeGraph, Process, ROOT, Sensor, binary, free_port, wait_for  # noqa: E402

MONITORING = ROOT / "packaging" / "monitoring"
LINE = b"<14>Nov 24 08:00:00 h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/ suser=a@contoso.com\n"


def get(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(text):
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


class Metrics(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.port = free_port()
        self.graph = FakeGraph(self.directory)
        self.addCleanup(self.graph.end)
        self.sensor = Sensor(binary(), self.directory, self.graph.url)
        self.sensor.config.write_text(self.sensor.config.read_text().replace("[status]", f'[status]\nmetrics = "127.0.0.1:{self.port}"'))
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def send(self, data):
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(data)

    def test_what_is_served_is_valid_and_agrees_with_status(self):
        self.send(LINE * 3 + b"no cef at all \x01\n")
        wait_for("all arrive", lambda: self.sensor.received() == 4)
        code, text = get(self.port, "/metrics?x=1")
        self.assertEqual(200, code)
        seen = samples(text)
        label = '{input="firewalls-tcp",transport="tcp"}'
        received, parsed, dropped = (seen[f"lurewatch_input_{kind}_messages_total{label}"] for kind in
                                     ("received", "parsed", "dropped"))
        reasons = {name: value for name, value in seen.items()
                   if name.startswith(f"lurewatch_input_quarantined_messages_total{label[:-1]},reason=")}
        quarantined = sum(reasons.values())
        self.assertEqual(1, reasons[f'lurewatch_input_quarantined_messages_total{label[:-1]},reason="not_cef"}}'])
        self.assertEqual(13, len(reasons))
        self.assertEqual(4, received)
        self.assertEqual(received, parsed + quarantined + dropped)
        self.assertEqual(3, seen['lurewatch_vendor_events_total{input="firewalls-tcp",transport="tcp",vendor="Zscaler"}'])
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True)
        self.assertEqual((0, b""), (checked.returncode, checked.stderr))

    def test_healthz_is_well_while_data_flows_and_says_why_not_when_graph_fails(self):
        self.send(LINE)
        wait_for("Graph was polled", lambda: self.sensor.status()["graph"]["signins"]["last_success"])
        self.assertEqual((200, "ok\n"), get(self.port, "/healthz"))
        self.assertEqual(404, get(self.port, "/")[0])
        self.assertEqual(405, get(self.port, "/metrics", "POST")[0])
        self.assertEqual((200, ""), get(self.port, "/metrics", "HEAD"))

    def test_a_peer_that_sends_garbage_or_nothing_keeps_nobody_else_waiting(self):
        idle = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(5)]
        with socket.create_connection(("127.0.0.1", self.port)) as peer:
            peer.sendall(b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n")
        self.assertEqual(200, get(self.port, "/metrics")[0])
        for peer in idle:
            peer.close()

    def test_a_request_that_a_reload_overtakes_gets_an_answer_and_the_next_one_too(self):
        with socket.create_connection(("127.0.0.1", self.port)) as slow:
            slow.sendall(b"GET /metrics HTTP/1.1\r\n")
            self.assertEqual(200, get(self.port, "/metrics")[0])  # so the slow one is accepted
            started = self.sensor.status()["started"]
            self.sensor.config.write_text(self.sensor.config.read_text() + "# changed\n")
            self.sensor.daemon.process.send_signal(signal.SIGHUP)
            wait_for("the reload", lambda: (self.sensor.status() or {"started": started})["started"] != started)
            slow.sendall(b"Host: x\r\n\r\n")
            self.assertIn(b"503", slow.recv(100))
        self.assertEqual(200, get(self.port, "/metrics")[0])

    def test_a_real_prometheus_scrapes_it_and_loads_the_rules(self):
        if not shutil.which("prometheus"):
            self.skipTest("skipped: prometheus is not installed")
        web = free_port()
        config = self.directory / "prometheus.yml"
        config.write_text((MONITORING / "prometheus.yml").read_text().replace("127.0.0.1:9464", f"127.0.0.1:{self.port}")
                          .replace("15s", "1s").replace("alerts.yml", str(MONITORING / "alerts.yml")))
        prometheus = Process(["prometheus", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{web}",
                              f"--storage.tsdb.path={self.directory}/tsdb"], self.directory / "prometheus.log", cwd=self.directory)
        self.addCleanup(prometheus.end)
        self.send(LINE * 2)

        def asked(path):
            try:
                code, text = get(web, path)
            except OSError:
                return None
            return json.loads(text)["data"] if code == 200 else None

        wanted = "/api/v1/query?query=lurewatch_input_received_messages_total%7Binput%3D%22firewalls-tcp%22%7D"
        found = wait_for("two messages in Prometheus", lambda: [row for row in (asked(wanted) or {}).get("result", []) if row["value"][1] == "2"], 60)
        self.assertEqual("lurewatch", found[0]["metric"]["job"])
        rules = (MONITORING / "alerts.yml").read_text().count("- alert:")
        self.assertEqual(rules, len(asked("/api/v1/rules")["groups"][0]["rules"]))


class Rules(unittest.TestCase):
    def test_each_metric_that_a_rule_or_the_dashboard_names_exists(self):
        import re
        source = (ROOT / "sensor" / "metrics.cpp").read_text()
        known = set(re.findall(r'"(lurewatch_\w+)"', source))
        for file in ("alerts.yml", "grafana.json", "alerts_test.yml"):
            named = set(re.findall(r"\blurewatch_\w+", (MONITORING / file).read_text()))
            self.assertEqual(set(), named - known, file)

    def test_promtool_passes_the_rules_and_their_tests(self):
        if not shutil.which("promtool"):
            self.skipTest("skipped: promtool is not installed")
        for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
            ran = subprocess.run(["promtool", *words], cwd=MONITORING, capture_output=True, text=True)
            self.assertEqual(0, ran.returncode, ran.stdout + ran.stderr)


class Refused(unittest.TestCase):
    def test_metrics_on_another_address_than_loopback_are_a_mistake(self):
        with tempfile.TemporaryDirectory(prefix="lurewatch-e2e-") as folder:
            sensor = Sensor(binary(), folder)
            for address in ("0.0.0.0:9464", "192.0.2.1:9464", "[::]:9464", "9464"):
                sensor.config.write_text(f'[status]\nmetrics = "{address}"\n')
                code, _, error = sensor.command("check")
                self.assertEqual(78, code, address)
                self.assertIn("127.0.0.1:9464", error)


if __name__ == "__main__":
    unittest.main()

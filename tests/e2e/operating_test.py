"""What an operator does: simulate, doctor, support-bundle, status --watch; and what systemd is told."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import ROOT, FakeGraph, Process, Sensor, binary, free_port, wait_for  # noqa: E402


class Operating(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.sensor = Sensor(binary(), self.directory)
        self.addCleanup(lambda: self.sensor.daemon and self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def symptoms(self):
        code, out, err = self.sensor.command("doctor", "--json")
        return code, {row["check"]: row for row in map(json.loads, out.splitlines())}

    def test_simulate_goes_through_every_input_and_times_each_hop(self):
        self.sensor.start()
        for name in ("firewalls-udp", "firewalls-tcp"):
            code, out, err = self.sensor.command("simulate", "--json", "--input", name)
            self.assertEqual(0, code, err)
            made = json.loads(out)
            self.assertTrue(made["test"])
            self.assertEqual(4, len(made["hops"]))
            self.assertTrue(all(hop["ms"] >= 0 for hop in made["hops"]), made)
            finding = next(line for line in self.sensor.findings() if line["id"] == made["id"])
            self.assertIs(True, finding["test"])
            self.assertTrue(finding["user"].endswith("@lurewatch.invalid"))
            self.assertEqual(name, finding["evidence"]["events"][0]["input"])
        self.assertIn("TEST", self.sensor.command("findings", made["id"])[1])
        self.assertEqual(2, len(self.sensor.findings()))

    def test_simulate_without_a_daemon_or_without_an_input_says_so(self):
        self.assertEqual(69, self.sensor.command("simulate")[0])
        code, _, error = self.sensor.command("simulate", "--input", "none")
        self.assertEqual(1, code)
        self.assertIn("no input of that name", error)

    def test_simulate_to_an_input_that_refuses_this_machine_names_allow(self):
        self.sensor.config.write_text(self.sensor.config.read_text().replace('transport = "udp"', 'transport = "udp"\nallow = ["203.0.113.9/32"]'))
        self.sensor.start()
        code, _, error = self.sensor.command("simulate", "--input", "firewalls-udp")
        self.assertEqual(1, code)
        self.assertIn("`allow`", error)

    def test_doctor_names_who_holds_a_port(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(("127.0.0.1", self.sensor.udp))
            code, found = self.symptoms()
        self.assertEqual(1, code)
        self.assertEqual("wrong", found["port"]["verdict"])
        self.assertIn(f"(process {os.getpid()})", found["port"]["finding"])
        self.assertEqual("wrong", found["service"]["verdict"])

    def test_doctor_asks_graph_and_passes_on_what_it_refuses(self):
        graph = FakeGraph(self.directory)
        self.addCleanup(graph.end)
        self.sensor.config.write_text(self.sensor.config_text(graph.url, "", {}))
        self.sensor.start()
        self.assertEqual("fine", self.symptoms()[1]["graph"]["verdict"])
        graph.control("fault", {"path": "/v1.0/auditLogs", "kind": "status", "status": 403, "times": 100,
                                "code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                                "message": "Neither tenant is B2C or tenant doesn't have premium license"})
        code, found = self.symptoms()
        self.assertEqual((1, "wrong"), (code, found["graph"]["verdict"]))
        self.assertIn("P1", found["graph"]["mend"])

    def test_doctor_tells_native_rows_and_rows_without_url(self):
        self.sensor.start()
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(b"<14>Nov 24 08:00:00 h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed suser=a@contoso.com\n" * 120)
            sender.sendall(b'<189>date=2026-11-24 time=08:00:00 devname="fw" devid="FG100" logid="0316013056" type="utm" subtype="webfilter"\n')
        wait_for("all arrive", lambda: self.sensor.received() == 121)
        found = self.symptoms()[1]
        self.assertEqual("wrong", found["url"]["verdict"])
        self.assertEqual("wrong", found["format"]["verdict"])

    def test_doctor_tells_rows_without_user_and_users_that_nothing_maps(self):
        self.sensor.start()
        row = "<14>Nov 24 08:00:00 h CEF:0|{}|x|1|Allowed|Allowed|3|act=Allowed request=www.example.com/ {}\n"
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall((row.format("Zscaler|NSSWeblog", "") * 120).replace("|x|", "|").encode())
            sender.sendall((row.format("Check Point|URL Filtering", "suser=OTHER\\\\jdoe") * 120).replace("|x|", "|").encode())
        wait_for("all arrive", lambda: self.sensor.received() == 240)
        found = self.symptoms()[1]
        self.assertIn("Zscaler", found["user"]["finding"])
        self.assertIn("User-ID", found["user"]["mend"])
        self.assertIn("Check Point", found["user-map"]["finding"])
        self.assertIn("map_file", found["user-map"]["mend"])

    def test_doctor_tells_a_device_in_another_time_zone(self):
        self.sensor.start()
        stamp = time.strftime("%b %d %H:%M:%S", time.gmtime(time.time() + 3 * 3600))
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as sender:
            sender.sendall(f"<14>{stamp} h CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/ suser=a@contoso.com\n".encode() * 120)
        wait_for("all arrive", lambda: self.sensor.received() == 120)
        found = self.symptoms()[1]["time"]
        self.assertEqual("wrong", found["verdict"])
        self.assertIn("3 h off", found["finding"])
        self.assertIn("timezone", found["mend"])

    def test_doctor_tells_datagrams_that_the_kernel_dropped(self):
        self.sensor.config.write_text(self.sensor.config.read_text().replace('transport = "udp"', 'transport = "udp"\nreceive_buffer = "64KiB"'))
        self.sensor.start()
        self.sensor.daemon.process.send_signal(signal.SIGSTOP)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for _ in range(2000):
                    sender.sendto(b"<14>x" * 100, ("127.0.0.1", self.sensor.udp))
        finally:
            self.sensor.daemon.process.send_signal(signal.SIGCONT)
        found = self.symptoms()[1]
        self.assertEqual("wrong", found["kernel-drops"]["verdict"])
        self.assertTrue(found["kernel-drops"]["mend"])

    def test_doctor_tells_a_missing_permission_an_old_secret_and_a_certificate_that_ends(self):
        graph = FakeGraph(self.directory)
        self.addCleanup(graph.end)
        pem, key = self.directory / "server.pem", self.directory / "server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10", "-subj", "/CN=localhost", "-keyout", key, "-out", pem],
                       check=True, capture_output=True)
        tls = f'[[listen]]\nname = "tls"\ntransport = "tls"\naddress = "127.0.0.1:{free_port()}"\ncertificate = "{pem}"\nprivate_key = "{key}"\n'
        self.sensor.config.write_text(self.sensor.config_text(graph.url, tls, {}))
        old = time.time() - 151 * 86400
        os.utime(self.directory / "graph-client-secret", (old, old))
        self.sensor.start()
        graph.control("fault", {"path": "/v1.0/security", "kind": "status", "status": 403, "times": 100, "code": "Forbidden",
                                "message": "Missing application scopes. API required scopes: SecurityAlert.Read.All"})
        found = self.symptoms()[1]
        self.assertEqual("wrong", found["graph"]["verdict"])
        self.assertIn("SecurityAlert.Read.All", found["graph"]["mend"])
        self.assertEqual("doubtful", found["secret"]["verdict"])
        self.assertEqual("doubtful", found["certificate"]["verdict"])
        self.assertIn(str(pem), found["certificate"]["finding"])

    def test_doctor_tells_findings_that_nobody_has_read_for_a_day_though_newer_ones_came(self):
        now = time.time()
        stamp = lambda ago: time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(now - ago))
        self.sensor.alert_file.write_text("".join(f'{{"time":"{stamp(ago)}","id":"{ago}"}}\n' for ago in (200_000, 90_000, 60)))
        self.sensor.start()
        os.utime(self.sensor.alert_file, (now - 100_000, now - 60))
        self.assertEqual("wrong", self.symptoms()[1]["alert-file"]["verdict"])
        self.assertEqual("wrong", self.symptoms()[1]["alert-file"]["verdict"], "doctor counts as a reader of its own")
        os.utime(self.sensor.alert_file, (now - 80_000, now - 60))
        self.assertEqual("fine", self.symptoms()[1]["alert-file"]["verdict"])

    def test_what_lurewatch_itself_reads_of_its_findings_is_no_reading(self):
        self.sensor.start()
        self.assertEqual(0, self.sensor.command("simulate")[0])
        long_ago = time.time() - 3600  # within a day: relatime moves it only where something was written since
        os.utime(self.sensor.alert_file, (long_ago, self.sensor.alert_file.stat().st_mtime))
        self.assertEqual(0, self.sensor.command("simulate")[0])
        self.assertAlmostEqual(long_ago, self.sensor.alert_file.stat().st_atime, delta=1)

    def test_what_doctor_points_at_is_in_the_package(self):
        self.sensor.config.write_text("")
        told = self.sensor.command("doctor", "--offline")[1]
        sources = "".join((ROOT / "sensor" / name).read_text() for name in ("doctor.cpp", "graph_doctor.cpp", "commands/machine.cpp"))
        paths = set(re.findall(r"/usr/share/doc/lurewatch/([\w./-]+\w)", told + sources))
        self.assertLessEqual({"recipes/devices.md", "examples/forwarders"}, paths)
        for path in paths:
            self.assertTrue((ROOT / "packaging" / path.removeprefix("examples/")).exists(), path)

    def test_a_support_bundle_holds_none_of_the_planted_secrets_and_personal_data(self):
        planted = {"jdoe", "contoso", "198.51.100.23", "s3cr~t-value", "berlin-edge", "Doe", "aad0f1e2"}
        self.sensor.config.write_text(self.sensor.config.read_text().replace("firewalls-udp", "berlin-edge")
                                      + '# written by Jane Doe\n[network]\nshared_ranges = ["198.51.100.23/32"]\n')
        self.sensor.start()
        log = self.directory / "planted.log"
        log.write_text("A connection is given up. input=berlin-edge peer=198.51.100.23 error=\"no such user jdoe@contoso.com\"\n"
                       "Graph fails. tenant=aad0f1e2-0000-4000-8000-000000000000 secret=s3cr~t-value user=\"Jane Doe\"\n"
                       "Serving for CONTOSO\\jdoe on berlin-edge.contoso.com count=17\n")
        archive = self.directory / "bundle.tar.gz"
        code, out, err = self.sensor.command("support-bundle", archive, "--log", log)
        self.assertEqual(0, code, err)
        self.assertEqual(0o600, archive.stat().st_mode & 0o777)
        with tarfile.open(archive) as tar:
            texts = {member.name: tar.extractfile(member).read().decode() for member in tar.getmembers() if member.isfile()}
        self.assertEqual({"./machine.txt", "./lurewatch.toml", "./status.json", "./doctor.txt", "./log.txt"}, set(texts))
        everything = "\n".join(texts.values()).lower()
        for secret in planted:
            self.assertNotIn(secret.lower(), everything)
        self.assertIn("A connection is given up.", texts["./log.txt"])
        self.assertIn("count=17", texts["./log.txt"])
        self.assertIn('transport = udp', texts["./lurewatch.toml"])
        self.assertIn('"received":0', texts["./status.json"])

    def test_status_watch_shows_again_until_it_is_interrupted(self):
        self.sensor.start()
        watching = Process([binary(), "status", "--json", "--watch", "--config", self.sensor.config], self.directory / "watch.log")
        first, second = (json.loads(watching.process.stdout.readline()) for _ in range(2))
        self.assertEqual(first["started"], second["started"])
        self.assertEqual(-signal.SIGINT, watching.end(signal.SIGINT))

    def test_systemd_is_told_ready_watchdog_status_reload_and_stop(self):
        path = str(self.directory / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(30)
            told = []

            def until(wanted):
                while not any(line.startswith(wanted) for line in told):
                    told.extend(manager.recv(4096).decode().splitlines())
                found = [line for line in told if line.startswith(wanted)][-1]
                told.clear()
                return found

            os.environ["NOTIFY_SOCKET"] = path
            try:
                self.sensor.start()
            finally:
                del os.environ["NOTIFY_SOCKET"]
            until("READY=1")
            until("WATCHDOG=1")
            self.assertIn("2 inputs", until("STATUS=2"))
            self.sensor.config.write_text(self.sensor.config.read_text() + "# changed\n")
            self.sensor.daemon.process.send_signal(signal.SIGHUP)
            self.assertGreater(int(until("MONOTONIC_USEC=").split("=")[1]), 0)
            until("READY=1")
            self.sensor.daemon.process.send_signal(signal.SIGTERM)
            until("STOPPING=1")
            self.assertEqual(0, self.sensor.daemon.process.wait(15))
            self.sensor.stop()


if __name__ == "__main__":
    unittest.main()

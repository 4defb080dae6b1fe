"""The load generator against the real sensor over every transport, and that it notices what is lost or doubled."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, binary, free_port, wait_for  # noqa: E402

LOAD = os.environ["LUREWATCH_LOAD"]
MESSAGES = 3000


def load(*words, **options):
    return subprocess.run([LOAD, *map(str, words)], capture_output=True, timeout=120, **options)


class Load(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def test_what_is_lost_or_doubled_is_named(self):
        text = load("send", "stdout", "--messages", 1000, "--seed", 5).stdout
        lines = text.splitlines(keepends=True)
        self.assertEqual(1000, len(lines))
        self.assertEqual(text, b"".join(lines))
        for kept, status, said in ((lines, 0, b"1000 of 1000"), (lines[:41] + lines[43:], 1, b"missing: 42-43\n"),
                                   (lines + lines[6:7], 1, b"1 more than once")):
            verified = load("verify", "--messages", 1000, "--seed", 5, input=b"".join(kept))
            self.assertEqual(status, verified.returncode)
            self.assertIn(said, verified.stdout)
        other = load("verify", "--messages", 1000, "--seed", 6, input=text)
        self.assertIn(b"0 of 1000 messages are there, 1000 missing, 0 more than once, 1000 of another load", other.stdout)

    def test_a_killed_sensor_is_told_with_what_was_sent_and_what_is_lost_is_named(self):
        relp = free_port()
        sensor = Sensor(binary(), self.directory, extra=f'\n[[listen]]\nname = "relp"\ntransport = "relp"\naddress = "127.0.0.1:{relp}"\n').start()
        sender = subprocess.Popen([LOAD, "send", "relp", f"127.0.0.1:{relp}", "--messages", "1000000", "--pool", "500"], stderr=subprocess.PIPE, text=True)
        wait_for("messages are stored", lambda: sensor.status()["store"]["events"] > 2000)
        sensor.stop(signal.SIGKILL)
        said = sender.communicate()[1]
        self.assertEqual(1, sender.returncode)
        sent, acknowledged = map(int, re.search(r"; (\d+) of 1000000 messages were sent, (\d+) of them acknowledged", said).groups())
        self.assertGreater(acknowledged, 0)
        self.assertEqual(0, load("verify", "--messages", acknowledged, "--store", self.directory / "store").returncode)
        whole = load("verify", "--messages", 1_000_000, "--store", self.directory / "store")
        self.assertEqual(1, whole.returncode)
        first, last = map(int, re.search(rb"missing: (\d+)-(\d+)\n", whole.stdout).groups())
        self.assertGreater(first, acknowledged)
        self.assertEqual(1_000_000, last)

    def test_every_transport_brings_every_message(self):
        key, certificate = self.directory / "key.pem", self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", certificate, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
        ports = {"tls": free_port(), "relp": free_port()}
        places = {"unix-dgram": self.directory / "dgram", "unix-stream": self.directory / "stream"}
        extra = "".join(f'\n[[listen]]\nname = "{name}"\ntransport = "{name}"\naddress = "127.0.0.1:{port}"\n' for name, port in ports.items())
        extra = extra.replace('transport = "tls"', f'transport = "tls"\ncertificate = "{certificate}"\nprivate_key = "{key}"')
        extra += "".join(f'\n[[listen]]\nname = "{name}"\ntransport = "{name}"\naddress = "{path}"\n' for name, path in places.items())
        sensor = Sensor(binary(), self.directory, extra=extra).start()
        self.addCleanup(sensor.stop)
        ways = [("tcp", f"127.0.0.1:{sensor.tcp}", "counted"), ("tcp", f"127.0.0.1:{sensor.tcp}", "lines"),
                ("udp", f"127.0.0.1:{sensor.udp}", "lines")]
        ways += [(name, f"127.0.0.1:{port}", "counted") for name, port in ports.items()]
        ways += [(name, path, "lines") for name, path in places.items()]
        for seed, (transport, address, framing) in enumerate(ways, 1):
            # Datagrams are paced: faster ones may be dropped, which is not what this looks at.
            rate = ["--rate", 3000] if transport in ("udp", "unix-dgram") else []
            pool = ["--pool", 500] if framing == "lines" else []
            sent = load("send", transport, address, "--messages", MESSAGES, "--seed", seed, "--framing", framing, *rate, *pool)
            self.assertEqual(0, sent.returncode, sent.stderr)
            wait_for(f"{transport} has brought everything", lambda: sensor.status()["store"]["events"] == seed * MESSAGES)
            verified = load("verify", "--messages", MESSAGES, "--seed", seed, "--store", self.directory / "store")
            self.assertEqual(0, verified.returncode, (transport, framing, verified.stdout))
        _, raw, _ = sensor.command("query", "--columns", "raw", check=True)
        self.assertEqual(0, load("verify", "--messages", MESSAGES, "--seed", 3, input=raw.encode()).returncode)


if __name__ == "__main__":
    unittest.main()

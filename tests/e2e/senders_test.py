"""Real senders over every transport: what they sent is in the store, whatever becomes of the sensor in between."""

import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, binary, free_port, wait_for  # noqa: E402
from senders import (RelpClient, Rsyslog, SyslogNg, certificate, find, input_of, lines, rsyslog_has, stored_numbers, text,  # noqa: E402
                     wait_received)


class RealSenders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.relp, self.relps, self.tls = free_port(), free_port(), free_port()
        self.ca = certificate(self.directory, "ca")
        self.server = certificate(self.directory, "server", self.ca)
        self.client = certificate(self.directory, "client", self.ca)
        pair = f'certificate = "{self.server}.pem"\nprivate_key = "{self.server}.key"\nclient_ca = "{self.ca}.pem"'
        self.sensor = Sensor(binary(), self.directory / "sensor", extra=f"""
[[listen]]
name = "relp"
transport = "relp"
address = "127.0.0.1:{self.relp}"

[[listen]]
name = "relp-tls"
transport = "relp"
address = "127.0.0.1:{self.relps}"
{pair}

[[listen]]
name = "tls"
transport = "tls"
address = "127.0.0.1:{self.tls}"
{pair}

[[listen]]
name = "local-datagrams"
transport = "unix-dgram"
address = "{self.directory}/dgram"

[[listen]]
name = "local-stream"
transport = "unix-stream"
address = "{self.directory}/stream"
""").start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def source(self, count):
        path = self.directory / "source.log"
        path.write_text("".join(text(number) + "\n" for number in range(count)))
        return path

    def rsyslog(self, count, action, globals_=""):
        if not find("rsyslogd"):
            self.skipTest("rsyslogd is not installed")
        sender = Rsyslog(self.directory / "rsyslog", self.source(count), action, globals_)
        self.addCleanup(lambda: sender.process.poll() is None and sender.end())
        return sender

    def check_arrived(self, name, count):
        """All of them, each once, each parsed."""
        wait_received(self.sensor, name, count)
        entry = input_of(self.sensor, name)
        self.assertEqual((count, count, 0), (entry["received"], entry["parsed"], entry["quarantined"]))
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(list(range(count)), sorted(stored_numbers(self.sensor.directory)))

    def test_rsyslog_omfwd_over_udp(self):
        self.rsyslog(2000, f'action(type="omfwd" target="127.0.0.1" port="{self.sensor.udp}" protocol="udp" template="raw")')
        self.check_arrived("firewalls-udp", 2000)

    def test_rsyslog_omfwd_over_tcp_with_lines(self):
        self.rsyslog(5000, f'action(type="omfwd" target="127.0.0.1" port="{self.sensor.tcp}" protocol="tcp" template="raw")')
        self.check_arrived("firewalls-tcp", 5000)

    def test_rsyslog_omfwd_over_tcp_with_counted_frames(self):
        self.rsyslog(5000, f'action(type="omfwd" target="127.0.0.1" port="{self.sensor.tcp}" protocol="tcp" template="raw" '
                           'TCP_Framing="octet-counted")')
        self.check_arrived("firewalls-tcp", 5000)

    def test_rsyslog_omfwd_over_tls_with_a_client_certificate(self):
        if not rsyslog_has("lmnsd_ossl"):
            self.skipTest("rsyslog-openssl is not installed")
        self.rsyslog(5000, f'action(type="omfwd" target="127.0.0.1" port="{self.tls}" protocol="tcp" template="raw" '
                           'TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")',
                     f'defaultNetstreamDriverCAFile="{self.ca}.pem" defaultNetstreamDriverCertFile="{self.client}.pem" '
                     f'defaultNetstreamDriverKeyFile="{self.client}.key"')
        self.check_arrived("tls", 5000)

    def test_rsyslog_omrelp(self):
        if not rsyslog_has("omrelp"):
            self.skipTest("rsyslog-relp is not installed")
        self.rsyslog(5000, f'action(type="omrelp" target="127.0.0.1" port="{self.relp}" template="raw")')
        self.check_arrived("relp", 5000)

    def test_rsyslog_omrelp_over_tls_with_a_client_certificate(self):
        if not rsyslog_has("omrelp"):
            self.skipTest("rsyslog-relp is not installed")
        self.rsyslog(5000, f'action(type="omrelp" target="127.0.0.1" port="{self.relps}" template="raw" tls="on" '
                           f'tls.caCert="{self.ca}.pem" tls.myCert="{self.client}.pem" tls.myPrivKey="{self.client}.key" '
                           'tls.authMode="name" tls.permittedPeer="localhost")')
        self.check_arrived("relp-tls", 5000)

    def test_syslog_ng_over_tcp_and_with_counted_frames(self):
        if not find("syslog-ng", "SYSLOG_NG"):
            self.skipTest("SYSLOG_NG names no syslog-ng, and none is on the path")
        sender = SyslogNg(self.directory / "syslog-ng", self.source(3000),
                          f'network("127.0.0.1" port({self.sensor.tcp}) template("<14>$ISODATE fw01 $MSG\\n"));')
        self.addCleanup(lambda: sender.process.poll() is None and sender.end())
        wait_received(self.sensor, "firewalls-tcp", 3000)
        sender.end()
        counted = SyslogNg(self.directory / "syslog-ng-counted", self.directory / "source.log",
                           f'syslog("127.0.0.1" port({self.sensor.tcp}) transport("tcp"));')
        self.addCleanup(lambda: counted.process.poll() is None and counted.end())
        wait_received(self.sensor, "firewalls-tcp", 6000)
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(sorted(2 * list(range(3000))), sorted(stored_numbers(self.sensor.directory)))

    def test_logger_over_its_transports(self):
        if not find("logger"):
            self.skipTest("logger is not installed")
        kinds = {
            "firewalls-udp": ["--udp", "--server", "127.0.0.1", "--port", self.sensor.udp],
            "firewalls-tcp": ["--tcp", "--octet-count", "--server", "127.0.0.1", "--port", self.sensor.tcp],
            "local-datagrams": ["--udp", "--socket", self.directory / "dgram", "--socket-errors=on"],
            "local-stream": ["--tcp", "--socket", self.directory / "stream", "--socket-errors=on"],
        }
        for step, (name, words) in enumerate(kinds.items()):
            sent = "\n".join(text(step * 100 + number) for number in range(100))
            subprocess.run(["logger", "--size", "4096", *map(str, words)], input=sent.encode(), check=True)
            wait_received(self.sensor, name, 100)
            self.assertEqual(100, input_of(self.sensor, name)["parsed"], name)
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(list(range(400)), sorted(stored_numbers(self.sensor.directory)))


class Killed(unittest.TestCase):
    KILLS = 6

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.relp = free_port()
        self.sensor = Sensor(binary(), self.directory / "sensor", extra=f"""
[[listen]]
name = "relp"
transport = "relp"
address = "127.0.0.1:{self.relp}"
""").start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def kill_and_start(self):
        self.sensor.stop(signal.SIGKILL)
        self.sensor.start()

    def test_what_rsyslog_was_told_is_stored_is_stored_however_often_the_sensor_is_killed(self):
        if not find("rsyslogd") or not rsyslog_has("omrelp"):
            self.skipTest("rsyslog-relp is not installed")
        # rsyslog looks at a connection when it has something to send: so each time it gets some more.
        each, count = 5_000, 5_000 * (self.KILLS + 1)
        source = self.directory / "source.log"

        def write(part):
            with source.open("a") as out:
                out.writelines(text(number) + "\n" for number in range(part * each, (part + 1) * each))

        write(0)
        sender = Rsyslog(self.directory / "rsyslog", source,
                         f'action(type="omrelp" target="127.0.0.1" port="{self.relp}" template="raw" action.resumeRetryCount="-1" '
                         'action.resumeInterval="1" queue.type="LinkedList" queue.size="100000" windowSize="500")')
        self.addCleanup(lambda: sender.process.poll() is None and sender.end())
        dice = random.Random(7)
        for kill in range(self.KILLS):
            more = dice.randrange(200, 3000)
            wait_for("some arrive", lambda: input_of(self.sensor, "relp")["received"] >= more, 60)
            self.kill_and_start()
            write(kill + 1)
        wait_for("everything arrives", lambda: len(set(stored_numbers(self.sensor.directory))) == count, 120)
        self.assertEqual(0, self.sensor.stop())
        stored = stored_numbers(self.sensor.directory)
        self.assertEqual(set(range(count)), set(stored))
        # What comes twice is what was under way when the sensor died, at most a window each time.
        self.assertLessEqual(len(stored) - count, self.KILLS * 500)

    def test_no_acknowledged_message_is_missing_after_a_kill(self):
        acknowledged, begin = set(), 0
        for kill in range(self.KILLS):
            client = RelpClient(self.relp)
            numbers = iter(range(begin, begin + 1_000_000))
            with self.assertRaises(OSError):
                while True:
                    client.send([next(numbers) for _ in range(700)])
                    if len(client.acknowledged) >= 700 * (1 + kill):
                        self.sensor.daemon.process.send_signal(signal.SIGKILL)
            client.close()
            acknowledged |= set(client.acknowledged)
            begin = next(numbers)
            self.sensor.stop(signal.SIGKILL)
            self.sensor.start()
        self.assertGreater(len(acknowledged), 700 * self.KILLS)
        self.assertEqual(set(), acknowledged - set(stored_numbers(self.sensor.directory)))

    def test_a_stop_acknowledges_what_it_took_and_says_goodbye(self):
        client = RelpClient(self.relp)
        client.send(range(100))
        client.frame("syslog", lines([100]).strip())
        wait_received(self.sensor, "relp", 101)
        self.assertEqual(0, self.sensor.stop())
        rest = client.received
        while some := client.socket.recv(65536):
            rest += some
        self.assertEqual(b"102 rsp 6 200 OK\n0 serverclose 0\n", rest)
        self.assertEqual(list(range(101)), stored_numbers(self.sensor.directory))


if __name__ == "__main__":
    unittest.main()

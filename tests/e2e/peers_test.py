"""Slow, silent and hostile peers, limits, renewed certificates, reloads: what they cost the others, in counts."""

import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, binary, free_port, wait_for  # noqa: E402
from senders import RelpClient, certificate, input_of, lines, message, stored_numbers, wait_received  # noqa: E402

HOSTILE = "127.0.0.66"


class Case(unittest.TestCase):
    """A sensor with an input of each kind; `keys` are added to those with connections."""

    keys = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.stream, self.relp, self.tls = free_port(), free_port(), free_port()
        self.pair = certificate(self.directory, "server")
        self.sensor = Sensor(binary(), self.directory / "sensor", extra=self.listens()).start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())
        self.sockets = []
        self.addCleanup(lambda: [one.close() for one in self.sockets])

    def listens(self, keys=None):
        keys = self.keys if keys is None else keys
        return f"""
[[listen]]
name = "stream"
transport = "tcp"
address = "127.0.0.1:{self.stream}"
{keys}

[[listen]]
name = "relp"
transport = "relp"
address = "127.0.0.1:{self.relp}"
{keys}

[[listen]]
name = "tls"
transport = "tls"
address = "127.0.0.1:{self.tls}"
certificate = "{self.pair}.pem"
private_key = "{self.pair}.key"
{keys}

[[listen]]
name = "local"
transport = "unix-dgram"
address = "{self.directory}/local"

[[listen]]
name = "local-stream"
transport = "unix-stream"
address = "{self.directory}/local-stream"
"""

    def connect(self, port, source="127.0.0.1"):
        one = socket.create_connection(("127.0.0.1", port), source_address=(source, 0), timeout=20)
        self.sockets.append(one)
        return one

    def connect_tls(self, ca=None):
        context = ssl.create_default_context(cafile=ca or f"{self.pair}.pem")
        one = context.wrap_socket(self.connect(self.tls), server_hostname="localhost")
        self.sockets.append(one)
        return one

    def entry(self, name):
        return input_of(self.sensor, name)

    def wait_entry(self, name, key, value):
        wait_for(f"{name} has {key} {value}", lambda: self.entry(name)[key] == value)

    def reload(self, keys, told):
        self.sensor.config.write_text(self.sensor.config_text(None, self.listens(keys), {}))
        self.sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for(told, lambda: self.sensor.daemon.log_text().count(told) == 2)

    def assert_conserved(self):
        for entry in self.sensor.status()["inputs"]:
            self.assertEqual(entry["received"], entry["parsed"] + entry["quarantined"] + entry["dropped"], entry)


class Hostile(Case):
    def reset(self, port, bytes_):
        one = self.connect(port, HOSTILE)
        one.sendall(bytes_)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()

    def molest(self):
        """Everything at once, and all of it stays there."""
        for port in (self.stream, self.relp, self.tls):
            for _ in range(700):  # many that say nothing
                self.connect(port, HOSTILE)
            for _ in range(50):
                self.reset(port, b"")
        for port in (self.stream, self.relp, self.tls):
            for bytes_ in (b"2000 <14>half a counted frame", b"<14>half a line", b"1 open 14 relp_ver", os.urandom(5000).replace(b"\n", b""),
                           b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"99999999999 x",
                           b"1 open 14 relp_version=0\n2 syslog 999999999 x"):
                try:
                    self.connect(port, "127.0.0.67").sendall(bytes_)
                    self.reset(port, bytes_)
                except OSError:
                    pass  # closed at once: as good

    def drip(self, one, stop):
        for byte in message(0) * 1000:
            if stop.wait(0.001):
                return
            try:
                one.sendall(bytes([byte]))
            except OSError:
                return

    def test_the_well_behaved_lose_nothing_beside_every_kind_of_bad_peer(self):
        stop = threading.Event()
        drippers = [threading.Thread(target=self.drip, args=(self.connect(self.stream, "127.0.0.68"), stop)) for _ in range(5)]
        for dripper in drippers:
            dripper.start()
        self.molest()
        tcp, tls, relp = self.connect(self.stream), self.connect_tls(), RelpClient(self.relp)
        for begin in range(1, 20_001, 1000):
            tcp.sendall(lines(range(begin, begin + 1000)))
            tls.sendall(lines(range(100_000 + begin, 100_000 + begin + 1000)))
            relp.send(range(200_000 + begin, 200_000 + begin + 1000))
        relp.close()
        stop.set()
        for dripper in drippers:
            dripper.join()
        self.assertEqual(20_000, len(relp.acknowledged))
        wanted = {base + number for base in (0, 100_000, 200_000) for number in range(1, 20_001)}
        wait_for("all of the well-behaved is stored", lambda: wanted <= set(stored_numbers(self.sensor.directory)), 60)
        self.assert_conserved()
        for name in ("stream", "relp", "tls"):
            entry = self.entry(name)
            self.assertGreaterEqual(entry["over_limit"], 700 - 128)
            self.assertLessEqual(entry["connections"], 2 * 128 + 20)
        self.assertGreater(self.entry("tls")["failed_handshakes"], 0)
        self.assertGreater(self.entry("relp")["protocol_errors"], 0)
        text = self.sensor.command("status")[1]
        self.assertIn("max_connections_per_peer", text)
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(60_000, sum(number > 0 for number in stored_numbers(self.sensor.directory)))


class Limited(Case):
    keys = 'max_connections = 5\nmax_connections_per_peer = 3\nidle_timeout = "3s"\nframe_timeout = "1s"'

    def test_connections_are_limited_by_peer_and_in_all(self):
        for count in range(8):
            self.connect(self.stream)
        self.wait_entry("stream", "over_limit", 5)
        for count in range(8):
            self.connect(self.stream, "127.0.0.2")
        self.wait_entry("stream", "over_limit", 11)
        self.wait_entry("stream", "connections", 5)

    def test_silent_connections_of_many_addresses_keep_nobody_out(self):
        speaker = self.connect(self.stream, "127.0.0.9")
        speaker.sendall(lines([1]))
        wait_received(self.sensor, "stream", 1)
        for last in range(10, 18):
            self.connect(self.stream, f"127.0.0.{last}")
        self.wait_entry("stream", "over_limit", 4)
        late = self.connect(self.stream, "127.0.0.20")
        late.sendall(lines([2]))
        speaker.sendall(lines([3]))
        wait_received(self.sensor, "stream", 3)
        self.wait_entry("stream", "connections", 5)
        self.assertIn("limit=max_connections", self.sensor.daemon.log_text())

    def test_peers_outside_allow_are_refused_and_counted_on_every_transport(self):
        text = self.sensor.config.read_text()
        for name in ("firewalls-udp", "stream", "relp", "tls"):
            text = text.replace(f'name = "{name}"', f'name = "{name}"\nallow = ["127.0.0.1/32"]')
        self.sensor.stop()
        self.sensor.config.write_text(text)
        self.sensor.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.2", 0))
            udp.sendto(message(1), ("127.0.0.1", self.sensor.udp))
        for port in (self.stream, self.relp, self.tls):
            self.connect(port, "127.0.0.2")
        for name in ("firewalls-udp", "stream", "relp", "tls"):
            self.wait_entry(name, "refused", 1)
            self.assertEqual(0, self.entry(name)["received"])
        self.connect(self.stream).sendall(lines([1]))
        wait_received(self.sensor, "stream", 1)

    def test_a_silent_peer_and_a_half_sent_message_end_in_time_and_what_came_is_kept(self):
        self.connect(self.stream).sendall(message(1))
        self.connect(self.stream).sendall(b"500 <14>half")
        self.wait_entry("stream", "stalled_closed", 2)
        self.connect(self.stream)
        self.wait_entry("stream", "idle_closed", 1)
        self.wait_entry("stream", "connections", 0)
        entry = self.entry("stream")
        self.assertEqual((2, 1, 1), (entry["received"], entry["parsed"], entry["quarantined"]))

    def test_a_relp_sender_that_reads_no_acknowledgements_is_closed(self):
        one = self.connect(self.relp)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        one.sendall(b"1 open 14 relp_version=0\n")
        one.settimeout(0.2)
        empty = b"".join(b"%d syslog 1 \n\n" % number for number in range(2, 100_000))
        with self.assertRaises(OSError):
            for _ in range(100):
                try:
                    one.sendall(empty)
                except TimeoutError:
                    if self.entry("relp")["stalled_closed"]:
                        raise ConnectionError
        self.wait_entry("relp", "stalled_closed", 1)

    def test_clients_of_the_control_socket_that_say_nothing_keep_nobody_out(self):
        for _ in range(200):
            one = socket.socket(socket.AF_UNIX)
            self.sockets.append(one)
            one.connect(str(self.sensor.directory / "lurewatch.sock"))
        for _ in range(3):
            self.assertTrue(self.sensor.status())


class Datagrams(Case):
    def begin_anew(self, old, new):
        text = self.sensor.config.read_text()
        self.sensor.stop()
        self.sensor.config.write_text(text.replace(old, new))
        self.sensor.start()

    def udp(self):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.sockets.append(one)
        return one

    def test_several_sockets_share_the_port_and_a_broadcast_is_taken_once(self):
        self.begin_anew(f'"127.0.0.1:{self.sensor.udp}"', f'"0.0.0.0:{self.sensor.udp}"')
        rows = pathlib.Path("/proc/net/udp").read_text().splitlines()
        self.assertEqual(4, sum(f":{self.sensor.udp:04X} " in row.split("00000000:0000")[0] for row in rows))
        for number in range(40):
            self.udp().sendto(message(number), ("127.0.0.1", self.sensor.udp))
        self.udp().sendto(message(40), ("127.255.255.255", self.sensor.udp))
        self.udp().sendto(message(41), ("127.0.0.1", self.sensor.udp))
        wait_received(self.sensor, "firewalls-udp", 42)
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(list(range(42)), sorted(stored_numbers(self.sensor.directory)))

    def test_a_second_sensor_does_not_join_the_port(self):
        other = Sensor(binary(), self.directory / "other")
        other.config.write_text(other.config.read_text().replace(f":{other.udp}", f":{self.sensor.udp}"))
        code, _, error = other.command("run")
        self.assertEqual(1, code)
        self.assertIn("the port is taken", error)

    def test_a_sender_that_floods_fills_one_buffer_and_not_all(self):
        self.begin_anew('transport = "udp"', 'transport = "udp"\nreceive_buffer = "64KiB"')
        self.sensor.daemon.process.send_signal(signal.SIGSTOP)
        flood = self.udp()
        for number in range(3000):
            flood.sendto(message(number), ("127.0.0.1", self.sensor.udp))
        for number in range(3000, 3040):
            self.udp().sendto(message(number), ("127.0.0.1", self.sensor.udp))
        self.sensor.daemon.process.send_signal(signal.SIGCONT)
        wait_received(self.sensor, "firewalls-udp", 3040)
        self.assertEqual(0, self.sensor.stop())
        # By chance ten of the forty share the flooded one; that twenty-five do is as good as impossible.
        self.assertGreater(sum(number >= 3000 for number in stored_numbers(self.sensor.directory)), 15)


class Load(Case):
    def test_what_was_received_is_parsed_quarantined_or_dropped_and_nothing_else(self):
        def flood(send):
            for begin in range(0, 5000):
                send(message(begin) if begin % 10 else b"\xffno CEF")
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        local.connect(str(self.directory / "local"))
        local_stream = socket.socket(socket.AF_UNIX)
        local_stream.connect(str(self.directory / "local-stream"))
        tcp, tls, relp = self.connect(self.stream), self.connect_tls(), RelpClient(self.relp)
        self.sockets += [udp, local, local_stream, relp]
        senders = [lambda m: udp.sendto(m, ("127.0.0.1", self.sensor.udp)), local.send, lambda m: tcp.sendall(m + b"\n"), lambda m: tls.sendall(m + b"\n"),
                   lambda m: local_stream.sendall(m + b"\n"), lambda m: relp.frame("syslog", m)]
        threads = [threading.Thread(target=flood, args=(send,)) for send in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in ("firewalls-udp", "local", "stream", "tls", "local-stream", "relp"):
            wait_received(self.sensor, name, 5000)
            entry = self.entry(name)
            self.assertEqual(5000, entry["received"], name)
            if name not in ("firewalls-udp", "local"):
                self.assertEqual((4500, 500, 0), (entry["parsed"], entry["quarantined"], entry["dropped"]))
        self.assert_conserved()

    def test_what_the_kernel_drops_is_counted_though_no_datagram_follows(self):
        config = self.sensor.config.read_text().replace('transport = "udp"', 'transport = "udp"\nreceive_buffer = "64KiB"')
        self.sensor.stop()
        self.sensor.config.write_text(config)
        self.sensor.start()
        self.sensor.daemon.process.send_signal(signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for number in range(3000):
                udp.sendto(message(number), ("127.0.0.1", self.sensor.udp))
        self.sensor.daemon.process.send_signal(signal.SIGCONT)
        wait_received(self.sensor, "firewalls-udp", 3000)
        entry = self.entry("firewalls-udp")
        self.assertEqual(3000, entry["received"])
        self.assertGreater(entry["kernel_dropped"], 0)
        self.assertEqual(entry["kernel_dropped"], entry["dropped"])
        self.assertEqual(3000, entry["parsed"] + entry["dropped"])


class Certificates(Case):
    def put(self, name, days=30):
        new = certificate(self.directory, name, days=days)
        for suffix in (".key", ".pem"):
            os.replace(f"{new}{suffix}", f"{self.pair}{suffix}")

    def test_a_renewed_certificate_serves_new_connections_and_leaves_the_open_ones(self):
        before = self.connect_tls()
        shutil.copy(f"{self.pair}.pem", self.directory / "old.pem")
        first = self.entry("tls")["certificate_expires"]
        self.put("renewed", days=60)
        wait_for("the new one serves", lambda: self.entry("tls")["certificate_expires"] > first)
        with self.assertRaises(ssl.SSLError):
            self.connect_tls(self.directory / "old.pem")
        self.connect_tls().sendall(lines([1]))
        before.sendall(lines([2]))
        wait_received(self.sensor, "tls", 2)

    def test_a_pair_that_does_not_fit_is_not_taken_and_is_told(self):
        other = certificate(self.directory, "other")
        right = (pathlib.Path(f"{self.pair}.key")).read_bytes()
        os.replace(f"{other}.key", f"{self.pair}.key")
        wait_for("status tells", lambda: self.entry("tls")["certificate_unusable"])
        self.assertIn("is not the key of the certificate", self.sensor.daemon.log_text())
        self.connect_tls().sendall(lines([1]))
        pathlib.Path(f"{self.pair}.key").write_bytes(right)
        wait_for("all is well again", lambda: not self.entry("tls")["certificate_unusable"])
        self.assertIn("certificate expires", self.shown_with_days(5))

    def shown_with_days(self, days):
        first = self.entry("tls")["certificate_expires"]
        self.put("short", days=days)
        wait_for("the short one serves", lambda: self.entry("tls")["certificate_expires"] < first)
        return self.sensor.command("status")[1]

    def test_tls_1_2_and_1_3_are_spoken_and_nothing_older(self):
        for version, taken in ((ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
            context = ssl.create_default_context(cafile=f"{self.pair}.pem")
            context.set_ciphers("DEFAULT@SECLEVEL=0")  # else this side would refuse the old one itself
            context.minimum_version = context.maximum_version = version
            try:
                with context.wrap_socket(self.connect(self.tls), server_hostname="localhost") as one:
                    one.sendall(lines([1]))
                self.assertTrue(taken, version)
            except ssl.SSLError:
                self.assertFalse(taken, version)
        wait_received(self.sensor, "tls", 2)
        self.wait_entry("tls", "failed_handshakes", 1)

    def test_a_peer_without_the_certificate_that_client_ca_asks_for_is_turned_away(self):
        ca = certificate(self.directory, "ca")
        text = self.sensor.config.read_text()
        self.sensor.stop()
        self.sensor.config.write_text(text.replace('name = "tls"', f'name = "tls"\nclient_ca = "{ca}.pem"'))
        self.sensor.start()
        stranger = certificate(self.directory, "stranger")
        for pair, count in ((None, 1), (stranger, 2)):
            context = ssl.create_default_context(cafile=f"{self.pair}.pem")
            if pair:
                context.load_cert_chain(f"{pair}.pem", f"{pair}.key")
            with self.assertRaises(OSError):
                one = context.wrap_socket(self.connect(self.tls), server_hostname="localhost")
                one.sendall(lines([1]))
                while one.recv(100):  # with TLS 1.3 the refusal comes behind the client's handshake
                    pass
                raise ConnectionError
            self.wait_entry("tls", "failed_handshakes", count)
        mine = certificate(self.directory, "mine", ca)
        context = ssl.create_default_context(cafile=f"{self.pair}.pem")
        context.load_cert_chain(f"{mine}.pem", f"{mine}.key")
        with context.wrap_socket(self.connect(self.tls), server_hostname="localhost") as one:
            one.sendall(lines([2]))
        wait_received(self.sensor, "tls", 1)

    def check(self, *words):
        return self.sensor.command("check", *words)

    def test_check_finds_what_is_wrong_with_the_files(self):
        self.assertEqual(0, self.check()[0])
        right = pathlib.Path(f"{self.pair}.key").read_bytes()
        wrong = {
            "is not the key of the certificate": lambda: os.replace(f"{certificate(self.directory, 'other')}.key", f"{self.pair}.key"),
            "holds no private key": lambda: pathlib.Path(f"{self.pair}.key").write_text("no key"),
            "can't be read: No such file": lambda: os.remove(f"{self.pair}.key"),
        }
        for told, do in wrong.items():
            do()
            code, _, error = self.check()
            self.assertEqual(78, code, told)
            self.assertIn(told, error)
        pathlib.Path(f"{self.pair}.key").write_bytes(right)
        pathlib.Path(f"{self.pair}.pem").write_text("no certificate")
        self.assertIn("holds no certificate", self.check()[2])

    def test_check_connect_tries_every_transport_and_leaves_no_file(self):
        self.sensor.stop()
        self.assertEqual(0, self.check("--connect")[0])
        self.assertFalse((self.directory / "local").exists())
        (self.directory / "local").write_text("a file")
        code, _, error = self.check("--connect")
        self.assertEqual(69, code)
        self.assertIn('input "local" can\'t listen', error)
        self.assertEqual("a file", (self.directory / "local").read_text())


class Reload(Case):
    def test_inputs_that_stay_keep_their_connections_and_counters(self):
        tcp, tls, relp = self.connect(self.stream), self.connect_tls(), RelpClient(self.relp)
        tcp.sendall(lines([1]) + message(2)[:40])
        tls.sendall(lines([11]))
        relp.send([21])
        wait_received(self.sensor, "stream", 1)
        wait_received(self.sensor, "tls", 1)
        text = self.sensor.config.read_text()
        self.sensor.config.write_text(text.replace("firewalls-udp", "renamed-udp"))
        self.sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the new one serves", lambda: "renamed-udp" in str(self.sensor.status()))
        tcp.sendall(message(2)[40:] + b"\n")
        tls.sendall(lines([12]))
        relp.send([22])
        for name in ("stream", "tls", "relp"):
            wait_received(self.sensor, name, 2)
            self.assertEqual(2, self.entry(name)["parsed"])
        relp.close()
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual([1, 2, 11, 12, 21, 22], sorted(stored_numbers(self.sensor.directory)))

    def test_an_input_that_changes_is_read_to_its_end_and_listens_anew(self):
        relp = RelpClient(self.relp)
        relp.send([1])
        tcp = self.connect(self.stream)
        tcp.sendall(lines([2]) + message(3))
        wait_received(self.sensor, "stream", 1)
        self.sensor.config.write_text(self.sensor.config_text(None, self.listens("max_connections = 500"), {}))
        self.sensor.daemon.process.send_signal(signal.SIGHUP)
        self.assertEqual(b"", tcp.recv(1))
        self.assertRaises(ConnectionError, relp.answer)
        relp.close()
        wait_for("the new one serves", lambda: self.entry("stream")["received"] == 0)
        self.connect(self.stream).sendall(lines([4]))
        wait_received(self.sensor, "stream", 1)
        again = RelpClient(self.relp)
        again.send([5])
        again.close()
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual([1, 2, 3, 4, 5], sorted(stored_numbers(self.sensor.directory)))

    def test_a_reload_that_fails_keeps_the_connections_too(self):
        tcp = self.connect(self.stream)
        right = self.sensor.config.read_text()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.sensor.config.write_text(right + f'[[listen]]\nname = "taken"\ntransport = "tcp"\naddress = "127.0.0.1:{taken.getsockname()[1]}"\n')
            self.sensor.daemon.process.send_signal(signal.SIGHUP)
            wait_for("the port is named", lambda: "the port is taken" in self.sensor.daemon.log_text())
        wait_for("the old one serves", lambda: self.sensor.status())
        tcp.sendall(lines([1]))
        wait_received(self.sensor, "stream", 1)


if __name__ == "__main__":
    unittest.main()

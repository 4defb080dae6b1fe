"""[[tap]] beside a real rsyslog that owns port 514, captures in `replay`, and what `lurewatch tap` shows.

The sensor runs in a network namespace as a user with no capability but CAP_NET_RAW.
"""

import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import captures  # noqa: E402
import namespaces  # noqa: E402
from harness import Process, Sensor, binary, key_of, make_day, wait_for  # noqa: E402
from senders import find, input_of, lines, message, stored_numbers, wait_received  # noqa: E402

TAP = '[[tap]]\nname = "beside"\ninterface = "wire0"\n'


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def replay(self, *words):
        return Sensor(binary(), self.directory).command("replay", *words, timeout=120)

    def capture(self, name, content):
        path = self.directory / name
        path.write_bytes(content)
        return path

    def frames_of_day(self):
        """The day's messages as a capture of the wire would have them."""
        frames = [captures.ethernet(captures.ip(captures.udp(line), source="2001:db8::5", destination="2001:db8::1"), [100])
                  for line in (self.directory / "udp.log").read_bytes().splitlines()]
        connection = captures.Connection(wrap=lambda packet: captures.ethernet(packet, [100, 200]))
        content = (self.directory / "tcp.log").read_bytes()
        frames.append(connection.open())
        frames += [connection.send(content[at:at + 1447]) for at in range(0, len(content), 1447)]
        return frames + [connection.close()]

    def test_a_captured_day_gives_the_findings_of_the_day_from_pcap_and_pcapng(self):
        expected = make_day(self.directory)
        facts = ["--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json"]
        frames = self.frames_of_day()
        wanted = {tuple(found.values()) for found in expected["found"]}
        for name, write in (("day.pcap", captures.pcap), ("day.pcapng", captures.pcapng)):
            code, out, err = self.replay(self.capture(name, write(frames, start=time.time())), *facts)
            self.assertEqual(0, code, err)
            self.assertIn(f"{sum(expected['messages'].values())} messages", err)
            self.assertEqual(wanted, {key_of(json.loads(line)) for line in out.splitlines()})

    def test_the_time_of_the_capture_is_the_time_received(self):
        row = b"<14>CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed request=www.example.com/ suser=a@contoso.com dst=203.0.113.7"
        frames = [(1_700_000_000.25, captures.ethernet(captures.ip(captures.udp(row))))]
        alert = {"id": "a1", "title": "A potentially malicious URL click was detected", "createdDateTime": "2023-11-14T22:13:20Z",
                 "evidence": [{"@odata.type": "#microsoft.graph.security.urlEvidence", "url": "https://www.example.com/"}]}
        signin = {"id": "s1", "userPrincipalName": "a@contoso.com", "createdDateTime": "2023-11-14T22:15:00Z", "ipAddress": "203.0.113.7",
                  "status": {"errorCode": 0}}
        facts = []
        for option, value in (("--alerts", alert), ("--signins", signin)):
            facts += [option, self.capture(option.strip("-") + ".json", json.dumps({"value": [value]}).encode())]
        code, out, err = self.replay(self.capture("row.pcap", captures.pcap(frames)), *facts)
        self.assertEqual(0, code, err)
        self.assertIn("2023-11-14T22:13:20.250Z", out)

    def test_every_link_type_and_a_filter_of_ones_own(self):
        packet = captures.ip(captures.udp(message(1), port=5514))
        for link, frame in ((captures.ETHERNET, captures.ethernet(packet)), (captures.RAW_IP, packet), (captures.LINUX_COOKED, captures.cooked(packet))):
            path = self.capture("one.pcap", captures.pcap([frame], link))
            self.assertIn("no packet passes the filter `udp port 514 or tcp port 514`", self.replay(path)[2])
            self.assertIn("1 messages (1 parsed", self.replay(path, "--filter", "udp port 5514")[2])
        code, _, err = self.replay(path, "--filter", "udp prt 5514")
        self.assertEqual(2, code)
        self.assertIn("is no capture filter", err)

    def test_pieces_are_asked_for_their_port_once_they_are_whole(self):
        long_one, other = message(1) + b" cs1=" + b"x" * 4000, message(2) + b" cs1=" + b"x" * 4000
        frames = []
        for addresses in ({}, {"source": "2001:db8::5", "destination": "2001:db8::1"}):
            frames += [captures.ethernet(piece, [7]) for piece in captures.fragments(captures.udp(long_one), identification=5, **addresses)]
            frames += [captures.ethernet(piece) for piece in captures.fragments(captures.udp(other, port=2049), identification=6, **addresses)]
        self.assertIn("2 messages (2 parsed", self.replay(self.capture("pieces.pcap", captures.pcap(frames)))[2])

    def test_a_damaged_capture_is_read_up_to_the_damage(self):
        whole = captures.pcap([captures.ethernet(captures.ip(captures.udp(message(number)))) for number in range(10)])
        code, _, err = self.replay(self.capture("cut.pcap", whole[:-20]))
        self.assertIn("9 messages", err)
        self.assertIn("is damaged, and was read up to there", err)
        self.assertIn("can't be read", self.replay(self.capture("head.pcap", whole[:10]))[2])

    def test_what_the_capture_lost_of_a_connection_is_told_and_never_read_as_a_message(self):
        connection = captures.Connection()
        frames = [connection.open()] + [connection.send(message(number) + b"\n") for number in range(10)]
        half = [connection.send(message(10)[:60]), connection.send(message(10)[60:] + b"\n")]
        frames += [half[0]] + [connection.send(message(number) + b"\n") for number in range(11, 20)] + [connection.close()]
        _, _, err = self.replay(self.capture("gap.pcap", captures.pcap(frames, step=0.4)))
        self.assertIn("20 messages (19 parsed, 1 to quarantine)", err)
        self.assertIn("1 segments of TCP connections are missing", err)


@unittest.skipUnless(namespaces.available(), "skipped: no network namespaces")
class Beside(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.cable = namespaces.Cable()
        self.addCleanup(self.cable.remove)
        # Copied, so that a user may run it who may not look into the folder of the build.
        program = self.directory / "lurewatch"
        shutil.copy(binary(), program)
        self.program = self.wrapper("as-service", program, "--inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw")
        self.powerless = self.wrapper("as-nobody", program, "--inh-caps=-all --bounding-set=-all")
        self.sensor = None

    def wrapper(self, name, program, capabilities):
        path = self.directory / name
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self.cable.collector} setpriv --reuid=nobody --regid=nogroup --clear-groups '
                        f'{capabilities} --no-new-privs {program} "$@"\n')
        path.chmod(0o755)
        return path

    def begin(self, tap=TAP, program=None, start=True):
        self.sensor = Sensor(program or self.program, self.directory / "sensor", extra=tap)
        nobody = pwd.getpwnam("nobody")
        for path in (self.directory, *self.directory.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        if start:
            self.sensor.start()
            self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())
        return self.sensor

    def rsyslog(self):
        if not find("rsyslogd"):
            self.skipTest("skipped: rsyslogd not installed")
        folder = self.directory / "rsyslog"
        folder.mkdir()
        (folder / "rsyslog.conf").write_text(f"""global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imudp")
module(load="imtcp")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imudp" port="514")
input(type="imtcp" port="514")
action(type="omfile" file="{folder}/all.log" template="raw")
""")
        daemon = Process(["ip", "netns", "exec", self.cable.collector, find("rsyslogd"), "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"],
                         folder / "log")
        self.addCleanup(daemon.end)
        wait_for("rsyslog owns port 514", lambda: self.connect_or_none("10.77.0.1"))
        return lambda: (folder / "all.log").read_bytes() if (folder / "all.log").exists() else b""

    def connect_or_none(self, address):
        try:
            self.connect(address).close()
            return True
        except OSError:
            return False

    def connect(self, address):
        with namespaces.inside(self.cable.device):
            return socket.create_connection((address, 514), timeout=10)

    def send_udp(self, address, *datagrams, port=514):
        with namespaces.inside(self.cable.device):
            device = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        with device:
            for datagram in datagrams:
                device.sendto(datagram, (address, port))

    def tap(self):
        return input_of(self.sensor, "beside")

    def conserved(self):
        entry = self.tap()
        self.assertEqual(entry["received"], entry["parsed"] + entry["quarantined"] + entry["dropped"])
        return entry

    def test_beside_rsyslog_everything_is_read_with_tags_ipv6_pieces_and_connections(self):
        owned = self.rsyslog()
        self.begin()
        capabilities = pathlib.Path(f"/proc/{self.sensor.daemon.process.pid}/status").read_text()
        self.assertIn("CapEff:\t0000000000002000\n", capabilities)  # CAP_NET_RAW
        self.assertIn(f"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t", capabilities)
        long_tail = b" cs1=" + b"x" * 6000  # more than the cable's MTU
        numbers = iter(range(100_000))
        sent = []

        def some(count, tail=b""):
            taken = [next(numbers) for _ in range(count)]
            sent.extend(taken)
            return [message(number) + tail for number in taken]

        for address in ("10.77.0.1", "fd77::1"):
            self.send_udp(address, *some(20), *some(5, long_tail))
            with self.connect(address) as device:
                device.sendall(b"\n".join(some(20)) + b"\n")
                for frame in some(5, long_tail):
                    device.sendall(b"%d %s" % (len(frame), frame))
        owned_count = len(sent)
        for tags in ([100], [100, 200]):
            for addresses in ({"source": "10.77.1.2", "destination": "10.77.1.1"}, {"source": "fd77:1::2", "destination": "fd77:1::1"}):
                packets = [captures.ip(captures.udp(line), **addresses) for line in some(20)]
                packets += captures.fragments(captures.udp(some(1, long_tail)[0]), 1400, identification=len(sent), **addresses)
                connection = captures.Connection(source_port=40000 + len(sent), wrap=lambda packet: packet, **addresses)
                packets += [connection.open(), *(connection.send(line + b"\n") for line in some(20)), connection.close()]
                self.cable.send_frames(captures.ethernet(packet, tags) for packet in packets)
        self.send_udp("10.77.0.1", message(999_999), message(999_999) + long_tail, port=5140)  # not what the filter means
        wait_received(self.sensor, "beside", len(sent))
        wait_for("rsyslog has all that is not tagged", lambda: owned().count(b"externalId=no-") >= owned_count)
        entry = self.conserved()
        self.assertEqual((len(sent), len(sent), 0), (entry["received"], entry["parsed"], entry["dropped"]))
        self.assertEqual("reads", entry["capture"])
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(sorted(sent), sorted(stored_numbers(self.directory / "sensor")))

    def test_a_connection_that_began_before_gives_its_messages_from_the_next_one_on(self):
        self.rsyslog()
        for counted in (False, True):
            with self.connect("10.77.0.1") as device, self.subTest(counted=counted):
                def frame(number):
                    return b"%d %s" % (len(message(number)), message(number)) if counted else message(number) + b"\n"
                device.sendall(b"".join(map(frame, range(10))) + frame(10)[:50])
                shutil.rmtree(self.directory / "sensor", ignore_errors=True)
                self.begin()
                device.sendall(frame(10)[50:] + frame(11) + frame(12))
                wait_received(self.sensor, "beside", 2)
                device.sendall(frame(13))
                wait_received(self.sensor, "beside", 3)
                self.assertEqual(1, self.tap()["joined_streams"])
                self.assertEqual(0, self.sensor.stop())
                self.assertEqual([11, 12, 13], stored_numbers(self.directory / "sensor"))

    def test_an_interface_that_goes_and_comes_back_is_read_again(self):
        self.begin()
        self.send_udp("10.77.0.1", message(1))
        wait_received(self.sensor, "beside", 1)
        namespaces.ip("-n", self.cable.collector, "link", "set", "wire0", "down")
        wait_for("status says down", lambda: self.tap()["capture"] == "down")
        self.assertIn("interface wire0 is down", self.sensor.command("status")[1])
        namespaces.ip("-n", self.cable.collector, "link", "set", "wire0", "up")
        wait_for("status says up", lambda: self.tap()["capture"] == "reads")
        wait_for("messages come again", lambda: self.send_udp("10.77.0.1", message(2)) or self.tap()["received"] > 1)
        self.cable.unplug()
        wait_for("status says gone", lambda: self.tap()["capture"] == "no such interface")
        before = self.tap()["received"]
        self.cable.plug()
        wait_for("status says it is back", lambda: self.tap()["capture"] == "reads")
        wait_for("messages come again", lambda: self.send_udp("10.77.0.1", message(3)) or self.tap()["received"] > before)
        self.conserved()
        self.assertEqual(0, self.sensor.stop())

    def test_the_interface_any_reads_all_of_them(self):
        self.begin(TAP.replace("wire0", "any"))
        self.send_udp("10.77.0.1", message(1), message(2) + b" cs1=" + b"x" * 6000)
        wait_received(self.sensor, "beside", 2)
        self.assertEqual(2, self.conserved()["parsed"])

    def test_allow_is_kept_and_the_own_traffic_is_not_read(self):
        self.begin(TAP + 'allow = ["10.77.0.2/32"]\n')
        self.send_udp("fd77::1", message(1))
        wait_for("IPv6 is refused", lambda: self.tap()["refused"] == 1)
        with namespaces.inside(self.cable.collector):
            own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.sendto(message(2), ("10.77.0.2", 514))
        self.send_udp("10.77.0.1", message(3))
        wait_received(self.sensor, "beside", 1)
        own.close()
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual([3], stored_numbers(self.directory / "sensor"))

    def test_what_the_kernel_has_no_room_for_is_counted_and_nothing_else_is_lost(self):
        self.begin(TAP + 'buffer = "1MiB"\n')
        self.sensor.daemon.process.send_signal(signal.SIGSTOP)  # a sensor that gets no processor for a while
        count = 6000
        self.send_udp("10.77.0.1", *(message(number) for number in range(count)))
        self.sensor.daemon.process.send_signal(signal.SIGCONT)
        wait_received(self.sensor, "beside", count)
        entry = wait_for("every one is accounted for", lambda: (lambda e: e["received"] == e["parsed"] + e["dropped"] and e)(self.tap()))
        self.assertEqual(count, entry["received"])
        self.assertGreater(entry["kernel_dropped"], 0)
        self.assertEqual(entry["dropped"], entry["kernel_dropped"] + entry["interface_dropped"])

    def test_without_the_capability_check_and_run_say_how_to_give_it(self):
        self.begin(program=self.powerless, start=False)
        code, _, err = self.sensor.command("check", "--connect")
        self.assertEqual(69, code)
        self.assertIn("CAP_NET_RAW", err)
        self.assertIn("systemctl daemon-reload", err)
        code, _, err = self.sensor.command("run", timeout=30)
        self.assertEqual(1, code)
        self.assertIn("CAP_NET_RAW", err)
        _, out, _ = self.sensor.command("doctor", "--json")
        self.assertTrue(any(symptom["check"] == "interface" and "tap.conf" in symptom["mend"] for symptom in map(json.loads, out.splitlines())), out)
        self.begin(TAP.replace("wire0", "wire9"), start=False)
        code, _, err = self.sensor.command("check", "--connect")
        self.assertEqual(69, code)
        self.assertIn("interface wire9 does not exist", err)


class Live(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.sensor = Sensor(binary(), folder.name)
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def look_on(self, *words, stdout=subprocess.PIPE):
        process = subprocess.Popen([binary(), "tap", "firewalls-tcp", "--config", self.sensor.config, *map(str, words)],
                                   stdout=stdout, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.returncode is None:
            process.kill()
            process.communicate()

    def feed(self, process, content=None):
        """Until it has something to show: it looks on from some moment on."""
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as device:
            device.sendall(content or lines(range(5)))
        return process.poll() is not None

    def test_messages_are_shown_at_each_stage_as_they_pass(self):
        shown = {}
        for stage, key in (("raw", "raw"), ("parsed", "columns"), ("event", "event")):
            process = self.look_on("--stage", stage, "--json", "--count", 5)
            wait_for("five have passed", lambda: self.feed(process))
            out, err = process.communicate()
            self.assertEqual((0, b""), (process.returncode, err))
            shown[stage] = [json.loads(line)[key] for line in out.splitlines()]
            self.assertEqual(5, len(shown[stage]))
        self.assertIn(message(0).decode(), shown["raw"])
        self.assertIn("www.example.com/1", {columns["RequestURL"] for columns in shown["parsed"]})
        self.assertEqual({"a@contoso.com"}, {event["user"] for event in shown["event"]})

    def test_what_goes_to_quarantine_is_shown_with_its_reason(self):
        process = self.look_on("--count", 1)
        wait_for("one has passed", lambda: self.feed(process, b"<14>hello\n"))
        self.assertIn(b"127.0.0.1 [not_cef]", process.communicate()[0])

    def test_a_reader_that_stops_reading_costs_no_message_and_is_told_what_it_missed(self):
        seen = self.sensor.directory / "seen"
        with open(seen, "wb") as file:
            process = self.look_on("--stage", "raw", "--json", stdout=file)
        wait_for("it looks on", lambda: self.feed(process) or seen.stat().st_size > 0)
        process.send_signal(signal.SIGSTOP)
        before = input_of(self.sensor, "firewalls-tcp")["received"]
        self.feed(process, lines(range(20_000)))
        wait_received(self.sensor, "firewalls-tcp", before + 20_000)
        process.send_signal(signal.SIGCONT)
        wait_for("it is told", lambda: b'{"skipped":' in seen.read_bytes())
        process.send_signal(signal.SIGTERM)
        self.assertIn(b"messages were not shown: more passed than could be read", process.communicate()[1])
        told = [json.loads(line) for line in seen.read_bytes().splitlines() if line.endswith(b"}")]
        self.assertLess(sum("raw" in line for line in told), 20_000)
        self.assertEqual(before + 20_000, input_of(self.sensor, "firewalls-tcp")["parsed"])

    def test_a_name_that_is_none_and_a_sensor_that_is_away(self):
        code, _, err = self.sensor.command("tap", "nobody")
        self.assertEqual(2, code)
        self.assertIn("there is no input `nobody`; there are firewalls-udp, firewalls-tcp", err)
        self.assertEqual(0, self.sensor.stop())
        code, _, err = self.sensor.command("tap", "firewalls-tcp")
        self.assertEqual(69, code)
        self.assertIn("no running lurewatch answers", err)


if __name__ == "__main__":
    unittest.main()

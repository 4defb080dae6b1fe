"""What is stored is found, copied, and there once, through kills, a full disk and a quota: the real binary over TCP."""

import csv
import io
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, binary, free_port, wait_for  # noqa: E402
from senders import RelpClient  # noqa: E402


def line(number, extra=""):
    return (f"<14>Nov 24 08:00:{number % 60:02} nss CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed "
            f"request=www{number % 5}.example.com/page{number} suser=user{number % 7}@contoso.com src=192.0.2.{number % 250} "
            f"dst=203.0.113.9 externalId={number}{extra}\n").encode()


def send(sensor, numbers, noise_bytes=0):
    """Whether everything went out; a sensor that was killed breaks the connection."""
    try:
        with socket.create_connection(("127.0.0.1", sensor.tcp)) as connection:
            for number in numbers:
                connection.sendall(line(number, " cs1=" + os.urandom(noise_bytes).hex() if noise_bytes else ""))
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
        return True
    except OSError:
        return False


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(self.folder.cleanup)
        self.directory = pathlib.Path(self.folder.name)
        self.sensor = Sensor(binary(), self.directory)
        self.addCleanup(lambda: self.sensor.daemon and self.sensor.daemon.process.poll() is None and self.sensor.stop())

    def events(self):
        return self.sensor.status()["store"]["events"]

    def numbers(self, *words):
        """externalId of everything in the store, in its order."""
        _, out, _ = self.sensor.command("query", "--columns", "ExtID", *words)
        return [int(text) for text in out.splitlines()[1:]]


class Query(StoreTest):
    def test_beside_the_daemon_and_without_it(self):
        self.sensor.start()
        send(self.sensor, range(100))
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as connection:
            connection.sendall(b"<14>Nov 24 08:00:00 h no CEF here\n")
        wait_for("everything is stored", lambda: self.events() == 101)
        for _ in ("beside the daemon", "without it"):
            self.assertEqual(list(range(100)), self.numbers())
            self.assertEqual([3, 8], self.numbers("--host", "www3.example.com", "--limit", "2"))
            self.assertEqual([7], self.numbers("--url", "https://www2.example.com/page7"))
            self.assertEqual([n for n in range(100) if n % 7 == 2], self.numbers("--user", "user2@contoso.com"))
            self.assertEqual([n for n in range(100) if n % 7 == 2], self.numbers("--user", "USER2"))
            self.assertEqual([42], self.numbers("--address", "192.0.2.42"))
            self.assertEqual([42, 43], self.numbers("--where", "RequestURL~/page4[23]$", "--vendor", "zscaler"))
            self.assertEqual([99], self.numbers("--text", "PAGE99"))
            self.assertEqual((0, "20\n", ""), self.sensor.command("query", "--count", "--where", "host=www1.example.com"))
            self.assertEqual((0, '{"count":100}\n', ""), self.sensor.command("query", "--count", "--json"))
            if self.sensor.daemon.process.poll() is None:
                self.assertEqual(0, self.sensor.stop())

        code, out, _ = self.sensor.command("query", "--json", "--where", "ExtID=42")
        found = json.loads(out)
        self.assertEqual((0, "user0@contoso.com", "allowed", "firewalls-tcp"), (code, found["user"], found["outcome"], found["input"]))
        self.assertEqual("Zscaler", found["columns"]["DeviceVendor"])
        self.assertEqual(socket.gethostname(), found["columns"]["CollectorHostName"])
        self.assertEqual(line(42).decode().rstrip("\n"), found["raw"])
        rows = list(csv.reader(io.StringIO(self.sensor.command("query", "--csv", "--columns", "ExtID,host,user")[1])))
        self.assertEqual(["ExtID", "host", "user"], rows[0])
        self.assertEqual(["4", "www4.example.com", "user4@contoso.com"], rows[5])
        code, out, _ = self.sensor.command("query", "--quarantine")
        self.assertEqual(0, code)
        self.assertIn("not_cef", out)
        self.assertIn("no CEF here", out)
        code, out, _ = self.sensor.command("query", "--quarantine", "--json")
        kept = json.loads(out)
        self.assertEqual(("not_cef", kept["raw"].find("no CEF here")), (kept["reason"], kept["offset"]))

    def test_mistakes_are_told_and_nothing_found_is_no(self):
        self.assertEqual(69, self.sensor.command("query", "--count")[0])
        self.sensor.start()
        code, out, error = self.sensor.command("query", "--count")
        self.assertEqual((1, "0\n", ""), (code, out, error))
        for words, said in ((["--where", "RequestUrl=x"], "did you mean RequestURL?"), (["--where", "RequestURL~("], "missing )"),
                            (["--since", "yesterday"], "--since: yesterday is no time"), (["--columns", "Nothing"], "--columns Nothing:"),
                            (["--address", "x"], "this is no address"), (["--url", "file:///x"], "this is no URL"),
                            (["--csv", "--json"], "")):
            code, _, error = self.sensor.command("query", *words)
            self.assertEqual(2, code, words)
            self.assertIn(said, error)


class Copy(StoreTest):
    def test_a_backup_made_at_full_rate_is_whole_and_can_be_restored(self):
        self.sensor.start()
        sender = threading.Thread(target=send, args=(self.sensor, range(60000)))
        sender.start()
        wait_for("messages arrive", lambda: self.events() > 5000)
        code, out, error = self.sensor.command("backup", self.directory / "copy", "--json")
        self.assertEqual(0, code, error)
        self.assertGreaterEqual(json.loads(out)["segments"], 1)
        sender.join()
        wait_for("everything is stored", lambda: self.events() == 60000)
        code, out, error = self.sensor.command("restore", self.directory / "copy", "--check", "--json")
        self.assertEqual(0, code, error)
        copied = json.loads(out)["events"]
        self.assertGreater(copied, 5000)
        self.assertEqual(list(range(copied)), self.numbers("--store", self.directory / "copy"))
        self.assertNotEqual(0, self.sensor.command("backup", self.directory / "copy")[0])

        other = Sensor(binary(), self.directory / "other")
        (other.directory / "store").rmdir()
        self.assertEqual(0, other.command("restore", self.directory / "copy")[0])
        other.start()
        self.addCleanup(other.stop)
        send(other, [99999])
        wait_for("the restored store takes more", lambda: other.status()["store"]["events"] == copied + 1)

    def test_a_copy_that_lacks_something_is_not_whole(self):
        self.sensor.start()
        send(self.sensor, range(10))
        wait_for("everything is stored", lambda: self.events() == 10)
        self.assertEqual(0, self.sensor.command("backup", self.directory / "copy")[0])
        (self.directory / "copy" / "state.db").unlink()
        code, out, error = self.sensor.command("restore", self.directory / "copy", "--check")
        self.assertEqual(1, code)
        self.assertIn("state.db is missing", error)
        self.assertIn("not whole", out)


class Trouble(StoreTest):
    def small_disk(self):
        disk = self.directory / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("only root may mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        return disk

    def fill(self, disk):
        """All but a MiB; the file that does it."""
        filler, space = disk / "filler", os.statvfs(disk)
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_bsize - (1 << 20))
        return filler

    def test_kills_under_load_leave_a_whole_store_without_anything_twice(self):
        committed, begin = 0, 0
        for _ in range(int(os.environ.get("LUREWATCH_E2E_KILLS", "4"))):
            self.sensor.start()
            sender = threading.Thread(target=send, args=(self.sensor, range(begin, begin + 100000)))
            sender.start()
            committed = wait_for("messages are committed", lambda: (lambda n: n if n > committed + 1000 else None)(self.events()))
            self.sensor.stop(signal.SIGKILL)
            sender.join()
            begin += 100000
            code, _, error = self.sensor.command("restore", self.directory / "store", "--check")
            self.assertEqual(0, code, error)
            numbers = self.numbers()
            self.assertGreaterEqual(len(numbers), committed)
            self.assertEqual(sorted(set(numbers)), numbers)

    def test_a_full_disk_makes_senders_wait_and_costs_nothing(self):
        disk = self.small_disk()
        self.sensor.config.write_text(self.sensor.config.read_text().replace(f"{self.directory}/store", f"{disk}/store"))
        self.sensor.start()
        filler = self.fill(disk)
        sent = []
        sender = threading.Thread(target=lambda: sent.append(send(self.sensor, range(3000), noise_bytes=1000)))
        sender.start()
        wait_for("the trouble is told", lambda: self.sensor.status()["trouble"])
        self.assertIn("full", self.sensor.command("status")[1])
        stored = self.events()
        self.assertLess(stored, 3000)
        filler.unlink()
        sender.join(60)
        self.assertEqual([True], sent)
        wait_for("everything is stored", lambda: self.events() == 3000)
        wait_for("the trouble is over", lambda: not self.sensor.status()["trouble"])
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(list(range(3000)), sorted(self.numbers()))
        self.assertEqual(0, self.sensor.command("restore", disk / "store", "--check")[0])

    def test_a_full_disk_drops_and_counts_datagrams_and_leaves_relp_unanswered(self):
        disk = self.small_disk()
        relp = free_port()
        text = self.sensor.config.read_text().replace(f"{self.directory}/store", f"{disk}/store")
        self.sensor.config.write_text(text + f'\n[[listen]]\nname = "relp"\ntransport = "relp"\naddress = "127.0.0.1:{relp}"\n')
        self.sensor.start()
        client = RelpClient(relp)
        client.send(range(10))
        filler = self.fill(disk)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        entry = lambda: next(row for row in self.sensor.status()["inputs"] if row["transport"] == "udp")
        # Larger than the queue in front of the disk, in datagrams as large as may be.
        noise, sent = os.urandom(30_000).hex().encode(), 0
        while not entry()["dropped"]:
            self.assertLess(sent, 5000)
            for _ in range(50):
                udp.sendto(line(sent, " cs1=").rstrip() + noise[sent % 1000:], ("127.0.0.1", self.sensor.udp))
                sent += 1
            wait_for("they are received", lambda: entry()["received"] == sent)
        self.assertTrue(self.sensor.status()["trouble"])
        client.waiting[client.next] = 10
        client.frame("syslog", line(10).strip())
        client.socket.settimeout(0.5)
        self.assertRaises(TimeoutError, client.answer)
        filler.unlink()
        client.socket.settimeout(30)
        client.answer()
        self.assertEqual(11, len(client.acknowledged))
        shown = entry()
        self.assertEqual(sent, shown["parsed"] + shown["quarantined"] + shown["dropped"])
        wait_for("what was taken is stored", lambda: self.events() == shown["parsed"] + 11)
        wait_for("the trouble is over", lambda: not self.sensor.status()["trouble"])
        client.close()
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(0, self.sensor.command("restore", disk / "store", "--check")[0])

    def test_a_newer_store_is_refused_with_both_numbers(self):
        self.sensor.start()
        send(self.sensor, range(10))
        wait_for("everything is stored", lambda: self.events() == 10)
        self.assertEqual(0, self.sensor.stop())
        for file in (self.directory / "store" / "state.db", next((self.directory / "store" / "segments").glob("*.db"))):
            with sqlite3.connect(file) as database:
                version = database.execute("PRAGMA user_version").fetchone()[0]
                database.execute("PRAGMA user_version = 4711")
            database.close()
            before = file.read_bytes()
            code, _, error = self.sensor.command("run")
            self.assertEqual(1, code)
            self.assertIn(f"{file} has schema version 4711, but this Lurewatch knows versions up to {version}", error)
            self.assertEqual(before, file.read_bytes())
            with sqlite3.connect(file) as database:
                database.execute(f"PRAGMA user_version = {version}")
            database.close()
        self.sensor.start()
        self.assertEqual(10, self.events())

    def test_a_damaged_segment_is_set_aside_with_one_message_and_the_rest_goes_on(self):
        self.sensor.start()
        send(self.sensor, range(500))
        wait_for("everything is stored", lambda: self.events() == 500)
        self.assertEqual(0, self.sensor.stop())
        segment = next((self.directory / "store" / "segments").glob("*.db"))
        with open(segment, "r+b") as file:
            file.write(os.urandom(4096))
        self.sensor.start()
        send(self.sensor, range(500, 520))
        wait_for("more is stored", lambda: self.events() == 20)
        wait_for("it is told", lambda: "set aside" in self.sensor.daemon.log_text())
        self.assertEqual(list(range(500, 520)), self.numbers())
        self.assertEqual(1, sum("set aside" in row for row in self.sensor.daemon.log_text().splitlines()))
        self.assertIn(f"{segment}.damaged", self.sensor.daemon.log_text())
        self.assertTrue(pathlib.Path(f"{segment}.damaged").exists())
        first = self.sensor.command("status")[1].splitlines()[0]
        self.assertIn("! the store has set 1 damaged segment", first)
        self.assertIn(f"{segment.parent}/*.db.damaged", first)

    def test_what_was_accepted_is_committed_though_nothing_follows(self):
        self.sensor.start()
        with socket.create_connection(("127.0.0.1", self.sensor.tcp)) as connection:
            connection.sendall(line(1))
            wait_for("it is committed, the connection still open", lambda: self.events() == 1)
            self.sensor.stop(signal.SIGKILL)
        self.assertEqual([1], self.numbers())

    def test_the_quota_holds_within_a_segment_while_messages_come(self):
        self.sensor.config.write_text(self.sensor.config.read_text().replace("commit_interval", 'quota = "64MiB"\ncommit_interval'))
        self.sensor.start()
        sizes, done = [], threading.Event()

        def measure():
            while not done.wait(0.05):
                files = [file for file in (self.directory / "store").rglob("*") if file.is_file()]
                sizes.append(sum(file.stat().st_size for file in files if file.exists()))

        watch = threading.Thread(target=measure)
        watch.start()
        send(self.sensor, range(90000), noise_bytes=1000)
        done.set()
        watch.join()
        self.assertGreater(max(sizes), 48 << 20)
        self.assertLess(self.events(), 90000)
        # A segment is an eighth; beside the last one lie its log, 4 MiB, and shared memory.
        self.assertLess(max(sizes), (64 << 20) * 9 // 8 + (6 << 20))
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual(0, self.sensor.command("restore", self.directory / "store", "--check")[0])


if __name__ == "__main__":
    unittest.main()

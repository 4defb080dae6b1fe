#!/usr/bin/env python3
"""The real daemon, fed over RELP, killed again and again at any moment of its life: starting, recovering, committing, sealing, making room.

    tests/bench/kill_soak.py PROGRAM [--kills 200] [--check-every 20] [--seed 7]

Afterwards, and now and then in between: the store is whole (`restore --check`), nothing that was acknowledged is missing, nothing is there
twice, and what the index finds is what the blocks hold. Exit status 0: all of it is so; 1: it is not, and what is wrong was said.
"""

import argparse
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Process, Sensor, free_port, wait_for  # noqa: E402
from senders import RelpClient, stored_numbers  # noqa: E402

HOSTS = 40
QUOTA_MIB = 64  # segments of 8 MiB: some are sealed and deleted between two checks
LONGEST_START, LONGEST_WORK = 1.0, 1.0  # seconds until the kill: from the start of the process, or from its first sign of life


def message(number, dice):
    return (f"<14>Nov 24 08:00:00 fw01 CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst=203.0.113.9 "
            f"request=h{number % HOSTS}.example.com/{number} suser=a@contoso.com externalId=no-{number}. "
            f"cs1={dice.randbytes(dice.randrange(500, 4000)).hex()}").encode()


class Feeder(threading.Thread):
    """Sends numbered messages for as long as the connection lives, and remembers which were acknowledged."""

    def __init__(self, port, first, seed):
        super().__init__()
        self.port, self.next, self.dice, self.stopped, self.client = port, first, random.Random(seed), False, None

    def run(self):
        while not self.stopped:
            try:
                self.client = RelpClient(self.port)
                break
            except OSError:
                time.sleep(0.005)  # it has not begun to listen, or is dead already
        if not self.client:
            return
        try:
            window = self.dice.choice((1, 50, 500, 3000))
            while not self.stopped:
                while len(self.client.waiting) >= window:
                    self.client.answer()
                self.send(min(32, window - len(self.client.waiting)))
        except OSError:
            self.read_last_answers()

    def send(self, count):
        frames = b""
        for number in range(self.next, self.next + count):
            data = message(number, self.dice)
            frames += b"%d syslog %d %s\n" % (self.client.next, len(data), data)
            self.client.waiting[self.client.next] = number
            self.client.next += 1
        self.next += count
        self.client.socket.sendall(frames)

    def read_last_answers(self):
        """What was acknowledged before the kill lies in this machine's kernel."""
        try:
            while True:
                self.client.answer()
        except OSError:
            pass

    def end(self):
        self.stopped = True
        self.join()
        acknowledged = self.client.acknowledged if self.client else []
        if self.client:
            self.client.close()
        return acknowledged


class Soak:
    def __init__(self, options, folder):
        self.options, self.dice = options, random.Random(options.seed)
        self.relp = free_port()
        self.sensor = Sensor(options.program, folder, extra=f'\n[[listen]]\nname = "relp"\ntransport = "relp"\naddress = "127.0.0.1:{self.relp}"\n')
        text = self.sensor.config.read_text()
        self.sensor.config.write_text(text.replace("commit_interval", f'quota = "{QUOTA_MIB}MiB"\ncommit_interval'))
        self.acknowledged, self.next, self.faults, self.lives = [], 1, [], 0

    def life(self):
        """Starts the daemon, feeds it, kills it."""
        daemon = Process([self.sensor.binary, "run", "--config", self.sensor.config], self.sensor.directory / "lurewatch.log")
        feeder = Feeder(self.relp, self.next, self.dice.random())
        feeder.start()
        if self.dice.random() < 0.3:
            time.sleep(self.dice.uniform(0, LONGEST_START))
        else:
            wait_for("the daemon takes a connection", lambda: feeder.client or daemon.process.poll() is not None, 60)
            time.sleep(self.dice.uniform(0, LONGEST_WORK))
        if daemon.process.poll() is not None:
            self.faults.append(f"the daemon ended by itself with {daemon.process.returncode}: {daemon.log_text()[-500:]}")
        daemon.end(signal.SIGKILL)
        acknowledged = feeder.end()
        self.lives += bool(acknowledged)
        self.acknowledged += acknowledged
        self.next = feeder.next

    def numbers_of(self, *words):
        _, out, _ = self.sensor.command("query", "--columns", "ExtID", *words)
        return [int(text.removeprefix("no-").removesuffix(".")) for text in out.splitlines()[1:]]

    def check(self, kills):
        code, out, error = self.sensor.command("restore", self.sensor.directory / "store", "--check")
        if code != 0:
            self.faults.append(f"the store is not whole: {out}{error}")
        stored = stored_numbers(self.sensor.directory)
        present = set(stored)
        if len(present) != len(stored):
            self.faults.append(f"{len(stored) - len(present)} messages are there twice")
        # Whole segments go, oldest first, and the messages came in the order of their numbers.
        oldest = min(present, default=0)
        missing = [number for number in self.acknowledged if number >= oldest and number not in present]
        if missing or (self.acknowledged and not present):
            self.faults.append(f"{len(missing)} acknowledged messages are missing, the first is {missing[:1]}")
        self.acknowledged = [number for number in self.acknowledged if number >= oldest]
        host = self.dice.randrange(HOSTS)
        found = self.numbers_of("--host", f"h{host}.example.com")
        if sorted(found) != sorted(number for number in stored if number % HOSTS == host):
            self.faults.append(f"the index finds {len(found)} messages of host {host}, and not those that are there")
        damaged = list((self.sensor.directory / "store" / "segments").glob("*.damaged"))
        if damaged:
            self.faults.append(f"segments were set aside: {damaged}")
        print(f"{kills} kills: {len(stored)} messages are stored, {len(self.acknowledged)} of them acknowledged; "
              f"the oldest is number {oldest}; {len(self.faults)} faults", flush=True)

    def go_on(self):
        self.sensor.start()
        client = RelpClient(self.relp)
        client.waiting[client.next] = self.next
        client.frame("syslog", message(self.next, self.dice))
        wait_for("one more is acknowledged", lambda: client.answer() or client.acknowledged)
        client.close()
        if self.sensor.stop() != 0:
            self.faults.append("it doesn't stop as it should")

    def run(self):
        begin = time.monotonic()
        for kill in range(1, self.options.kills + 1):
            self.life()
            if kill % self.options.check_every == 0 or kill == self.options.kills:
                self.check(kill)
            if self.faults:
                break
        if not self.faults:
            self.go_on()
        if self.lives < self.options.kills / 4:
            self.faults.append("too few lives were long enough for an acknowledgement: give it a quieter machine")
        for fault in self.faults:
            print(f"FAULT: {fault}")
        print(f"{self.options.kills} kills in {time.monotonic() - begin:.0f} s, {self.lives} of them with acknowledged messages; seed {self.options.seed}: "
              f"{'FAILED' if self.faults else 'nothing acknowledged is missing, nothing is there twice, indexes and blocks agree'}")
        return 1 if self.faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--check-every", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-kill-") as folder:
        return Soak(options, folder).run()


if __name__ == "__main__":
    sys.exit(main())

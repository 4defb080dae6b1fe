#!/usr/bin/env python3
"""The real daemon at a steady rate for as long as you like, with everything else going on: rotation, retention, queries, backups, simulations.

    tests/bench/soak.py PROGRAM LOAD [--seconds 3600] [--rate 100000] [--quota 4GiB] [--folder DIR]

PROGRAM is lurewatch, LOAD is lurewatch_load, both of the release preset. The rate is of all inputs together: 80 % TCP, 10 % RELP, 10 % UDP.
Disk in use stays below three quotas: the store, and a backup at a time. Ends by itself. Exit status 0: nothing was lost, memory is flat, the
quota held; 1: one of these is not so, and which one was said last.

Nothing lost means: each input has received, and parsed, what was sent to it, and what a backup or the store holds of each load is without a hole
from the oldest to the newest message. Backups come often enough to see all of it before the quota deletes it, if the machine keeps up.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Sensor, free_port, wait_for  # noqa: E402

SHARES = {"firewalls-tcp": 0.8, "relp": 0.1, "firewalls-udp": 0.1}
POOL = 50_000
MEMORY_GOAL_MIB = 300
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
TICKS = os.sysconf("SC_CLK_TCK")
CALM = ["nice", "-n", "10"]  # for what a person at the machine would run beside the service


def size_of(text):
    found = re.fullmatch(r"(\d+)(KiB|MiB|GiB)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text}: a size such as 512MiB or 4GiB is needed")
    return int(found[1]) * UNITS[found[2]]


def resident_mib(pid, key="VmRSS"):
    line = next(row for row in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith(key))
    return int(line.split()[1]) / 1024


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def bytes_in(folder):
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            pass  # retention was faster
    return total


def median(values):
    return statistics.median(values) if values else 0.0


class Load:
    """One sender: its input, its seed, its share of the messages."""

    def __init__(self, options, seed, name, transport, address, rate):
        self.seed, self.name, self.messages = seed, name, int(rate * options.seconds)
        self.command = [options.load, "send", transport, address, "--messages", str(self.messages), "--seed", str(seed),
                        "--rate", str(max(1, int(rate))), "--pool", str(min(POOL, self.messages))]
        self.process, self.said = None, ""

    def start(self):
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)

    def finish(self, seconds):
        try:
            self.said = self.process.communicate(timeout=seconds)[1].strip()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.said = "did not end in time: " + self.process.communicate()[1].strip()
        return self.process.returncode


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        relp = free_port()
        self.sensor = Sensor(options.program, self.folder / "sensor",
                             extra=f'\n[[listen]]\nname = "relp"\ntransport = "relp"\naddress = "127.0.0.1:{relp}"\n', options={"commit_interval": "250ms"})
        text = self.sensor.config.read_text()
        self.sensor.config.write_text(text.replace("commit_interval", f'quota = "{options.quota}B"\ncommit_interval'))
        addresses = {"firewalls-tcp": ("tcp", self.sensor.tcp), "relp": ("relp", relp), "firewalls-udp": ("udp", self.sensor.udp)}
        self.loads = [Load(options, seed, name, addresses[name][0], f"127.0.0.1:{addresses[name][1]}", options.rate * share)
                      for seed, (name, share) in enumerate(SHARES.items(), 1)]
        self.store = self.sensor.directory / "store"
        self.done = threading.Event()
        self.samples = []  # (seconds, MiB resident, bytes of the store, messages received, CPU-seconds)
        self.took = {"host query": [], "user query": [], "pattern query": [], "backup": [], "simulate": []}
        self.faults, self.simulated, self.checked = [], {}, 0

    def fault(self, text):
        self.faults.append(text)
        print(f"FAULT: {text}", flush=True)

    def timed(self, what, *words, expected=(0,)):
        begin = time.monotonic()
        code, out, error = self.sensor.command(*words, timeout=900, preexec_fn=lambda: os.nice(10))
        self.took[what].append(time.monotonic() - begin)
        if code not in expected or (error and code not in (0, 1)):
            self.fault(f"{what} ended with {code}: {error.strip()[-300:]}")
        return out

    # What runs beside the load, each in a thread of its own until the senders are done.

    def sample(self):
        begin, pid = time.monotonic(), self.sensor.daemon.process.pid
        while not self.done.wait(self.sample_interval):
            status = self.sensor.status()
            if status is None:
                self.fault("status gave no answer")
                continue
            self.samples.append((time.monotonic() - begin, resident_mib(pid), bytes_in(self.store), sum(row["received"] for row in status["inputs"]),
                                 cpu_seconds(pid)))
            if status["trouble"]:
                self.fault(f"the daemon says: {status['trouble']}")

    def ask(self):
        while not self.done.wait(self.query_interval):
            _, out, _ = self.sensor.command("query", "--json", "--limit", "1")
            newest = json.loads(out) if out.strip() else {}
            if newest.get("host"):
                self.timed("host query", "query", "--host", newest["host"], "--count")
            if newest.get("user"):
                self.timed("user query", "query", "--user", newest["user"], "--limit", "100")
            self.timed("pattern query", "query", "--where", r"RequestURL~/[a-z]+\?.*=[0-9a-f]{4}", "--limit", "2000", expected=(0, 1))

    # Not behind the queries, which a busy machine makes slow: it would come only now and then.
    def find(self):
        while not self.done.wait(self.simulate_interval):
            out = self.timed("simulate", "simulate", "--json", expected=(0, 1))
            self.simulated = self.simulated or {"said": out.strip()[:300]}

    def back_up(self):
        while not self.done.wait(self.backup_interval):
            self.copy_and_check(is_end=False)

    def copy_and_check(self, is_end):
        copy = self.folder / "copy"
        try:
            self.timed("backup", "backup", copy)
            self.check_whole(copy)
            for load in self.loads[:1] if not is_end else self.loads:
                self.check_without_hole(copy, load, is_end)
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def check_whole(self, directory):
        checked = subprocess.run([*CALM, self.options.program, "restore", directory, "--check", "--config", self.sensor.config], capture_output=True, text=True)
        if checked.returncode != 0:
            self.fault(f"restore --check: {checked.stdout}{checked.stderr}")

    def check_without_hole(self, directory, load, is_end):
        """The oldest went for the quota and the newest had not come: the rest is there, each message once."""
        verified = subprocess.run([*CALM, self.options.load, "verify", "--messages", str(load.messages), "--seed", str(load.seed), "--store", directory],
                                  capture_output=True, text=True)
        lines = verified.stdout.splitlines()
        if not lines:
            self.fault(f"verify of {load.name} failed: {verified.stderr.strip()}")
            return
        present, repeated = re.match(r"(\d+) of .* (\d+) more than once", lines[0]).groups()
        ranges = lines[1].removeprefix("missing: ").split(", ") if len(lines) > 1 else []
        bounds = [tuple(map(int, (part if "-" in part else f"{part}-{part}").split("-"))) for part in ranges]
        holes = [f"{first}-{last}" for first, last in bounds if first != 1 and (is_end or last != load.messages)]
        self.checked += int(present)
        if holes:
            self.fault(f"{load.name} has holes: {', '.join(holes)}")
        if int(repeated):
            self.fault(f"{load.name} has {repeated} messages more than once")
        if int(present) == 0 and directory.exists():
            self.fault(f"nothing of {load.name} is stored")

    # The whole.

    def run(self):
        options = self.options
        self.sample_interval = min(5.0, max(0.5, options.seconds / 120))
        self.query_interval = min(15.0, max(3.0, options.seconds / 20))
        self.simulate_interval = min(60.0, max(5.0, options.seconds / 10))
        self.backup_interval = min(180.0, max(10.0, options.seconds / 5))
        self.sensor.start()
        begin = time.monotonic()
        helpers = [threading.Thread(target=step) for step in (self.sample, self.ask, self.find, self.back_up)]
        for load in self.loads:
            load.start()
        for helper in helpers:
            helper.start()
        deadline = begin + options.seconds * 2 + 300
        for load in self.loads:
            code = load.finish(max(1.0, deadline - time.monotonic()))
            if code != 0:
                self.fault(f"the sender of {load.name} ended with {code}: {load.said}")
        sent_seconds = time.monotonic() - begin
        self.done.set()
        for helper in helpers:
            helper.join()
        self.judge(sent_seconds)
        return 1 if self.faults else 0

    def judge(self, sent_seconds):
        options, pid = self.options, self.sensor.daemon.process.pid
        total = sum(load.messages for load in self.loads)
        before = -1

        def is_quiet():
            nonlocal before
            now = self.sensor.received()
            was, before = before, now
            return now == was or time.sleep(1)
        wait_for("the inputs are quiet", is_quiet, 120)
        status, peak, cpu = self.sensor.status(), resident_mib(pid, "VmHWM"), cpu_seconds(pid)
        for load in self.loads:
            entry = next(row for row in status["inputs"] if row["name"] == load.name)
            made = entry["received"] - load.messages  # by simulate
            print(f"{load.name}: sent {load.messages}, received {entry['received']} ({made} simulated), parsed {entry['parsed']}, "
                  f"quarantined {entry['quarantined']}, dropped {entry['dropped']}; {load.said}")
            if entry["received"] != entry["parsed"] + entry["quarantined"] + entry["dropped"]:
                self.fault(f"{load.name}: received is not parsed + quarantined + dropped")
            if not 0 <= made <= len(self.took["simulate"]):
                self.fault(f"{load.name}: received {entry['received']} of {load.messages}")
            if entry["dropped"] or entry["quarantined"]:
                self.fault(f"{load.name}: dropped {entry['dropped']}, quarantined {entry['quarantined']}")
        code = self.sensor.stop()
        if code != 0:
            self.fault(f"the daemon ended with {code}")
        self.check_whole(self.store)
        for load in self.loads:
            self.check_without_hole(self.store, load, is_end=True)
        self.judge_disk()
        self.judge_memory(peak)
        for what, seconds in self.took.items():
            if seconds:
                print(f"{what}: {len(seconds)} times, median {median(seconds):.2f} s, longest {max(seconds):.2f} s")
        print(f"{total} messages in {sent_seconds:.0f} s: {total / sent_seconds:,.0f} a second (wanted {options.rate:,}), {cpu * 1e6 / total:.1f} CPU-seconds "
              f"a million with queries served; {self.checked} looked at one by one, {status['store']['events']} stored at the end")
        if self.simulated:
            print(f"the first simulation: {self.simulated['said']}")
        print("FAILED: " + "; ".join(self.faults[:5]) if self.faults else "passed: nothing was lost, memory is flat, the quota held")

    def judge_disk(self):
        largest = max((row[2] for row in self.samples), default=0)
        segment = min(256 << 20, self.options.quota // 8)
        bound = self.options.quota + segment + (16 << 20)  # beside the segment that is written its log, and state.db's
        print(f"disk: the store took at most {largest / (1 << 20):.0f} MiB of a quota of {self.options.quota / (1 << 20):.0f} MiB"
              f"{'' if largest > self.options.quota * 0.8 else '; the quota was never reached: nothing had to be deleted'}")
        if largest > bound:
            self.fault(f"the store took {largest} bytes, more than quota and a segment")

    def judge_memory(self, peak):
        self.report_parts()
        quarter = len(self.samples) // 4
        early, late = (median([row[1] for row in part]) for part in (self.samples[quarter:2 * quarter], self.samples[-quarter:] if quarter else []))
        print(f"memory: second quarter {early:.0f} MiB, last quarter {late:.0f} MiB (medians), peak {peak:.0f} MiB")
        if late > early * 1.15 + 8:
            self.fault(f"memory grows: {early:.0f} MiB in the second quarter, {late:.0f} MiB in the last")
        if peak > MEMORY_GOAL_MIB:
            self.fault(f"memory reached {peak:.0f} MiB, more than {MEMORY_GOAL_MIB}")

    def report_parts(self):
        """A line for each twelfth of the time."""
        parts = min(12, len(self.samples) - 1)
        for part in range(parts):
            rows = self.samples[part * (len(self.samples) - 1) // parts:(part + 1) * (len(self.samples) - 1) // parts + 1]
            seconds = rows[-1][0] - rows[0][0]
            print(f"  {rows[0][0]:5.0f}-{rows[-1][0]:5.0f} s: {(rows[-1][3] - rows[0][3]) / seconds:9,.0f} messages/s, "
                  f"{(rows[-1][4] - rows[0][4]) / seconds * 100:4.0f} % of a core, {median([row[1] for row in rows]):5.0f} MiB resident, "
                  f"{rows[-1][2] / (1 << 20):7.0f} MiB on disk")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--rate", type=int, default=100_000)
    parser.add_argument("--quota", type=size_of, default=size_of("4GiB"))
    parser.add_argument("--folder", help="where the store lies meanwhile; otherwise a new folder below TMPDIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-soak-", dir=options.folder) as folder:
        soak = Soak(options, folder)
        try:
            return soak.run()
        finally:
            soak.done.set()
            for load in soak.loads:
                if load.process and load.process.poll() is None:
                    load.process.kill()
            if soak.sensor.daemon and soak.sensor.daemon.process.poll() is None:
                soak.sensor.stop()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The whole collector under load, beside rsyslog on the same stream in the same run.

    tests/bench/collector.py PROGRAM LOAD tcp   [--messages N] [--runs R]    rate, CPU, memory; rsyslog's CEF parser beside it
    tests/bench/collector.py PROGRAM LOAD relp  [--messages N] [--runs R]    a real rsyslog sends; its own imrelp beside it
    tests/bench/collector.py PROGRAM LOAD udp   [--messages N] [--rate R]    what is lost at a pace, and what status says

PROGRAM is lurewatch, LOAD is lurewatch_load, both of the release preset. Runs alternate; medians are printed.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import liblognorm

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Process, Sensor, free_port, wait_for  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
QUESTION_SECONDS = 0.2
POOL = 200_000  # messages that the sender makes beforehand, so that it costs little while the clock runs


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid):
    line = next(row for row in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def lines_in(path):
    if not path.exists():
        return 0
    return int(subprocess.run(["wc", "-l", path], capture_output=True, text=True).stdout.split()[0])


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder, self.count = options, pathlib.Path(folder), options.messages

    def load(self, transport, address, *words):
        """Starts the sender; returns when the first message is about to go, since the pool is made by then."""
        command = [self.options.load, "send", transport, address, "--messages", str(self.count), "--pool", str(min(POOL, self.count)), *words]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def measured(self, pid, has_begun, is_done, sender=None):
        """`is_done` is asked seldom, and not before a sender that ends by itself has ended: each question takes time from a
        core. It answers true, or the moment when it was done."""
        wait_for("the first message", has_begun, 120)
        begin, cpu = time.monotonic(), cpu_seconds(pid)
        done = wait_for("the last message", lambda: (sender is None or sender.poll() is not None) and is_done(), 1200, every=QUESTION_SECONDS)
        end = time.monotonic() if done is True else done
        return {"rate": self.count / (end - begin), "cpu": (cpu_seconds(pid) - cpu) * 1e6 / self.count, "memory": peak_mib(pid)}

    def sensor(self, name, extra=""):
        return Sensor(self.options.program, self.folder / name, extra=extra, options={"commit_interval": "1s"}).start()

    def verify(self, sensor):
        done = subprocess.run([self.options.load, "verify", "--messages", str(self.count), "--store", sensor.directory / "store"],
                              capture_output=True, text=True)
        print("   ", done.stdout.strip())
        assert done.returncode == 0, "messages are missing"

    def rsyslogd(self, name, text):
        work = self.folder / name
        work.mkdir()
        config = work / "rsyslog.conf"
        config.write_text(f'global(workDirectory="{work}" maxMessageSize="64k")\n{text}')
        return Process(["rsyslogd", "-n", "-f", config, "-i", work / "pid"], work / "log")

    # TCP: the load generator sends counted frames to both.

    def tcp_lurewatch(self, run):
        sensor = self.sensor(f"lurewatch-{run}")
        stored = lambda: sensor.status()["store"]["events"]
        sender = self.load("tcp", f"127.0.0.1:{sensor.tcp}")
        result = self.measured(sensor.daemon.process.pid, lambda: sensor.received() > 0, lambda: stored() >= self.count, sender)
        print("   ", sender.communicate()[1].strip())
        store = sensor.status()["store"]
        result["disk"] = store["bytes"] / store["raw_bytes"]
        assert sensor.stop() == 0
        self.verify(sensor)
        return result

    def tcp_rsyslog(self, run):
        port, out = free_port(), self.folder / f"rsyslog-{run}.json"
        (self.folder / "cef.rulebase").write_text(liblognorm.rulebase(liblognorm.BSD, liblognorm.RFC5424))
        daemon = self.rsyslogd(f"rsyslog-{run}", f"""
module(load="imptcp") module(load="mmnormalize")
template(name="json" type="list") {{ property(name="$!all-json") constant(value="\\n") }}
input(type="imptcp" address="127.0.0.1" port="{port}" ruleset="cef")
ruleset(name="cef" queue.type="LinkedList" queue.size="200000" queue.workerThreads="2" queue.dequeueBatchSize="1024") {{
  action(type="mmnormalize" rulebase="{self.folder}/cef.rulebase" useRawMsg="on")
  action(type="omfile" file="{out}" template="json" asyncWriting="off" ioBufferSize="64k" flushOnTXEnd="off")
}}
""")
        time.sleep(1)
        sender = self.load("tcp", f"127.0.0.1:{port}")
        size = lambda: out.stat().st_size if out.exists() else 0

        last = [0, 0.0]  # size of the file, and since when

        def is_done():
            if size() != last[0]:
                last[:] = size(), time.monotonic()
            return time.monotonic() - last[1] > 2 and last[1]
        result = self.measured(daemon.process.pid, lambda: size() > 0, is_done, sender)
        sender.communicate()
        daemon.end()
        parsed = subprocess.run(["grep", "-c", '"Extensions"', out], capture_output=True, text=True).stdout.strip()
        print(f"    {lines_in(out)} of {self.count} lines written, {parsed} of them parsed")
        out.unlink()
        return result

    # RELP: one rsyslog reads a file and sends it to Lurewatch, or to another rsyslog.

    def source(self):
        path = self.folder / "source.log"
        if not path.exists():
            with open(path, "wb") as file:
                subprocess.run([self.options.load, "send", "stdout", "--messages", str(self.count), "--pool", str(min(POOL, self.count))], stdout=file,
                               stderr=subprocess.DEVNULL, check=True)
        return path

    def relp_sender(self, name, port):
        return self.rsyslogd(name, f"""
module(load="imfile" mode="inotify") module(load="omrelp")
template(name="raw" type="string" string="%msg%\\n")
input(type="imfile" File="{self.source()}" Tag="t" ruleset="out" readMode="0")
ruleset(name="out" queue.type="LinkedList" queue.size="200000" queue.dequeueBatchSize="1024") {{
  action(type="omrelp" target="127.0.0.1" port="{port}" template="raw" windowSize="2000")
}}
""")

    def relp_lurewatch(self, run):
        port = free_port()
        sensor = self.sensor(f"relp-{run}", f'\n[[listen]]\nname = "relp"\ntransport = "relp"\naddress = "127.0.0.1:{port}"\n')
        sender = self.relp_sender(f"relp-sender-{run}", port)
        result = self.measured(sensor.daemon.process.pid, lambda: sensor.received() > 0, lambda: sensor.status()["store"]["events"] >= self.count)
        sender.end()
        assert sensor.stop() == 0
        self.verify(sensor)
        return result

    def relp_rsyslog(self, run):
        port, out = free_port(), self.folder / f"imrelp-{run}.log"
        receiver = self.rsyslogd(f"imrelp-{run}", f"""
module(load="imrelp")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imrelp" address="127.0.0.1" port="{port}" ruleset="file")
ruleset(name="file") {{ action(type="omfile" file="{out}" template="raw") }}
""")
        time.sleep(1)
        sender = self.relp_sender(f"imrelp-sender-{run}", port)
        result = self.measured(receiver.process.pid, lambda: lines_in(out) > 0, lambda: lines_in(out) >= self.count)
        sender.end()
        receiver.end()
        out.unlink()
        return result

    def compare(self, ours, theirs, name):
        results = {"lurewatch": [], name: []}
        for run in range(self.options.runs):
            for key, measure in (("lurewatch", ours), (name, theirs)):
                print(f"run {run + 1}: {key}", flush=True)
                results[key].append(measure(run))
        medians = {key: {what: statistics.median(row[what] for row in rows) for what in rows[0]} for key, rows in results.items()}
        for key, row in medians.items():
            disk = f", {row['disk']:.3f} bytes on disk a raw byte" if "disk" in row else ""
            print(f"{key:10} {row['rate']:9,.0f} messages/s, {row['cpu']:5.1f} CPU-s a million, peak {row['memory']:.0f} MiB{disk}")
        print(f"ratio      {medians['lurewatch']['rate'] / medians[name]['rate']:.2f} of its rate, "
              f"1/{medians[name]['cpu'] / medians['lurewatch']['cpu']:.1f} of its CPU")

    def udp(self):
        sensor = self.sensor("udp")
        sender = self.load("udp", f"127.0.0.1:{sensor.udp}", "--framing", "lines", "--rate", str(self.options.rate))
        print("   ", sender.communicate()[1].strip())
        settled = lambda: [(row["received"], row["parsed"], row["quarantined"], row["dropped"], row["kernel_dropped"])
                           for row in sensor.status()["inputs"] if row["name"] == "firewalls-udp"][0]

        def is_quiet():
            before = settled()
            time.sleep(2)
            return settled() == before
        wait_for("quiet", is_quiet, 60)
        received, parsed, quarantined, dropped, kernel = settled()
        pid, stored = sensor.daemon.process.pid, sensor.status()["store"]["events"]
        print(f"sent {self.count}, received {received}, parsed {parsed}, quarantined {quarantined}, dropped {dropped}, of them in the kernel {kernel}; "
              f"stored {stored}; peak {peak_mib(pid):.0f} MiB")
        print(f"unaccounted for: {self.count - stored - dropped}")
        assert sensor.stop() == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("what", choices=["tcp", "relp", "udp"])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-bench-") as folder:
        bench = Bench(options, folder)
        if options.what == "tcp":
            bench.compare(bench.tcp_lurewatch, bench.tcp_rsyslog, "rsyslog")
        elif options.what == "relp":
            bench.compare(bench.relp_lurewatch, bench.relp_rsyslog, "imrelp")
        else:
            bench.udp()


if __name__ == "__main__":
    main()

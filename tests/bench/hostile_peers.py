#!/usr/bin/env python3
"""What bad peers cost a well-behaved sender on the same input: its rate with and without each of them, and that it loses nothing.

    tests/bench/hostile_peers.py PROGRAM LOAD [--transport tcp|relp] [--messages 300000] [--rate 50000] [--runs 3] [--only NAME ...]

The good sender paces itself at --rate (0: as fast as it is served). Runs with and without a bad peer alternate; medians are printed. The bad
peers are processes of their own and run at the lowest priority: what they compute is not what is measured, but two cores are two cores.
"""

import argparse
import multiprocessing
import os
import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "support")]
from collector import cpu_seconds  # noqa: E402
from harness import Sensor, free_port, wait_for  # noqa: E402
from senders import message  # noqa: E402



def connect(port, last=66):
    one = socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.0.{last}", 0), timeout=5)
    one.settimeout(20)
    return one


# Each is a process that does its worst until it is ended. The sensor may close a connection at any time: it is opened again.

def resets(port):
    while True:
        one = connect(port)
        one.sendall(message(0)[:100])
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()
        time.sleep(0.001)


def stalls(port):
    held = []
    for last in range(10, 14):
        for _ in range(100):
            one = connect(port, last)
            one.sendall(b"2000 <14>half a frame")
            held.append(one)
    time.sleep(3600)


def one_byte(port):
    held = [connect(port, 20 + number) for number in range(20)]
    for one in held:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        for byte in message(0) + b"\n":
            for one in held:
                one.sendall(bytes([byte]))
            time.sleep(0.0005)


def thousands(port):
    """From one address. From many they use up max_connections, whatever is done: that is what `allow` is for."""
    held = []
    while True:
        try:
            held.append(connect(port))
        except OSError:
            pass
        if len(held) > 5000:
            held = held[2500:]
        time.sleep(0.0005)


def garbage(port):
    noise = [os.urandom(60_000) for _ in range(8)]
    while True:
        one = connect(port)
        try:
            for number in range(100):
                one.sendall(noise[number % 8])
                time.sleep(0.005)  # 12 MB a second
        finally:
            one.close()


PEERS = {peer.__name__: peer for peer in (resets, stalls, one_byte, thousands, garbage)}


def misbehave(name, port):
    os.nice(19)
    while True:
        try:
            PEERS[name](port)
        except OSError:
            time.sleep(0.01)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)

    def measure(self, name):
        options, port = self.options, free_port()
        folder = self.folder / f"{name}-{time.monotonic_ns()}"
        sensor = Sensor(options.program, folder,
                        extra=f'\n[[listen]]\nname = "beside"\ntransport = "{options.transport}"\naddress = "127.0.0.1:{port}"\n').start()
        peer = multiprocessing.Process(target=misbehave, args=(name, port), daemon=True) if name else None
        try:
            if peer:
                peer.start()
                time.sleep(2)
            sender = subprocess.Popen([options.load, "send", options.transport, f"127.0.0.1:{port}", "--messages", str(options.messages), "--rate",
                                       str(options.rate), "--pool", "20000"], stderr=subprocess.PIPE, text=True)
            cpu = cpu_seconds(sensor.daemon.process.pid)
            entry = lambda: next(row for row in sensor.status()["inputs"] if row["name"] == "beside")
            said = sender.communicate(timeout=1200)[1]
            if sender.returncode != 0:
                raise SystemExit(f"the good sender failed beside {name or 'nobody'}: {said}")
            wait_for("the good sender's messages are parsed", lambda: entry()["parsed"] >= options.messages, 300)
            cpu = (cpu_seconds(sensor.daemon.process.pid) - cpu) * 1e6 / options.messages
            shown = entry()
        finally:
            if peer:
                peer.kill()
                peer.join()
            sensor.stop()
        verified = subprocess.run([options.load, "verify", "--messages", str(options.messages), "--store", folder / "store"], capture_output=True, text=True)
        if verified.returncode != 0:
            raise SystemExit(f"beside {name or 'nobody'}: {verified.stdout}")
        subprocess.run(["rm", "-r", folder], check=True)
        what = {key: shown[key] for key in ("quarantined", "over_limit", "stalled_closed", "protocol_errors", "connections") if shown.get(key)}
        return float(said.split(" s: ")[1].split()[0]), cpu, what

    def run(self):
        for name in self.options.only or PEERS:
            rows, seen = {"": [], name: []}, {}
            for _ in range(self.options.runs):
                for who in rows:
                    rate, cpu, what = self.measure(who)
                    rows[who].append((rate, cpu))
                    seen = what if who else seen
            (alone, alone_cpu), (beside, beside_cpu) = ([statistics.median(column) for column in zip(*rows[who])] for who in rows)
            print(f"{name:10} alone {alone:9,.0f} messages/s and {alone_cpu:5.1f} CPU-s a million, beside it {beside:9,.0f} and {beside_cpu:5.1f}: "
                  f"ratio of the rates {beside / alone:.3f}, none lost; counted {seen}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("load")
    parser.add_argument("--transport", choices=["tcp", "relp"], default="tcp")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(PEERS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lurewatch-hostile-") as folder:
        Bench(options, folder).run()


if __name__ == "__main__":
    main()

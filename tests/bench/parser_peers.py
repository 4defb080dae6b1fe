#!/usr/bin/env python3
"""How long Lurewatch and liblognorm's CEF parser take for the same lines, in turn, on one core each.

    tests/bench/parser_peers.py build/release/tests/bench/normalise_bench [--lines 100000] [--rounds 5] [--mix median]

Needs `lognormalizer` (Debian: liblognorm-utils). It gets the same lines, with a rule for each header that they have; and
once more from "CEF:" on, so that it has no header to read, which Lurewatch still has. Its output goes to /dev/null, and
its figure is CPU time (user and system) of the process less that of a run over one line. Lurewatch's is what
normalise_bench tells of the whole lines, to the event. Medians of the rounds.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

from liblognorm import BSD, BSD_WITHOUT_PRI, NO_HEADER, RFC5424, rulebase


def children_cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Peer:
    """lognormalizer with one rulebase, over one set of lines."""

    def __init__(self, folder, name, rules, lines):
        self.name, self.count = name, len(lines)
        self.rulebase, self.lines, self.one = (os.path.join(folder, name + suffix) for suffix in (".rules", ".lines", ".one"))
        for path, content in ((self.rulebase, rules.encode()), (self.lines, b"".join(lines)), (self.one, lines[0])):
            with open(path, "wb") as out:
                out.write(content)
        self.times = {"as JSON": [], "-P, no JSON": []}

    def cpu_seconds(self, lines, *options):
        before = children_cpu_seconds()
        with open(lines, "rb") as source:
            subprocess.run(["lognormalizer", "-r", self.rulebase, *options], stdin=source, stdout=subprocess.DEVNULL, check=True)
        return children_cpu_seconds() - before

    def run(self):
        start = self.cpu_seconds(self.one)
        for how, options in (("as JSON", ()), ("-P, no JSON", ("-P",))):
            self.times[how].append((self.cpu_seconds(self.lines, *options) - start) * 1e9 / self.count)

    def rejected(self):
        with open(self.lines, "rb") as source:
            run = subprocess.run(["lognormalizer", "-r", self.rulebase, "-P"], stdin=source, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, check=True)
        return sum(b'"originalmsg"' in line for line in run.stdout.splitlines())

    def tell(self, own):
        for how, times in self.times.items():
            middle = statistics.median(times)
            print(f"lognormalizer  {middle:8.0f} ns  {self.name}, {how}: {middle / own:.1f} times as long")
        print(f"               rejects {self.rejected()} of {self.count} of these lines")


def lurewatch(bench, lines):
    """Nanoseconds a message, allocations, and the percentage of lines that gave an event."""
    run = subprocess.run([bench, "--file", lines, "--rounds", "1", "--passes", "1"], stdout=subprocess.PIPE, check=True)
    text = run.stdout.decode()
    told = re.search(r"bytes to event\s+(\d+) ns .* (\d+) allocations", text)
    events = re.search(r"^all .*; (\d+) % events", text, re.MULTILINE)
    if not told or not events:
        sys.exit("normalise_bench did not tell how long it took:\n" + text)
    return int(told[1]), int(told[2]), int(events[1])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bench", help="the program normalise_bench")
    options.add_argument("--lines", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mix", default="median", choices=["median", "full", "generated"])
    chosen = options.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        whole = os.path.join(folder, "whole")
        subprocess.run([chosen.bench, "--mix", chosen.mix, "--lines", str(chosen.lines), "--write", whole], check=True)
        with open(whole, "rb") as source:
            lines = list(source)
        peers = [Peer(folder, "whole lines", rulebase(BSD, BSD_WITHOUT_PRI, RFC5424), lines),
                 Peer(folder, "from CEF on", rulebase(NO_HEADER), [line[line.index(b"CEF:"):] for line in lines])]
        ours, allocations = [], []
        for _ in range(chosen.rounds):
            for peer in peers:
                nanoseconds, allocated, events = lurewatch(chosen.bench, whole)
                ours.append(nanoseconds)
                allocations.append(allocated)
                peer.run()
        own = statistics.median(ours)
        print(f"{len(lines)} lines, {chosen.rounds} rounds in turn, medians of CPU time a message")
        print(f"lurewatch      {own:8.0f} ns  whole lines to event; {max(allocations)} allocations; {events} % are events")
        for peer in peers:
            peer.tell(own)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How long Lurewatch and liblognorm's CEF parser take for the same lines, in turn, on one core each.

    tests/bench/parser_peers.py build/release/tests/bench/normalise_bench [--lines 100000] [--rounds 5] [--mix median]

Needs `lognormalizer` (Debian: liblognorm-utils). It gets the same lines, with a rule for each header that they have:
all of them; those that it reads, since one that it refuses costs it a third of one that it reads; and all from "CEF:" on,
so that it has no header to read, which Lurewatch still has. Its output goes to /dev/null, and its figure is CPU time (user
and system) of the process less that of a run over one line. Lurewatch's is what normalise_bench tells of the same lines
with their headers: to header and CEF fields, a little less than lognormalizer does (values stay escaped until they are asked
for), and to the event, much more. Medians of the rounds.
"""
import argparse
import functools
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
    """lognormalizer with one rulebase over one set of lines, and Lurewatch over `own_lines`, in turn."""

    def __init__(self, folder, name, rules, lines, own_lines=None):
        self.name, self.lines = name, lines
        base = os.path.join(folder, name.replace(" ", "_"))
        self.rulebase, self.path, self.one, self.own_path = (base + suffix for suffix in (".rules", ".lines", ".one", ".own"))
        for path, content in ((self.rulebase, [rules.encode()]), (self.path, lines), (self.one, lines[:1]),
                              (self.own_path, own_lines or lines)):
            with open(path, "wb") as out:
                out.writelines(content)
        self.times = {"as JSON": [], "-P, no JSON": []}
        self.own = {"header and CEF": [], "bytes to event": []}
        self.allocations = self.events = 0

    @functools.cached_property
    def lines_read(self):
        """Those that lognormalizer reads: it gives an object a line, one with the original where it does not."""
        with open(self.path, "rb") as source:
            run = subprocess.run(["lognormalizer", "-r", self.rulebase], stdin=source, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, check=True)
        return [line for line, read in zip(self.lines, run.stdout.splitlines(), strict=True) if b'"originalmsg"' not in read]

    def cpu_seconds(self, lines, *options):
        before = children_cpu_seconds()
        with open(lines, "rb") as source:
            subprocess.run(["lognormalizer", "-r", self.rulebase, *options], stdin=source, stdout=subprocess.DEVNULL, check=True)
        return children_cpu_seconds() - before

    def run(self, bench):
        steps, self.events = lurewatch(bench, self.own_path, self.own)
        for step, (nanoseconds, allocations) in steps.items():
            self.own[step].append(nanoseconds)
            self.allocations = max(self.allocations, allocations)
        start = self.cpu_seconds(self.one)
        for how, options in (("as JSON", ()), ("-P, no JSON", ("-P",))):
            self.times[how].append((self.cpu_seconds(self.path, *options) - start) * 1e9 / len(self.lines))

    def tell(self):
        fields, event = (statistics.median(times) for times in self.own.values())
        print(f"{self.name}: {len(self.lines)} lines, of which lognormalizer reads {len(self.lines_read)}")
        print(f"  lurewatch      {fields:8.0f} ns  to header and CEF fields")
        print(f"  lurewatch      {event:8.0f} ns  to the event; {self.allocations} allocations; {self.events} % are events")
        for how, times in self.times.items():
            middle = statistics.median(times)
            print(f"  lognormalizer  {middle:8.0f} ns  {how}: {middle / event:.1f} times as long as to the event, "
                  f"{middle / fields:.1f} times as to the fields")


def lurewatch(bench, lines, steps):
    """Nanoseconds a message and allocations of each step, and the percentage of lines that gave an event."""
    run = subprocess.run([bench, "--file", lines, "--rounds", "1", "--passes", "1"], stdout=subprocess.PIPE, check=True)
    text = run.stdout.decode()
    told = {step: re.search(rf"^{step}\s+(\d+) ns .* (\d+) allocations", text, re.MULTILINE) for step in steps}
    events = re.search(r"^all .*; (\d+) % events", text, re.MULTILINE)
    if not all(told.values()) or not events:
        sys.exit("normalise_bench did not tell how long it took:\n" + text)
    return {step: (int(match[1]), int(match[2])) for step, match in told.items()}, int(events[1])


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
        headers = rulebase(BSD, BSD_WITHOUT_PRI, RFC5424)
        everything = Peer(folder, "all lines", headers, lines)
        peers = [everything, Peer(folder, "lines that both read", headers, everything.lines_read),
                 Peer(folder, "lines from CEF on", rulebase(NO_HEADER), [line[line.index(b"CEF:"):] for line in lines], lines)]
        for _ in range(chosen.rounds):
            for peer in peers:
                peer.run(chosen.bench)
        print(f"{chosen.rounds} rounds in turn, medians of CPU time a message")
        for peer in peers:
            peer.tell()


if __name__ == "__main__":
    main()

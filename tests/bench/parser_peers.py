#!/usr/bin/env python3
"""How long Lurewatch and liblognorm's CEF parser take for the same lines, in turn, on one core each.

    tests/bench/parser_peers.py build/release/tests/bench/normalise_bench [--lines 100000] [--rounds 5] [--mix median]

Needs `lognormalizer` (Debian: liblognorm-utils). Its rulebase is one rule, a CEF field, and it gets the lines from
"CEF:" on, for it reads no syslog header of every kind; its output goes to /dev/null. Its figure is CPU time (user and
system) of the process less that of a run over one line. Lurewatch's is what normalise_bench tells of the whole lines,
header included, to the event. Medians of the rounds.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

RULEBASE = "version=2\nrule=:%f:cef%\n"


def children_cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def lognormalizer(rulebase, lines, *options):
    """CPU seconds of one run."""
    before = children_cpu_seconds()
    with open(lines, "rb") as source:
        subprocess.run(["lognormalizer", "-r", rulebase, *options], stdin=source, stdout=subprocess.DEVNULL, check=True)
    return children_cpu_seconds() - before


def count_rejected(rulebase, lines):
    with open(lines, "rb") as source:
        run = subprocess.run(["lognormalizer", "-r", rulebase, "-P"], stdin=source, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=True)
    return sum(b'"originalmsg"' in line for line in run.stdout.splitlines())


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
        whole, stripped, one, rulebase = (os.path.join(folder, name) for name in ("whole", "cef", "one", "rules"))
        subprocess.run([chosen.bench, "--mix", chosen.mix, "--lines", str(chosen.lines), "--write", whole], check=True)
        with open(whole, "rb") as source, open(stripped, "wb") as out:
            lines = [line[line.index(b"CEF:"):] for line in source]
            out.writelines(lines)
        with open(one, "wb") as out:
            out.write(lines[0])
        with open(rulebase, "w") as out:
            out.write(RULEBASE)
        rejected = count_rejected(rulebase, stripped)
        peer, peer_quiet, ours, allocations = [], [], [], []
        for _ in range(chosen.rounds):
            start = lognormalizer(rulebase, one)
            peer.append((lognormalizer(rulebase, stripped) - start) * 1e9 / len(lines))
            peer_quiet.append((lognormalizer(rulebase, stripped, "-P") - start) * 1e9 / len(lines))
            nanoseconds, allocated, events = lurewatch(chosen.bench, whole)
            ours.append(nanoseconds)
            allocations.append(allocated)
    own = statistics.median(ours)
    print(f"{len(lines)} lines, {chosen.rounds} rounds in turn, medians of CPU time a message")
    print(f"lurewatch      {own:8.0f} ns  bytes to event, header included; {max(allocations)} allocations")
    for name, times in (("as JSON", peer), ("-P, no JSON", peer_quiet)):
        middle = statistics.median(times)
        print(f"lognormalizer  {middle:8.0f} ns  {name}: {middle / own:.1f} times as long")
    print(f"lognormalizer rejects {rejected} of {len(lines)} lines; {events} % of them are events to Lurewatch")


if __name__ == "__main__":
    main()

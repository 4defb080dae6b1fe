#!/usr/bin/env python3
"""Recall and precision of `lurewatch replay` on a generated enterprise day, by class and over all.

    measure.py [--lurewatch PATH] [--seed N] [--users N] [--rows N] [--repeat N] [--start TIME] [--history DAYS] [--mode MODE ...] [--keep DIRECTORY]

A chain counts as found when each of its users has exactly one finding at or above 0.5, by the tie of addresses that its
class names; a near miss is held when none of its users has one. Findings about anybody else are false alarms. Exit status 1 when something is missing or too much.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import chains  # noqa: E402
import near_misses  # noqa: E402
import variant_chains  # noqa: E402
import variant_near_misses  # noqa: E402
from day import HISTORY_DAYS, Day  # noqa: E402

MINIMUM = 0.5


SETS = (("chain", chains), ("chain", variant_chains), ("near-miss", near_misses), ("near-miss", variant_near_misses))


def generate(seed, users, rows, repeat, start="2026-03-10T00:00:00Z", history=HISTORY_DAYS):
    day = Day(seed, users, rows, start, history)
    for _ in range(repeat):
        for kind, module in SETS:
            for scenario in module.CLASSES:
                named = scenario(day)
                day.labels.append({"class": scenario.__name__, "kind": kind, "tie": getattr(scenario, "tie", None),
                                   "users": sorted({user.upn for user in named})})
    return day


def replay(lurewatch, directory, mode):
    """Findings at or above the minimum, by user; None when this build has no such mode."""
    command = [lurewatch, "replay", "--config", directory / "lurewatch.toml", directory / "firewalls.log", "--alerts", directory / "alerts.json",
               "--signins", directory / "signins.json", "--mode", mode]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or " messages (" not in done.stderr:
        if "--mode" in done.stderr:
            return None
        raise SystemExit(done.stderr)
    found = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        if finding["confidence"] >= MINIMUM:
            found[finding["user"]].append(finding)
    return found


def judge(labels, found, mode):
    """Rows of the table: class, kind, instances, right, and what went wrong."""
    rows, told = {}, set()
    for label in labels:
        row = rows.setdefault(label["class"], {"kind": label["kind"], "instances": 0, "right": 0, "wrong": []})
        row["instances"] += 1
        counts = [len(found.get(user, [])) for user in label["users"]]
        told.update(label["users"])
        right = all(count == 1 for count in counts) if label["kind"] == "chain" else not any(counts)
        ties = {finding["match"]["ip"] for user in label["users"] for finding in found.get(user, [])}
        if mode == "normalised" and right and label["tie"] and ties != {label["tie"]}:
            right, counts = False, sorted(ties)
        row["right"] += right
        if not right:
            row["wrong"].append(dict(zip(label["users"], counts)))
    others = sorted(user for user in found if user not in told)
    return rows, others


def totals(rows, others):
    chain = [row for row in rows.values() if row["kind"] == "chain"]
    near = [row for row in rows.values() if row["kind"] == "near-miss"]
    found, instances = sum(r["right"] for r in chain), sum(r["instances"] for r in chain)
    false = sum(r["instances"] - r["right"] for r in near) + len(others)
    return found / instances, found / max(1, found + false), false


def table(mode, rows, others, verbose):
    print(f"\n{mode}\n{'class':36} {'kind':10} {'right':>6} of")
    for name, row in rows.items():
        if verbose or row["right"] != row["instances"]:
            print(f"{name:36} {row['kind']:10} {row['right']:6} {row['instances']:3}  {row['wrong'][:2] or ''}")
    recall, precision, false = totals(rows, others)
    print(f"{len(rows)} classes: recall {recall:.3f}, precision {precision:.3f}, false alarms {false} (of which about bystanders {len(others)})")
    return recall, false


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lurewatch", default=os.environ.get("LUREWATCH", "build/dev/sensor/lurewatch"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=3000)
    parser.add_argument("--rows", type=int, default=50000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--start", default="2026-03-10T00:00:00Z", help="the day's first moment")
    parser.add_argument("--history", type=int, default=HISTORY_DAYS, help="days of ordinary sign-ins before it")
    parser.add_argument("--mode", nargs="+", default=["normalised", "seed-exact"])
    parser.add_argument("--keep", type=pathlib.Path, help="leave the generated day there")
    parser.add_argument("--failures", action="store_true", help="only the classes with something wrong")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        directory = arguments.keep or pathlib.Path(temporary)
        day = generate(arguments.seed, arguments.users, arguments.rows, arguments.repeat, arguments.start, arguments.history)
        day.write(directory)
        print(f"seed {arguments.seed}: {len(day.lines)} messages, {len(day.alerts)} alerts, {len(day.signins)} sign-ins, {len(day.users)} users")
        status = 0
        for mode in arguments.mode:
            found = replay(arguments.lurewatch, directory, mode)
            if found is None:
                print(f"\n{mode}: this build does not have it")
                continue
            recall, false = table(mode, *judge(day.labels, found, mode), not arguments.failures)
            if mode == "normalised" and (recall < 0.98 or false):
                status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()

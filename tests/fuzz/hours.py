#!/usr/bin/env python3
"""Each fuzzer until it has had its hour of CPU time, over several runs if need be.

    tests/fuzz/hours.py build/fuzz/tests/fuzz [FUZZER ...] [--seconds 3600] [--jobs 2] [--folder /var/tmp/lurewatch-fuzz]

Stop it whenever you like: what was found interesting lies in FOLDER, with FOLDER/hours.json, where the seconds add up. A
fuzzer's seconds begin again when its code has changed. Seeds are those of tests/corpus and,
where LUREWATCH_TEST_DATA leads to them, real lines. Ends with 1 when a fuzzer found something: it lies in FOLDER/NAME-found.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLICE_SECONDS = 300  # what a stop in the middle loses at the most
TAKE_MESSAGES = {"cef", "cef_keys", "columns", "frame", "native", "normalise", "syslog"}
TAKE_URLS = {"url"}


def real_seeds(name):
    data = os.environ.get("LUREWATCH_TEST_DATA")
    if not data or name not in TAKE_MESSAGES | TAKE_URLS:
        return
    for path in sorted(pathlib.Path(data, "lines").rglob("*")):
        if not path.is_file() or path.name == "INDEX.tsv":
            continue
        for line in path.read_bytes().splitlines():
            if name in TAKE_URLS:
                yield from re.findall(rb"https?://[^\s\"]+", line)
            elif line:
                yield line


def code_hash(program):
    """Of what runs: lines that moved change what a debugger is told, and no instruction."""
    with tempfile.NamedTemporaryFile() as bare:
        subprocess.run(["objcopy", "--strip-debug", "--remove-section=.note.gnu.build-id", program, bare.name], check=True)
        return hashlib.sha256(bare.read()).hexdigest()[:16]


class Hours:
    def __init__(self, options):
        self.options = options
        self.folder = options.folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.path = self.folder / "hours.json"
        self.ledger = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.lock = threading.Lock()

    def program(self, name):
        return self.options.programs / f"{name}_fuzz"

    def entry(self, name):
        program = code_hash(self.program(name))
        with self.lock:
            if self.ledger.get(name, {}).get("program") != program:
                self.ledger[name] = {"program": program, "cpu_seconds": 0, "executions": 0, "found": 0}
            return self.ledger[name]

    def note(self, entry, **more):
        with self.lock:
            for key, value in more.items():
                entry[key] += value
            self.path.write_text(json.dumps(self.ledger, indent=1, sort_keys=True) + "\n")

    def run(self, name):
        entry = self.entry(name)
        corpus, seeds, found = (self.folder / (name + suffix) for suffix in ("", "-seeds", "-found"))
        for path in (corpus, seeds, found):
            path.mkdir(exist_ok=True)
        for seed in real_seeds(name):
            (seeds / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        while entry["cpu_seconds"] < self.options.seconds and not any(found.iterdir()):
            self.slice(name, entry, corpus, seeds, found)
        return name

    def slice(self, name, entry, corpus, seeds, found):
        seconds = min(SLICE_SECONDS, self.options.seconds - entry["cpu_seconds"])
        command = [self.program(name), f"-max_total_time={seconds}", "-timeout=25", "-report_slow_units=25", "-print_final_stats=1",
                   "-reload=0", f"-artifact_prefix={found}/", corpus, ROOT / "tests/corpus" / name, seeds]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        executions = re.search(rb"number_of_executed_units: (\d+)", said)
        self.note(entry, cpu_seconds=max(1, round(usage.ru_utime + usage.ru_stime)), executions=int(executions[1]) if executions else 0)
        if process.returncode != 0:
            self.note(entry, found=1)
            (found / "said").write_bytes(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", type=pathlib.Path, help="the folder of the fuzzers")
    parser.add_argument("fuzzers", nargs="*", help="their names; all when none is given")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/var/tmp/lurewatch-fuzz"))
    options = parser.parse_args()
    names = options.fuzzers or sorted(path.name.removesuffix("_fuzz") for path in options.programs.glob("*_fuzz"))
    hours = Hours(options)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name in pool.map(hours.run, names):
            entry = hours.ledger[name]
            print(f"{name:12} {entry['cpu_seconds']:6} CPU-seconds {entry['executions']:12} executions, {entry['found']} found", flush=True)
    return 1 if any(hours.ledger[name]["found"] for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs the real binary against real sockets: what the end-to-end tests and the demo share.

Everything lives in one folder that the caller gives; every process that was started is ended by its pid.
"""

import errno
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TENANT = "contoso-tenant"
CLIENT = "11111111-2222-4333-8444-555555555555"
SECRET = "demo~secret+&="


def skip_aloud(test, reason):
    """Says what is skipped and why, and skips. Under LUREWATCH_CI a missing program is a failure: install-dependencies.sh lacks it."""
    reason = reason.removeprefix("skipped: ")
    assert "LUREWATCH_CI" not in os.environ or "not installed" not in reason, f"{reason}; packaging/install-dependencies.sh test should"
    print(f"\nskipped: {test.id()}: {reason}", flush=True)
    raise unittest.SkipTest(reason)


unittest.TestCase.skipTest = skip_aloud


def free_port(kind=socket.SOCK_STREAM):
    """A port that nothing has, and that no connection gets: those leave from 32768 on (ip_local_port_range), and one of a test
    beside this one would take it before the daemon listens."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", random.SystemRandom().randrange(10_000, 32_768)))
                return probe.getsockname()[1]
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def wait_for(what, condition, seconds=30, every=0.05):
    """The first true answer of `condition`; AssertionError naming `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)


class Process:
    def __init__(self, command, log, **options):
        self.log_path = pathlib.Path(log)
        self.log = open(log, "ab")
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=self.log, **options)

    def end(self, how=signal.SIGTERM, seconds=15):
        """The exit status. A process that doesn't end in time is killed, and that is an error."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not end within {seconds} s of signal {how}: {self.process.args[0]}")
        finally:
            self.process.stdout.close()
            self.log.close()

    def log_text(self):
        return self.log_path.read_text(errors="replace")


class FakeGraph(Process):
    def __init__(self, directory, *options):
        script = ROOT / "tests" / "support" / "fake_graph.py"
        super().__init__([sys.executable, "-B", script, "--tenant", TENANT, "--client-id", CLIENT, "--client-secret", SECRET, *options],
                         pathlib.Path(directory) / "fake-graph.log")
        self.url = "http://" + self.process.stdout.readline().decode().split()[-1]

    def control(self, path, body=None, method=None):
        request = urllib.request.Request(f"{self.url}/_control/{path}", data=None if body is None else json.dumps(body).encode(),
                                         method=method or ("GET" if body is None else "POST"))
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None


class Sensor:
    """One installation: configuration, store and alert file below `directory`; the daemon can be started repeatedly."""

    def __init__(self, binary, directory, graph_url=None, extra="", options=None):
        self.binary = str(binary)
        self.directory = pathlib.Path(directory)
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port()
        self.alert_file = self.directory / "alerts" / "alerts.jsonl"
        self.config = self.directory / "lurewatch.toml"
        self.daemon = None
        for folder in ("store", "alerts"):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        secret = self.directory / "graph-client-secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        self.config.write_text(self.config_text(graph_url, extra, options or {}))

    def config_text(self, graph_url, extra, options):
        graph = "" if graph_url is None else f"""
[graph]
tenant_id = "{TENANT}"
client_id = "{CLIENT}"
client_secret_file = "{self.directory}/graph-client-secret"
authority = "{graph_url}"
endpoint = "{graph_url}"

[graph.alerts]
interval = "{options.get('interval', '500ms')}"
backfill = "30d"
requests_per_minute = 60000

[graph.signins]
requests_per_minute = 60000
interval = "{options.get('interval', '500ms')}"
backfill = "{options.get('signin_backfill', '2d')}"
"""
        names = self.directory / "names.csv"
        return f"""[storage]
directory = "{self.directory}/store"
commit_interval = "{options.get('commit_interval', '100ms')}"

[[listen]]
name = "firewalls-udp"
transport = "udp"
address = "127.0.0.1:{self.udp}"

[[listen]]
name = "firewalls-tcp"
transport = "tcp"
address = "127.0.0.1:{self.tcp}"
{graph}
[identity]
domains = {{ CONTOSO = "contoso.com" }}
map_file = "{names if names.exists() else ''}"

[alerts]
directory = "{self.directory}/alerts"

[status]
socket = "{self.directory}/lurewatch.sock"
{extra}
"""

    def command(self, *words, check=False, **options):
        """A command of the program, as (exit status, standard output, standard error)."""
        ran = subprocess.run([self.binary, *map(str, words), "--config", str(self.config)], capture_output=True, **options)
        out, err = ran.stdout.decode(errors="replace"), ran.stderr.decode(errors="replace")
        assert not check or ran.returncode == 0, f"lurewatch {words} ended with {ran.returncode}: {err}"
        return ran.returncode, out, err

    def start(self):
        self.daemon = Process([self.binary, "run", "--config", self.config], self.directory / "lurewatch.log")
        try:
            wait_for("the daemon answers", lambda: self.daemon.process.poll() is not None or self.status(), 20)
        finally:
            if self.daemon.process.poll() is not None:
                print(self.daemon.log_text(), file=sys.stderr)
        assert self.daemon.process.poll() is None, "the daemon did not start"
        return self

    def status(self):
        code, out, _ = self.command("status", "--json")
        return json.loads(out) if code == 0 else None

    def stop(self, how=signal.SIGTERM):
        return self.daemon.end(how)

    def received(self):
        return sum(entry["received"] for entry in self.status()["inputs"])

    def findings(self):
        """The lines of the alert file, parsed."""
        if not self.alert_file.exists():
            return []
        return [json.loads(line) for line in self.alert_file.read_text(encoding="utf-8").splitlines()]


def make_day(directory, now=None, benign=200):
    command = [sys.executable, "-B", ROOT / "packaging" / "demo" / "make_day.py", directory, "--benign", str(benign)]
    subprocess.run([*map(str, command), *(["--now", now] if now else [])], check=True)
    return json.loads((pathlib.Path(directory) / "expected.json").read_text())


def send(transport, port, file, framing="mixed"):
    script = ROOT / "packaging" / "demo" / "send.py"
    subprocess.run([sys.executable, "-B", str(script), transport, f"127.0.0.1:{port}", str(file), "--framing", framing], check=True)


def key_of(finding):
    """What makes two findings the same one to an analyst."""
    return (finding["user"], finding["host"], finding["ip"], finding["match"]["url"])


def binary():
    path = os.environ.get("LUREWATCH")
    assert path, "LUREWATCH must name the program to test"
    return path

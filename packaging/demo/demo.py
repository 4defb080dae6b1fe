"""Shows Lurewatch's main job on the bundled day; started by packaging/demo.sh with the program's path."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "support"))
from harness import FakeGraph, Sensor, key_of, make_day, send, wait_for  # noqa: E402


def found_by_published_rule(binary, directory):
    """How many users Microsoft Sentinel's published rule names on the same rows, in one run that sees them all."""
    command = [binary, "replay", "udp.log", "tcp.log", "--alerts", "alerts.json", "--signins", "signins.json", "--mode", "seed-exact", "--runs", "once", "--json"]
    ran = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"the published rule could not be asked: {ran.stderr}")
    return {json.loads(line)["user"] for line in ran.stdout.splitlines()}


def show_received(status):
    print(f"{'received by':<16} {'messages':>8} {'parsed':>8} {'quarantine':>10} {'dropped':>8}")
    vendors = {}
    for entry in status["inputs"]:
        print(f"{entry['name']:<16} {entry['received']:>8} {entry['parsed']:>8} {entry['quarantined']:>10} {entry['dropped']:>8}")
        for vendor, count in entry["vendors"].items():
            vendors[vendor] = vendors.get(vendor, 0) + count
    print("\nparsed by vendor: " + ", ".join(f"{vendor} {count}" for vendor, count in sorted(vendors.items())))


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="lurewatch-demo-"))
    expected = make_day(directory)
    graph = FakeGraph(directory, "--alerts", directory / "alerts.json", "--signins", directory / "signins.json")
    sensor = Sensor(program, directory, graph.url)
    try:
        sensor.start()
        send("udp", sensor.udp, directory / "udp.log")
        send("tcp", sensor.tcp, directory / "tcp.log")
        wanted = {tuple(found.values()) for found in expected["found"]}
        wait_for("every message arrives", lambda: sensor.received() == sum(expected["messages"].values()))
        wait_for("every chain is found", lambda: wanted <= {key_of(finding) for finding in sensor.findings()})
        status = sensor.status()
        show_received(status)
        ids = list(dict.fromkeys(finding["id"] for finding in sensor.findings()))
        print(f"\n{len(ids)} findings; each told in time order:\n")
        for identity in ids:
            print(sensor.command("findings", identity, check=True)[1])
        users = {finding["user"] for finding in sensor.findings()}
    finally:
        code = sensor.stop() if sensor.daemon else 0
        graph.end()
    missed = [user for user in expected["not_found"] if user in users]
    print(f"not found, as it should be: {', '.join(expected['not_found'])} (a blocked click; a sign-in outside the window)")
    print(f"Microsoft Sentinel's published rule finds {len(found_by_published_rule(program, directory))} of these {len(wanted)} chains on the same rows.")
    print(f"the alert file a SIEM's forwarder would read: {sensor.alert_file}")
    good = code == 0 and not missed and len(ids) == len(wanted)
    print(f"demo: {'done' if good else 'FAILED'}: {len(ids)} of {len(wanted)} chains found, {len(missed)} false")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Boots a Debian 12 and runs the package in it: test.py PACKAGE.deb [OLDER.deb]     (see README.md)"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from harness import CLIENT, SECRET, TENANT, FakeGraph, free_port, key_of, make_day, send, wait_for  # noqa: E402

HOST = "10.0.2.2"  # qemu's user network: the host as the guest sees it
BOOT_SECONDS = 900  # software emulation on a busy machine
SECONDS = 240


def say(text):
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def older(package, folder):
    """A package as version 0.0.1: something to upgrade from, whatever version it says."""
    run("dpkg-deb", "-R", package, folder / "old")
    control = folder / "old" / "DEBIAN" / "control"  # its md5sums stay true: no file of it is touched
    control.write_text(re.sub(r"^Version: .*", "Version: 0.0.1", control.read_text(), flags=re.M))
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", folder / "old", folder / "old.deb")
    return folder / "old.deb"


class Guest:
    def __init__(self, directory, key):
        self.directory, self.key = directory, key
        self.ssh_port, self.tcp, self.udp = free_port(), free_port(), free_port(socket.SOCK_DGRAM)
        forward = f"hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22,hostfwd=tcp:127.0.0.1:{self.tcp}-:514,hostfwd=udp:127.0.0.1:{self.udp}-:514"
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot",
             "-kernel", str(directory / "vmlinuz"), "-initrd", str(directory / "initrd.img"),
             "-append", "root=/dev/vda rw console=ttyS0 apparmor=1 security=apparmor panic=-1", "-serial", f"file:{directory}/console.log",
             "-drive", f"file={directory}/disk.img,if=virtio,format=raw,cache=unsafe", "-netdev", f"user,id=n,{forward}",
             "-device", "virtio-net-pci,netdev=n", "-device", "virtio-rng-pci"])

    def ssh(self, command, check=True, stdin=None):
        ran = subprocess.run(["ssh", "-i", str(self.key), "-p", str(self.ssh_port), "-o", "StrictHostKeyChecking=no", "-o",
                              "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=10", "root@127.0.0.1", command],
                             capture_output=True, text=True, input=stdin, timeout=600)
        assert not check or ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout if check else ran

    def put(self, path, target):
        run("scp", "-q", "-i", self.key, "-P", self.ssh_port, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", path, f"root@127.0.0.1:{target}")

    def wait_until_booted(self):
        wait_for("the guest answers", lambda: self.qemu.poll() is not None or self.ssh("true", check=False).returncode == 0, BOOT_SECONDS)
        assert self.qemu.poll() is None, "the guest ended"
        self.ssh("systemctl is-system-running --wait || true")
        return self.ssh("systemd-analyze time").splitlines()[0]

    def findings(self):
        text = self.ssh("cat /var/log/lurewatch/alerts.jsonl 2>/dev/null || true")
        return [json.loads(line) for line in text.splitlines()]

    def status(self):
        ran = self.ssh("lurewatch status --json", check=False)
        return json.loads(ran.stdout) if ran.returncode == 0 else None

    def power_off(self):
        if self.qemu.poll() is None:
            self.ssh("systemctl poweroff", check=False)
            try:
                self.qemu.wait(300)
            except subprocess.TimeoutExpired:
                self.qemu.kill()
                self.qemu.wait()


def configuration(port):
    return f"""
[[listen]]
name = "firewalls-udp"
transport = "udp"
address = "0.0.0.0:514"

[[listen]]
name = "firewalls-tcp"
transport = "tcp"
address = "0.0.0.0:514"

[graph]
tenant_id = "{TENANT}"
client_id = "{CLIENT}"
client_secret_file = "graph-client-secret"
authority = "https://{HOST}:{port}"
endpoint = "https://{HOST}:{port}"
ca_file = "/etc/lurewatch/ca.pem"

[graph.alerts]
interval = "2s"
backfill = "30d"

[graph.signins]
interval = "2s"
backfill = "2d"
requests_per_minute = 600

[identity]
domains = {{ CONTOSO = "contoso.com" }}
map_file = "/etc/lurewatch/names.csv"
"""


def configure(guest, folder, port):
    guest.put(folder / "ca.pem", "/etc/lurewatch/ca.pem")
    guest.put(folder / "names.csv", "/etc/lurewatch/names.csv") if (folder / "names.csv").exists() else guest.ssh(": >/etc/lurewatch/names.csv")
    shipped = guest.ssh("cat /etc/lurewatch/lurewatch.toml")
    ours = configuration(port)
    sections = set(re.findall(r"^\[([\w.]+)\]", ours, re.M))
    parts = [part for part in re.split(r"(?=^\[)", shipped, flags=re.M) if not part.startswith("[[")]  # without the quick start's input
    kept = "".join(part for part in parts if not (m := re.match(r"\[([\w.]+)\]", part)) or m[1] not in sections)
    guest.ssh("cat >/etc/lurewatch/lurewatch.toml", stdin=kept + ours)
    guest.ssh("install -m 0600 /dev/stdin /etc/lurewatch/graph-client-secret", stdin=SECRET)
    guest.ssh("mkdir -p /etc/systemd/system/lurewatch.service.d && cp /usr/share/doc/lurewatch/examples/systemd-examples/credentials.conf "
              "/etc/systemd/system/lurewatch.service.d/ && systemctl daemon-reload && systemctl restart lurewatch", check=False)
    wait_until_active(guest)


def apt_install(guest, package):
    guest.ssh(f"DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Options::=--force-confold {package}")
    wait_until_active(guest)


def wait_until_active(guest):
    try:
        wait_for("the service is active", lambda: guest.ssh("systemctl is-active lurewatch", check=False).stdout.strip() == "active", SECONDS)
    except AssertionError:
        print(guest.ssh("systemctl status lurewatch --no-pager -l; journalctl -b --no-pager -u lurewatch -n 40; journalctl -k -g DENIED --no-pager -n 20",
                        check=False).stdout)
        raise


def started_in(guest):
    shown = guest.ssh("systemctl show lurewatch -p InactiveExitTimestampMonotonic -p ActiveEnterTimestampMonotonic --value").split()
    return (int(shown[1]) - int(shown[0])) / 1e6 if len(shown) == 2 else None


def confinement(guest):
    return guest.ssh("cat /proc/$(systemctl show lurewatch -p MainPID --value)/attr/current").strip()


def denials(guest):
    text = guest.ssh("journalctl -b all -o cat --no-pager -g 'apparmor=\"DENIED\"|type=1326|SECCOMP' || true")
    return [line for line in text.splitlines() if "lurewatch" in line]


def stories(findings):
    return {(finding["id"], finding["revision"]) for finding in findings}


def main_pid(guest):
    return int(guest.ssh("systemctl show lurewatch -p MainPID --value"))


def restarts_after(guest, signal_name):
    """Sends the service a signal and waits until systemd has started another process that answers."""
    pid = main_pid(guest)
    guest.ssh(f"kill -{signal_name} {pid}")
    wait_for(f"another process after SIG{signal_name}", lambda: main_pid(guest) not in (0, pid) and guest.status(), SECONDS)


def check_reload(guest):
    inputs = [entry["name"] for entry in guest.status()["inputs"]]
    guest.ssh("cp /etc/lurewatch/lurewatch.toml /root/good.toml; printf '[storage]\\nretenton = 3\\n' >/etc/lurewatch/lurewatch.toml")
    ran = guest.ssh("systemctl reload lurewatch", check=False)
    assert ran.returncode != 0, "a reload with a mistake was not refused"
    said = guest.ssh("journalctl -u lurewatch -b -o cat --no-pager -n 20")
    assert "retenton" in said, said
    guest.ssh("kill -HUP $(systemctl show lurewatch -p MainPID --value)")  # as whoever doesn't ask systemd
    wait_for("the journal says that the old one stays", lambda: "old" in guest.ssh("journalctl -u lurewatch -b -o cat --no-pager -n 5"), SECONDS)
    guest.ssh("cp /root/good.toml /etc/lurewatch/lurewatch.toml")  # where the commands read what to ask
    assert inputs == [entry["name"] for entry in guest.status()["inputs"]]
    say("a reload with a mistake is refused, the old configuration serves on, and the journal says:")
    print("    " + guest.ssh("journalctl -u lurewatch -b -o cat --no-pager -n 3 | cut -c1-200").replace("\n", "\n    "))
    guest.ssh("systemctl reload lurewatch")
    wait_for("the good one is in force", guest.status, SECONDS)


def check_restarts(guest):
    before, events = stories(guest.findings()), guest.status()["store"]["events"]
    restarts_after(guest, "KILL")
    guest.ssh("mkdir -p /run/systemd/system/lurewatch.service.d; printf '[Service]\\nWatchdogSec=20\\n' >/run/systemd/system/lurewatch.service.d/watchdog.conf; "
              "systemctl daemon-reload; systemctl restart lurewatch")
    wait_for("it answers", guest.status, SECONDS)
    restarts_after(guest, "STOP")
    told = guest.ssh("journalctl -u lurewatch -b -o cat --no-pager | grep -i watchdog | tail -1").strip()
    guest.ssh("rm /run/systemd/system/lurewatch.service.d/watchdog.conf; systemctl daemon-reload; systemctl restart lurewatch")
    wait_for("it answers", guest.status, SECONDS)
    assert before == stories(guest.findings()) and guest.status()["store"]["events"] >= events
    say(f"killed, it came back; hanging, the watchdog brought it back ({told!r}); findings and messages are the same")


def symptoms(guest):
    rows = [json.loads(line) for line in guest.ssh("lurewatch doctor --json", check=False).stdout.splitlines()]
    return {row["check"]: row for row in rows}


def check_doctor(guest):
    """As root, who has no CREDENTIALS_DIRECTORY; and what it prints against a small buffer is done to the letter."""
    print(guest.ssh("lurewatch doctor", check=False).stdout)
    found = symptoms(guest)
    assert found["graph"]["verdict"] == "fine", found["graph"]
    assert found["receive-buffer"]["verdict"] == "doubtful", found["receive-buffer"]
    guest.ssh(found["receive-buffer"]["mend"])
    wait_for("it answers", guest.status, SECONDS)
    assert symptoms(guest)["receive-buffer"]["verdict"] == "fine"
    say("doctor's command against a small receive buffer was run as it was printed, and mended it")


def check_doctor_later(guest):
    """What only time shows: the guest's clock is moved on."""
    guest.ssh("lurewatch simulate && date -s '+30 minutes'")
    found = symptoms(guest)
    assert found["silence"]["verdict"] == "wrong" and found["silence"]["mend"].startswith("tcpdump"), found["silence"]
    told = [found["silence"]["finding"], found["disk"]["finding"]]
    guest.ssh("date -s '+2 days'")
    found = symptoms(guest)
    assert found["alert-file"]["verdict"] == "wrong", found["alert-file"]
    told.append(found["alert-file"]["finding"])
    told.append(next(row["finding"] for name, row in found.items() if name in ("clock", "graph") and row["verdict"] == "wrong"))
    guest.ssh("cat /var/log/lurewatch/alerts.jsonl >/dev/null")
    assert symptoms(guest)["alert-file"]["verdict"] == "fine"
    say("half an hour and two days later doctor says:")
    print("    " + "\n    ".join(told))


def check_tap(guest, folder):
    interface = re.search(r" dev (\S+)", guest.ssh(f"ip -o route get {HOST}"))[1]
    guest.ssh("cat >>/etc/lurewatch/lurewatch.toml", stdin=f'\n[[tap]]\nname = "beside"\ninterface = "{interface}"\n')
    guest.ssh("cp /usr/share/doc/lurewatch/examples/systemd-examples/tap.conf /etc/systemd/system/lurewatch.service.d/ && "
              "systemctl daemon-reload && systemctl restart lurewatch")
    wait_for("it answers", guest.status, SECONDS)
    send("udp", guest.udp, folder / "udp.log")
    tap = lambda: next(entry for entry in guest.status()["inputs"] if entry["name"] == "beside")
    wait_for("the tap reads", lambda: tap()["parsed"] > 0, SECONDS)
    say(f"with the drop-in tap.conf and {confinement(guest)} a tap on {interface} read {tap()['parsed']} messages")


def check(guest, folder, package, previous, graph_port, expected):
    wanted = {tuple(found.values()) for found in expected["found"]}
    say(f"booted: {guest.wait_until_booted()}")
    guest.put(older(previous or package, folder), "/root/old.deb")
    apt_install(guest, "/root/old.deb")
    say(f"installed with apt: {guest.ssh('dpkg-query -W lurewatch').strip()}, service {guest.ssh('systemctl is-active lurewatch').strip()}")
    guest.ssh("""printf '\\n[[listen]]\\nname = "firewalls"\\naddress = "0.0.0.0:514"\\n' >>/etc/lurewatch/lurewatch.toml; systemctl reload lurewatch""")
    wait_for("it answers after the reload", guest.status, SECONDS)  # emulated, on a busy machine, it may take longer than commands wait
    simulated = json.loads(guest.ssh("lurewatch simulate --json"))
    say(f"the README's quick start ends in a simulated finding, {simulated['total_ms']:.0f} ms after the chain began")
    configure(guest, folder, graph_port)
    say(f"configured; systemd reports it active after {started_in(guest):.2f} s, confined by {confinement(guest)}")
    assert "enforce" in confinement(guest)
    say("exposure: " + guest.ssh("systemd-analyze security lurewatch --no-pager | tail -1").strip())

    send("udp", guest.udp, folder / "udp.log")
    send("tcp", guest.tcp, folder / "tcp.log")
    total = sum(expected["messages"].values())
    wait_for("all messages", lambda: sum(entry["received"] for entry in guest.status()["inputs"]) >= total, SECONDS)
    wait_for("every finding", lambda: wanted <= {key_of(finding) for finding in guest.findings()}, 2 * SECONDS)
    before = [finding for finding in guest.findings() if not finding["test"]]
    assert wanted == {key_of(finding) for finding in before}, "a near miss became a finding"
    say(f"{total} messages from outside gave {len(wanted)} findings in the alert file, and no near miss")
    print(guest.ssh("lurewatch status"))
    print(guest.ssh("lurewatch simulate"))
    print(guest.ssh("systemctl status lurewatch --no-pager -n 0"))
    before = stories(guest.findings())

    check_restarts(guest)

    boot = guest.ssh("cat /proc/sys/kernel/random/boot_id")
    guest.ssh("systemctl reboot", check=False)
    guest.qemu.wait(600)  # -no-reboot: qemu ends where the machine would begin again
    again = Guest(guest.directory, guest.key)
    try:
        say(f"rebooted: {again.wait_until_booted()}")
        assert boot != again.ssh("cat /proc/sys/kernel/random/boot_id")
        wait_for("the service answers after the reboot", again.status, SECONDS)
        say(f"service active after {started_in(again):.2f} s; {again.status()['store']['events']} messages in the store")
        assert before == stories(again.findings()), "the reboot changed the findings"
        assert again.status()["store"]["events"] >= total
        again.put(package, "/root/new.deb")
        apt_install(again, "/root/new.deb")
        wait_for("the service answers after the upgrade", again.status, SECONDS)
        say(f"upgraded: {again.ssh('dpkg-query -W lurewatch').strip()}, service {again.ssh('systemctl is-active lurewatch').strip()}")
        assert before == stories(again.findings()) and again.status()["store"]["events"] >= total
        assert "firewalls-tcp" in again.ssh("cat /etc/lurewatch/lurewatch.toml"), "the upgrade lost the configuration"
        simulated = json.loads(again.ssh("lurewatch simulate --json"))
        say(f"a simulated chain after the upgrade took {simulated['total_ms']:.0f} ms")
        check_reload(again)
        check_doctor(again)
        check_tap(again, folder)
        check_doctor_later(again)
        say("debsums: " + (again.ssh("debsums -c lurewatch", check=False).stdout.strip() or "clean"))
        assert not denials(again), denials(again)
        failed = again.ssh("systemctl --failed --no-legend | grep lurewatch || true").strip()
        assert not failed, failed
        say("journal: no denial of AppArmor or seccomp for lurewatch, no failed unit of it")
        print(again.ssh("journalctl -u lurewatch -o short --no-pager | grep -v ' Stopping\\| Starting' | tail -25"))
    finally:
        again.power_off()


def main():
    package = pathlib.Path(sys.argv[1]).resolve()
    previous = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
    directory = ROOT / "build" / "vm"
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lurewatch-vm-") as name:
        folder = pathlib.Path(name)
        expected = make_day(folder)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=fake-graph", "-addext",
            f"subjectAltName=IP:{HOST}", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
        say("making the disk")
        subprocess.run([ROOT / "packaging" / "vm" / "image.sh", package, folder / "key.pub", directory], check=True)
        port = free_port()
        graph = FakeGraph(folder, "--alerts", folder / "alerts.json", "--signins", folder / "signins.json", "--port", str(port),
                          "--tls-cert", folder / "ca.pem", "--tls-key", folder / "ca.key")
        guest = Guest(directory, folder / "key")
        try:
            check(guest, folder, package, previous, port, expected)
        finally:
            guest.power_off()
            graph.end()
    say("the package works on a real boot")


if __name__ == "__main__":
    main()

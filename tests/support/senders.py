"""Senders for the end-to-end tests of the inputs: real ones (rsyslog, syslog-ng, logger), a RELP client, and what the store holds.

Every message carries a number, so that a test can say which ones are missing.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess

from harness import Process, wait_for
from stored_messages import stored_messages


def text(number):
    return (f"CEF:0|Zscaler|NSSWeblog|5.7|Allowed|Allowed|3|act=Allowed app=HTTPS dst=203.0.113.9 "
            f"request=www.example.com/{number} suser=a@contoso.com externalId=no-{number}.")


def message(number):
    return f"<14>Nov 24 08:00:00 fw01 {text(number)}".encode()


def lines(numbers):
    return b"".join(message(number) + b"\n" for number in numbers)


def find(program, variable=None):
    """The program's path, or None after a line that says what is skipped."""
    path = (variable and os.environ.get(variable)) or shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        print(f"skipped: {program} is not installed")
    return path


def rsyslog_has(module):
    found = any((folder / f"{module}.so").exists() for folder in pathlib.Path("/usr/lib").glob("*/rsyslog"))
    if not found:
        print(f"skipped: rsyslog's module {module} is not installed")
    return found


class Rsyslog(Process):
    """Reads `source`, one message a line, and forwards each by `action`; what it can't get rid of it keeps in memory."""

    def __init__(self, directory, source, action, globals_=""):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        config = self.directory / "rsyslog.conf"
        config.write_text(f"""global(workDirectory="{self.directory}" {globals_})
module(load="imfile" PollingInterval="1")
{'module(load="omrelp")' if "omrelp" in action else ""}
template(name="raw" type="string" string="<14>Nov 24 08:00:00 fw01 %msg%")
input(type="imfile" File="{source}" Tag="fw" ruleset="forward")
ruleset(name="forward") {{
  {action}
}}
""")
        super().__init__([find("rsyslogd"), "-n", "-f", config, "-i", self.directory / "pid"], self.directory / "rsyslog.log")


class SyslogNg(Process):
    def __init__(self, directory, source, destination):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(exist_ok=True)
        config = self.directory / "syslog-ng.conf"
        config.write_text(f"""@version: 3.38
source s {{ file("{source}" flags(no-parse) read-old-records(yes)); }};
destination d {{ {destination} }};
log {{ source(s); destination(d); }};
""")
        # Unpacked instead of installed (it conflicts with rsyslog), it needs to be told where its modules are.
        path = [f"--module-path={os.environ['SYSLOG_NG_MODULES']}"] if "SYSLOG_NG_MODULES" in os.environ else []
        super().__init__([find("syslog-ng", "SYSLOG_NG"), "--foreground", "--no-caps", f"--cfgfile={config}", f"--persist-file={self.directory}/persist",
                          f"--pidfile={self.directory}/pid", f"--control={self.directory}/control", *path], self.directory / "syslog-ng.log")


class RelpClient:
    """Sends with a window and keeps what was acknowledged."""

    def __init__(self, port, source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), source_address=(source, 0))
        self.socket.settimeout(20)
        self.next, self.waiting, self.acknowledged, self.received = 1, {}, [], b""
        self.frame("open", b"relp_version=0\nrelp_software=test\ncommands=syslog")
        self.answer()

    def frame(self, command, data):
        self.socket.sendall(b"%d %s %d%s%s\n" % (self.next, command.encode(), len(data), b" " if data else b"", data))
        self.next += 1

    def send(self, numbers, window=500):
        """Until all are acknowledged, or the connection breaks: then OSError."""
        for number in numbers:
            while len(self.waiting) >= window:
                self.answer()
            self.waiting[self.next] = number
            self.frame("syslog", message(number))
        while self.waiting:
            self.answer()

    def answer(self):
        while b"\n" not in self.received or not self.whole():
            some = self.socket.recv(65536)
            if not some:
                raise ConnectionError("closed")
            self.received += some
        while self.received and self.whole():
            number, command, data, self.received = self.whole()
            if command == b"serverclose":
                raise ConnectionError("serverclose")
            assert data.startswith(b"200") or not data, data
            if number in self.waiting:
                self.acknowledged.append(self.waiting.pop(number))

    def whole(self):
        head = re.match(rb"(\d+) (\w+) (\d+)[ \n]", self.received)
        if not head:
            return None
        length = int(head[3])
        end = head.end() + length + (1 if length else 0)
        return (int(head[1]), head[2], self.received[head.end():head.end() + length], self.received[end:]) if len(self.received) >= end else None

    def close(self):
        self.socket.close()


def certificate(directory, name, ca=None, days=30):
    """A key and a certificate for localhost, signed by `ca` or by itself: paths without suffix .pem and .key."""
    path = pathlib.Path(directory) / name
    sign = ["-CA", f"{ca}.pem", "-CAkey", f"{ca}.key"] if ca else []
    new = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{path}.key",
                    *new, *(["-x509", "-days", str(days), "-out", f"{path}.pem"] if not ca else ["-out", f"{path}.csr"])],
                   check=True, capture_output=True)
    if ca:
        subprocess.run(["openssl", "x509", "-req", "-in", f"{path}.csr", *sign, "-CAcreateserial", "-copy_extensions", "copy", "-days", str(days),
                        "-out", f"{path}.pem"], check=True, capture_output=True)
    return path


def stored_numbers(directory):
    """The numbers of the messages that the store has committed, in order, repeated ones repeated."""
    return [int(number) for message in stored_messages(directory) for number in re.findall(rb"externalId=no-(\d+)\.", message)]


def input_of(sensor, name):
    status = wait_for("status answers", sensor.status)
    return next(entry for entry in status["inputs"] if entry["name"] == name)


def wait_received(sensor, name, count, seconds=60):
    wait_for(f"input {name} has received {count}", lambda: input_of(sensor, name)["received"] >= count, seconds)

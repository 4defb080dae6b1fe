"""`explain --json` on recorded lines of the four vendors, against goldens that a person can read."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import ROOT, binary  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "explain" / "recorded_rows.txt"
VENDORS = ("paloalto", "fortinet", "checkpoint", "zscaler")


def is_cef(file):
    return b"CEF:" in file.read_bytes() and ".native." not in file.name


def explain(message):
    ran = subprocess.run([binary(), "explain", "-", "--json"], input=message, capture_output=True)
    return [json.loads(line) for line in ran.stdout.decode().splitlines()]


def fact_line(name, number, explained):
    event = explained["event"] or {}
    fields = ("outcome", "action", "user_raw", "user", "url", "destination_address")
    facts = "  ".join(f"{field}={event[field]}" for field in fields if event.get(field) is not None)
    return f"{name}:{number}  {event.get('vendor', 'no event')}  {facts}".rstrip()


class Explain(unittest.TestCase):
    def test_the_recorded_rows_with_a_url_give_the_right_url_user_and_outcome(self):
        data = os.environ.get("LUREWATCH_TEST_DATA")
        if not data:
            self.skipTest("LUREWATCH_TEST_DATA names no folder")
        lines = []
        for vendor in VENDORS:
            for file in sorted(pathlib.Path(data, "lines", vendor).glob("*.log")):
                if not is_cef(file):
                    continue
                for number, message in enumerate(file.read_bytes().splitlines(keepends=True), 1):
                    for explained in explain(message):
                        self.assertIsNone(explained["error"] if explained["cef"] else None, f"{file.name}:{number}")
                        if "RequestURL" in explained["columns"]:
                            lines.append(fact_line(file.name, number, explained))
        text = "\n".join(lines) + "\n"
        if os.environ.get("LUREWATCH_ACCEPT"):
            GOLDEN.write_text(text, encoding="utf-8")
        self.assertEqual(GOLDEN.read_text(encoding="utf-8"), text)


class ExplainShape(unittest.TestCase):
    def test_a_message_has_every_key_of_the_contract_in_its_order(self):
        message = rb"<14>Nov 24 08:00:00 pa CEF:0|Palo Alto Networks|PAN-OS|10.0|url|THREAT|1|suser=CONTOSO\bob act=alert app=ssl request=" + b'"www.example.com/a" dst=192.0.2.9\n'
        explained = explain(message)[0]
        self.assertEqual(["input", "framing", "syslog", "cef", "columns", "event", "flags", "error"], list(explained))
        self.assertEqual(["format", "pri", "time", "host", "app"], list(explained["syslog"]))
        self.assertEqual("https://www.example.com/a", explained["event"]["url"])
        self.assertEqual(socket.gethostname(), explained["columns"]["CollectorHostName"])
        self.assertEqual(["suser", "CONTOSO\\bob"], explained["cef"]["extension"][0])
        self.assertEqual("192.0.2.9", explained["columns"]["DestinationIP"])

    def test_of_two_fields_of_one_key_it_says_which_does_not_count(self):
        message = b"CEF:0|Check Point|X|Check Point|Log|n|High|suser=bob request=http://h.example/ suser=victim x=1\n"
        explained = explain(message)[0]
        self.assertEqual(["suser", "victim"], explained["cef"]["extension"][2])
        self.assertEqual([2], explained["cef"]["superseded"])
        self.assertEqual("bob", explained["columns"]["SourceUserName"])
        self.assertIn("key_forged", explained["flags"])
        self.assertEqual("high", explained["event"]["severity"])

    def test_octet_counted_messages_are_told_as_such_and_bytes_that_are_no_message_say_why(self):
        framed = explain(b"32 <14>CEF:0|V|P|1|1|n|5|msg=hello\nrandom \xff\xfe bytes\n")
        self.assertEqual("octet-counted", framed[0]["framing"])
        self.assertTrue(framed[-1]["error"].startswith("not_cef"))


if __name__ == "__main__":
    unittest.main()

"""What leaves the sensor: alert files in every format, exclusions, and the commands that explain."""

import datetime as dt
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import ROOT, FakeGraph, Process, Sensor, binary, make_day, send, wait_for  # noqa: E402

sys.path.insert(0, str(ROOT / "packaging" / "demo"))
import make_day as make_day_module  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

FORMATS = {"json": "alerts.jsonl", "ocsf": "alerts.ocsf.jsonl", "ecs": "alerts.ecs.jsonl", "cef": "alerts.cef"}
SCHEMAS = {"json": "finding.schema.json", "ocsf": "finding.ocsf.schema.json", "ecs": "finding.ecs.schema.json"}
RULE = """[[exclusion]]
name = "{name}"
owner = "ops@contoso.com"
reason = "a drill"
expires = {expires}
[exclusion.event]
user = "{user}"
"""


class Day(unittest.TestCase):
    """The bundled day, ingested once by a running sensor."""

    formats = ["json"]

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.expected = make_day(self.directory, benign=40)
        self.graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json")
        self.addCleanup(self.graph.end)
        self.sensor = Sensor(binary(), self.directory, self.graph.url)
        self.exclusions = self.directory / "exclusions.d"
        self.exclusions.mkdir()
        self.configure()

    def configure(self):
        text = self.sensor.config_text(self.graph.url, f'[correlation]\nexclusions = "{self.exclusions}"\n', {})
        formats = json.dumps(self.formats)
        self.sensor.config.write_text(text.replace("[alerts]\n", f"[alerts]\nformats = {formats}\n"))

    def exclude(self, user, name="drill", expires="2099-01-01"):
        (self.exclusions / f"{name}.toml").write_text(RULE.format(user=user, name=name, expires=expires))

    def ingest(self):
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())
        send("udp", self.sensor.udp, self.directory / "udp.log")
        send("tcp", self.sensor.tcp, self.directory / "tcp.log")
        wait_for("every message arrives", lambda: self.sensor.received() == sum(self.expected["messages"].values()))
        self.wait_for_chains()

    def wait_for_chains(self):
        def all_known():
            correlation = self.sensor.status()["correlation"]
            return correlation["findings"] + correlation["suppressed"] >= len(self.expected["found"])
        wait_for("every chain is known", all_known)

    def lines(self, name):
        path = self.directory / "alerts" / FORMATS[name]
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def users(self):
        return {finding["user"] for finding in self.sensor.findings()}

    def command_json(self, *words, status=0):
        code, out, err = self.sensor.command(*words, "--json")
        self.assertEqual(status, code, err)
        return [json.loads(line) for line in out.splitlines()]


class Formats(Day):
    formats = list(FORMATS)

    def test_every_format_holds_every_line_once_across_a_kill(self):
        self.ingest()
        self.sensor.stop(signal.SIGKILL)
        self.sensor.start()
        wait_for("every line is written", lambda: len(self.lines("cef")) == len(self.lines("json")) >= len(self.expected["found"]))
        self.assertEqual(0, self.sensor.stop())
        written = {name: self.lines(name) for name in FORMATS}
        for name, lines in written.items():
            self.assertEqual(len(lines), len(set(lines)), name)
        keys = [(finding["id"], finding["revision"]) for finding in map(json.loads, written["json"])]
        self.assertEqual(keys, [(e["lurewatch"]["id"], e["lurewatch"]["revision"]) for e in map(json.loads, written["ecs"])])
        self.assertEqual(keys, [(o["finding_info"]["uid"], o["metadata"]["sequence"]) for o in map(json.loads, written["ocsf"])])
        self.check_schemas(written)
        self.check_cef(written, keys)

    def test_kills_at_any_moment_leave_every_revision_once_in_every_file(self):
        chance = random.Random(7)
        for _ in range(6):
            self.sensor.start()
            send("udp", self.sensor.udp, self.directory / "udp.log")
            send("tcp", self.sensor.tcp, self.directory / "tcp.log")
            time.sleep(chance.uniform(0, 0.8))
            self.sensor.stop(signal.SIGKILL)
        self.sensor.start()
        self.wait_for_chains()
        self.assertEqual(0, self.sensor.stop())
        keys = [(finding["id"], finding["revision"]) for finding in map(json.loads, self.lines("json"))]
        self.assertEqual(len(self.expected["found"]), len({identity for identity, _ in keys}))
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(keys, [(e["lurewatch"]["id"], e["lurewatch"]["revision"]) for e in map(json.loads, self.lines("ecs"))])
        self.assertEqual(keys, [(o["finding_info"]["uid"], o["metadata"]["sequence"]) for o in map(json.loads, self.lines("ocsf"))])
        self.assertEqual(len(keys), len(set(self.lines("cef"))))

    def check_schemas(self, written):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        for name, schema in SCHEMAS.items():
            text = json.loads((ROOT / "packaging" / "schemas" / schema).read_text())
            jsonschema.Draft7Validator.check_schema(text)
            validator = jsonschema.Draft7Validator(text)
            for line in written[name]:
                errors = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(json.loads(line))]
                self.assertEqual([], errors, name)
        broken = json.loads(written["ocsf"][0])
        broken["class_uid"] = 2001
        self.assertFalse(validator_of("ocsf").is_valid(broken))

    def check_cef(self, written, keys):
        """Our own parser reads back what was written."""
        explained = subprocess.run([binary(), "explain", "-", "--json"], input="\n".join(written["cef"]).encode() + b"\n", capture_output=True)
        rows = [json.loads(line) for line in explained.stdout.splitlines()]
        self.assertEqual(len(keys), len(rows))
        for row, line in zip(rows, map(json.loads, written["json"])):
            fields = dict(row["cef"]["extension"])
            self.assertIsNone(row["error"])
            self.assertEqual((line["id"], str(line["revision"])), (fields["externalId"], fields["cn1"]))
            self.assertEqual((line["user"], line["ip"], line["url"]), (fields["suser"], fields["src"], fields["request"]))
            self.assertEqual(line["title"], row["cef"]["name"])
            self.assertEqual([], [flag for flag in row["flags"] if flag in ("unescaped_equals", "unknown_escape", "embedded_field", "duplicate_key")])

    def test_a_format_added_later_gets_what_comes_from_then_on(self):
        self.formats = ["json"]
        self.configure()
        self.ingest()
        self.assertEqual(0, self.sensor.stop())
        self.formats = ["json", "cef"]
        self.configure()
        before = len(self.lines("json"))
        self.sensor.start()
        self.assertEqual(0, self.sensor.stop())
        self.assertEqual((before, 0), (len(self.lines("json")), len(self.lines("cef"))))


def validator_of(name):
    return jsonschema.Draft7Validator(json.loads((ROOT / "packaging" / "schemas" / SCHEMAS[name]).read_text()))


class Rsyslog(Day):
    formats = ["json", "cef"]

    def test_the_shipped_snippet_forwards_every_line_and_rsyslogs_cef_parser_reads_them(self):
        if shutil.which("rsyslogd") is None:
            self.skipTest("rsyslogd is not installed")
        self.ingest()
        out = self.directory / "forwarded"
        snippet = (ROOT / "packaging" / "forwarders" / "rsyslog.conf").read_text()
        snippet = snippet.replace("/var/log/lurewatch/", f"{self.directory}/alerts/")
        begin = snippet.index("action(")
        sink = f'action(type="omfile" file="{out}.jsonl" template="lurewatch_line")\n'
        rulebase = self.directory / "cef.rulebase"
        rulebase.write_text("version=2\nrule=:%f:cef%\n")
        config = self.directory / "rsyslog.conf"
        config.write_text(f"""global(workDirectory="{self.directory}" maxMessageSize="64k")
module(load="mmnormalize")
{snippet[:begin]}{sink}}}
template(name="all_json" type="list") {{ property(name="$!all-json") constant(value="\\n") }}
input(type="imfile" File="{self.directory}/alerts/alerts.cef" Tag="cef:" ruleset="cef")
ruleset(name="cef") {{
  action(type="mmnormalize" useRawMsg="off" rulebase="{rulebase}")
  action(type="omfile" file="{out}.cef.json" template="all_json")
}}
""")
        checked = subprocess.run(["rsyslogd", "-N1", "-f", str(config)], capture_output=True, text=True)
        self.assertEqual(0, checked.returncode, checked.stderr)
        daemon = Process(["rsyslogd", "-n", "-f", config, "-i", self.directory / "rsyslog.pid"], self.directory / "rsyslog.log")
        try:
            read = lambda suffix: pathlib.Path(f"{out}{suffix}").read_text().splitlines() if pathlib.Path(f"{out}{suffix}").exists() else []
            wait_for("every line is forwarded", lambda: read(".jsonl") == self.lines("json"))
            wait_for("every CEF line is parsed", lambda: len(read(".cef.json")) == len(self.lines("cef")))
            for parsed, line in zip(map(json.loads, read(".cef.json")), map(json.loads, self.lines("json"))):
                fields = parsed["f"]["Extensions"]
                self.assertEqual((line["id"], line["user"], line["ip"]), (fields["externalId"], fields["suser"], fields["src"]))
                self.assertEqual(line["url"], fields["request"])
        finally:
            daemon.end()


class Exclusions(Day):
    def test_what_an_exclusion_covers_is_listed_and_not_written_and_comes_back_when_the_rule_goes(self):
        user = self.expected["found"][0]["user"]
        self.exclude(user)
        self.ingest()
        wait_for("the others are written", lambda: len(self.users()) == len(self.expected["found"]) - 1)
        self.assertNotIn(user, self.users())
        self.assertEqual(1, self.sensor.status()["correlation"]["suppressed"])
        listed = self.command_json("findings", "--suppressed")
        self.assertEqual([user], [row["user"] for row in listed])
        self.assertEqual(["drill"], [rule["name"] for rule in listed[0]["suppressed_by"]])
        code, out, _ = self.sensor.command("findings", listed[0]["id"], "--suppressed")
        self.assertEqual(0, code)
        self.assertIn("suppressed by drill: a drill (ops@contoso.com", out)
        self.assertIn("lurewatch findings", self.sensor.command("findings", listed[0]["id"])[2])
        why_not = self.command_json("why-not", "--user", user, "--url", listed[0]["url"])[0]
        self.assertEqual(("exclusion", "drill"), (why_not["first_failed"]["edge"], why_not["first_failed"]["condition"]))

        (self.exclusions / "drill.toml").unlink()
        self.sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("it is written after all", lambda: user in self.users())
        self.assertEqual(1, self.sensor.command("findings", "--suppressed")[0])
        self.assertEqual(0, self.sensor.stop())
        keys = [(finding["id"], finding["revision"]) for finding in self.sensor.findings()]
        self.assertEqual(len(keys), len(set(keys)))

    def test_a_mistake_is_told_with_its_place_and_keeps_the_old_rules(self):
        user = self.expected["found"][0]["user"]
        self.exclude(user)
        self.sensor.start()
        self.addCleanup(lambda: self.sensor.daemon.process.poll() is None and self.sensor.stop())
        (self.exclusions / "bad.toml").write_text(RULE.format(user="~(", name="bad", expires="2099-01-01"))
        code, _, error = self.sensor.command("check")
        self.assertEqual(78, code)
        self.assertIn(f"{self.exclusions}/bad.toml:7:8: user: re2 does not take the pattern", error)
        self.assertIn('  user = "~("\n         ^\n', error)
        self.sensor.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the log tells", lambda: "the old ones stay in force" in self.sensor.daemon.log_text())
        send("udp", self.sensor.udp, self.directory / "udp.log")
        send("tcp", self.sensor.tcp, self.directory / "tcp.log")
        self.wait_for_chains()
        wait_for("the old rule still suppresses", lambda: self.sensor.status()["correlation"]["suppressed"] == 1)
        self.assertEqual(0, self.sensor.stop())
        code, _, error = self.sensor.command("run")
        self.assertEqual(78, code)
        self.assertIn("bad.toml:7:8:", error)

    def test_a_rule_that_has_ended_suppresses_nothing_and_check_says_so(self):
        self.exclude(self.expected["found"][0]["user"], expires="2020-01-01")
        code, _, error = self.sensor.command("check")
        self.assertEqual(0, code, error)
        self.assertIn("ended on 2020-01-02", error)
        self.ingest()
        self.assertEqual(0, self.sensor.status()["correlation"]["suppressed"])


class Explanations(Day):
    def test_why_why_not_and_hunt_tell_what_is_stored_and_change_nothing(self):
        self.ingest()
        found = self.expected["found"][0]
        before = {name: path.read_bytes() for name, path in ((p.name, p) for p in (self.directory / "alerts").iterdir()) if path.is_file()}
        rows = self.command_json("findings")
        identity = next(row["id"] for row in rows if row["user"] == found["user"])

        why = self.command_json("why", identity)[0]
        self.assertEqual(["alert", "click", "sign-in"], [edge["edge"] for edge in why["edges"]])
        self.assertTrue(all(edge["passing"] >= 1 for edge in why["edges"]))
        self.assertAlmostEqual(why["confidence"], sum(reason["weight"] for reason in why["reasons"]))
        self.assertEqual(1, self.sensor.command("why", "0" * 32)[0])

        story = self.sensor.command("findings", identity, check=True)[1]
        times = [line.split()[0] for line in story.splitlines() if line.startswith("  20")]
        self.assertEqual(sorted(times), times)
        self.assertIn("CEF:0|", story)

        self.assertEqual(1, self.sensor.command("why-not", "--user", found["user"], "--url", found["url"] if "://" in found["url"] else found["host"])[0])
        failed = {}
        for user in self.expected["not_found"]:
            answer = self.command_json("why-not", "--user", user, "--url", self.lure_of(user))[0]
            self.assertFalse(answer["found"])
            failed[user] = answer["first_failed"]
        self.assertEqual({"outcome", "signin-window"}, {failure["condition"] for failure in failed.values()})
        late = next(failure for failure in failed.values() if failure["condition"] == "signin-window")
        self.assertRegex(late["detail"], r"^sign-in from [0-9.]+ is \d+ h( \d+ min)? (after|before) the click; window is 6 h$")
        nowhere = self.command_json("why-not", "--user", found["user"], "--url", "nowhere.example.org")[0]
        self.assertEqual("alert", nowhere["first_failed"]["edge"])

        hunted = self.command_json("hunt")
        self.assertEqual({(row["id"], row["user"]) for row in rows}, {(row["id"], row["user"]) for row in hunted})
        self.assertEqual([found["user"]], [row["user"] for row in self.command_json("hunt", "--user", found["user"])])
        self.assertEqual([found["host"]], [row["host"] for row in self.command_json("hunt", "--url", found["host"])])
        self.assertEqual(1, self.sensor.command("hunt", "--until", "2020-01-01")[0])
        compared = self.command_json("hunt", "--compare", "--runs", "once")
        self.assertTrue({row["user"] for row in rows} <= {row["user"] for row in compared})
        self.assertTrue(all(row["normalised"] or row["seed_exact"] for row in compared))
        self.assertEqual(2, self.sensor.command("hunt", "--since", "yesterdy")[0])
        self.assertEqual(before, {name: path.read_bytes() for name, path in ((p.name, p) for p in (self.directory / "alerts").iterdir()) if path.is_file()})

    def lure_of(self, user):
        """The lure that the day's near miss of this user reached: the URL of the alert that names the user."""
        alerts = json.loads((self.directory / "alerts.json").read_text())["value"]
        for alert in alerts:
            if user in json.dumps(alert):
                return next(item["url"] for item in alert["evidence"] if item["@odata.type"].endswith(".urlEvidence"))
        raise AssertionError(f"no alert names {user}")


class PublishedRuleInTheStore(Day):
    def setUp(self):
        super().setUp()
        day = make_day_module.Day(dt.datetime.now(dt.timezone.utc).replace(microsecond=0))
        day.tcp.append(make_day_module.zscaler(day.at(9), "ivan@contoso.com", "https://whole.example.com/Path?q=1", "203.0.113.99"))
        make_day_module.alert(day, 1, make_day_module.WATCHED, day.at(8), ["https://whole.example.com/path?q=1"], "ivan@contoso.com")
        make_day_module.signin(day, day.at(5), "Ivan@contoso.com", "203.0.113.99")
        make_day_module.write(self.directory, day, [("ivan@contoso.com", "whole.example.com", "203.0.113.99", "host")], [])
        self.expected = json.loads((self.directory / "expected.json").read_text())
        self.graph.end()
        self.graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json")
        self.addCleanup(self.graph.end)
        self.configure()

    def test_hunt_asks_the_published_rule_and_sets_both_modes_side_by_side(self):
        self.ingest()
        row = self.command_json("hunt", "--mode", "seed-exact", "--runs", "once", "--rows")[0]
        self.assertEqual(34, len(row))
        self.assertEqual(("ivan@contoso.com", "Ivan", "https://whole.example.com/path?q=1"), (row["UserPrincipalName"], row["Name"], row["RequestURL"]))
        self.assertEqual("seed-exact", self.command_json("hunt", "--mode", "seed-exact", "--runs", "once", "--user", "ivan@contoso.com")[0]["mode"])
        self.assertEqual(1, self.sensor.command("hunt", "--mode", "seed-exact", "--runs", "once", "--user", "eve@contoso.com")[0])
        self.assertEqual(1, self.sensor.command("hunt", "--mode", "seed-exact")[0], "today's run of the published rule comes tomorrow")
        compared = self.command_json("hunt", "--compare", "--runs", "once")
        self.assertEqual([("ivan@contoso.com", True, True)], [(each["user"], each["normalised"] is not None, each["seed_exact"] is not None) for each in compared])


if __name__ == "__main__":
    unittest.main(verbosity=2)

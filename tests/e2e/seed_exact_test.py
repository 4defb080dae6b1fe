"""`replay --mode seed-exact` against the same rule in SQL, on randomised rows."""

import collections
import datetime as dt
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import binary  # noqa: E402
from published_rule_sql import TITLES, PublishedRule  # noqa: E402

COLUMNS = ["ProductName", "AlertName", "Url", "AlertTime", "set_SystemAlertId", "3plogTime", "DeviceVendor", "DeviceProduct", "Activity", "DestinationHostName",
           "DestinationIP", "RequestURL", "MaliciousIP", "SourceUserName", "IndicatorThreatType", "ThreatSeverity", "ThreatConfidence", "SourceUserID",
           "SourceHostName", "IPAddress", "SourceSystem", "SigniningTime", "OperationName", "ResultType", "ResultDescription", "AlternateSignInName",
           "AppDisplayName", "AuthenticationRequirement", "ClientAppUsed", "RiskState", "RiskLevelDuringSignIn", "UserPrincipalName", "Name", "UPNSuffix"]
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.timezone.utc)
TITLE = TITLES[2]


def millis(time):
    return round(time.timestamp() * 1000)


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Facts:
    """The same random rows as files for the program and as tables for the rule in SQL."""

    def __init__(self, seed, size):
        self.random = random.Random(seed)
        self.messages, self.alerts, self.signins = [], [], []
        for number in range(size // 4):
            self.add_alert(number)
        for number in range(size):
            self.add_event(number)
            self.add_signin(number)

    def pick(self, *choices):
        return self.random.choice(choices)

    def usually(self, usual, *others):
        return usual if self.random.random() < 0.8 else self.random.choice(others)

    def time(self):
        """Seconds: what every device can write. Days and the six hours have edges that are met now and then."""
        if self.random.random() < 0.25:
            return NOON + dt.timedelta(hours=self.pick(-12, -6, 0, 6, 12, 18), seconds=self.pick(-1, 0, 1))
        return NOON + dt.timedelta(seconds=self.random.randint(-86_400, 86_400))

    def url(self):
        return self.usually("https://lure.example.com/a?t=" + self.pick("x", "X", "y"), "lure.example.com/a?t=x", "HTTPS://Lure.example.com/A?T=X",
                            "https://lure.example.com/", "https://other.example.net/url/1", "https://lure.example.com/a?t=x/")

    def user(self):
        return self.usually(self.pick("bob@contoso.com", "Bob@Contoso.com", "ann@contoso.com"), "CONTOSO\\\\bob", "bob", "b@ob@contoso.com", "bob@contoso.org")

    def address(self):
        return self.usually("203.0.113.7", "203.0.113.8", "203.0.113.70")

    def add_alert(self, number):
        evidence = []
        for _ in range(self.random.randint(0, 3)):
            kind = self.usually("url", "mailbox", "ip", "analyzedMessage")
            evidence.append({"@odata.type": f"#microsoft.graph.security.{kind}Evidence", "url": self.usually(self.url(), "", None), "upn": "bob@contoso.com",
                             "primaryAddress": "bob@contoso.com", "ipAddress": "203.0.113.7", "networkMessageId": "1", "urls": [self.url()]})
        name = self.usually(TITLE, TITLE.upper(), TITLE + " ", TITLE + "\u200b", TITLES[6], "Stolen session cookie was used")
        self.alerts.append({"id": f"a{number:04}", "title": name, "productName": self.usually("Microsoft Defender for Office 365", "Office 365 ATP"),
                            "createdDateTime": stamp(self.time()), "evidence": evidence})

    def add_event(self, number):
        vendor = self.usually(self.pick("Zscaler", "Palo Alto Networks", "Fortinet", "Check Point"), "CheckPoint", "PaloAltoNetworks", "zscaler", "Forcepoint", "Fortinet2")
        product = self.usually(self.pick("NSSWeblog", "PAN-OS", "Fortigate", "VPN-1 & FireWall-1"), "LF", "NSSFWlog", "URL Filtering", "Application Control", "pan", "xPAN")
        action = self.usually("Allowed", "Block", "block", "Blocked", "")
        time = self.time()
        act = f"act={action} " if action else ""
        escape = lambda text: text.replace("=", "\\=")
        self.messages.append(f"<14>1 {stamp(time)} gateway cef - - - CEF:0|{vendor}|{product}|1|{number}|row {number % 3}|3|{act}rt={millis(time)} start={millis(time)} dst={self.address()} "
                             f"dhost=lure.example.com request={escape(self.url())} suser={self.user()} suid={number % 5} shost=pc{number % 4}")

    def add_signin(self, number):
        time = self.time()
        self.signins.append({"id": f"s{number:04}", "createdDateTime": stamp(time), "userPrincipalName": self.user().replace("\\\\", "\\"), "ipAddress": self.address(),
                             "status": {"errorCode": self.usually(0, 50126, 50158), "failureReason": "Other."}, "appDisplayName": self.pick("OfficeHome", ""),
                             "clientAppUsed": "Browser", "riskState": self.pick("none", "atRisk"), "riskLevelDuringSignIn": self.pick("none", "high"),
                             "authenticationRequirement": self.pick("singleFactorAuthentication", "multiFactorAuthentication"),
                             "alternateSignInName": self.pick(None, "bob"), "isInteractive": True, "signInEventTypes": [self.usually("interactiveUser", "nonInteractiveUser")]})

    def write(self, directory):
        (directory / "messages").write_text("".join(message + "\n" for message in self.messages))
        (directory / "alerts").write_text(json.dumps({"value": self.alerts}))
        (directory / "signins").write_text(json.dumps({"value": self.signins}))

    def rule(self, explained):
        """`explained`: of each message its columns and the time of its event, as `explain` gives them."""
        rule = PublishedRule()
        for alert in self.alerts:
            entities = [{"Type": "url", "Url": item["url"]} if item["@odata.type"].endswith(".urlEvidence") else {"Type": "mailbox", "Upn": item["upn"]}
                        for item in alert["evidence"]]
            rule.add_alert(time_of(alert["createdDateTime"]), alert["id"], alert["productName"], alert["title"], entities)
        for row in explained:
            rule.add_event(time_of((row["event"] or row["syslog"])["time"]), row["columns"])
        for signin in self.signins:
            if signin["signInEventTypes"] != ["interactiveUser"]:
                continue
            error = signin["status"]["errorCode"]
            rule.add_signin(time_of(signin["createdDateTime"]), {
                "IPAddress": signin["ipAddress"], "SourceSystem": "Azure AD", "OperationName": "Sign-in activity", "ResultType": str(error),
                "ResultDescription": signin["status"]["failureReason"] if error else "", "AlternateSignInName": signin["alternateSignInName"] or "",
                "AppDisplayName": signin["appDisplayName"], "AuthenticationRequirement": signin["authenticationRequirement"], "ClientAppUsed": "Browser",
                "RiskState": signin["riskState"], "RiskLevelDuringSignIn": signin["riskLevelDuringSignIn"], "UserPrincipalName": signin["userPrincipalName"]})
        return rule


def time_of(text):
    return millis(dt.datetime.fromisoformat(text.replace("Z", "+00:00")))


def comparable(rows):
    """A bag of rows without the set of alert ids, times in milliseconds."""
    bag = collections.Counter()
    for row in rows:
        plain = {name: value for name, value in row.items() if name != "set_SystemAlertId"}
        for name in ("AlertTime", "3plogTime", "SigniningTime"):
            if isinstance(plain[name], str):
                plain[name] = time_of(plain[name])
        bag[json.dumps(plain, sort_keys=True)] += 1
    return bag


class SeedExact(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)
        self.config = self.directory / "lurewatch.toml"
        self.config.write_text("")

    def replay(self, *words):
        command = [binary(), "replay", self.directory / "messages", "--alerts", self.directory / "alerts", "--signins", self.directory / "signins",
                   "--mode", "seed-exact", "--config", self.config, *words]
        ran = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        self.assertIn(ran.returncode, (0, 1), ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def explain(self):
        with open(self.directory / "messages", "rb") as messages:
            ran = subprocess.run([binary(), "explain", "-", "--json", "--config", str(self.config)], stdin=messages, capture_output=True, text=True)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def test_random_rows_give_what_the_rule_in_sql_gives(self):
        total = 0
        for seed in range(int(os.environ.get("LUREWATCH_SEEDS", "12"))):
            facts = Facts(seed, 120)
            facts.write(self.directory)
            rule = facts.rule(self.explain())
            once, daily = self.replay("--rows", "--runs", "once"), self.replay("--rows")
            self.assertEqual(comparable(rule.run_once()), comparable(once), f"seed {seed}, one run")
            times = [time_of(alert["createdDateTime"]) for alert in facts.alerts]
            self.assertEqual(comparable(rule.run_daily(min(times), max(times))), comparable(daily), f"seed {seed}, daily runs")
            for row in once:
                self.assertEqual(COLUMNS, list(row))
            total += len(once) + len(daily)
        self.assertGreater(total, 100, "random rows that never match show nothing")

    def test_a_finding_has_the_rules_severity_tactic_technique_and_entities(self):
        facts = Facts(1, 120)
        facts.write(self.directory)
        rows, findings = self.replay("--rows", "--runs", "once"), self.replay("--runs", "once")
        keys = {(row["UserPrincipalName"], row["RequestURL"], row["DestinationIP"]) for row in rows}
        self.assertEqual(keys, {(finding["user"], finding["url"], finding["ip"]) for finding in findings})
        self.assertEqual(len(rows), sum(finding["run"]["rows"] for finding in findings))
        for finding in findings:
            self.assertEqual(("seed-exact", "Medium", ["PrivilegeEscalation"], ["T1078"]), (finding["mode"], finding["severity"], finding["tactics"], finding["techniques"]))
            first = finding["rows"][0]
            self.assertEqual([{"$id": "1", "Type": "account", "Name": first["Name"], "UPNSuffix": first["UPNSuffix"]}, {"$id": "2", "Type": "ip", "Address": first["DestinationIP"]},
                              {"$id": "3", "Type": "dns", "DomainName": first["DestinationHostName"]}, {"$id": "4", "Type": "host", "FullName": first["SourceSystem"]},
                              {"$id": "5", "Type": "url", "Url": first["RequestURL"]}], finding["entities"])
        self.assertEqual(findings, self.replay("--runs", "once"))

    def test_rows_are_a_matter_of_the_published_rule_alone(self):
        Facts(1, 8).write(self.directory)
        ran = subprocess.run([binary(), "replay", str(self.directory / "messages"), "--rows", "--config", str(self.config)], capture_output=True, text=True)
        self.assertEqual(2, ran.returncode)
        self.assertIn("--mode seed-exact", ran.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

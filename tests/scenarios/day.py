"""An enterprise and one of its days: people, devices, what they browse, how they sign in, what Defender says. Seeded."""

import datetime as dt
import json
import random

import vendor_lines
from vendor_lines import Row

CLICK_TITLE = "A potentially malicious URL click was detected"
TITLES = [CLICK_TITLE, "A user clicked through to a potentially malicious URL", "Email reported by user as malware or phish",
          "Email messages containing malicious URL removed after delivery\u200b", "Messages containing malicious entity not removed after delivery"]
EGRESS = {"paloalto": "192.0.2.10", "fortigate": "192.0.2.20", "checkpoint": "192.0.2.30", "zscaler": "192.0.2.40"}
VENDORS = list(EGRESS)
HISTORY_DAYS = 5
KNOWN_DEVICE_SHARE = 0.6
ORDINARY_HOSTS = ["www.example.com", "intranet.contoso.com", "news.example.org", "mail.example.net", "cdn.example.com", "wiki.contoso.com",
                  "outlook.office.com", "docs.google.com", "contoso.sharepoint.com", "fonts.example.net", "metrics.example.org"]


class User:
    def __init__(self, number, vendor):
        self.number, self.vendor = number, vendor
        self.account = f"u{number:05d}"
        self.upn = f"{self.account}@contoso.com"
        self.src = f"10.{10 + VENDORS.index(vendor)}.{number // 250 % 250}.{number % 250 + 1}"
        self.egress = EGRESS[vendor]
        self.device_id = ""
        self.agent = vendor_lines.AGENT

    def logged(self):
        """The user as this device writes names."""
        return {"paloalto": f"CONTOSO\\{self.account}", "fortigate": f"contoso.com\\\\{self.account}",
                "checkpoint": f"LAST{self.number} FIRST (C{self.number:07d}) ", "zscaler": self.upn}[self.vendor]


class Day:
    def __init__(self, seed, users, rows, start="2026-03-10T00:00:00Z", history=HISTORY_DAYS):
        self.rng, self.history = random.Random(seed), history
        self.start = dt.datetime.fromisoformat(start.replace("Z", "+00:00"))
        self.lines, self.alerts, self.signins, self.labels = [], [], [], []
        self.serial = self.networks = self.lures = 0
        self.users = [User(n, VENDORS[n % 4]) for n in range(users)]
        self.free = list(range(users))
        self.rng.shuffle(self.free)
        for user in self.users:
            if self.rng.random() < KNOWN_DEVICE_SHARE:
                user.device_id = f"d0000000-0000-4000-8000-{user.number:012d}"
        self.ordinary(rows)

    # --- what scenarios are made of

    def user(self, vendor=None, managed=None):
        """A user of whom nothing else is told today; of a vendor's site, with or without a managed device."""
        for at, number in enumerate(self.free):
            user = self.users[number]
            if (vendor is None or user.vendor == vendor) and (managed is None or managed == bool(user.device_id)):
                del self.free[at]
                return user
        raise SystemExit("too few users for the scenarios: raise --users")

    def network(self):
        """A /24 of its own out of the benchmark range (RFC 2544), as a prefix 'a.b.c.'."""
        self.networks += 1
        return f"198.{18 + self.networks // 256}.{self.networks % 256}."

    def address(self):
        return self.network() + str(self.rng.randint(1, 250))

    def lure(self, label="login"):
        self.lures += 1
        return f"{label}.lure{self.lures:04d}.example"

    def at(self, hour=None):
        """A moment of the day; working hours when none is given."""
        hour = self.rng.uniform(8, 17) if hour is None else hour
        return self.start + dt.timedelta(seconds=int(hour * 3600))

    def click(self, user, time, host, path, dst, vendor=None, name=None, **more):
        """A row of the user's site. Check Point knows only the host."""
        self.serial += 1
        vendor = vendor or user.vendor
        more = {"user": user.logged() if name is None else name, "src": user.src, "egress": user.egress, "agent": user.agent, **more}
        row = Row(time=time, host=host, path=path, dst=dst, serial=self.serial, **more)
        self.lines.append((row.time, vendor_lines.WRITERS[vendor](row)))
        return self.lines[-1][1]

    def alert(self, time, urls, user=None, title=None, mail=False, activity=None):
        first, last = activity or (time - dt.timedelta(minutes=3), time)
        number = len(self.alerts)
        stamp = lambda when: when.strftime("%Y-%m-%dT%H:%M:%SZ")
        kind = "#microsoft.graph.security."
        common = {"createdDateTime": stamp(time), "verdict": "malicious", "remediationStatus": "none", "roles": [], "tags": []}
        if mail:
            evidence = [{"@odata.type": kind + "analyzedMessageEvidence", **common, "networkMessageId": f"00000000-0000-4000-9000-{number:012d}",
                         "recipientEmailAddress": user.upn if user else "all@contoso.com", "urls": urls, "urlCount": len(urls)}]
        else:
            evidence = [{"@odata.type": kind + "urlEvidence", **common, "url": url} for url in urls]
        if user:
            evidence.append({"@odata.type": kind + "mailboxEvidence", **common, "primaryAddress": user.upn.title(), "upn": user.upn.title()})
        self.alerts.append({
            "id": f"fa0c1f2e-0000-4000-8000-{number:012d}", "title": title or self.rng.choice(TITLES), "severity": "high", "status": "new",
            "serviceSource": "microsoftDefenderForOffice365", "detectionSource": "microsoftDefenderForOffice365",
            "productName": "Microsoft Defender for Office 365", "category": "InitialAccess", "createdDateTime": stamp(time),
            "lastUpdateDateTime": stamp(time), "firstActivityDateTime": stamp(first), "lastActivityDateTime": stamp(last), "evidence": evidence})

    def signin(self, user, time, address, error=0, **more):
        number = len(self.signins)
        usual = {"app": "OfficeHome", "agent": user.agent, "device": user.device_id, "country": "DE", "asn": 64500, "risk": "none",
                 "session": f"{user.number:08d}-0000-4000-a000-{number:012d}", "kind": "interactiveUser", "system": "Windows10", "browser": "Chrome 131.0"}
        unknown = set(more) - set(usual)
        assert not unknown, unknown
        it = {**usual, **more}
        self.signins.append({
            "id": f"5a1e0000-0000-4000-8000-{number:012d}", "createdDateTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "userPrincipalName": user.upn.upper() if number % 7 == 0 else user.upn, "userDisplayName": user.account,
            "userId": f"11111111-0000-4000-8000-{user.number:012d}", "appDisplayName": it["app"], "ipAddress": address, "clientAppUsed": "Browser",
            "userAgent": it["agent"], "isInteractive": it["kind"] == "interactiveUser", "signInEventTypes": [it["kind"]],
            "riskLevelDuringSignIn": it["risk"], "riskState": "none" if it["risk"] == "none" else "atRisk", "conditionalAccessStatus": "success",
            "sessionId": it["session"], "autonomousSystemNumber": it["asn"], "status": {"errorCode": error, "failureReason": "Other."},
            "deviceDetail": {"deviceId": it["device"], "displayName": "", "operatingSystem": it["system"], "browser": it["browser"]},
            "location": {"city": "Berlin" if it["country"] == "DE" else "Elsewhere", "state": "", "countryOrRegion": it["country"]}})

    # --- what happens anyway

    def ordinary(self, rows):
        for user in self.users:
            for day in range(-self.history, 1):
                self.signin(user, self.at(24 * day + self.rng.uniform(7, 9)), user.egress)
                if self.rng.random() < 0.3:  # a phone at night
                    self.signin(user, self.at(24 * day + self.rng.uniform(18, 22)) - dt.timedelta(days=1), f"198.51.100.{user.number % 200 + 1}",
                                asn=64510, device="", agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", system="Ios", browser="Mobile Safari")
        for _ in range(rows):
            user = self.rng.choice(self.users)
            host = self.rng.choice(ORDINARY_HOSTS)
            self.click(user, self.at(self.rng.uniform(6, 20)), host, f"/{self.rng.choice('abcdefg')}/{self.rng.randint(1, 9999)}?s={self.rng.randint(1, 99)}",
                       f"203.0.113.{sum(map(ord, host)) % 200 + 1}")
        for _ in range(max(5, rows // 1000)):  # alerts that nobody clicked on
            self.alert(self.at(), [f"https://{self.lure('mail')}/r?x={self.rng.randint(1, 99)}"], mail=True)

    # --- on disk

    def write(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.lines.sort(key=lambda line: line[0])
        (directory / "firewalls.log").write_text("".join(text + "\n" for _, text in self.lines), encoding="utf-8")
        for name, records in (("alerts.json", self.alerts), ("signins.json", self.signins)):
            (directory / name).write_text(json.dumps({"value": records}, ensure_ascii=False), encoding="utf-8")
        names = "".join(f'"LAST{u.number} FIRST (C{u.number:07d})",{u.upn}\n' for u in self.users)
        (directory / "names.csv").write_text("logged name,user principal name\n" + names, encoding="utf-8")
        (directory / "lurewatch.toml").write_text(
            f'[identity]\ndomains = {{ CONTOSO = "contoso.com" }}\nmap_file = "{directory / "names.csv"}"\n'
            f'[network]\nshared_ranges = ["198.51.100.224/27"]\n', encoding="utf-8")
        (directory / "labels.json").write_text(json.dumps(self.labels, indent=1), encoding="utf-8")

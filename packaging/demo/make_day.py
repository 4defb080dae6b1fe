#!/usr/bin/env python3
"""Writes a small working day as Lurewatch sees it: firewall logs of four vendors, Defender alerts, Entra sign-ins.

    make_day.py DIRECTORY [--now 2026-11-24T09:00:00Z] [--benign 200]

All times count back from --now (the present when it is left out), so that a running sensor finds them recent; the
same --now gives the same bytes. The day holds one phishing chain a vendor, and two near misses that are none: a click
that was blocked, and a sign-in outside the window.

    udp.log        messages for a UDP input, one a line
    tcp.log        messages for a TCP input, one a line
    alerts.json    a page of Graph's security/alerts_v2
    signins.json   a page of Graph's auditLogs/signIns (beta, with both event types)
    names.csv      for [identity] map_file
    expected.json  the findings there are, and the users of whom there must be none
"""

import argparse
import datetime as dt
import json
import pathlib
import random

OFFICE = "192.0.2.50"
WATCHED = "A potentially malicious URL click was detected"
# Real alerts of this title end in a zero-width space.
WATCHED_ZERO_WIDTH = "Email messages containing malicious URL removed after delivery\u200b"


class Day:
    def __init__(self, now):
        self.now = now
        self.udp, self.tcp, self.alerts, self.signins = [], [], [], []

    def at(self, minutes_ago):
        return self.now - dt.timedelta(minutes=minutes_ago)


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def bsd(time):
    return time.strftime("%b ") + f"{time.day:2d}" + time.strftime(" %H:%M:%S")


def paloalto(time, user, url, dst, action="alert", app="ssl", category="computer-and-internet-info"):
    """PAN-OS URL log: the URL in quotes and without scheme, the user as DOMAIN\\user."""
    return (
        f"<14>{bsd(time)} pa-edge CEF:0|Palo Alto Networks|PAN-OS|10.0.4|url|THREAT|1|rt={time.strftime('%b %d %Y %H:%M:%S')} GMT "
        f"deviceExternalId=013201027985 src=10.1.2.{len(user) + 10} dst={dst} sourceTranslatedAddress=198.51.100.1 "
        f"destinationTranslatedAddress={dst} cs1Label=Rule cs1=web-out suser={user} duser= app={app} cs3Label=Virtual System cs3=vsys1 "
        f"cs4Label=Source Zone cs4=trust cs5Label=Destination Zone cs5=untrust deviceInboundInterface=ethernet1/2 "
        f"deviceOutboundInterface=ethernet1/1 cs6Label=LogProfile cs6=siem cn1Label=SessionID cn1=348172 cnt=1 spt=50122 dpt=443 "
        f"sourceTranslatedPort=41022 destinationTranslatedPort=443 flexString1Label=Flags flexString1=0x403000 proto=tcp act={action} "
        f'request="{url}" cs2Label=URL Category cs2={category} flexString2Label=Direction flexString2=client-to-server '
        f"PanOSActionFlags=0x0 externalId=7360463872407464946 requestContext=text/html cat=(9999) fileId=0 requestMethod=get "
        f"requestClientApplication= PanOSDGl1=0 PanOSVsysName= dvchost=pa-edge"
    )


def fortigate(time, user, host, path, dst, action="passthrough"):
    """FortiGate web filter: a path, the host beside it, the user in duser, the time in nanoseconds."""
    nanoseconds = int(time.timestamp()) * 10**9 + 263686912
    return (
        f"<189>{bsd(time)} fgt-branch CEF:0|Fortinet|Fortigate|v7.2.8|13317|utm:webfilter ftgd_allow {action}|3|"
        f"deviceExternalId=FGT60FTK21009999 FTNTFGTeventtime={nanoseconds} FTNTFGTtz=+0000 FTNTFGTlogid=0317013312 cat=utm:webfilter "
        f"FTNTFGTsubtype=webfilter FTNTFGTeventtype=ftgd_allow FTNTFGTlevel=notice FTNTFGTvd=root FTNTFGTpolicyid=4 externalId=902213 "
        f"duser={user} src=10.20.0.14 spt=50544 deviceInboundInterface=lan FTNTFGTsrcintfrole=lan dst={dst} dpt=443 "
        f"deviceOutboundInterface=wan1 FTNTFGTdstintfrole=wan proto=6 app=HTTPS dhost={host} FTNTFGTprofile=default act={action} "
        f"FTNTFGTreqtype=referral request={path} out=1713 in=24120 deviceDirection=1 FTNTFGTcat=52 "
        f"requestContext=Information Technology FTNTFGTcrscore=0"
    )


def checkpoint(time, user, host, dst, action="Accept", product="URL Filtering"):
    """Check Point without TLS inspection: a host and a port, and the user as LAST FIRST (id)."""
    return (
        f"<134>{bsd(time)} cp-gw CEF:0|Check Point|{product}|Check Point|Log|Log|Unknown|act={action} cs1Label=Application Rule Name "
        f"cs1=Internet access cs5Label=Matched Category cs5=Computers / Internet deviceDirection=1 rt={int(time.timestamp())}000 "
        f"spt=51744 dpt=443 duser={user} suser={user} ifname=eth1 loguid={{0x{int(time.timestamp()):x},0x0,0x501a8c0,0x{len(host):x}}} "
        f"origin=10.0.0.1 originsicname=cn\\=cp_gw,o\\=mgmt..abcdef sequencenum=1 version=5 dst={dst} layer_name=Web "
        f"layer_name=Network product={product} proto=6 request=https://{host}:443 service_id=https src=10.30.1.7"
    )


def zscaler(time, user, url, dst, action="Allowed", reason="Allowed"):
    """Zscaler NSS web feed: no scheme, nothing escaped, the host's name in the syslog header's place."""
    return (
        f"{bsd(time)} zscaler-nss CEF:0|Zscaler|NSSWeblog|5.7|{action}|{reason}|3|act={action} Severity=3 name={reason} "
        f"deviceEventClassId={action} app=HTTPS cat=Professional Services dhost={url.split('/')[0]} dst={dst} src=10.40.3.3 in_bytes=79658 "
        f"in=79658 outcome=200 out=446 request={url} rt={time.strftime('%b %d %Y %H:%M:%S')} sourceTranslatedAddress=198.51.100.4 "
        f"requestClientApplication=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 requestMethod=GET suser={user} "
        f"spriv=Road Warrior externalId=7379073205867184130 fileType=None reason={reason} destinationServiceName=General Browsing cn1=0 "
        f"cn1Label=riskscore cs1=Sales cs1Label=dept cs2=Business cs2Label=urlsupercat ssldecrypted=Yes"
    )


def alert(day, number, title, created, urls, user):
    evidence = [{"@odata.type": "#microsoft.graph.security.urlEvidence", "createdDateTime": stamp(created), "verdict": "malicious",
                 "remediationStatus": "none", "roles": [], "detailedRoles": [], "tags": [], "url": url} for url in urls]
    evidence.append({"@odata.type": "#microsoft.graph.security.mailboxEvidence", "createdDateTime": stamp(created), "verdict": "unknown",
                     "remediationStatus": "none", "roles": [], "detailedRoles": [], "tags": [], "primaryAddress": user, "upn": user,
                     "displayName": user.split("@")[0]})
    day.alerts.append({
        "id": f"fa0c1f2e-0000-4000-8000-{number:012d}", "providerAlertId": f"0c1f2e-{number}", "title": title, "severity": "high",
        "status": "new", "serviceSource": "microsoftDefenderForOffice365", "detectionSource": "microsoftDefenderForOffice365",
        "productName": "Microsoft Defender for Office 365", "category": "InitialAccess", "classification": None, "determination": None,
        "createdDateTime": stamp(created), "lastUpdateDateTime": stamp(created + dt.timedelta(seconds=14)),
        "firstActivityDateTime": stamp(created - dt.timedelta(minutes=3)), "lastActivityDateTime": stamp(created),
        "mitreTechniques": ["T1566.002"], "evidence": evidence})


def signin(day, time, user, address, error=0, app="OfficeHome", agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64)", kind="interactiveUser"):
    number = len(day.signins)
    day.signins.append({
        "id": f"5a1e0000-0000-4000-8000-{number:012d}", "createdDateTime": stamp(time), "userPrincipalName": user,
        "userDisplayName": user.split("@")[0].title(), "userId": f"11111111-0000-4000-8000-{abs(hash_text(user)) % 10**12:012d}",
        "appDisplayName": app, "appId": "4765445b-32c6-49b0-83e6-1d93765276ca", "ipAddress": address, "clientAppUsed": "Browser",
        "userAgent": agent, "isInteractive": kind == "interactiveUser", "signInEventTypes": [kind],
        "riskLevelDuringSignIn": "none", "riskState": "none", "conditionalAccessStatus": "success",
        "status": {"errorCode": error, "failureReason": "Other." if error == 0 else "Invalid username or password.", "additionalDetails": None},
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Windows10", "browser": "Chrome 131.0"},
        "location": {"city": "Berlin", "state": "Berlin", "countryOrRegion": "DE"}})


def hash_text(text):
    value = 0
    for character in text:
        value = (value * 131 + ord(character)) % 2**48
    return value


def chains(day):
    """One compromise a vendor: the click, the alert, the sign-in from the lure's address, in different orders."""
    # Palo Alto: the same URL but for scheme and quotes; the alert comes after the sign-in.
    day.udp.append(paloalto(day.at(95), r"CONTOSO\alice", "login-contoso.example.net/session?id=7F3a", "203.0.113.10"))
    signin(day, day.at(91), "alice@contoso.com", "203.0.113.10")
    alert(day, 1, WATCHED, day.at(80), ["https://login-contoso.example.net/session?id=7F3a"], "alice@contoso.com")
    # FortiGate: path and host apart, another query; the token is replayed without interaction.
    day.tcp.append(fortigate(day.at(70), r"contoso.com\\bob", "sharepoint-docs.example.org", r"/secure/login?rid\=91&s\=2", "203.0.113.77"))
    alert(day, 2, WATCHED_ZERO_WIDTH, day.at(72), ["https://sharepoint-docs.example.org/secure/login?rid=17"], "bob@contoso.com")
    signin(day, day.at(55), "bob@contoso.com", "203.0.113.77", kind="nonInteractiveUser")
    # Check Point: only the host is known, and the user by name and number.
    day.tcp.append(checkpoint(day.at(50), "DOE JANE (C0025465) ", "portal-office.example.com", "198.51.100.23"))
    alert(day, 3, WATCHED.upper(), day.at(47), ["https://portal-office.example.com/o/auth?x=1", "https://cdn.example.com/pixel.gif"], "jane.doe@contoso.com")
    signin(day, day.at(20), "jane.doe@contoso.com", "198.51.100.23")
    # Zscaler: raw '=' and '|' in the URL.
    day.tcp.append(zscaler(day.at(33), "carol@contoso.com", "docs-verify.example.net/v?tok=ab=cd|ef&step=2", "2001:db8:77::5"))
    alert(day, 4, "A user clicked through to a potentially malicious URL", day.at(30), ["https://docs-verify.example.net/v?tok=ab=cd|ef&step=2"], "carol@contoso.com")
    signin(day, day.at(31), "carol@contoso.com", "2001:DB8:77:0:0:0:0:5")
    return [("alice@contoso.com", "login-contoso.example.net", "203.0.113.10", "exact"),
            ("bob@contoso.com", "sharepoint-docs.example.org", "203.0.113.77", "no-query"),
            ("jane.doe@contoso.com", "portal-office.example.com", "198.51.100.23", "host"),
            ("carol@contoso.com", "docs-verify.example.net", "2001:db8:77::5", "exact")]


def near_misses(day):
    # The page was blocked; that the address signs in as dave all the same is another story.
    day.tcp.append(zscaler(day.at(60), "dave@contoso.com", "free-voucher.example.net/claim", "203.0.113.140", "Blocked", "Not allowed to browse this category"))
    alert(day, 5, WATCHED, day.at(58), ["https://free-voucher.example.net/claim"], "dave@contoso.com")
    signin(day, day.at(57), "dave@contoso.com", "203.0.113.140")
    # Seven hours and ten minutes between the click and the sign-in.
    day.udp.append(paloalto(day.at(500), r"CONTOSO\erin", "benefits-update.example.org/hr", "203.0.113.200"))
    alert(day, 6, WATCHED, day.at(480), ["https://benefits-update.example.org/hr"], "erin@contoso.com")
    signin(day, day.at(70), "erin@contoso.com", "203.0.113.200")
    return ["dave@contoso.com", "erin@contoso.com"]


def ordinary(day, count, random_source):
    people = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"]
    hosts = ["www.example.com", "intranet.contoso.com", "news.example.org", "mail.example.net", "cdn.example.com", "wiki.contoso.com"]
    for _ in range(count):
        time = day.at(random_source.randint(1, 540))
        person, host = random_source.choice(people), random_source.choice(hosts)
        path, address = f"/{random_source.choice('abcdefg')}/{random_source.randint(1, 9999)}", f"192.0.2.{random_source.randint(100, 199)}"
        kind = random_source.randrange(5)
        if kind == 0:
            day.udp.append(paloalto(time, rf"CONTOSO\{person}", host + path, address))
        elif kind == 1:
            day.tcp.append(fortigate(time, rf"contoso.com\\{person}", host, path, address))
        elif kind == 2:
            day.tcp.append(checkpoint(time, f"{person.upper()} X (C00{random_source.randint(10000, 99999)}) ", host, address))
        elif kind == 3:
            day.tcp.append(zscaler(time, f"{person}@contoso.com", host + path, address))
        else:
            day.udp.append(f"{bsd(time)} zscaler-nss-fw CEF:0|Zscaler|NSSFWlog|5.7|Drop|Default Firewall Filtering Rule|3| Severity=3 act=Drop suser=Home "
                           f"src=10.40.3.9 spt=62964 dst={address} dpt=443 proto=UDP spriv=Home reason=Default Firewall Filtering Rule in=0 out=4134")
    for person in people:
        signin(day, day.at(random_source.randint(5, 500)), f"{person}@contoso.com", OFFICE)
        signin(day, day.at(random_source.randint(5, 500)), f"{person}@contoso.com", "198.51.100.99", error=50126)
    # What no parser of ours can know, and what Defender also says.
    day.udp.append("<166>%ASA-6-302013: Built outbound TCP connection 110577675 for outside:192.0.2.7/443 to inside:10.1.2.9/51544")
    alert(day, 7, "Suspicious inbox manipulation rule", day.at(25), ["https://login-contoso.example.net/session?id=7F3a"], "grace@contoso.com")
    alert(day, 8, "Phish delivered due to an ETR override", day.at(24), [], "heidi@contoso.com")


def write(directory, day, found, not_found):
    directory.mkdir(parents=True, exist_ok=True)
    for name, lines in (("udp.log", day.udp), ("tcp.log", day.tcp)):
        (directory / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    for name, records in (("alerts.json", day.alerts), ("signins.json", day.signins)):
        (directory / name).write_text(json.dumps({"value": records}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (directory / "names.csv").write_text('logged name,user principal name\n"DOE JANE (C0025465)",jane.doe@contoso.com\n', encoding="utf-8")
    expected = {"found": [{"user": u, "host": h, "ip": i, "url": m} for u, h, i, m in found], "not_found": not_found,
                "messages": {"udp": len(day.udp), "tcp": len(day.tcp)}}
    (directory / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--now", help="RFC 3339; the present when left out")
    parser.add_argument("--benign", type=int, default=200, help="ordinary messages around the chains")
    arguments = parser.parse_args()
    if arguments.now:
        now = dt.datetime.fromisoformat(arguments.now.replace("Z", "+00:00")).astimezone(dt.timezone.utc)
    else:
        now = dt.datetime.now(dt.timezone.utc)
    random_source = random.Random(20261124)
    day = Day(now.replace(microsecond=0))
    found = chains(day)
    not_found = near_misses(day)
    ordinary(day, arguments.benign, random_source)
    random_source.shuffle(day.udp)
    random_source.shuffle(day.tcp)
    write(arguments.directory, day, found, not_found)


if __name__ == "__main__":
    main()

"""Microsoft Sentinel's published rule 779731f7-8ba0-4198-8524-5701b7defddc, over one run that sees every row.

Written from the rule's KQL, clause by clause; take_any() is read as the first in (time, id) order. The rows are
CommonSecurityLog columns as `lurewatch explain --json` prints them, and Graph's records.
"""

import datetime as dt

TITLES = {title.lower() for title in (
    "Suspicious network connection to AitM phishing site", "A potentially malicious URL click was detected",
    "A user clicked through to a potentially malicious URL", "Email messages containing malicious URL removed after delivery",
    "Messages containing malicious entity not removed after delivery", "Email reported by user as malware or phish",
    "Phish delivered due to an ETR override", "Phish delivered due to an IP allow policy", "Phish not zapped because ZAP is disabled",
    "Phishing link click observed in Network Traffic", "High Risk Sign-in Observed in Network Traffic")}
VENDORS = ("palo alto networks", "fortinet", "check point", "zscaler")
PRODUCTS = ("fortigate", "pan", "vpn", "firewall", "nssweblog", "url")
WINDOW = dt.timedelta(hours=6)


def time_of(text):
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


def grouped_alerts(alerts):
    """summarize take_any(EntityUrl), min(TimeGenerated) by ProductName, AlertName: one URL a title survives."""
    groups = {}
    for alert in sorted(alerts, key=lambda alert: (alert["createdDateTime"], alert["id"])):
        if alert["title"].lower() not in TITLES:
            continue
        for evidence in alert["evidence"]:
            if evidence["@odata.type"].endswith(".urlEvidence"):
                groups.setdefault((alert["productName"], alert["title"]), (evidence["url"].lower(), time_of(alert["createdDateTime"])))
    return list(groups.values())


def is_connection(columns):
    return (any(vendor in columns.get("DeviceVendor", "").lower() for vendor in VENDORS)
            and columns.get("DeviceProduct", "").lower().startswith(PRODUCTS)
            and columns.get("DeviceAction", "") != "Block" and columns.get("RequestURL", "") != "")


def published_rule(alerts, events, signins):
    """The users it names. `events` are (columns, event time) pairs."""
    users = set()
    for url, alert_time in grouped_alerts(alerts):
        for columns, event_time in events:
            if not is_connection(columns) or columns["RequestURL"].lower() != url or abs(event_time - alert_time) > WINDOW:
                continue
            for signin in signins:
                same = (signin["status"]["errorCode"] == 0 and signin["isInteractive"]
                        and signin["ipAddress"] == columns.get("DestinationIP", "")
                        and signin["userPrincipalName"].lower() == columns.get("SourceUserName", "").lower())
                if same and abs(time_of(signin["createdDateTime"]) - alert_time) <= WINDOW:
                    users.add(signin["userPrincipalName"])
    return users

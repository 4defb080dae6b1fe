"""Microsoft Sentinel's published rule 779731f7-8ba0-4198-8524-5701b7defddc (1.0.3) once more, as SQL over plain tables.

Written from the rule's KQL and Kusto's documentation, sharing nothing with the program: `replay --mode seed-exact` is held
against it. Tables: SecurityAlert(SystemAlertId, ProductName, AlertName, Entities, TimeGenerated), CommonSecurityLog and
SigninLogs with the columns that the rule names; times are integers of milliseconds.
"""

import json
import re
import sqlite3

TITLES = ("Phishing link click observed in Network Traffic", "Phish delivered due to an IP allow policy",
          "A potentially malicious URL click was detected", "High Risk Sign-in Observed in Network Traffic",
          "A user clicked through to a potentially malicious URL", "Suspicious network connection to AitM phishing site",
          "Messages containing malicious entity not removed after delivery", "Email messages containing malicious URL removed after delivery",
          "Email reported by user as malware or phish", "Phish delivered due to an ETR override", "Phish not zapped because ZAP is disabled")
EVENT_COLUMNS = ("DeviceVendor", "DeviceProduct", "DeviceAction", "Activity", "DestinationHostName", "DestinationIP", "RequestURL", "MaliciousIP",
                 "SourceUserName", "IndicatorThreatType", "ThreatSeverity", "ThreatConfidence", "SourceUserID", "SourceHostName")
SIGNIN_COLUMNS = ("IPAddress", "SourceSystem", "OperationName", "ResultType", "ResultDescription", "AlternateSignInName", "AppDisplayName",
                  "AuthenticationRequirement", "ClientAppUsed", "RiskState", "RiskLevelDuringSignIn", "UserPrincipalName")
HOUR, DAY = 3_600_000, 86_400_000


def has(text, term):
    """Kusto's `has`: the term with no letter or digit beside it, whatever the case."""
    return re.search(rf"(?<![0-9A-Za-z\u0080-\uffff]){re.escape(term)}(?![0-9A-Za-z\u0080-\uffff])", text, re.I | re.A) is not None


QUERY = """
WITH window(low, high) AS (SELECT :low, :high),
entity AS (
  SELECT a.SystemAlertId, a.ProductName, a.AlertName, a.TimeGenerated, e.key AS place, coalesce(json_extract(e.value, '$.Url'), '') AS EntityUrl
  FROM SecurityAlert a, window, json_each(a.Entities) e
  WHERE a.AlertName COLLATE NOCASE IN (SELECT title FROM Alert_List) AND has(a.Entities, 'url')
    AND a.TimeGenerated >= low AND a.TimeGenerated < high AND json_extract(e.value, '$.Type') = 'url'),
numbered AS (
  SELECT *, row_number() OVER (PARTITION BY ProductName, AlertName ORDER BY EntityUrl = '', TimeGenerated, SystemAlertId, place) AS number FROM entity),
grouped AS (
  SELECT ProductName, AlertName, max(CASE WHEN number = 1 THEN lower(EntityUrl) END) AS Url, min(TimeGenerated) AS AlertTime FROM numbered GROUP BY ProductName, AlertName),
connection AS (
  SELECT c.*, lower(c.RequestURL) AS url, lower(c.SourceUserName) AS user FROM CommonSecurityLog c, window
  WHERE (has(DeviceVendor, 'Palo Alto Networks') OR has(DeviceVendor, 'Fortinet') OR has(DeviceVendor, 'Check Point') OR has(DeviceVendor, 'Zscaler'))
    AND (DeviceProduct LIKE 'FortiGate%' OR DeviceProduct LIKE 'PAN%' OR DeviceProduct LIKE 'VPN%' OR DeviceProduct LIKE 'FireWall%'
         OR DeviceProduct LIKE 'NSSWeblog%' OR DeviceProduct LIKE 'URL%')
    AND DeviceAction <> 'Block' AND RequestURL <> '' AND TimeGenerated >= low AND TimeGenerated < high),
signin AS (
  SELECT s.*, lower(s.UserPrincipalName) AS user FROM SigninLogs s, window WHERE ResultType = '0' AND TimeGenerated >= low AND TimeGenerated < high)
SELECT g.ProductName, g.AlertName, g.Url, g.AlertTime, c.TimeGenerated, c.DeviceVendor, c.DeviceProduct, c.Activity, c.DestinationHostName,
       c.DestinationIP, c.url, c.MaliciousIP, c.user, c.IndicatorThreatType, c.ThreatSeverity, c.ThreatConfidence, c.SourceUserID, c.SourceHostName,
       s.IPAddress, s.SourceSystem, s.TimeGenerated, s.OperationName, s.ResultType, s.ResultDescription, s.AlternateSignInName, s.AppDisplayName,
       s.AuthenticationRequirement, s.ClientAppUsed, s.RiskState, s.RiskLevelDuringSignIn, s.user, s.UserPrincipalName
FROM grouped g JOIN connection c ON c.url = g.Url JOIN signin s ON s.IPAddress = c.DestinationIP AND s.user = c.user
WHERE s.TimeGenerated BETWEEN g.AlertTime - :reach AND g.AlertTime + :reach AND c.TimeGenerated BETWEEN g.AlertTime - :reach AND g.AlertTime + :reach
"""
NAMES = ("ProductName", "AlertName", "Url", "AlertTime", "3plogTime", "DeviceVendor", "DeviceProduct", "Activity", "DestinationHostName", "DestinationIP",
         "RequestURL", "MaliciousIP", "SourceUserName", "IndicatorThreatType", "ThreatSeverity", "ThreatConfidence", "SourceUserID", "SourceHostName",
         "IPAddress", "SourceSystem", "SigniningTime", "OperationName", "ResultType", "ResultDescription", "AlternateSignInName", "AppDisplayName",
         "AuthenticationRequirement", "ClientAppUsed", "RiskState", "RiskLevelDuringSignIn", "UserPrincipalName")


class PublishedRule:
    def __init__(self):
        self.database = sqlite3.connect(":memory:")
        self.database.create_function("has", 2, has, deterministic=True)
        self.database.create_function("lower", 1, str.lower, deterministic=True)
        self.database.execute("CREATE TABLE Alert_List(title)")
        self.database.executemany("INSERT INTO Alert_List VALUES (?)", [(title,) for title in TITLES])
        self.database.execute("CREATE TABLE SecurityAlert(SystemAlertId, ProductName, AlertName, Entities, TimeGenerated)")
        for table, columns in (("CommonSecurityLog", EVENT_COLUMNS), ("SigninLogs", SIGNIN_COLUMNS)):
            self.database.execute(f"CREATE TABLE {table}(TimeGenerated, {', '.join(columns)})")

    def add_alert(self, time, identity, product, name, entities):
        self.database.execute("INSERT INTO SecurityAlert VALUES (?, ?, ?, ?, ?)", (identity, product, name, json.dumps(entities), time))

    def add_event(self, time, columns):
        values = [columns.get(name, None if name == "ThreatSeverity" else "") for name in EVENT_COLUMNS]
        self.database.execute(f"INSERT INTO CommonSecurityLog VALUES ({', '.join('?' * (len(values) + 1))})", [time, *values])

    def add_signin(self, time, columns):
        values = [columns.get(name, "") for name in SIGNIN_COLUMNS]
        self.database.execute(f"INSERT INTO SigninLogs VALUES ({', '.join('?' * (len(values) + 1))})", [time, *values])

    def run(self, low, high):
        """The rows of one run as dictionaries of 33 columns: all but the set of alert ids."""
        rows = []
        for row in self.database.execute(QUERY, {"low": low, "high": high, "reach": 6 * HOUR}):
            named = dict(zip(NAMES, row))
            parts = row[-1].split("@")
            named["Name"], named["UPNSuffix"] = parts[0], parts[1] if len(parts) > 1 else ""
            rows.append(named)
        return rows

    def run_once(self):
        return self.run(-(2**62), 2**62)

    def run_daily(self, first, last):
        rows = []
        for day in range(first // DAY, last // DAY + 1):
            rows += self.run(day * DAY, (day + 1) * DAY)
        return rows

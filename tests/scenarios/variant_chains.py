"""More compromises that must be found: what devices, mail products, kits and feeds vary beside the plain stories of chains.py."""

import datetime as dt

from chains import AGENT, DAY, HOUR, MINUTE, PROXIED, SCRIPT, SECOND, STRANGE, compromise
from vendor_lines import bsd

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"


def _story(day, vendor, urls, click, delay=3 * MINUTE, alert_after=15 * MINUTE, user=None, host=None, address=None, **signin):
    """`click(user, time, host, address)` writes the rows; `urls(host)` is what the alert says."""
    user = user or day.user(vendor)
    host, address, time = host or day.lure(), address or day.address(), day.at()
    click(user, time, host, address)
    day.alert(time + alert_after, urls(host), user)
    day.signin(user, time + delay, address, **{**PROXIED, **signin})
    return user


# --- the devices' lines


def paloalto_full_url_and_upn(day):
    """A template that was edited: scheme and user principal name are logged, the one case that the published rule finds."""
    return [_published(day)]


def _published(day, **signin):
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.lines.append((time, f"<14>{bsd(time)} pa-9 CEF:0|Palo Alto Networks|PAN-OS|11.1.2|url|THREAT|1|rt={time.strftime('%b %d %Y %H:%M:%S')} GMT src={user.src} "
                            f"dst={address} suser={user.upn} act=alert request=https://{host}/login/a1 app=web-browsing dpt=443 externalId={day.lures}"))
    # The rule knows one URL an alert name a day: this one is the first of its name.
    day.alert(time + 5 * MINUTE, [f"https://{host}/login/a1"], user, title="Phish delivered due to an ETR override")
    day.alerts[-1]["productName"] = f"Microsoft Defender for Office 365 {day.lures}"
    day.signin(user, time + 2 * MINUTE, address, **{**PROXIED, **signin})
    return user


def paloalto_5424_and_escaped_user(day):
    def click(user, time, host, address):
        day.lines.append((time, f"<14>1 {time.strftime('%Y-%m-%dT%H:%M:%S.000Z')} pa-2 - - - - CEF:0|Palo Alto Networks|PAN-OS|11.0.3|url|THREAT|1|"
                                f"rt={time.strftime('%b %d %Y %H:%M:%S')} GMT src={user.src} dst={address} suser=CONTOSO\\\\{user.account.upper()} act=alert "
                                f'request="{host.upper()}:443/Secure/?e\\=42" dpt=443 externalId=9'))
    return [_story(day, "paloalto", lambda host: [f"https://{host}/Secure/?e=42"], click)]


def paloalto_cloud_logging(day):
    """Cortex Data Lake's product LF, which the published rule does not know."""
    def click(user, time, host, address):
        day.lines.append((time, f"<14>1 {time.strftime('%Y-%m-%dT%H:%M:%S.000Z')} stream-logfwd20 logforwarder - panwlogs - CEF:0|Palo Alto Networks|LF|2.0|THREAT|url|3|"
                                f"rt={time.strftime('%b %d %Y %H:%M:%S')} deviceExternalId=xx PanOSConfigVersion=10.2 start={time.strftime('%b %d %Y %H:%M:%S')} "
                                f"src={user.src} dst={address} sourceTranslatedAddress=192.0.2.10 suser=contoso\\{user.account} app=ssl spt=55 dpt=443 proto=tcp "
                                f"act=alert request={host}/w/ requestContext=text/html PanOSURLCategory=unknown PanOSIsDecrypted=true"))
    return [_story(day, "paloalto", lambda host: [f"https://{host}/w/"], click)]


def fortigate_long_key_names(day):
    """Keys FortinetFortiGate*, the verdict in one of them and no act."""
    def click(user, time, host, address):
        day.lines.append((time, f"<189>{bsd(time)} fg-7 CEF:0|Fortinet|Fortigate|v7.4.1|13312|utm:webfilter ftgd_allow|3|deviceExternalId=FG1 "
                                f"FortinetFortiGateeventtime={int(time.timestamp() * 10**9)} FortinetFortiGatetz=+0000 cat=utm:webfilter "
                                f"FortinetFortiGatesubtype=webfilter FortinetFortiGateaction=passthrough duser=CONTOSO\\{user.account} src={user.src} dst={address} "
                                f"dpt=443 proto=6 app=HTTPS dhost={host} request=/a/b"))
    return [_story(day, "fortigate", lambda host: [f"https://{host}/a/b"], click)]


def fortigate_local_time_with_offset(day):
    """date and time of a device five hours behind, and the offset beside them."""
    def click(user, time, host, address):
        local = time - 5 * HOUR
        day.lines.append((time, f"<189>date={local.strftime('%Y-%m-%d')} time={local.strftime('%H:%M:%S')} devname=\"fg\" devid=\"FG1\" "
                                f"eventtime={int(time.timestamp() * 10**9)} tz=\"-0500\" logid=\"0317013312\" type=\"utm\" subtype=\"webfilter\" eventtype=\"ftgd_allow\" "
                                f"level=\"notice\" vd=\"root\" policyid=4 sessionid=7 user=\"{user.account}\" srcip={user.src} srcport=5044 dstip={address} dstport=443 proto=6 service=\"HTTPS\" hostname=\"{host}\" "
                                f"profile=\"default\" action=\"passthrough\" reqtype=\"direct\" url=\"https://{host}/z?q=1\""))
    return [_story(day, "fortigate", lambda host: [f"https://{host}/z?q=1"], click)]


def checkpoint_updates_of_one_log(day):
    """Sent again as it grows, under one loguid: one click."""
    user = day.user("checkpoint")
    host, address, time = day.lure(), day.address(), day.at()
    for seconds in (0, 40, 300):
        day.click(user, time + seconds * SECOND, host, "/", address)
        index, text = len(day.lines) - 1, day.lines[-1][1]
        uid = f"{{0x6601{day.lures:04x},0x0,0x501a8c0,0x1}}"
        start = text.index("loguid=") + 7
        day.lines[index] = (time + seconds * SECOND, text[:start] + uid + text[text.index("}", start) + 1:])
    day.alert(time + 10 * MINUTE, [f"https://{host}/auth/step?x=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def checkpoint_application_control(day):
    """The blade that the published rule leaves out, with the whole URL of an inspected connection."""
    def click(user, time, host, address):
        day.lines.append((time, f"<134>1 {time.strftime('%Y-%m-%dT%H:%M:%SZ')} cp CheckPoint 1 - - CEF:0|Check Point|Application Control|Check Point|Log|Web Browsing|Unknown|"
                                f"act=Accept rt={int(time.timestamp())}000 spt=5174 dpt=443 suser={user.logged().strip()} loguid={{0x1,0x{day.lures:x},0x1,0x1}} "
                                f"dst={address} product=Application Control proto=6 request=https://{host}/i?a\\=1 src={user.src}"))
    return [_story(day, "checkpoint", lambda host: [f"https://{host}/i?a=1"], click)]


def zscaler_tunnel_without_inspection(day):
    def click(user, time, host, address):
        day.click(user, time, host, ":443", address)
    return [_story(day, "zscaler", lambda host: [f"https://{host}/x/y?z=1"], click)]


def zscaler_percent_encoded(day):
    def click(user, time, host, address):
        day.click(user, time, host, "/doc%20one/%7Eann?mail=ann%40contoso.com&x=|1", address)
    return [_story(day, "zscaler", lambda host: [f"https://{host}/doc one/~ann?mail=ann@contoso.com&x=|1"], click)]


def device_two_hours_ahead(day):
    """Its zone is configured wrong: the click seems to come after the sign-in."""
    return [compromise(day, "zscaler", delay=-118 * MINUTE)]


# --- how the alert names the URL


def wrapped_by_proofpoint_v2(day):
    def urls(host):
        return [f"https://urldefense.proofpoint.com/v2/url?u=https-3A__{host}_login_-3Fe-3D7&d=DwMFAg&c=abc&r=def&m=ghi&s=jkl&e="]
    return [_story(day, "zscaler", urls, lambda user, time, host, address: day.click(user, time, host, "/login/?e=7", address))]


def wrapped_by_proofpoint_v3(day):
    def urls(host):
        return [f"https://urldefense.com/v3/__https://{host}/login/?e=7__;!!abc!defghi$"]
    return [_story(day, "paloalto", urls, lambda user, time, host, address: day.click(user, time, host, "/login/?e=7", address))]


def wrapped_twice(day):
    """Safe Links around Proofpoint."""
    def urls(host):
        return [f"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2F{host}%2Fa__%3B!!x!y%24&data=05&reserved=0"]
    return [_story(day, "fortigate", urls, lambda user, time, host, address: day.click(user, time, host, "/a", address))]


def alert_with_default_port_and_case(day):
    return [_story(day, "zscaler", lambda host: [f"HTTPS://{host.upper()}:443/A/./b/../c#top"],
                   lambda user, time, host, address: day.click(user, time, host, "/A/c", address))]


def alert_says_http(day):
    return [_story(day, "paloalto", lambda host: [f"http://{host}/p"], lambda user, time, host, address: day.click(user, time, host, "/p", address))]


def international_host(day):
    def click(user, time, host, address):
        day.click(user, time, "xn--bcher-kva." + host, "/s", address)
    return [_story(day, "zscaler", lambda host: [f"https://b\u00fccher.{host}/s"], click)]


def many_urls_in_one_alert(day):
    """Seven links of one mail, of which the user opened the fifth."""
    def urls(host):
        return [f"https://{n}.{host}/x{n}" for n in range(4)] + [f"https://{host}/s"] + [f"https://img.{host}/{n}" for n in range(2)]
    return [_story(day, "fortigate", urls, lambda user, time, host, address: day.click(user, time, host, "/s", address))]


def token_for_each_victim(day):
    """A campaign: the alert names the first victim's link, the second's differs in its token."""
    host, address, time = day.lure(), day.address(), day.at(10)
    users = [day.user("zscaler"), day.user("paloalto")]
    for number, user in enumerate(users):
        day.click(user, time + number * 5 * MINUTE, host, f"/go?t={user.number:x}", address)
        day.signin(user, time + (number * 5 + 2) * MINUTE, address, **PROXIED)
    day.alert(time + 30 * MINUTE, [f"https://{host}/go?t={users[0].number:x}"], users[0])
    return users


def own_path_for_each_victim(day):
    return [_story(day, "zscaler", lambda host: [f"https://{host}/AbC123"],
                   lambda user, time, host, address: day.click(user, time, host, "/xYz789", address))]


def alert_names_the_mail_only(day):
    """No mailbox or user in the alert; the URLs are the mail's."""
    def urls(host):
        return [f"https://{host}/s", "https://www.example.com/unsubscribe"]
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + HOUR, urls(host), None, mail=True)
    day.signin(user, time + 4 * MINUTE, address, **PROXIED)
    return [user]


def alert_learns_the_url_later(day):
    """The alert is sent again, updated: only then it names the lure."""
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    day.alert(time + 5 * MINUTE, [f"https://tracker{day.lures}.example/open"], user)
    first = day.alerts[-1]
    day.alert(time + 5 * MINUTE, [f"https://tracker{day.lures}.example/open", f"https://{host}/s"], user)
    day.alerts[-1] |= {"id": first["id"], "title": first["title"], "lastUpdateDateTime": (time + 3 * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")}
    return [user]


def alert_40_hours_later(day):
    return [compromise(day, "fortigate", alert_after=40 * HOUR)]


# --- where the lure led


def led_on_by_a_shortener(day):
    """A short link on a host of everybody's, and the page that it leads to."""
    user = day.user("zscaler")
    page, address, time = day.lure("portal"), day.address(), day.at()
    link = f"/3xK{day.lures}q"
    day.click(user, time, "bit.ly", link, day.address())
    day.click(user, time + SECOND, page, "/common/login", address)
    day.alert(time + 10 * MINUTE, [f"https://bit.ly{link}"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


def led_on_over_three_hosts(day):
    user = day.user("paloalto")
    hosts, time = [day.lure("click"), day.lure("hop"), day.lure("portal")], day.at()
    address = day.address()
    for number, host in enumerate(hosts):
        day.click(user, time + 2 * number * SECOND, host, f"/{number}", address if number == 2 else day.address(),
                  referer=f"https://{hosts[number - 1]}/{number - 1}" if number else "")
    day.alert(time + 10 * MINUTE, [f"https://{hosts[0]}/0"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


def led_on_after_half_a_minute(day):
    """A page in between that asks to prove that one is human: the referer still tells."""
    user = day.user("paloalto")
    lure, page, address, time = day.lure("click"), day.lure("portal"), day.address(), day.at()
    day.click(user, time, lure, "/r", day.address())
    day.click(user, time + 25 * SECOND, page, "/login", address, referer=f"https://{lure}/r")
    day.alert(time + 10 * MINUTE, [f"https://{lure}/r"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


def led_on_to_a_neighbour_of_the_signin(day):
    """The page it led to, and the sign-in from the same network."""
    user = day.user("zscaler")
    lure, page, network, time = day.lure("click"), day.lure("portal"), day.network(), day.at()
    day.click(user, time, lure, "/r", day.address())
    day.click(user, time + 2 * SECOND, page, "/login", network + "7", referer=f"https://{lure}/r")
    day.alert(time + 10 * MINUTE, [f"https://{lure}/r"], user)
    day.signin(user, time + 3 * MINUTE, network + "9", **PROXIED)
    return [user]


def led_on_unseen_by_path(day):
    """Without inspection neither host's path is known."""
    user = day.user("checkpoint")
    lure, page, address, time = day.lure("click"), day.lure("portal"), day.address(), day.at()
    day.click(user, time, lure, "/", day.address())
    day.click(user, time + 3 * SECOND, page, "/", address)
    day.alert(time + 10 * MINUTE, [f"https://{lure}/r?c=1"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


# --- who it was


def named_by_a_later_row(day):
    """The lure's row names nobody; an hour and more on the same client's rows do."""
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at(10)
    day.click(user, time, host, "/s", address, name="")
    for minutes in (-100, 110):
        day.click(user, time + minutes * MINUTE, "www.example.com", "/n", "203.0.113.5")
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"])
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def domain_in_other_case(day):
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address, name=f"Contoso\\{user.account.title()}")
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def upn_in_other_case(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address, name=user.upn.upper())
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


# --- where the phisher signs in from


def ipv6_of_one_64(day):
    user = day.user("zscaler")
    host, time, net = day.lure(), day.at(), f"2001:db8:{0xa000 + day.lures:x}:77"
    day.click(user, time, host, "/s", f"{net}::5")
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 4 * MINUTE, f"{net}:1:2:3:4", **PROXIED)
    return [user]


def ipv4_in_ipv6_form(day):
    return [_story(day, "zscaler", lambda host: [f"https://{host}/s"],
                   lambda user, time, host, address: day.click(user, time, host, "/s", f"::ffff:{address}"))]


def served_by_it_days_before(day):
    """Our own passive DNS: four days ago a colleague's row showed the host at this address."""
    host, front, back, time = day.lure(), day.address(), day.address(), day.at()
    other, user = day.user("checkpoint"), day.user("fortigate")
    day.click(other, time - 4 * DAY, host, "/", back)
    day.click(user, time, host, "/s", front)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, back, **PROXIED)
    return [user]


def served_by_it_to_who_was_blocked(day):
    """The row of a blocked click shows the address as well."""
    host, front, back, time = day.lure(), day.address(), day.address(), day.at()
    other, user = day.user("zscaler"), day.user("zscaler")
    day.click(other, time - HOUR, host, "/", back, action="Blocked")
    day.click(user, time, host, "/s", front)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 6 * MINUTE, back, **PROXIED)
    return [user]


def token_replayed_by_script_abroad(day):
    """Through the proxy a session began that a program goes on with from elsewhere; only the latter was let into the log."""
    return [compromise(day, "paloalto", user=day.user("paloalto", managed=True), from_address=day.address(), delay=12 * MINUTE,
                       signin=dict(kind="nonInteractiveUser", agent="python-requests/2.32.3", device="", country="US", asn=64777, system="", browser=""))]


def no_inspection_and_high_risk(day):
    """Only the host is known, the address is another, Entra rates the risk high."""
    return [compromise(day, "checkpoint", from_address=day.address(), delay=4 * MINUTE,
                       signin=dict(risk="high", device="", country="RO", asn=64780))]


def session_of_the_office_goes_on_in_another_country(day):
    user = day.user("fortigate", managed=True)
    time, session, host = day.at(), f"5e55a{day.lures}", day.lure()
    day.signin(user, time - 3 * HOUR, user.egress, session=session)
    day.click(user, time, host, "/s", day.address())
    day.alert(time + 30 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 8 * MINUTE, day.address(), session=session, kind="nonInteractiveUser", country="VN", asn=64790, device="")
    return [user]


def newcomer_with_high_risk(day):
    """Nothing is known of the user from before: the day's first sign-in is the phisher's."""
    user = day.user("zscaler")
    for row in day.signins:
        if row["userPrincipalName"].lower() == user.upn:
            row["userPrincipalName"] = f"left.{user.upn}"
    return [compromise(day, user=user, from_address=day.address(), signin=dict(risk="high", device="", country="BR", asn=64791))]


def medium_risk_and_linux(day):
    return [compromise(day, "zscaler", user=day.user("zscaler", managed=True), from_address=day.address(), signin={**STRANGE, "country": "DE", "risk": "medium"})]


def several_signins_of_one_session(day):
    user = day.user("paloalto")
    host, address, time, session = day.lure(), day.address(), day.at(), f"5e55b{day.lures}"
    day.click(user, time, host, "/s", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    for minutes, app in ((2, "OfficeHome"), (3, "Office 365 Exchange Online"), (9, "Microsoft Teams"), (50, "SharePoint Online"), (200, "Azure Portal")):
        day.signin(user, time + minutes * MINUTE, address, session=session, app=app, kind="interactiveUser" if minutes == 2 else "nonInteractiveUser", **PROXIED)
    return [user]


def failed_then_succeeded(day):
    """A wrong password, the second factor asked for, and in."""
    user = day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    for seconds, error in ((40, 50126), (60, 50074), (85, 0)):
        day.signin(user, time + seconds * SECOND, address, error=error, **PROXIED)
    return [user]


def usual_signins_in_between(day):
    """He works on meanwhile: ordinary sign-ins from the office around the phisher's."""
    user = day.user("zscaler", managed=True)
    host, address, time = day.lure(), day.address(), day.at(11)
    for minutes in (-50, -5, 1, 30, 90):
        day.signin(user, time + minutes * MINUTE, user.egress, kind="nonInteractiveUser")
    day.click(user, time, host, "/s", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


# --- verdicts and time


def fortigate_warning_passed(day):
    user = day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    for seconds, action in ((0, "blocked"), (7, "passthrough")):
        day.click(user, time + seconds * SECOND, host, "/s", address, action=action)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def checkpoint_asked_the_user(day):
    return [compromise(day, "checkpoint", action="Ask User")]


def paloalto_override(day):
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    for seconds, action in ((0, "block-override"), (20, "override")):
        day.click(user, time + seconds * SECOND, host, "/s", address, action=action)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def alert_and_click_on_two_sides_of_midnight(day):
    return [compromise(day, "paloalto", hour=23.9, delay=20 * MINUTE, alert_after=5 * HOUR)]


def nearly_six_hours_each(day):
    return [compromise(day, "zscaler", hour=9, delay=6 * HOUR - MINUTE, alert_after=-6 * HOUR + MINUTE)]


def two_lures_of_two_days(day):
    """Another lure on the day before, to which no sign-in belongs: it must not get in the way."""
    user = day.user("zscaler")
    old = day.lure()
    day.click(user, day.at(10) - DAY, old, "/x", day.address())
    day.alert(day.at(10) - DAY + MINUTE, [f"https://{old}/x"], user)
    return [compromise(day, user=user, hour=14)]


def five_users_one_lure(day):
    host, address = day.lure(), day.address()
    return [compromise(day, vendor, host=host, address=address, hour=9 + n) for n, vendor in
            enumerate(("paloalto", "fortigate", "checkpoint", "zscaler", "zscaler"))]


# By which tie of addresses a class must be found, where that is its point.
for _scenario, _tie in (
    (led_on_by_a_shortener, "same"), (led_on_over_three_hosts, "same"), (led_on_after_half_a_minute, "same"),
    (led_on_unseen_by_path, "same"), (named_by_a_later_row, "same"), (ipv6_of_one_64, "prefix"),
    (ipv4_in_ipv6_form, "same"), (served_by_it_days_before, "seen-serving"), (served_by_it_to_who_was_blocked, "seen-serving"),
    (checkpoint_updates_of_one_log, "same"), (wrapped_twice, "same"),
):
    _scenario.tie = _tie

CLASSES = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
           and not name.startswith("_")]

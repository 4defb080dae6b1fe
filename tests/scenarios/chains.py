"""Compromises that must be found: each function puts one into a Day and returns the users of its findings."""

import datetime as dt

from vendor_lines import AGENT

MINUTE, SECOND, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
SCRIPT = "axios/1.11.0"
STRANGE = dict(country="NG", asn=64666, device="", agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", system="Linux", browser="Firefox 128.0")
PROXIED = dict(asn=64600, device="", country="NL")  # through the phisher's server, with the victim's own browser


def compromise(day, vendor=None, user=None, hour=None, path="/session?id=7F3a", lure_path=None, delay=2 * MINUTE, alert_after=10 * MINUTE,
               host=None, address=None, from_address=None, signin=None, alert=None, **row):
    """The plain story, of which each class changes one thing."""
    user = user or day.user(vendor)
    host, address, time = host or day.lure(), address or day.address(), day.at(hour)
    day.click(user, time, host, path, address, **row)
    day.alert(time + alert_after, [f"https://{host}{lure_path or path}"], user, **(alert or {}))
    day.signin(user, time + delay, from_address or address, **{**PROXIED, **(signin or {})})
    return user


def exact_paloalto(day):
    return [compromise(day, "paloalto")]


def exact_zscaler_raw_signs(day):
    return [compromise(day, "zscaler", path="/v?tok=ab=cd|ef&step=2")]


def no_query_fortigate(day):
    return [compromise(day, "fortigate", path="/secure/login?rid=91", lure_path="/secure/login?rid=17")]


def host_only_checkpoint(day):
    return [compromise(day, "checkpoint", path="/o/auth?x=1")]


def path_prefix(day):
    return [compromise(day, "paloalto", path="/kit/a91/verify/done", lure_path="/kit/a91")]


def other_page_of_host(day):
    return [compromise(day, "zscaler", path="/common/oauth2?x=1", lure_path="/t/1")]


def sibling_host_of_domain(day):
    lure = day.lure("mail")
    user = day.user("zscaler")
    time, address = day.at(), day.address()
    day.click(user, time, lure.replace("mail.", "login."), "/auth", address)
    day.alert(time + 5 * MINUTE, [f"https://{lure}/open?m=1"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


def redirected_by_referer(day):
    """The mail's link leads to a page on another host: the phisher's, which no alert names."""
    user = day.user("paloalto")
    lure, page, address, time = day.lure("click"), day.lure("portal"), day.address(), day.at()
    day.click(user, time, lure, "/r?u=1", day.address())
    day.click(user, time + 4 * SECOND, page, "/login", address, referer=f"https://{lure}/r?u=1")
    day.alert(time + 20 * MINUTE, [f"https://{lure}/r?u=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def redirected_by_timing(day):
    user = day.user("fortigate")
    lure, page, address, time = day.lure("click"), day.lure("portal"), day.address(), day.at()
    day.click(user, time, lure, "/r?u=1", day.address())
    day.click(user, time + 2 * SECOND, page, "/login", address)
    day.alert(time + 20 * MINUTE, [f"https://{lure}/r?u=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def redirected_both_named(day):
    """The alert names the link and the page it led to: still one finding."""
    user = day.user("zscaler")
    lure, page, address, time = day.lure("click"), day.lure("portal"), day.address(), day.at()
    day.click(user, time, lure, "/r?u=1", day.address())
    day.click(user, time + 2 * SECOND, page, "/login", address, referer=f"https://{lure}/r?u=1")
    day.alert(time + 20 * MINUTE, [f"https://{lure}/r?u=1", f"https://{page}/login"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def bare_account(day):
    user = day.user("paloalto")
    return [_with_name(day, user, user.account)]


def _with_name(day, user, name, **more):
    host, address, time = day.lure(), day.address(), day.at()
    day.serial += 1
    day.click(user, time, host, "/session?id=7F3a", address, name=name, **more)
    day.alert(time + 10 * MINUTE, [f"https://{host}/session?id=7F3a"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return user


def user_by_source_address(day):
    """No user in the row; other rows of the same client name him."""
    user = day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time - 7 * MINUTE, "www.example.com", "/news", "203.0.113.5")
    day.click(user, time, host, "/session?id=7F3a", address, name="")
    day.click(user, time + 9 * MINUTE, "wiki.contoso.com", "/home", "203.0.113.6")
    day.alert(time + 10 * MINUTE, [f"https://{host}/session?id=7F3a"])
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def user_by_signin_from_source(day):
    """No user in the row; a client with a public address, from which one user signs in."""
    user = day.user("zscaler")
    host, address, home, time = day.lure(), day.address(), day.address(), day.at()
    day.signin(user, time - 30 * MINUTE, home, asn=64520)
    day.click(user, time, host, "/session?id=7F3a", address, name="", src=home, egress=home)
    day.alert(time + 10 * MINUTE, [f"https://{host}/session?id=7F3a"])
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def same_prefix(day):
    network = day.network()
    return [compromise(day, "zscaler", address=network + "17", from_address=network + "23")]


def seen_serving(day):
    """The page was served from the sign-in's address too, to somebody else who did not fall for it."""
    host, front, back, time = day.lure(), day.address(), day.address(), day.at()
    other, user = day.user("zscaler"), day.user("paloalto")
    day.click(other, time - 40 * MINUTE, host, "/", back)
    day.click(user, time, host, "/session?id=1", front)
    day.alert(time + 10 * MINUTE, [f"https://{host}/session?id=1"], user)
    day.signin(user, time + 2 * MINUTE, back, **PROXIED)
    return [user]


def different_with_high_risk(day):
    return [compromise(day, "zscaler", from_address=day.address(), signin=dict(risk="high", device="", asn=64601, country="DE"))]


def different_new_everything(day):
    return [compromise(day, "paloalto", user=day.user("paloalto", managed=True), from_address=day.address(), signin=STRANGE)]


def different_scripted(day):
    return [compromise(day, "fortigate", from_address=day.address(),
                       signin=dict(agent=SCRIPT, device="", asn=64602, country="NL", system="", browser="", kind="nonInteractiveUser"))]


def different_session_two_networks(day):
    """A session that began at the office goes on from abroad."""
    user = day.user("zscaler")
    time, session = day.at(), "5e550000-0000-4000-8000-000000000001"
    day.signin(user, time - 10 * MINUTE, user.egress, session=session)
    host = day.lure()
    day.click(user, time, host, "/session?id=2", day.address())
    day.alert(time + 10 * MINUTE, [f"https://{host}/session?id=2"], user)
    day.signin(user, time + 4 * MINUTE, day.address(), session=session, **STRANGE)
    return [user]


def cloudflare_fronted_with_signs(day):
    """The page stands behind a shared range, which proves nothing; the sign-in shows that it is not the user."""
    return [compromise(day, "zscaler", user=day.user("zscaler", managed=True), address="198.51.100.230", from_address="198.51.100.240", signin={**STRANGE, "risk": "medium"})]


def alert_two_days_later(day):
    return [compromise(day, "paloalto", alert_after=47 * HOUR)]


def alert_before_click(day):
    return [compromise(day, "zscaler", alert_after=-5 * HOUR)]


def activity_of_last_days(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/a", address)
    day.signin(user, time + 5 * MINUTE, address, **PROXIED)
    day.alert(time + 4 * DAY, [f"https://{host}/a"], user, activity=(time - HOUR, time + HOUR))
    return [user]


def over_midnight(day):
    return [compromise(day, "fortigate", hour=23.98, delay=8 * MINUTE)]


def signin_first(day):
    return [compromise(day, "zscaler", delay=-20 * MINUTE)]


def hours_later(day):
    return [compromise(day, "paloalto", delay=5 * HOUR + 50 * MINUTE)]


def warned_then_continued(day):
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    for seconds, action in ((0, "block-continue"), (9, "continue")):
        day.click(user, time + seconds * SECOND, host, "/s?i=1", address, action=action)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def blocked_before_and_after(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    for minutes, action in ((-30, "Blocked"), (0, "Allowed"), (15, "Blocked")):
        day.click(user, time + minutes * MINUTE, host, "/s?i=1", address, action=action)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def wrapped_by_safe_links(day):
    host = day.lure()
    user = day.user("zscaler")
    time, address = day.at(), day.address()
    day.click(user, time, host, "/s?i=1", address)
    day.alert(time + 10 * MINUTE, [f"https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2F{host}%2Fs%3Fi%3D1&data=05%7C02&reserved=0"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def ipv6(day):
    user = day.user("zscaler")
    host, time = day.lure(), day.at()
    tail = f"{day.lures:x}"
    day.click(user, time, host, "/s", f"2001:0DB8:{tail}:0000::0005")
    day.alert(time + 10 * MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, f"2001:db8:{tail}:0:0:0:0:5", **PROXIED)
    return [user]


def urls_of_a_mail(day):
    return [compromise(day, "fortigate", alert=dict(mail=True))]


def two_users_one_lure(day):
    host, address = day.lure(), day.address()
    return [compromise(day, "paloalto", host=host, address=address, hour=10), compromise(day, "zscaler", host=host, address=address, hour=11)]


def replayed_without_interaction(day):
    return [compromise(day, "zscaler", signin=dict(kind="nonInteractiveUser", agent=SCRIPT))]


def twice_by_two_firewalls(day):
    """A pair of firewalls logs the click twice, and a relay sends one of them again."""
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    line = day.click(user, time, host, "/s?i=1", address, device="edge-1")
    day.click(user, time, host, "/s?i=1", address, device="edge-2")
    day.lines.append((time, line))
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def alerts_of_one_name(day):
    """Three alerts of one title on one day: the published rule keeps one URL of them."""
    users = [compromise(day, vendor, alert=dict(title="A potentially malicious URL click was detected")) for vendor in ("paloalto", "fortigate", "zscaler")]
    return users


def session_goes_on_elsewhere(day):
    """Signed in through the phisher's server, used from another of his machines: one compromise."""
    user = day.user("zscaler")
    host, address, time, session = day.lure(), day.address(), day.at(), "5e550000-0000-4000-8000-000000000002"
    day.click(user, time, host, "/s?i=1", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 2 * MINUTE, address, session=session, **PROXIED)
    day.signin(user, time + 20 * MINUTE, day.address(), session=session, **STRANGE)
    day.signin(user, time + 40 * MINUTE, day.address(), **{**STRANGE, "agent": SCRIPT})
    return [user]


def long_proxied_session(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    for second in range(120):
        day.click(user, time + second * SECOND, host, "/s?i=1" if second == 0 else f"/asset/{second}.js", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 3 * MINUTE, address, **PROXIED)
    return [user]


def campaign_with_home_victims(day):
    """Four others fell for it at home: that they sign in from the same address makes it no office."""
    host, address, time = day.lure(), day.address(), day.at(10)
    for minutes in range(4):
        day.signin(day.user(), time + (3 + minutes) * MINUTE, address, **PROXIED)
    return [compromise(day, "paloalto", host=host, address=address, hour=10)]


def scanner_then_user(day):
    """A gateway opens the link at once; later the user does."""
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time - HOUR, host, "/s?i=1", address, name="", src="40.107.22.5", egress="40.107.22.5")
    day.click(user, time, host, "/s?i=1", address)
    day.alert(time + 10 * MINUTE, [f"https://{host}/s?i=1"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def shared_hosting_own_name(day):
    """A name of the phisher's own below a hoster: the host is his."""
    host = f"login-{day.lures}.pages.dev"
    day.lures += 1
    return [compromise(day, "checkpoint", host=host, path="/x")]


def form_on_shared_host_exact(day):
    """A page on a host of everybody's: the URL itself was reached."""
    return [compromise(day, "zscaler", host="sites.google.com", path=f"/view/lure{day.lures}/home", from_address=day.address(),
                       user=day.user("zscaler", managed=True), signin={**STRANGE, "risk": "medium"})]


def mapped_display_name(day):
    return [compromise(day, "checkpoint", path="/q")]


def second_day_of_a_campaign(day):
    """The same user falls for the same page on two days: growing evidence, one finding."""
    user = day.user("zscaler")
    host, address = day.lure(), day.address()
    for back in (1, 0):
        time = day.at(10) - back * DAY
        day.click(user, time, host, "/s?i=1", address)
        day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    day.alert(day.at(11), [f"https://{host}/s?i=1"], user)
    return [user]


# By which tie of addresses a class must be found, where that is its point.
for _scenario, _tie in (
    (exact_paloalto, "same"), (host_only_checkpoint, "same"), (redirected_by_referer, "same"),
    (redirected_by_timing, "same"), (redirected_both_named, "same"), (user_by_source_address, "same"),
    (same_prefix, "prefix"), (seen_serving, "seen-serving"), (different_with_high_risk, "different"),
    (different_new_everything, "different"), (cloudflare_fronted_with_signs, "different"), (ipv6, "same"),
    (sibling_host_of_domain, "same"),
):
    _scenario.tie = _tie

CLASSES = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
           and name != "compromise" and not name.startswith("_")]

"""What looks like a compromise and is none: each function puts one into a Day and returns the users who must stay unnamed."""

from chains import DAY, HOUR, MINUTE, PROXIED, SCRIPT, SECOND, STRANGE, compromise

PHONE = dict(device="", agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", system="Ios", browser="Mobile Safari")


def blocked(day):
    words = {"paloalto": "block-url", "fortigate": "blocked", "checkpoint": "Drop", "zscaler": "Blocked"}
    return [compromise(day, vendor, action=word) for vendor, word in words.items()]


def signin_failed(day):
    return [_failed(day)]


def _failed(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    for error in (50126, 50053, 53003, 50074):
        day.signin(user, time + 2 * MINUTE, address, error=error, **{**PROXIED, "risk": "high"})
    return user


def signin_too_late(day):
    return [compromise(day, "paloalto", delay=7 * HOUR)]


def click_too_early(day):
    return [_old_click(day)]


def _old_click(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.signin(user, time + MINUTE, address, **PROXIED)
    day.alert(time + 4 * DAY, [f"https://{host}/s"], user)
    return user


def other_user_signs_in(day):
    clicker, other = day.user("paloalto"), day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(clicker, time, host, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], clicker)
    day.signin(other, time + 2 * MINUTE, address, **PROXIED)
    return [clicker, other]


def usual_office_signin(day):
    user = day.user("paloalto")
    return [compromise(day, user=user, from_address=user.egress, signin=dict(device=user.device_id, country="DE", asn=64500))]


def different_address_alone(day):
    """A phone on a mobile network, minutes after the click."""
    user = day.user("fortigate")
    return [compromise(day, user=user, from_address=day.address(), signin={**PHONE, "country": "DE", "asn": 64510})]


def different_new_network_same_laptop(day):
    """From the office to a café: a new address, a known device."""
    user = day.user("zscaler", managed=True)
    return [compromise(day, user=user, delay=50 * MINUTE, from_address=day.address(), signin=dict(device=user.device_id, country="DE", asn=64530))]


def traveller_with_known_device(day):
    user = day.user("zscaler", managed=True)
    return [compromise(day, user=user, from_address=day.address(), signin=dict(device=user.device_id, country="FR", asn=64540))]


def roaming_client_signs_in_himself(day):
    """A proxy's client abroad: the row's source is the address that signs in, the user's own."""
    user = day.user("zscaler")
    hotel = day.address()
    return [compromise(day, user=user, src=hotel, egress=hotel, from_address=hotel, signin=dict(device="", country="FR", asn=64541))]


def session_roams_to_phone_network(day):
    user = day.user("zscaler", managed=True)
    time, session, host = day.at(), f"5e55-{day.lures}", day.lure()
    day.signin(user, time - 10 * MINUTE, user.egress, session=session)
    day.click(user, time, host, "/s", day.address())
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 5 * MINUTE, day.address(), session=session, country="DE", asn=64511)
    return [user]


def scripts_from_the_office(day):
    user = day.user("paloalto")
    return [compromise(day, user=user, from_address=user.egress, signin=dict(agent=SCRIPT, device="", country="DE", asn=64500, kind="nonInteractiveUser"))]


def address_is_the_companys_proxy(day):
    """The device logs its proxy as destination, from which everybody signs in."""
    proxy, time = day.address(), day.at(12)
    for minutes in range(8):
        day.signin(day.user(), day.at(8) + minutes * MINUTE, proxy, asn=64500)
    user = day.user("paloalto")
    for back in (3, 2, 1):
        day.signin(user, time - back * DAY, proxy, asn=64500)
    return [compromise(day, user=user, hour=12, address=proxy, signin=dict(device=user.device_id, country="DE", asn=64500))]


def address_in_shared_range(day):
    user = day.user("fortigate")
    return [compromise(day, user=user, address="198.51.100.233", signin=dict(device=user.device_id, country="DE", asn=13335))]


def microsofts_own_signin_address(day):
    user = day.user("zscaler")
    return [compromise(day, user=user, from_address="40.126.31.73", signin=dict(kind="nonInteractiveUser", device="", country="US", asn=8075))]


def _beside_the_lure(day, vendor, **more):
    """The company's way out lies in the network of a host that an alert names, and everybody goes there."""
    network, host, time = day.network(), day.lure("cdn"), day.at(10)
    users = [day.user(vendor) for _ in range(9)]
    for minutes, user in enumerate(users):
        row = {key: network + "50" for key in more.get("logs", ())}
        day.click(user, time + minutes * MINUTE, host, "/pixel.gif", network + "101", **row)
        day.signin(user, time + (minutes + (3 if minutes % 2 else -3)) * MINUTE, network + "50", device="", asn=64500)
    day.alert(time + HOUR, [f"https://{host}/pixel.gif"], users[0])
    return users


def office_beside_the_lure(day):
    return _beside_the_lure(day, "zscaler", logs=["egress"])


def office_beside_the_lure_unlogged(day):
    """The same, by a device that does not log the way out."""
    return _beside_the_lure(day, "checkpoint")


def scanner_in_microsofts_range(day):
    user = day.user("paloalto")
    return [compromise(day, user=user, src="40.107.22.9", egress="40.107.22.9")]


def scanner_opens_all_links(day):
    """A mail gateway at the company opens all links of a mail as the user, within seconds."""
    user = day.user("zscaler")
    time, hosts = day.at(), [day.lure("a"), day.lure("b"), day.lure("c"), day.lure("d")]
    address = day.address()
    for second, host in enumerate(hosts):
        day.click(user, time + second * SECOND, host, "/open", address)
    day.alert(time + MINUTE, [f"https://{host}/open" for host in hosts], user, mail=True)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def scanner_by_its_agent(day):
    return [compromise(day, "zscaler", agent="Mozilla/5.0 (compatible; HeadlessChrome/120.0; urlscan)")]


def title_not_watched(day):
    return [compromise(day, "zscaler", alert=dict(title="Suspicious inbox manipulation rule"))]


def no_alert(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.signin(user, time + MINUTE, address, **STRANGE)
    return [user]


def sibling_on_shared_hosting(day):
    """Two tenants of one hoster."""
    user = day.user("zscaler")
    address, time = day.address(), day.at()
    day.click(user, time, f"shop{day.lures}.pages.dev", "/s", address)
    day.alert(time + MINUTE, [f"https://evil{day.lures}.pages.dev/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    day.lures += 1
    return [user]


def other_document_on_shared_host(day):
    """docs.google.com is everybody's: another document there is not the lure."""
    user = day.user("zscaler")
    address, time = day.address(), day.at()
    day.click(user, time, "docs.google.com", "/document/d/quarterly-plan/edit", address)
    day.alert(time + MINUTE, [f"https://docs.google.com/forms/d/e/lure{day.lures}/viewform"], user)
    day.signin(user, time + 2 * MINUTE, address, **STRANGE)
    return [user]


def host_alone_on_shared_host(day):
    """Without inspection only the host is known, and it is everybody's."""
    user = day.user("checkpoint")
    address, time = day.address(), day.at()
    day.click(user, time, "forms.office.com", "/", address)
    day.alert(time + MINUTE, [f"https://forms.office.com/r/lure{day.lures}"], user)
    day.signin(user, time + 2 * MINUTE, address, **STRANGE)
    return [user]


def lookalike_host(day):
    user = day.user("zscaler")
    address, time, host = day.address(), day.at(), day.lure()
    day.click(user, time, f"{host}.shop.example.org", "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def sibling_host_other_address(day):
    """The domain alone, and a sign-in from elsewhere."""
    user = day.user("zscaler")
    time, host = day.at(), day.lure("mail")
    day.click(user, time, host.replace("mail.", "www."), "/s", day.address())
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, day.address(), country="DE", asn=64531, device="")
    return [user]


def namesake_of_another_domain(day):
    """CONTOSO\\name clicked; name@fabrikam.com signs in."""
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    upn, user.upn = user.upn, f"{user.account}@fabrikam.com"
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    user.upn = upn
    return [user]


def source_address_of_somebody_else(day):
    """No user in the row, and the client is another user's."""
    owner, other = day.user("fortigate"), day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(owner, time - 5 * MINUTE, "www.example.com", "/n", "203.0.113.5")
    day.click(owner, time, host, "/s", address, name="")
    day.alert(time + MINUTE, [f"https://{host}/s"])
    day.signin(other, time + 2 * MINUTE, address, **PROXIED)
    return [owner, other]


def visited_an_hour_after_the_lure(day):
    """Not reached from it: an hour lies between."""
    user = day.user("zscaler")
    lure, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, lure, "/s", day.address())
    day.click(user, time + HOUR, day.lure("shop"), "/", address)
    day.alert(time + MINUTE, [f"https://{lure}/s"], user)
    day.signin(user, time + HOUR + MINUTE, address, country="DE", device=user.device_id, asn=64532)
    return [user]


def reported_without_click(day):
    """The user reports the mail and signs in from a hotel: nobody reached the page."""
    user = day.user("paloalto")
    host, time = day.lure(), day.at()
    day.alert(time, [f"https://{host}/s"], user, title="Email reported by user as malware or phish")
    day.signin(user, time + 2 * MINUTE, day.address(), **STRANGE)
    return [user]


def strange_signin_before_the_click(day):
    """Different address, hours before: no session could have been stolen yet."""
    user = day.user("zscaler")
    return [compromise(day, user=user, delay=-4 * HOUR, from_address=day.address(), signin=dict(country="FR", asn=64550, device=""))]


def warned_and_turned_back(day):
    """The block page with its button, and no click on it; the usual sign-in."""
    user = day.user("paloalto")
    return [compromise(day, user=user, action="block-continue", from_address=user.egress, signin=dict(device=user.device_id, country="DE", asn=64500))]


CLASSES = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
           and not name.startswith("_")]

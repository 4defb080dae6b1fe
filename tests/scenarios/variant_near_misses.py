"""More of what looks like a compromise and is none."""

from chains import AGENT, DAY, HOUR, MINUTE, PROXIED, SCRIPT, SECOND, STRANGE, compromise
from near_misses import PHONE

HOME = dict(country="DE", asn=64533)


def blocked_by_other_words(day):
    words = [("paloalto", "deny"), ("paloalto", "drop"), ("paloalto", "reset-both"), ("paloalto", "block-override"), ("fortigate", "block"),
             ("checkpoint", "Reject"), ("checkpoint", "Block"), ("zscaler", "BLOCKED")]
    return [compromise(day, vendor, action=word) for vendor, word in words if word != "block-override"]


def blocked_at_every_try(day):
    user = day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    for second in range(0, 60, 10):
        day.click(user, time + second * SECOND, host, "/s", address, action="blocked")
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, day.address(), **STRANGE)
    return [user]


def second_factor_failed(day):
    """The password was right: nobody got in."""
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    for seconds, error in ((90, 50076), (100, 50074), (130, 500121), (180, 53003), (200, 530032)):
        day.signin(user, time + seconds * SECOND, address, error=error, **{**PROXIED, "risk": "medium"})
    return [user]


def signin_ten_minutes_too_late(day):
    return [compromise(day, "zscaler", delay=6 * HOUR + 10 * MINUTE)]


def signin_ten_minutes_too_early(day):
    return [compromise(day, "fortigate", delay=-6 * HOUR - 10 * MINUTE)]


def click_after_the_alerts_window(day):
    return [compromise(day, "zscaler", alert_after=-6 * HOUR - 15 * MINUTE)]


def click_an_hour_before_the_lookback(day):
    user = day.user("paloalto")
    host, address, time = day.lure(), day.address(), day.at()
    created = time + 49 * HOUR
    day.click(user, time, host, "/s", address)
    day.alert(created, [f"https://{host}/s"], user, activity=(created - MINUTE, created))
    day.signin(user, time + MINUTE, address, **PROXIED)
    return [user]


def alert_without_a_url(day):
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, host, "/s", address)
    day.alert(time + MINUTE, [], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def alert_found_to_be_wrong(day):
    """Analysts closed it: a false positive."""
    return [_classified(day, "falsePositive", "notMalicious")]


def phishing_simulation(day):
    """An exercise: closed as expected activity, security testing."""
    return [_classified(day, "informationalExpectedActivity", "securityTesting")]


def _classified(day, classification, determination):
    user = compromise(day, "zscaler")
    day.alerts[-1] |= {"status": "resolved", "classification": classification, "determination": determination}
    return user


def _shared_tenant(day, reached, lure, path):
    user = day.user("zscaler", managed=True)
    address, time = day.address(), day.at()
    day.click(user, time, reached, path, address)
    day.alert(time + MINUTE, [f"https://{lure}{path}"], user)
    day.signin(user, time + 3 * MINUTE, day.address(), **STRANGE)
    return user


def other_tenant_of_a_hoster(day):
    n = day.lures
    day.lures += 1
    return [_shared_tenant(day, f"contoso{n}.{domain}", f"evil{n}.{domain}", "/index.html") for domain in
            ("github.io", "blogspot.com", "z13.web.core.windows.net", "azurewebsites.net", "workers.dev", "netlify.app", "vercel.app", "web.app",
             "weebly.com", "wixsite.com", "r2.dev", "myshopify.com", "herokuapp.com", "sharepoint.com", "s3.amazonaws.com", "blob.core.windows.net",
             "glitch.me", "webflow.io", "firebaseapp.com", "replit.app", "square.site", "wordpress.com", "duckdns.org", "trycloudflare.com", "ngrok-free.app")]


def own_document_on_a_shared_host(day):
    """The lure is a document among documents: others there, the host alone, other files of one's own tenant."""
    users = []
    for host, lure, reached in (("contoso-my.sharepoint.com", "/:b:/g/personal/evil/x1", "/personal/u/Documents/plan.docx"), ("docs.google.com", "/document/d/1aaa/edit", "/document/d/1bbb/edit"),
                                ("drive.google.com", "/file/d/1aaa/view", "/drive/my-drive"), ("forms.office.com", "/r/aaaa", "/r/bbbb"), ("www.dropbox.com", "/s/aaa/x.pdf", "/home"),
                                ("storage.googleapis.com", "/evil/index.html", "/contoso/app.js"), ("s3.amazonaws.com", "/evil/index.html", "/contoso/app.js"), ("github.com", "/evil/kit", "/contoso/app"), ("www.canva.com", "/design/AAA/view", "/design/BBB/view"),
                                ("t.co", "/aaaa", "/bbbb"), ("www.google.com", "/url?q=https://evil.example", "/search?q=x"), ("1drv.ms", "/b/aaa", "/b/bbb"), ("app.box.com", "/s/aa", "/s/bb")):
        user = day.user("zscaler", managed=True)
        time = day.at()
        day.click(user, time, host, reached, day.address())
        day.alert(time + MINUTE, [f"https://{host}{lure}{day.lures}"], user)
        day.signin(user, time + 3 * MINUTE, day.address(), **STRANGE)
        users.append(user)
    return users


def big_site_with_one_bad_page(day):
    """Everybody reads it; one page of it was compromised. Another page there, and a journey abroad without the laptop."""
    host, address, time = day.lure("www"), day.address(), day.at(12)
    for number in range(30):
        day.click(day.users[(number * 37) % len(day.users)], time - 4 * DAY + number * 45 * MINUTE, host, f"/news/{number}", address)
    day.alert(time + HOUR, [f"https://{host}/wp-content/uploads/login.html"], None, mail=True)
    user = day.user("zscaler", managed=True)
    day.click(user, time, host, "/news/today", address)
    day.signin(user, time + 8 * MINUTE, day.address(), **STRANGE)
    return [user]


def journey_with_the_laptop(day):
    user = day.user("fortigate", managed=True)
    return [compromise(day, user=user, from_address=day.address(), delay=5 * MINUTE, signin=dict(device=user.device_id, country="US", asn=64581))]


def journey_with_a_new_managed_laptop(day):
    user = day.user("zscaler", managed=True)
    compromise(day, user=user, from_address=day.address(), delay=5 * MINUTE,
               signin=dict(device=f"d9{user.number:06d}-0000-4000-8000-000000000000", country="US", asn=64581, system="MacOs", browser="Safari 18.0"))
    day.signins[-1]["deviceDetail"] |= {"isManaged": True, "isCompliant": True, "trustType": "Azure AD joined"}
    return [user]


def vpn_of_another_country(day):
    """A consumer VPN on the usual, unregistered machine: a new country, the same client."""
    user = day.user("paloalto", managed=False)
    return [compromise(day, user=user, from_address=day.address(), delay=15 * MINUTE, signin=dict(device="", country="NL", asn=64582))]


def phone_on_the_way_home(day):
    user = day.user("paloalto", managed=True)
    return [compromise(day, user=user, from_address=day.address(), delay=20 * MINUTE, signin={**PHONE, "country": "DE", "asn": 64511})]


def home_in_the_evening(day):
    user = day.user("checkpoint", managed=False)
    home = day.address()
    for back in (4, 3, 1):
        day.signin(user, day.at(20) - back * DAY, home, **HOME)
    return [compromise(day, user=user, hour=15, from_address=home, delay=5 * HOUR, signin={**HOME, "device": ""})]


def office_address_that_the_page_lies_beside(day):
    """The provider's /24 holds the company's way out and the lure; the user signs in from there daily."""
    network = day.network()
    user = day.user("zscaler")
    for back in (4, 3, 2, 1):
        day.signin(user, day.at(8) - back * DAY, network + "20", asn=64500, country="DE")
    return [compromise(day, user=user, address=network + "99", from_address=network + "20", signin=dict(asn=64500, country="DE", device=user.device_id))]


def behind_one_cdn_address(day):
    """Lure and way out are both of the shared range, even the same address."""
    user = day.user("zscaler", managed=False)
    return [compromise(day, user=user, address="198.51.100.235", from_address="198.51.100.235", signin=dict(device="", country="DE", asn=13335))]


def microsoft_signs_in_for_the_user(day):
    addresses = ["20.190.159.3", "40.126.32.140", "52.108.4.9", "2603:1026:3000:c8::5", "52.98.10.7"]
    return [compromise(day, "zscaler", from_address=address, signin=dict(kind="nonInteractiveUser", device="", country="NL", asn=8075, risk="none")) for address in addresses]


def gateways_open_the_link(day):
    """Microsoft's, Proofpoint's, Mimecast's and Barracuda's machines, logged as the user's rows."""
    users = []
    for source in ("40.94.28.7", "104.47.11.126", "52.102.3.4", "67.231.157.4", "91.220.42.201", "205.139.110.61", "209.222.82.5"):
        users.append(compromise(day, "zscaler", src=source, egress=source, from_address=day.address(), signin={**STRANGE}))
    return users


def sandbox_programs_open_the_link(day):
    agents = ("python-requests/2.31", "curl/8.4.0", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "Go-http-client/1.1",
              "Mozilla/5.0 (Windows NT 10.0) BarracudaCentral", "Mozilla/5.0 (X11; Linux) HeadlessChrome/119.0", "WhatsApp/2.23", "SkypeUriPreview Preview/0.5")
    return [compromise(day, "zscaler", agent=agent, from_address=day.address(), signin={**STRANGE}) for agent in agents]


def add_in_opens_every_link(day):
    """All the links of a mail on one host within two seconds, and again hours later."""
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at(10)
    for hours in (0, 3):
        for number in range(6):
            day.click(user, time + hours * HOUR + number // 3 * SECOND, host, f"/l/{number}", address)
    day.alert(time + MINUTE, [f"https://{host}/l/{number}" for number in range(6)], user, mail=True)
    day.signin(user, time + 5 * MINUTE, day.address(), **STRANGE)
    return [user]


def another_user_of_the_machine(day):
    """The device names the one who clicked; from the lure's address his colleague signs in, who saw nothing of it here."""
    clicker, other = day.user("fortigate"), day.user("fortigate")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(clicker, time, host, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], other)
    day.signin(other, time + 5 * MINUTE, address, **PROXIED)
    day.signin(clicker, time + 6 * MINUTE, clicker.egress)
    return [clicker, other]


def link_in_a_query_only(day):
    """A search for the lure's name is no visit."""
    user = day.user("zscaler")
    host, address, time = day.lure(), day.address(), day.at()
    day.click(user, time, "search.example.net", f"/search?q=https://{host}/s", address)
    day.alert(time + MINUTE, [f"https://{host}/s"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def spoofed_wrapper(day):
    """Its parameter looks like Safe Links', its host is not: the lure is the host itself."""
    user = day.user("zscaler")
    inner, host, address, time = day.lure(), day.lure("safelinks"), day.address(), day.at()
    day.click(user, time, inner, "/s", address)
    day.alert(time + MINUTE, [f"https://{host}/?url=https%3A%2F%2F{inner}%2Fs&data=1&reserved=0"], user)
    day.signin(user, time + 2 * MINUTE, address, **PROXIED)
    return [user]


def alert_names_the_companys_own_site(day):
    """A campaign's mail links the company's portal too, which everybody uses."""
    user = day.user("zscaler", managed=True)
    time = day.at()
    day.click(user, time, "wiki.contoso.com", "/home", "203.0.113.40")
    day.alert(time + MINUTE, [f"https://{day.lure()}/s", "https://wiki.contoso.com/home"], user, mail=True)
    day.signin(user, time + 5 * MINUTE, day.address(), **{**PHONE, "country": "DE", "asn": 64510})
    return [user]


def user_reports_and_admin_looks(day):
    """The security team opens the lure from a machine of its own name and signs in as ever."""
    analyst = day.user("paloalto", managed=True)
    host, time = day.lure(), day.at()
    for minute in range(5):
        day.click(analyst, time + minute * MINUTE, host, f"/s?{minute}", day.address())
    day.alert(time - 10 * MINUTE, [f"https://{host}/s"], None, title="Email reported by user as malware or phish")
    day.signin(analyst, time + 7 * MINUTE, analyst.egress)
    day.signin(analyst, time + 9 * MINUTE, day.address(), device=analyst.device_id, country="IE", asn=64599)
    return [analyst]


def far_hop_of_an_ordinary_visit(day):
    """Ten minutes after the lure he reads a page whose neighbour he signs in from."""
    user = day.user("fortigate")
    lure, network, time = day.lure(), day.network(), day.at()
    day.click(user, time, lure, "/s", day.address())
    day.click(user, time + 10 * MINUTE, day.lure("shop"), "/", network + "4")
    day.alert(time + MINUTE, [f"https://{lure}/s"], user)
    day.signin(user, time + 15 * MINUTE, network + "5", country="DE", device=user.device_id, asn=64534)
    return [user]


def same_client_the_day_before(day):
    """The lure's row names nobody, and the client was the user's only yesterday."""
    owner = day.user("checkpoint")
    host, address, time = day.lure(), day.address(), day.at(12)
    day.click(owner, time - DAY, "www.example.com", "/n", "203.0.113.5")
    day.click(owner, time, host, "/s", address, name="")
    day.alert(time + MINUTE, [f"https://{host}/s"])
    day.signin(owner, time + 2 * MINUTE, day.address(), country="DE", asn=64510, device="")
    return [owner]


CLASSES = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
           and not name.startswith("_")]

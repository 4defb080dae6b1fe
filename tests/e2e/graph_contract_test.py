#!/usr/bin/env python3
"""What the real binary says to Graph, judged by others: Microsoft's OpenAPI document through Prism, and MSAL.

LUREWATCH_PRISM names Stoplight's prism program (else PATH), LUREWATCH_TEST_DATA the folder that holds graph/openapi-*.yaml,
LUREWATCH_MSAL a folder in which npm installed @azure/msal-node. What is missing is skipped, in words.
"""

import base64
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import CLIENT, SECRET, TENANT, FakeGraph, Process, Sensor, binary, free_port, make_day, wait_for  # noqa: E402

DATA = pathlib.Path(os.environ.get("LUREWATCH_TEST_DATA", "/nowhere")) / "graph"
PRISM = os.environ.get("LUREWATCH_PRISM") or shutil.which("prism")
MSAL = os.environ.get("LUREWATCH_MSAL", "")
SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"


def skip(why):
    print("skipped:", why)
    raise unittest.SkipTest(why)


class Router(http.server.BaseHTTPRequestHandler):
    """One address for several judges: each path prefix has its own."""

    protocol_version = "HTTP/1.1"
    routes, seen = {}, []

    def log_message(self, *_):
        pass

    def do_GET(self):
        port = next(port for prefix, port in self.routes.items() if self.path.startswith(prefix))
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=180)
        upstream.request("GET", self.path, headers={key: value for key, value in self.headers.items() if key.lower() != "host"})
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        self.seen.append((self.path, answer.status, answer.getheader("sl-violations"), body if answer.status >= 400 else b""))
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Prism(unittest.TestCase):
    def setUp(self):
        if not PRISM:
            skip("Stoplight's prism is missing: npm install @stoplight/prism-cli@5.14.2, LUREWATCH_PRISM=.../prism")
        if not (DATA / "openapi-strict.yaml").exists():
            skip("LUREWATCH_TEST_DATA has no graph/openapi-strict.yaml")
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        self.directory = pathlib.Path(folder.name)

    def prism(self, document, version, upstream):
        """The port of a validating proxy in front of `upstream`; its paths begin with the version, like the real ones."""
        text = re.sub(r"^  /", f"  /{version}/", (DATA / document).read_text(), flags=re.M)
        path = self.directory / document
        path.write_text(text)
        port = free_port()
        process = Process([PRISM, "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port), path, upstream],
                          self.directory / f"prism-{version}.log", stdin=subprocess.DEVNULL)
        drain = threading.Thread(target=lambda: [None for _ in process.process.stdout], daemon=True)
        drain.start()
        self.addCleanup(process.end)

        def answers():
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/{version}/auditLogs/signIns?$top=1", timeout=120)
            except urllib.error.HTTPError:
                return True
            except OSError:
                return False
            return True

        wait_for(f"prism serves {document}", answers, 240)
        return port

    def test_a_full_cycle_of_polling_paging_throttling_and_renewal_breaks_no_rule_of_the_contract(self):
        make_day(self.directory, benign=20)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        graph = FakeGraph(self.directory, "--alerts", self.directory / "alerts.json", "--signins", self.directory / "signins.json",
                          "--page-size", "5", "--token-lifetime", "8", "--public-url", url)
        self.addCleanup(graph.end)
        Router.routes = {"/v1.0/": self.prism("openapi-strict.yaml", "v1.0", graph.url)}
        beta = (DATA / "openapi-beta-signins.yaml").exists()
        Router.routes["/beta/"] = (self.prism("openapi-beta-signins.yaml", "beta", graph.url) if beta
                                   else int(graph.url.rpartition(":")[2]))
        Router.seen = []
        server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Router)
        server.daemon_threads = True
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)

        bad = urllib.request.Request(f"{url}/v1.0/security/alerts_v2?$top=5000", headers={"Authorization": "Bearer x"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(bad, timeout=120)
        self.assertIn(b"top", refused.exception.read())
        self.assertIn(refused.exception.code, (400, 422, 500))
        # Nor does it let an answer pass that is none: otherwise its silence below would prove nothing.
        form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET, "scope": "x/.default"}
        with urllib.request.urlopen(f"{graph.url}/{TENANT}/oauth2/v2.0/token", urllib.parse.urlencode(form).encode()) as answer:
            token = json.load(answer)["access_token"]
        for path in ("/v1.0/security/alerts_v2", "/v1.0/auditLogs/signIns", *(["/beta/auditLogs/signIns"] if beta else [])):
            graph.control("fault", {"path": path, "kind": "garbage", "type": "application/json", "body": '{"value":[{"id":5}]}'})
            with self.assertRaises(urllib.error.HTTPError, msg=path) as refused:
                urllib.request.urlopen(urllib.request.Request(f"{url}{path}?$top=1", headers={"Authorization": f"Bearer {token}"}))
            self.assertEqual(500, refused.exception.code)
        Router.seen.clear()

        sensor = Sensor(binary(), self.directory, url)
        sensor.config.write_text(sensor.config.read_text().replace(f'authority = "{url}"', f'authority = "{graph.url}"'))
        sensor.start()
        self.addCleanup(lambda: sensor.daemon.process.poll() is None and sensor.stop())
        feeds = lambda: sensor.status()["graph"]
        wait_for("both feeds polled", lambda: all(feeds()[name]["polls"] >= 1 for name in ("alerts", "signins")), 240)
        graph.control("fault", {"path": "/v1.0/security", "kind": "status", "status": 429, "retry_after": 1, "code": "TooManyRequests",
                                "message": "Too many requests"})
        wait_for("the throttling is counted", lambda: feeds()["alerts"]["throttled"] == 1, 120)
        before = feeds()["alerts"]["polls"]
        time.sleep(9)
        wait_for("polls go on with a new token", lambda: feeds()["alerts"]["polls"] > before + 1, 120)
        self.assertEqual(0, sensor.stop())
        tokens = [seen for seen in graph.control("requests") if seen["path"].endswith("/oauth2/v2.0/token")]
        self.assertGreaterEqual(len(tokens), 2)
        broken = [entry for entry in Router.seen if entry[2] or (entry[1] >= 400 and entry[1] != 429)]
        self.assertEqual([], broken[:3])
        paths = {path.partition("?")[0] for path, *_ in Router.seen}
        self.assertEqual({"/v1.0/security/alerts_v2", "/v1.0/auditLogs/signIns", "/beta/auditLogs/signIns"}, paths)
        self.assertTrue(any("skiptoken" in path for path, *_ in Router.seen))
        self.assertIn(429, {status for _, status, *_ in Router.seen})


def part(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Msal(unittest.TestCase):
    def test_the_token_request_has_field_by_field_what_microsofts_library_sends(self):
        if not MSAL or not shutil.which("node"):
            skip("LUREWATCH_MSAL names no folder with @azure/msal-node, or node is missing")
        folder = tempfile.TemporaryDirectory(prefix="lurewatch-e2e-")
        self.addCleanup(folder.cleanup)
        directory = pathlib.Path(folder.name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "app.key", "-out",
                        directory / "app.pem", "-days", "60", "-subj", "/CN=test"], check=True, capture_output=True)
        (directory / "app.key").chmod(0o600)
        theirs = json.loads(subprocess.run(["node", SUPPORT / "msal_request.js", MSAL, directory / "app.pem", directory / "app.key",
                                            CLIENT, TENANT], check=True, capture_output=True).stdout)
        graph = FakeGraph(directory, "--certificate", directory / "app.pem")
        self.addCleanup(graph.end)
        sensor = Sensor(binary(), directory, graph.url)
        sensor.config.write_text(sensor.config.read_text().replace(
            f'client_secret_file = "{directory}/graph-client-secret"',
            f'certificate_file = "{directory}/app.pem"\nprivate_key_file = "{directory}/app.key"'))
        code, out, error = sensor.command("check", "--connect")
        self.assertEqual(0, code, out + error)
        ours = next(seen for seen in graph.control("requests") if seen["path"].endswith("/token"))
        # What MSAL adds for its own statistics means nothing to Entra.
        fields = {key: value for key, value in theirs["form"].items() if not key.startswith(("x-client-", "x-ms-", "client-request-id",
                                                                                             "client_info"))}
        self.assertEqual(set(fields), set(ours["form"]))
        for key in fields:
            if key not in ("client_assertion", "scope"):
                self.assertEqual(fields[key], ours["form"][key], key)
        self.assertEqual(f"{graph.url}/.default", ours["form"]["scope"])
        self.assertIn("https://graph.microsoft.com/.default", fields["scope"])
        (their_head, their_claims, _), (our_head, our_claims, _) = (text.split(".") for text in
                                                                    (fields["client_assertion"], ours["form"]["client_assertion"]))
        for key, value in part(their_head).items():
            self.assertEqual(value, part(our_head)[key], key)
        their_claims, our_claims = part(their_claims), part(our_claims)
        self.assertEqual(set(their_claims) | {"iat"}, set(our_claims) | {"iat"})
        for key in ("iss", "sub"):
            self.assertEqual(their_claims[key], our_claims[key])
        self.assertEqual(their_claims["exp"] - their_claims["nbf"], our_claims["exp"] - our_claims["nbf"])
        self.assertEqual(theirs["url"].partition("?")[0].replace("https://login.microsoftonline.com", graph.url), our_claims["aud"])
        self.assertEqual(their_claims["aud"].replace("https://login.microsoftonline.com", graph.url), our_claims["aud"])


if __name__ == "__main__":
    unittest.main()

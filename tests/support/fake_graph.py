#!/usr/bin/env python3
"""A small stateful stand-in for Microsoft Graph and the Entra token endpoint, for tests and the demo.

It serves, over HTTP or TLS, with the standard library alone:

  POST /{tenant}/oauth2/v2.0/token      client credentials with a secret, or with an assertion (--certificate; its
                                        signature is checked by the openssl command line)
  GET  /v1.0/security/alerts_v2         $filter $orderby $top $skip (at most 500); no nextLink unless --alerts-next-link
  GET  /v1.0/auditLogs/signIns          interactive rows alone; pages by @odata.nextLink
  GET  /beta/auditLogs/signIns          the same, or what signInEventTypes/any(...) asks for
  GET  /v1.0/users/delta                all users, then what changed since a deltaLink
  GET  /metadata/identity/oauth2/token  a managed identity: Azure's, or Azure Arc's challenge with --arc-keys

The control side needs no token:

  POST   /_control/alerts    add alerts: one record, an array, {"value": [...]} or JSON lines
  POST   /_control/signins   add sign-ins; a record with a known id replaces the old one
  POST   /_control/users     add users; {"id": ..., "@removed": {...}} removes one
  POST   /_control/poison    {"id": "a5"}: each page that holds this record is broken JSON from there on; {} ends that
  POST   /_control/fault     {"path": "/v1.0/security", "kind": "status", "status": 429, "times": 2, "retry_after": 1}
                             kinds: status, reset ("stage": "request", "header" or "body"), half_body, slow (seconds),
                             slow_body (seconds between pieces), garbage, partial (206), next_link (url), loop,
                             empty (a page without rows, and the real one behind its nextLink);
                             "after": n lets the first n matching requests pass
  GET    /_control/fault     the faults that are still to come
  POST   /_control/revoke    every token issued so far is refused from now on
  GET    /_control/requests  what was asked: method, path, query, headers without secrets
  DELETE /_control/requests  forget them

It prints "listening on HOST:PORT" once it accepts connections and ends on SIGTERM. Example:

  fake_graph.py --port 8080 --alerts alerts.jsonl --signins signins.jsonl --rebase 2026-08-20T09:45:00Z
"""

import argparse
import base64
import calendar
import gzip
import hashlib
import json
import os
import re
import secrets
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_SKIP = 500
MAX_BODY_BYTES = 64 << 20
TICKS = 10_000_000  # a stamp of Graph has up to seven fraction digits
STAMP = re.compile(r"^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$")
COMPARE = {
    "eq": lambda a, b: a == b, "ge": lambda a, b: a >= b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "lt": lambda a, b: a < b,
}
ALERT_FILTERS = {"assignedTo", "classification", "determination", "createdDateTime", "lastUpdateDateTime", "severity",
                 "serviceSource", "status"}
SIGNIN_FILTERS = {"createdDateTime", "id", "userPrincipalName", "userId", "ipAddress", "appId", "correlationId",
                  "status/errorCode", "riskState"}
BETA_ONLY = {"signInEventTypes", "authenticationRequirement", "sessionId", "autonomousSystemNumber", "signInIdentifier",
             "uniqueTokenIdentifier", "originalRequestId", "ipAddressFromResourceProvider"}
NEEDS_PREFER = {"microsoftDefenderForCloud", "microsoftSentinel", "microsoftInsiderRiskManagement",
                "microsoftThreatIntelligence", "microsoftSecurityForAI"}


class GraphError(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def ticks_of(text):
    """The stamp as 100 ns since 1970, or None when `text` is no stamp."""
    match = STAMP.match(text) if isinstance(text, str) else None
    if not match:
        return None
    seconds = calendar.timegm(tuple(int(part) for part in match.groups()[:6]))
    return seconds * TICKS + int((match.group(7) or "").ljust(7, "0")[:7])


def stamp_of(ticks):
    seconds, fraction = divmod(ticks, TICKS)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return text + (f".{fraction:07d}".rstrip("0") if fraction else "") + "Z"


def newest_ticks(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return max((newest_ticks(item) for item in value), default=0)
    return ticks_of(value) or 0


def shifted(value, offset):
    if isinstance(value, dict):
        return {key: shifted(item, offset) for key, item in value.items()}
    if isinstance(value, list):
        return [shifted(item, offset) for item in value]
    ticks = ticks_of(value)
    return value if ticks is None else stamp_of(ticks + offset)


def records_of(text):
    """Records of a JSON page, an array, one record, or any number of these one after the other."""
    records, decoder, at = [], json.JSONDecoder(), 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return records
        value, at = decoder.raw_decode(text, at)
        if isinstance(value, dict) and isinstance(value.get("value"), list):
            value = value["value"]
        records.extend(value if isinstance(value, list) else [value])


def property_of(record, path):
    for name in path.split("/"):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def literal_of(text):
    if re.fullmatch(r"'(?:[^']|'')*'", text):
        return text[1:-1].replace("''", "'")
    ticks = ticks_of(text)
    if ticks is not None:
        return ticks
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    raise GraphError(400, "BadRequest", "Invalid filter clause")


def event_types(record):
    types = record.get("signInEventTypes")
    return types or (["nonInteractiveUser"] if record.get("isInteractive") is False else ["interactiveUser"])


def clause(text, allowed, with_event_types):
    any_of = re.fullmatch(r"signInEventTypes/any\((\w+)\s*:\s*\1 eq '(\w+)'\)", text)
    if any_of and with_event_types:
        return lambda record: any_of.group(2) in event_types(record)
    parts = re.fullmatch(r"([\w/]+) (eq|ge|le|gt|lt) (.+)", text)
    if not parts or parts.group(1) not in allowed:
        raise GraphError(400, "BadRequest", "Invalid filter clause")
    name, compare, wanted = parts.group(1), COMPARE[parts.group(2)], literal_of(parts.group(3))

    def matches(record):
        value = property_of(record, name)
        ticks = ticks_of(value)
        value = value if ticks is None else ticks
        try:
            return compare(value, wanted)
        except TypeError:
            return False

    return matches


def filter_of(text, allowed, with_event_types=False):
    clauses = [clause(part.strip(), allowed, with_event_types)
               for part in re.split(r"(?i)\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)", text.strip())] if text else []
    return lambda record: all(matches(record) for matches in clauses)


def ordered(records, orderby, allowed):
    name, _, direction = (orderby or "createdDateTime desc").partition(" ")
    if name not in allowed or direction not in ("", "asc", "desc"):
        raise GraphError(400, "BadRequest", "Invalid orderby clause")
    records.sort(key=lambda record: (ticks_of(property_of(record, name)) or 0, record.get("id", "")),
                 reverse=direction == "desc")
    return records


def whole_number(query, name, default, low, high, message):
    try:
        value = int(query.get(name, default))
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise GraphError(400, "", message.format(query.get(name)))
    return value


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Application:
    """The certificate that is registered: judges assertions as Entra does. None, or (AADSTS number, sentence)."""

    def __init__(self, path):
        self.path, self.seen = path, set()
        pem = open(path, encoding="ascii").read()
        der = base64.b64decode(re.search("-----BEGIN CERTIFICATE-----(.*?)-----END", pem, re.S).group(1))
        self.thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()

    def judge(self, assertion, audience, client_id, now):
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(unpadded(head)), json.loads(unpadded(body))
        except ValueError:
            return 50027, "The assertion can't be read."
        if header.get("alg") != "PS256" or header.get("x5t#S256") != self.thumbprint:
            return 700027, "The certificate with identifier used to sign the client assertion is not registered."
        if not self.signed(f"{head}.{body}".encode(), unpadded(signature)):
            return 50012, "Authentication failed: the signature of the assertion is wrong."
        if claims.get("iss") != client_id or claims.get("sub") != client_id or claims.get("aud") != audience:
            return 700021, "Issuer, subject or audience of the assertion is wrong."
        if not claims["nbf"] - 300 <= now <= claims["exp"] + 300 or claims["exp"] - claims["nbf"] > 600:
            return 700024, "Client assertion is not within its valid time range."
        if claims.get("jti") in self.seen or len(claims.get("jti", "")) < 16:
            return 50013, "The assertion was used before."
        self.seen.add(claims["jti"])
        return None

    def signed(self, text, signature):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in (("text", text), ("signature", signature)):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(data)
            key = subprocess.run(["openssl", "x509", "-in", self.path, "-pubkey", "-noout"], capture_output=True).stdout
            with open(os.path.join(folder, "key"), "wb") as file:
                file.write(key)
            verify = ["openssl", "dgst", "-sha256", "-verify", "key", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                      "rsa_pss_saltlen:32", "-signature", "signature", "text"]
            return subprocess.run(verify, cwd=folder, capture_output=True).returncode == 0


class Tenant:
    """Everything the server knows; every method may be called from any thread."""

    def __init__(self, options):
        self.options = options
        self.lock = threading.RLock()
        self.alerts, self.signins, self.users = {}, {}, {}
        self.changes = []  # ids of users in the order of their changes; a delta token is a length of this list
        self.application = Application(options.certificate) if options.certificate else None
        self.poison, self.arc_key = None, secrets.token_hex(16)
        self.tokens, self.skiptokens = {}, {}
        self.faults, self.requests = [], []

    def add(self, feed, records):
        with self.lock:
            for record in records:
                getattr(self, feed)[record.get("id") or secrets.token_hex(8)] = record
                if feed == "users":
                    self.changes.append(record["id"])

    def issue_token(self):
        token = "fake." + secrets.token_urlsafe(24)
        with self.lock:
            self.tokens[token] = time.monotonic() + self.options.token_lifetime
        return token

    def accepts(self, token):
        with self.lock:
            return self.tokens.get(token, 0) > time.monotonic()

    def take_fault(self, path):
        with self.lock:
            for fault in self.faults:
                if not path.startswith(fault.get("path", "/")):
                    continue
                if fault.get("after", 0) > 0:
                    fault["after"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] <= 0:
                    self.faults.remove(fault)
                return dict(fault)
        return None

    def alerts_page(self, query, include_unknown):
        top = min(whole_number(query, "$top", 1000, 1, 10**6, "Invalid $top"), self.options.page_size)
        skip = whole_number(query, "$skip", 0, 0, MAX_SKIP, "$skip={} cannot exceed 500")
        matches = filter_of(query.get("$filter", ""), ALERT_FILTERS)
        with self.lock:
            rows = [record for record in self.alerts.values() if matches(record)]
        rows = ordered(rows, query.get("$orderby"), ALERT_FILTERS)[skip:]
        if not include_unknown:
            rows = [dict(row, serviceSource="unknownFutureValue") if row.get("serviceSource") in NEEDS_PREFER else row
                    for row in rows]
        return rows[:top], rows[top:] if self.options.alerts_next_link else []

    def signins_page(self, query, beta):
        top = min(whole_number(query, "$top", 1000, 1, 1000, "Invalid $top"), self.options.page_size)
        text = query.get("$filter", "")
        matches = filter_of(text, SIGNIN_FILTERS, with_event_types=beta)
        with self.lock:
            rows = [record for record in self.signins.values() if matches(record)]
        if not beta or "signInEventTypes" not in text:
            rows = [row for row in rows if "interactiveUser" in event_types(row)]
        if beta:
            rows = [dict(row, signInEventTypes=event_types(row)) for row in rows]
        else:
            rows = [{key: value for key, value in row.items() if key not in BETA_ONLY} for row in rows]
        rows = ordered(rows, query.get("$orderby"), SIGNIN_FILTERS)
        return rows[:top], rows[top:]

    def users_page(self, query):
        since = whole_number(query, "$deltatoken", 0, 0, len(self.changes), "Badly formed token.")
        top = min(whole_number(query, "$top", 100, 1, 999, "Invalid $top"), self.options.page_size)
        with self.lock:
            rows = [self.users[name] for name in dict.fromkeys(self.changes[since:])]
        if since == 0:
            rows = [row for row in rows if "@removed" not in row]
        return rows[:top], rows[top:]

    def signins_rest(self, value):
        """The rows behind a page's nextLink."""
        token = value.get("@odata.nextLink", "").rpartition("$skiptoken=")[2]
        with self.lock:
            return list(self.skiptokens.get(token, ([],))[0])

    def keep_rest(self, rows, top):
        token = secrets.token_hex(16)
        with self.lock:
            self.skiptokens[token] = (rows, top, time.monotonic() + self.options.skiptoken_lifetime)
        return token

    def continue_page(self, token):
        with self.lock:
            rows, top, expires = self.skiptokens.get(token, ([], 0, 0))
        if expires < time.monotonic():
            raise GraphError(400, "UnknownError", "Token not found: token is either invalid or expired")
        return rows[:top], rows[top:], top


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    wbufsize = -1  # headers and body in one segment
    tenant = None

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self):
        self.handle_request()

    do_POST = do_DELETE = do_GET

    def handle_request(self):
        length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES)
        body = self.rfile.read(length).decode("utf-8", "replace")
        path, _, raw_query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(raw_query, keep_blank_values=True))
        if path.startswith("/_control/"):
            return self.control(path, body)
        self.note(path, query, body)
        fault = self.tenant.take_fault(path)
        kind = fault.get("kind", "status") if fault else None
        if kind == "reset" and fault.get("stage", "request") == "request":
            return self.reset()
        if kind == "slow":
            time.sleep(fault.get("seconds", 5))
        if kind == "garbage":
            return self.answer(200, fault.get("body", "<html>not what you asked for</html>").encode(),
                               fault.get("type", "text/html"))
        if kind == "status":
            return self.fail(fault, path)
        if path == "/metadata/identity/oauth2/token":
            return self.managed_identity(query)
        try:
            status, value = self.serve(path, query, body)
        except GraphError as error:
            status, value = error.status, self.graph_error(error.code, error.message)
        if kind == "partial":
            status = 206
        if kind == "next_link":
            value["@odata.nextLink"] = fault["url"]
        if kind == "loop":
            value["@odata.nextLink"] = self.own_url() + self.path
        if kind == "empty" and status == 200:
            rest = value["value"] + self.tenant.signins_rest(value)
            token = self.tenant.keep_rest(rest, max(1, len(value["value"])))
            value["@odata.nextLink"] = f"{self.own_url()}{path}?$skiptoken={token}"
            value["value"] = []
        reset_in = fault.get("stage", "request") if kind == "reset" else None
        self.answer(status, self.poisoned(json.dumps(value)).encode(), half=kind == "half_body", reset_in=reset_in,
                    pause=fault.get("seconds", 0.1) if kind == "slow_body" else 0)

    def own_url(self):
        return self.tenant.options.public_url or ("https://" if self.server.tls else "http://") + (self.headers.get("Host") or "")

    def poisoned(self, text):
        at = text.find(json.dumps(self.tenant.poison)) if self.tenant.poison else -1
        return text if at < 0 else text[:at] + '"' + '\\' * 3 + '"]}}{{{' + text[at + 1:].replace('"', "")

    def managed_identity(self, query):
        arc = self.tenant.options.arc_keys
        if self.headers.get("Metadata") != "true":
            return self.answer(400, b'{"error":"invalid_request","error_description":"Required metadata header not specified"}')
        if query.get("api-version") != ("2020-06-01" if arc else "2018-02-01") or not query.get("resource"):
            return self.answer(400, b'{"error":"invalid_request","error_description":"Invalid api-version or resource"}')
        if arc:
            path = os.path.join(arc, "challenge.key")
            if self.headers.get("Authorization") != "Basic " + self.tenant.arc_key:
                with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
                    file.write(self.tenant.arc_key)
                return self.answer(401, b"", headers={"WWW-Authenticate": "Basic realm=" + path})
        expires = str(int(time.time() + self.tenant.options.token_lifetime))
        value = {"access_token": self.tenant.issue_token(), "client_id": query.get("client_id", ""), "expires_on": expires,
                 "resource": query["resource"], "token_type": "Bearer"}
        self.answer(200, json.dumps(value).encode())

    def note(self, path, query, body):
        hidden = {"authorization": "(hidden)", "cookie": "(hidden)"}
        headers = {key: hidden.get(key.lower(), value) for key, value in self.headers.items()}
        form = dict(urllib.parse.parse_qsl(body)) if self.command == "POST" else {}
        if "client_secret" in form:
            form["client_secret"] = "(hidden)"
        with self.tenant.lock:
            self.tenant.requests.append(
                {"method": self.command, "path": path, "query": query, "headers": headers, "form": form,
                 "connection": self.client_address[1], "time": time.time()})

    def serve(self, path, query, body):
        if self.command == "POST" and path.endswith("/oauth2/v2.0/token"):
            return self.token(path.split("/")[1], dict(urllib.parse.parse_qsl(body)))
        if self.command != "GET":
            raise GraphError(405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target.")
        scheme, _, bearer = (self.headers.get("Authorization") or "").partition(" ")
        if scheme != "Bearer" or not self.tenant.accepts(bearer):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        alerts, beta = path == "/v1.0/security/alerts_v2", path == "/beta/auditLogs/signIns"
        users = path == "/v1.0/users/delta"
        if not alerts and not beta and not users and path != "/v1.0/auditLogs/signIns":
            raise GraphError(404, "BadRequest", f"Resource not found for the segment '{path.rsplit('/', 1)[-1]}'.")
        if "$skiptoken" in query:
            page, rest, top = self.tenant.continue_page(query["$skiptoken"])
        elif users:
            if "$deltatoken" in query and self.tenant.options.forget_deltas:
                raise GraphError(410, "syncStateNotFound", "The sync state generation is not found.")
            page, rest = self.tenant.users_page(query)
            top = len(page)
        else:
            include = "include-unknown-enum-members" in (self.headers.get("Prefer") or "")
            page, rest = self.tenant.alerts_page(query, include) if alerts else self.tenant.signins_page(query, beta)
            top = len(page)
        version, _, collection = path.strip("/").partition("/")
        base = self.own_url()
        value = {"@odata.context": f"{base}/{version}/$metadata#{collection}"}
        if rest:
            value["@odata.nextLink"] = f"{base}{path}?$top={top}&$skiptoken={self.tenant.keep_rest(rest, top)}"
        elif users:
            value["@odata.deltaLink"] = f"{base}{path}?$deltatoken={len(self.tenant.changes)}"
        value["value"] = page
        return 200, value

    def token(self, tenant, form):
        options = self.tenant.options
        if options.tenant and tenant != options.tenant:
            return 400, self.token_error("invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            return 400, self.token_error("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if form.get("client_id") != options.client_id:
            return 400, self.token_error("unauthorized_client", 700016,
                                         "Application with identifier was not found in the directory.")
        if not form.get("scope", "").endswith("/.default"):
            return 400, self.token_error("invalid_scope", 70011, "The provided value for 'scope' is not valid.")
        if self.tenant.application:
            wrong = (7000218, "The request body must contain client_assertion.")
            if form.get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
                wrong = self.tenant.application.judge(form.get("client_assertion", ""), self.own_url() + self.path,
                                                      options.client_id, time.time() + options.clock_offset)
            if wrong:
                return 401, self.token_error("invalid_client", *wrong)
        elif form.get("client_secret") != options.client_secret:
            return 401, self.token_error("invalid_client", 7000215, "Invalid client secret provided.")
        lifetime = max(1, int(options.token_lifetime))
        return 200, {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime,
                     "access_token": self.tenant.issue_token()}

    def token_error(self, error, number, text):
        trace, correlation = secrets.token_hex(8), self.headers.get("client-request-id") or secrets.token_hex(8)
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
        return {"error": error, "error_codes": [number], "timestamp": stamp, "trace_id": trace,
                "correlation_id": correlation,
                "error_description": f"AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} "
                                     f"Timestamp: {stamp}"}

    def graph_error(self, code, message):
        inner = {"date": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), "request-id": secrets.token_hex(16),
                 "client-request-id": self.headers.get("client-request-id") or ""}
        return {"error": {"code": code, "message": message, "innerError": inner}}

    def fail(self, fault, path):
        status = fault.get("status", 500)
        if path.endswith("/oauth2/v2.0/token"):
            value = self.token_error(fault.get("code", "temporarily_unavailable"), fault.get("number", 90033),
                                     fault.get("message", "A transient error has occurred. Please try again."))
        else:
            value = self.graph_error(fault.get("code", "UnknownError"), fault.get("message", ""))
        headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        self.answer(status, json.dumps(value).encode(), headers=headers)

    def date_time_string(self, timestamp=None):
        return super().date_time_string((time.time() if timestamp is None else timestamp) + self.tenant.options.clock_offset)

    def answer(self, status, body, content_type="application/json", headers=None, half=False, reset_in=None, pause=0):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if self.tenant.options.gzip and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("request-id", secrets.token_hex(16))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if reset_in == "header":
            self.wfile.write(b"".join(self._headers_buffer)[:60])
            self.wfile.flush()
            return self.reset()
        self.end_headers()
        for piece in [body[i:i + 512] for i in range(0, len(body), 512)] if pause else []:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause)
        if not pause:
            self.wfile.write(body[:len(body) // 2] if half or reset_in else body)
        self.wfile.flush()
        if reset_in:
            return self.reset()
        if half:
            self.close_connection = True

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def control(self, path, body):
        tenant, name = self.tenant, path.removeprefix("/_control/")
        try:
            if self.command == "POST" and name in ("alerts", "signins", "users"):
                tenant.add(name, records_of(body))
            elif self.command == "POST" and name == "fault":
                with tenant.lock:
                    tenant.faults.append(json.loads(body))
            elif self.command == "GET" and name == "fault":
                with tenant.lock:
                    return self.answer(200, json.dumps(tenant.faults).encode())
            elif self.command == "POST" and name == "poison":
                tenant.poison = json.loads(body).get("id")
            elif self.command == "POST" and name == "revoke":
                with tenant.lock:
                    tenant.tokens.clear()
            elif name == "requests":
                with tenant.lock:
                    seen = json.dumps(tenant.requests)
                    if self.command == "DELETE":
                        tenant.requests.clear()
                return self.answer(200, seen.encode())
            else:
                return self.answer(404, b'{"error": "no such control"}')
        except ValueError as error:
            return self.answer(400, json.dumps({"error": str(error)}).encode())
        self.answer(200, b"{}")


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    tls = None

    def finish_request(self, request, client_address):
        if self.tls:
            request.settimeout(30)
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if self.tls:
            request.close()

    def handle_error(self, request, client_address):
        pass  # a client that went away or refused our certificate is what tests are about


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0: a free one, printed on standard output (default)")
    parser.add_argument("--alerts", action="append", default=[], metavar="FILE", help="JSON page, array or lines; repeatable")
    parser.add_argument("--signins", action="append", default=[], metavar="FILE", help="the same for sign-ins")
    parser.add_argument("--tenant", default="", help="the one tenant that exists; default: any name does")
    parser.add_argument("--client-id", default="11111111-2222-4333-8444-555555555555", help="default %(default)s")
    parser.add_argument("--client-secret", default="fake-secret", help="default %(default)s")
    parser.add_argument("--certificate", metavar="FILE", help="registered instead of the secret (PEM)")
    parser.add_argument("--arc-keys", metavar="DIRECTORY", help="managed identity as Azure Arc gives it: where the key file is put")
    parser.add_argument("--public-url", default="", help="what links begin with; default: the Host that was asked for")
    parser.add_argument("--gzip", action="store_true", help="pack bodies for those who accept that")
    parser.add_argument("--clock-offset", type=float, default=0, metavar="SECONDS", help="Microsoft's clock against this machine's")
    parser.add_argument("--forget-deltas", action="store_true", help="no deltaLink is known any more")
    parser.add_argument("--token-lifetime", type=float, default=3599, metavar="SECONDS")
    parser.add_argument("--skiptoken-lifetime", type=float, default=3600, metavar="SECONDS")
    parser.add_argument("--page-size", type=int, default=1000, help="the most records of a page, whatever $top says")
    parser.add_argument("--alerts-next-link", action="store_true", help="page alerts by nextLink, as Microsoft's pages say")
    shift = parser.add_mutually_exclusive_group()
    shift.add_argument("--shift-times-to-now", action="store_true", help="move all loaded times: the newest becomes the present")
    shift.add_argument("--rebase", metavar="INSTANT", help="move all loaded times so that INSTANT becomes the present")
    parser.add_argument("--tls-cert", metavar="FILE", help="serve TLS with this certificate chain (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", help="and this private key (PEM)")
    return parser.parse_args()


def load(paths):
    records = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            records.extend(records_of(file.read()))
    return records


def main():
    options = arguments()
    alerts, signins = load(options.alerts), load(options.signins)
    reference = newest_ticks([alerts, signins]) if options.shift_times_to_now else ticks_of(options.rebase)
    if options.rebase and reference is None:
        sys.exit(f"--rebase: '{options.rebase}' is not like 2026-08-20T09:45:00Z")
    offset = time.time_ns() // 100 - reference if reference else 0
    Handler.tenant = Tenant(options)
    Handler.tenant.add("alerts", shifted(alerts, offset) if offset else alerts)
    Handler.tenant.add("signins", shifted(signins, offset) if offset else signins)
    server = Server((options.host, options.port), Handler)
    if options.tls_cert:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(options.tls_cert, options.tls_key)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on {options.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass
    server.socket.close()


if __name__ == "__main__":
    main()

"""A TLS front door to the CA: it writes down what goes through and can change the answers.

The CA makes its URLs from the Host header, so everything a client is told leads here again.
Renewal information (RFC 9773) and profiles in the directory are the test's: Debian's Pebble has neither.
"""
import base64
import datetime
import http.client
import http.server
import json
import ssl
import threading
import urllib.request
from collections import namedtuple

from .ports import free_port

Request = namedtuple("Request", "method path protected payload connection")


def _unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _jws(body):
    """(protected, payload) of a flattened JWS; payload None for POST-as-GET or no JWS."""
    try:
        jws = json.loads(body)
        payload = _unb64(jws["payload"])
        return json.loads(_unb64(jws["protected"])), json.loads(payload) if payload else None
    except (ValueError, KeyError, TypeError):
        return None, None


class Reply:
    def __init__(self, status=200, headers=None, body=b""):
        self.status, self.headers, self.body = status, dict(headers or {}), body

    @classmethod
    def json(cls, value, status=200, kind="application/json", **headers):
        return cls(status, {"Content-Type": kind,
                            **{k.replace("_", "-"): str(v) for k, v in headers.items()}},
                   json.dumps(value).encode())

    @classmethod
    def problem(cls, kind, detail, status=400, **headers):
        return cls.json({"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail,
                         "status": status}, status, "application/problem+json", **headers)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.upstream = None
        self.server.door.connections += 1
        self.number = self.server.door.connections

    def finish(self):
        if self.upstream:
            self.upstream.close()
        super().finish()

    def handle_all(self):
        door = self.server.door
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if door.see_headers:
            door.see_headers(self.headers)
        protected, payload = _jws(body)
        request = Request(self.command, self.path, protected, payload, self.number)
        door.requests.append(request)
        reply = door.before(request)
        if reply is None:
            reply = door.after(request, self.forward(body))
        self.answer(reply)

    do_GET = do_POST = do_HEAD = handle_all

    def forward(self, body):
        if self.upstream is None:
            door = self.server.door
            self.upstream = http.client.HTTPSConnection(
                "localhost", door.pebble.port, context=door.client_context, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        skip = {"content-length", "connection", "transfer-encoding", "date"}
        kept = {k: v for k, v in answer.getheaders() if k.lower() not in skip | {"link"}}
        reply = Reply(answer.status, kept, answer.read())
        reply.links = answer.msg.get_all("Link") or []
        return reply

    def answer(self, reply):
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        for link in getattr(reply, "links", []):
            self.send_header("Link", link)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, *args):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        """A client that hangs up (killed by a test) is not news."""


class Door:
    """requests: every Request in order. connections: how many were accepted.

    before_hook: function(Request) -> Reply or None; a Reply is sent instead of asking Pebble.
    after_hook: function(Request, Reply), called with Pebble's answer before it is sent; may change it.
    ari: None, or a function(certificate id) -> Reply. meta: added to the directory's meta.
    see_headers: function(headers), called for each request.
    """

    def __init__(self, pebble):
        self.pebble, self.requests, self.connections = pebble, [], 0
        self.ari, self.meta, self.before_hook, self.after_hook, self.see_headers = None, {}, None, None, None
        self.port = free_port()
        self.client_context = ssl.create_default_context(cafile=str(pebble.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pebble.directory / "tls-cert.pem",
                                pebble.directory / "tls-key.pem")
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.door = self
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    # What a Program needs to know about its CA.
    ca_file = property(lambda self: self.pebble.ca_file)
    parallel = property(lambda self: getattr(self.pebble, "parallel", False))
    http_port = property(lambda self: self.pebble.http_port)
    rejects_nonces = property(lambda self: self.pebble.rejects_nonces)
    dns = property(lambda self: self.pebble.dns)
    root = property(lambda self: self.pebble.root)

    @property
    def url(self):
        return f"https://localhost:{self.port}{self.at('directory')}"

    def at(self, resource):
        """The path of one of the CA's resources; of those that have ids, the part before."""
        return self.pebble.paths[resource]

    def before(self, request):
        if self.ari and request.path.startswith("/ari/"):
            return self.ari(request.path.removeprefix("/ari/"))
        return self.before_hook(request) if self.before_hook else None

    def after(self, request, reply):
        if self.after_hook:
            self.after_hook(request, reply)
        if request.path != self.at("directory") or reply.status != 200:
            return reply
        directory = json.loads(reply.body)
        directory.pop("renewalInfo", None)
        directory["meta"].pop("profiles", None)
        directory["meta"].update(self.meta)
        if self.ari:
            directory["renewalInfo"] = f"https://localhost:{self.port}/ari"
        reply.body = json.dumps(directory).encode()
        return reply

    def fresh_nonce(self):
        """A nonce from Pebble, for answers that are made here."""
        request = urllib.request.Request(
            f"https://localhost:{self.pebble.port}{self.at('newNonce')}", method="HEAD")
        with urllib.request.urlopen(request, timeout=10, context=self.client_context) as answer:
            return answer.headers["Replay-Nonce"]

    def orders(self):
        """The payloads of all newOrder requests; one repeated after badNonce counts once."""
        seen = []
        for r in self.requests:
            if r.path == self.at("newOrder") and r.payload not in seen:
                seen.append(r.payload)
        return seen

    def paths(self, prefix=""):
        return [r.path for r in self.requests if r.path.startswith(prefix)]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def ari_window(start_days, end_days, retry_after=21600, **more):
    """A renewal information answer; the window is given in days from now."""
    now = datetime.datetime.utcnow().replace(microsecond=0)
    window = {k: (now + datetime.timedelta(days=d)).isoformat() + "Z"
              for k, d in (("start", start_days), ("end", end_days))}
    return Reply.json({"suggestedWindow": window, **more}, Retry_After=retry_after)

"""A web server, and a TLS server, that do what they were told to, and remember what they were asked.

What to do with a connection is a function of a Visit. `tokens` is the plain way: the text of a token's file.
"""
import contextlib
import re
import socket
import ssl
import struct
import threading
import time

WELL_KNOWN = "/.well-known/acme-challenge/"


class Visit:
    """One connection; of HTTP the request that was read from it."""

    def __init__(self, connection, peer, tls=None):
        self.connection, self.peer, self.tls = connection, peer, tls
        self.at = connection.getsockname()[0]
        self.method = self.target = self.path = self.host = None
        self.headers, self.raw = {}, b""
        self.agreed = threading.Event()

    def agreement(self):
        """What TLS agreed on. The other side may be done with its handshake, and judge, before we are with ours."""
        assert self.agreed.wait(60), "no handshake came to its end"
        return self.tls

    @property
    def agent(self):
        return self.headers.get("user-agent", "")

    @property
    def token(self):
        return self.path.rpartition("/")[2]

    def read_request(self):
        while b"\r\n\r\n" not in self.raw:
            data = self.connection.recv(4096)
            if not data:
                return False
            self.raw += data
        lines = self.raw.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
        self.method, self.target, _ = lines[0].split(" ", 2)
        self.path = self.target.partition("?")[0]
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.host = self.headers.get("host", "")
        return True

    def send(self, data):
        self.connection.sendall(data)

    def __repr__(self):
        return f"{self.peer[0]} {self.method} {self.host} {self.target} {self.headers}"


def eventually(true, seconds=60):
    """Fakes work in threads of their own: what they saw may come a little later."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def response(status=200, body=b"", **headers):
    """The bytes of an HTTP answer; header names with _ for -."""
    body = body if isinstance(body, bytes) else body.encode()
    headers = {"Content-Length": len(body), "Connection": "close",
               **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v is not None)
    return f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode("latin-1") + body


def redirect(location, status=302, body=b""):
    return response(status, body, Location=location)


# What a script may do with a visit instead of returning bytes.

def stall(seconds=30):
    """Says nothing until the other side gives up."""
    def act(visit):
        visit.connection.settimeout(seconds)
        while visit.connection.recv(4096):
            pass
    return act


def hang_up(visit):
    """Closes with nothing said."""


def reset(after=b""):
    def act(visit):
        if after:
            visit.send(after)
            time.sleep(0.05)
        visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        visit.connection.close()
    return act


def endless(visit):
    """A body without end; visit.sent tells how much of it was taken."""
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    visit.sent = 0
    with contextlib.suppress(OSError):
        while visit.sent < 64 * 1024 * 1024:
            visit.send(b"x" * 4096)
            visit.sent += 4096


class Server:
    """One port on several addresses; `script` is called with each Visit, in a thread of its own."""

    def __init__(self, port, hosts):
        self.port, self.visits, self.accepted = port, [], 0
        self.lock, self.listeners = threading.Lock(), {}
        for host in hosts:
            self.open(host)

    def open(self, host):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, self.port), family=family, backlog=64)
        self.listeners[host] = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def shut(self, host):
        listener = self.listeners.pop(host)
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    @contextlib.contextmanager
    def refusing(self, host):
        """Nobody listens at one of the addresses for a while."""
        self.shut(host)
        try:
            yield
        finally:
            self.open(host)

    def _accept(self, listener):
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            with self.lock:
                self.accepted += 1
            threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()

    def _serve(self, connection, peer):
        with contextlib.suppress(OSError, ValueError):
            try:
                connection.settimeout(30)
                self.serve(connection, peer)
            finally:
                connection.close()

    def remember(self, visit):
        with self.lock:
            self.visits.append(visit)

    def clear(self):
        with self.lock:
            self.visits.clear()
            self.accepted = 0
        self.forget()

    def close(self):
        for host in list(self.listeners):
            self.shut(host)


class FakeWeb(Server):
    """HTTP. tls: an ssl.SSLContext makes it an HTTPS server.

    at_accept: what to do before anything is read. routes: {pattern of "host/path": script}; the first that matches is used.
    A script is the bytes to send, or a function of the visit that returns them or None when it has done all itself.
    """

    def __init__(self, port, hosts, tls=None):
        self.tls = tls
        self.forget()
        super().__init__(port, hosts)

    def forget(self):
        self.at_accept, self.routes, self.tokens = None, [], {}

    def route(self, pattern, script):
        self.routes.append((re.compile(pattern), script))

    def serve(self, connection, peer):
        if self.at_accept:
            return self._act(self.at_accept, Visit(connection, peer))
        facts = None
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
            facts = {"sni": getattr(connection, "asked_sni", None), "version": connection.version(),
                     "alpn": connection.selected_alpn_protocol()}
        with connection:
            visit = Visit(connection, peer, facts)
            if visit.read_request():
                self.remember(visit)
                self._act(self._script(visit), visit)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)

    def _script(self, visit):
        for pattern, script in self.routes:
            if pattern.search(visit.host + visit.target):
                return script
        if visit.path.startswith(WELL_KNOWN) and visit.token in self.tokens:
            return response(200, self.tokens[visit.token])
        return response(404, "nothing here\n")

    @staticmethod
    def _act(script, visit):
        data = script(visit) if callable(script) else script
        if data:
            visit.send(data)


class FakeTls(Server):
    """tls-alpn-01. certificates: {name asked for by SNI, or "": (certificate chain and key file, options)}.

    at_accept as in FakeWeb. A Visit's tls has the SNI and what was negotiated.
    """

    def __init__(self, port, hosts):
        self.forget()
        super().__init__(port, hosts)

    def forget(self):
        self.at_accept, self.context = None, None

    def serve(self, connection, peer):
        visit = Visit(connection, peer, {"sni": None, "alpn": None, "offered": None})
        self.remember(visit)
        if self.at_accept:
            return FakeWeb._act(self.at_accept, visit)
        if not self.context:
            return None

        def saw_sni(_, name, __):
            visit.tls["sni"] = name

        self.context.sni_callback = saw_sni
        tls = self.context.wrap_socket(connection, server_side=True)
        visit.tls.update(alpn=tls.selected_alpn_protocol(), version=tls.version())
        visit.agreed.set()
        with tls, contextlib.suppress(OSError):
            visit.data = tls.recv(100)
        return None


def tls_context(pem, alpn=("acme-tls/1",), minimum=None, maximum=None):
    """pem: a file with chain and key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = minimum or ssl.TLSVersion.TLSv1
    if maximum:
        context.maximum_version = maximum
    context.load_cert_chain(pem)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def alert(code):
    """A fatal TLS alert instead of a handshake."""
    def act(visit):
        visit.connection.recv(4096)
        return b"\x15\x03\x03\x00\x02\x02" + bytes([code])
    return act


class BlackHole:
    """A port that never finishes a connection: its queue is full, so that SYNs are dropped."""

    def __init__(self, port, host):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(0)
        self.waiting = []
        for _ in range(4):
            s = socket.socket(family, socket.SOCK_STREAM)
            s.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                s.connect((host, port))
            self.waiting.append(s)

    def close(self):
        for s in [*self.waiting, self.listener]:
            s.close()

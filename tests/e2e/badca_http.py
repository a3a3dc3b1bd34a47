"""An HTTPS server on raw sockets for the scripted bad CA.

What goes to the client is a list of pieces: bytes, or one of the actions CUT, RESET, Wait. So an
answer can lie about its length, stop anywhere and never end; nothing here corrects it.
"""
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field

REASONS = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 403: "Forbidden",
           404: "Not Found", 405: "Method Not Allowed", 429: "Too Many Requests",
           500: "Internal Server Error", 503: "Service Unavailable"}
MAX_REQUEST = 256 * 1024


class Action:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


CUT = Action("CUT")        # close the connection (FIN, no TLS close_notify)
RESET = Action("RESET")    # close it with a TCP RST


class Below(bytes):
    """A piece that goes into the socket below TLS."""


@dataclass
class Wait:
    """Say nothing for so long."""
    seconds: float


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes


@dataclass
class Reply:
    """pieces: what to send instead of the status line, headers and body."""
    status: int = 200
    headers: list = field(default_factory=list)
    body: bytes = b""
    pieces: object = None
    head: bool = False

    def get(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def drop(self, name):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]

    def set(self, name, value):
        self.drop(name)
        self.headers.append((name, value))

    def status_line(self):
        return f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}\r\n".encode()

    def fields(self, length=True):
        """The header block with its last empty line."""
        lines = list(self.headers)
        if length and self.status != 204:
            lines.append(("Content-Length", str(len(self.body))))
        return b"".join(f"{k}: {v}\r\n".encode("utf-8", "surrogateescape")
                        for k, v in lines) + b"\r\n"

    def wire(self):
        if self.pieces is not None:
            return self.pieces
        body = [] if self.head or self.status == 204 else [self.body]
        return [self.status_line() + self.fields(), *body]


def read_head(stream):
    head = b""
    while b"\r\n\r\n" not in head:
        data = stream.recv(65536)
        if not data or len(head) > MAX_REQUEST:
            return None, b""
        head += data
    return head.split(b"\r\n\r\n", 1)


def read_request(stream):
    """The next request of a connection, None at its end."""
    head, body = read_head(stream)
    if head is None:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {k.strip().lower(): v.strip() for k, v in (x.split(":", 1) for x in lines)}
    length = int(headers.get("content-length", 0))
    while len(body) < length:
        data = stream.recv(65536)
        if not data:
            return None
        body += data
    return Request(method, path, headers, body)


class Connection:
    """One accepted connection; ends when the client, an action or the server's stop says so."""

    def __init__(self, server, sock):
        self.server, self.raw, self.stream = server, sock, sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        try:
            if self.server.before_tls(self):
                return
            self.stream = self.server.context.wrap_socket(self.raw, server_side=True)
            self.serve()
        except OSError:
            pass                                # the client left, as it may
        except Exception as e:
            self.server.faults.append(e)
        finally:
            self.close()

    def serve(self):
        while (request := read_request(self.stream)) is not None:
            if not self.send(self.server.answer(self, request).wire()):
                return

    def send(self, pieces):
        """False when the connection is over."""
        for piece in pieces:
            if piece is CUT:
                return False
            if piece is RESET:
                self.raw_reset()
                return False
            if isinstance(piece, Wait):
                if self.server.stopping.wait(piece.seconds):
                    return False
            elif isinstance(piece, Below):
                self.send_raw(piece)
            else:
                self.stream.sendall(piece)
        return True

    def raw_reset(self):
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def send_raw(self, data):
        """Bytes below TLS."""
        with socket.socket(fileno=socket.dup(self.stream.fileno())) as plain:
            plain.sendall(data)

    def handshake_part(self, count):
        """The first count bytes of the server's side of the handshake, then the end."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        engine = self.server.context.wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(self.raw.recv(65536))
        try:
            engine.do_handshake()
        except ssl.SSLWantReadError:
            pass
        self.raw.sendall(outgoing.read()[:count])

    def close(self):
        for sock in (self.stream, self.raw):
            try:
                sock.close()
            except OSError:
                pass


class Server:
    """Listens on loopback; a thread a connection. Subclasses answer."""

    def __init__(self, cert_file, key_file):
        self.use_certificate(cert_file, key_file)
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.faults = []                        # what went wrong in here, for tests to look at
        threading.Thread(target=self._accept, daemon=True).start()

    def use_certificate(self, cert_file, key_file):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert_file, key_file)

    def _accept(self):
        while not self.stopping.is_set():
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=Connection(self, sock).run, daemon=True).start()

    def stop(self):
        self.stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def before_tls(self, connection):
        """True when the connection is already dealt with."""
        return False

    def answer(self, connection, request):
        raise NotImplementedError


class Trap:
    """A port that nobody must ever talk to: counts who does."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.visits = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with sock:
                sock.settimeout(2)
                try:
                    self.visits.append(sock.recv(4096))
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                except OSError:
                    pass

    def stop(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()


def drip(data, seconds):
    """data byte by byte."""
    for i in range(len(data)):
        yield data[i:i + 1]
        yield Wait(seconds)


def flood(block, total):
    """About total bytes, made as they are sent."""
    for _ in range(total // len(block)):
        yield block

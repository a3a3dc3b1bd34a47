"""A resolver that says what it was told to (UDP and TCP), and remembers who asked what.

zone[(name, type)] is a list of records, an Answer, or a function of the question that returns one of these. What nobody set
is empty (NOERROR without records), so that a walk up the tree ends well. A view is one address of the server: perspectives
ask resolvers of their own and may be told other things.
"""
import collections
import contextlib
import ipaddress
import socket
import struct
import threading
import time

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28, "CAA": 257}
NAMES = {number: name for name, number in TYPES.items()}
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5


RR = collections.namedtuple("RR", "name type data")


class Question:
    def __init__(self, name, kind, view, transport, count):
        self.name, self.type, self.view, self.transport = name, kind, view, transport
        self.count = count  # how often this was asked before, of this view

    def __repr__(self):
        return f"{self.view}/{self.transport} {self.name} {self.type}"


class Answer:
    """records: an RR, or data of the asked name and type. extended: info code and text (RFC 8914).

    truncated: "udp" (all of it comes over TCP) or "always". silent: no answer at all. delay: seconds before it comes.
    """

    def __init__(self, *records, rcode=NOERROR, truncated=None, silent=False, delay=0, extended=None, raw=None):
        self.records, self.rcode, self.truncated = records, rcode, truncated
        self.silent, self.delay, self.extended, self.raw = silent, delay, extended, raw


def servfail(extended=None):
    return Answer(rcode=SERVFAIL, extended=extended)


def caa(tag, value, flags=0):
    value = value if isinstance(value, bytes) else value.encode()
    tag = tag if isinstance(tag, bytes) else tag.encode()
    return bytes([flags, len(tag)]) + tag + value


def encode_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def encode_data(kind, data):
    if isinstance(data, bytes) and kind != "TXT":
        return data
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(data).packed
    if kind in ("CNAME", "NS"):
        return encode_name(data)
    if kind == "TXT":
        # A tuple: several character strings of one record.
        parts = data if isinstance(data, tuple) else (data,)
        parts = [p if isinstance(p, bytes) else p.encode() for p in parts]
        parts = [p[i:i + 255] for p in parts for i in range(0, max(len(p), 1), 255)]
        return b"".join(bytes([len(p)]) + p for p in parts)
    raise ValueError(kind)


def decode_question(message):
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    kind, _ = struct.unpack("!HH", message[at + 1:at + 5])
    return ".".join(labels).lower(), NAMES.get(kind, str(kind)), message[12:at + 5]


def render(message, question, answer, truncate):
    ident, flags = struct.unpack("!HH", message[:4])
    asked = decode_question(message)[2]
    records = [] if truncate else answer.records
    body = b""
    for record in records:
        name, kind, data = record if isinstance(record, RR) else (question.name, question.type, record)
        data = encode_data(kind, data)
        body += encode_name(name) + struct.pack("!HHIH", TYPES[kind], 1, 60, len(data)) + data
    option = b""
    if answer.extended:
        code, text = answer.extended
        option = struct.pack("!HHH", 15, 2 + len(text), code) + text.encode()
    more = 0
    if struct.unpack("!H", message[10:12])[0]:
        body += b"\0" + struct.pack("!HHIH", 41, 4096, 0, len(option)) + option
        more = 1
    flags = 0x8080 | (flags & 0x7910) | (0x0200 if truncate else 0) | answer.rcode
    return struct.pack("!HHHHHH", ident, flags, 1, len(records), 0, more) + asked + body


class FakeDns:
    """views: {"primary": "127.0.0.2", ...}: an address each, all on the same port."""

    def __init__(self, port, views):
        self.port, self.views = port, dict(views)
        self.zone, self.log, self.counts = {}, [], {}
        self.lock, self.closing, self.sockets = threading.Lock(), False, []
        for view, host in self.views.items():
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((host, port))
            tcp = socket.create_server((host, port))
            self.sockets += [udp, tcp]
            threading.Thread(target=self._udp, args=(udp, view), daemon=True).start()
            threading.Thread(target=self._tcp, args=(tcp, view), daemon=True).start()

    def address(self, view="primary"):
        return f"{self.views[view]}:{self.port}"

    def set(self, name, kind, *records):
        """One Answer or function, or the data of records."""
        whole = len(records) == 1 and (isinstance(records[0], Answer) or callable(records[0]))
        self.zone[(name.lower().rstrip("."), kind)] = records[0] if whole else Answer(*records)

    def clear(self):
        with self.lock:
            self.log.clear()
            self.counts.clear()

    def asked(self, name=None, kind=None, view=None):
        with self.lock:
            return [q for q in self.log if (name is None or q.name == name.lower().rstrip("."))
                    and (kind is None or q.type == kind) and (view is None or q.view == view)]

    def _look_up(self, name, kind):
        labels = name.split(".")
        for at in range(len(labels)):
            # A name below one that was set to "*" has what the nearest one has.
            for key in ((name, kind),) if at == 0 else (("*." + ".".join(labels[at:]), kind),):
                if key in self.zone:
                    return self.zone[key]
        return self.zone.get(("*", kind), Answer())

    def _answer(self, message, view, transport):
        name, kind, _ = decode_question(message)
        with self.lock:
            key = (name, kind, view)
            question = Question(name, kind, view, transport, self.counts.get(key, 0))
            self.counts[key] = question.count + 1
            self.log.append(question)
        answer = self._look_up(name, kind)
        if callable(answer):
            answer = answer(question)
        if not isinstance(answer, Answer):
            answer = Answer(*answer)
        if answer.silent:
            return None, 0
        if answer.raw:
            return message[:2] + answer.raw, answer.delay
        truncate = answer.truncated == "always" or (answer.truncated == "udp" and transport == "udp")
        return render(message, question, answer, truncate), answer.delay

    def _udp(self, udp, view):
        while True:
            try:
                message, peer = udp.recvfrom(65535)
            except OSError:
                return
            try:
                reply, delay = self._answer(message, view, "udp")
            except (IndexError, struct.error):
                continue
            if reply and delay:
                threading.Timer(delay, self._send, (udp, reply, peer)).start()
            elif reply:
                self._send(udp, reply, peer)

    @staticmethod
    def _send(udp, reply, peer):
        with contextlib.suppress(OSError):
            udp.sendto(reply, peer)

    def _tcp(self, tcp, view):
        while True:
            try:
                connection, _ = tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._stream, args=(connection, view), daemon=True).start()

    def _stream(self, connection, view):
        with connection, contextlib.suppress(OSError, IndexError, struct.error):
            connection.settimeout(10)
            while True:
                head = connection.recv(2, socket.MSG_WAITALL)
                if len(head) < 2:
                    return
                message = connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                reply, delay = self._answer(message, view, "tcp")
                time.sleep(delay)
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)

    def close(self):
        for s in self.sockets:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()

"""Connections that end where they should not, and what is not TLS where TLS should be."""
from badca_cases import Case, case, pieces
from badca_http import CUT, RESET, Below
from lib import pki

WORDS = ("connection", "closed", "reset", "truncated", "end of", "ended", "cut", "eof", "tls",
         "ssl", "incomplete")
TLS_WORDS = ("tls", "ssl", "handshake", "certificate", "connection", "closed", "reset")
PLACES = ("directory", "newNonce", "newAccount", "newOrder", "authz", "challenge", "order",
          "finalize", "cert")


def head(reply):
    return reply.status_line() + reply.fields()


def chunked(reply):
    return reply.status_line() + reply.fields(False)[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"


# Where the answer stops: reply -> the bytes that still come.
STOPS = {
    "before-status-line": lambda r: b"",
    "in-version": lambda r: b"HTT",
    "in-status": lambda r: b"HTTP/1.1 20",
    "after-status-line": lambda r: r.status_line(),
    "in-headers": lambda r: head(r)[:len(r.status_line()) + 8],
    "before-empty-line": lambda r: head(r)[:-2],
    "in-empty-line": lambda r: head(r)[:-1],
    "before-body": head,
    "in-body": lambda r: head(r) + r.body[:len(r.body) // 2],
    "before-last-byte": lambda r: head(r) + r.body[:-1],
    "in-chunk-size": lambda r: chunked(r) + b"1",
    "in-chunk": lambda r: chunked(r) + b"%x\r\n" % len(r.body) + r.body[:5],
    "before-last-chunk": lambda r: chunked(r) + b"%x\r\n" % len(r.body) + r.body + b"\r\n",
    "in-last-chunk": lambda r: chunked(r) + b"%x\r\n" % len(r.body) + r.body + b"\r\n0\r\n",
}
# At every resource: nothing at all, half a head, half a body.
COMMON = ("before-status-line", "in-headers", "in-body")
# What the CA did can be seen elsewhere: in the order, in the account's list of orders.
RECOVERABLE = ("challenge", "newOrder")
BODILESS = {("newNonce", "in-body")}


def stop(name, how):
    return pieces(lambda reply: [STOPS[name](reply), how])


def cut(name, at, times=1):
    """The answer at this resource stops there, so often."""
    return case(f"cut-{name}-{at}", at, stop(name, CUT), WORDS, outcome="any", times=times)


def answer_cuts():
    for at in PLACES:
        for name in STOPS if at in ("directory", "finalize") else COMMON:
            if (at, name) not in BODILESS:
                yield case(f"cut-{name}-{at}", at, stop(name, CUT), WORDS,
                           outcome="any" if at in RECOVERABLE else "error")
    for name in COMMON:
        yield case(f"reset-{name}-newOrder", "newOrder", stop(name, RESET), WORDS,
                   outcome="any")
        yield case(f"reset-{name}-cert", "cert", stop(name, RESET), WORDS)


def once():
    """One lost answer, then a right CA: repeating a request that is safe to repeat is fine."""
    for at in PLACES:
        for name in ("before-status-line", "in-headers"):
            yield case(f"cut-once-{name}-{at}", at, stop(name, CUT), WORDS, outcome="any", times=1)


# Before TLS: (ca, connection) -> None.

def tcp(name, act, outcome="error", says=TLS_WORDS, **more):
    def change(ca, connection, _):
        act(ca, connection)
        return True
    return Case(f"tcp-{name}", ("tcp",), change, says, outcome, **more)


def say(data):
    def act(ca, connection):
        connection.raw.recv(65536)
        connection.raw.sendall(data)
    return act


def part(count):
    return lambda ca, connection: connection.handshake_part(count)


def reset(ca, connection):
    connection.raw_reset()


def record(kind, data, version=b"\x03\x03"):
    return kind + version + len(data).to_bytes(2, "big") + data


TLS = [
    tcp("close-at-once", lambda ca, connection: None),
    tcp("reset-at-once", reset),
    tcp("cut-in-record-header", part(3)),
    tcp("cut-in-server-hello", part(40)),
    tcp("cut-after-server-hello", part(130)),
    tcp("cut-in-certificate", part(700)),
    tcp("garbage", say(b"\x00\xff" * 512)),
    tcp("plain-http", say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
    tcp("plain-400", say(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")),
    tcp("ssh", say(b"SSH-2.0-OpenSSH_9.2\r\n")),
    tcp("alert-handshake-failure", say(record(b"\x15", b"\x02\x28"))),
    tcp("alert-unknown", say(record(b"\x15", b"\x02\xee"))),
    tcp("record-too-long", say(record(b"\x16", b"\x02" * 0x4fff))),
    tcp("record-empty-flood", say(record(b"\x16", b"") * 10_000)),
    tcp("ssl3", say(record(b"\x16", b"\x02\x00\x00\x26\x03\x00" + b"\0" * 36, b"\x03\x00"))),
]


def below(data):
    """The head of the answer, then these bytes below TLS."""
    return pieces(lambda reply: [head(reply), Below(data), CUT])


RECORDS = [
    case("tls-record-cut-directory", "directory",
         below(b"\x17\x03\x03\x40\x00" + b"x" * 10), WORDS),
    case("tls-record-forged-directory", "directory",
         below(b"\x17\x03\x03\x00\x40" + b"x" * 64), TLS_WORDS),
    case("tls-record-forged-finalize", "finalize",
         below(b"\x17\x03\x03\x00\x40" + b"x" * 64), TLS_WORDS),
    case("tls-plain-alert-cert", "cert", below(b"\x15\x03\x03\x00\x02\x02\x50"), TLS_WORDS),
]


# The server's own certificate.

def certificate(name, names=("127.0.0.1", "localhost"), trusted=True, **times):
    def change(ca, connection, _):
        authority = ca.tls_authority if trusted else pki.Authority("Nobody")
        ca.use_certificate(*ca.write_certificate(name, authority, names, **times))
        return False
    return Case(f"tls-certificate-{name}", ("tcp",), change, ("certificate",))


SERVER = [
    certificate("expired", start=-30, end=-1),
    certificate("future", start=1, end=30),
    certificate("other-name", names=("other.test",)),
    certificate("other-address", names=("127.0.0.2",)),
    certificate("unknown-issuer", trusted=False),
]

CASES = [*answer_cuts(), *once(), *TLS, *RECORDS, *SERVER]

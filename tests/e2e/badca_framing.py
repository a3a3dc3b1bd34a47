"""HTTP/1.1 messages that are framed wrongly (RFC 9112), at the first and at a later answer.

A client that guesses here lets a middleman choose where one answer ends and the next begins.
"""
import itertools

from badca_cases import case, pieces
from badca_http import Wait, drip, flood

MIB = 1 << 20
WORDS = ("http", "header", "content-length", "transfer", "chunk", "status line", "response",
         "answer", "body")


def headers(reply):
    """The right header lines, without the one about the length, without the last empty line."""
    return reply.fields(False)[:-2]


def lines(*extra, body=None):
    """The right answer with these lines for its length."""
    def make(reply):
        data = reply.body if body is None else body
        block = b"".join(x.replace(b"%d", b"%d" % len(data)) + b"\r\n" for x in extra)
        return [reply.status_line() + headers(reply) + block + b"\r\n", data]
    return make


def chunks(encode, *more):
    """A chunked body made by encode(body)."""
    def make(reply):
        return [reply.status_line() + headers(reply)
                + b"Transfer-Encoding: chunked\r\n\r\n" + encode(reply.body), *more]
    return make


def status(line):
    def make(reply):
        return [line + b"\r\n" + reply.fields(), reply.body]
    return make


def before(data):
    """Something in front of the right answer."""
    def make(reply):
        return itertools.chain(data, [reply.status_line() + reply.fields(), reply.body])
    return make


def chunk(data):
    return b"%x\r\n" % len(data) + data + b"\r\n"


def bare_lf(reply):
    head = reply.status_line() + reply.fields()
    return [head.replace(b"\r\n", b"\n"), reply.body]


def longer(reply):
    """Content-Length says less than there is."""
    return [reply.status_line() + headers(reply)
            + b"Content-Length: %d\r\n\r\n" % (len(reply.body) - 10), reply.body]


FRAMES = {
    "cl-two-different": lines(b"Content-Length: %d", b"Content-Length: 5"),
    "cl-list-different": lines(b"Content-Length: %d, 5"),
    "cl-too-small": longer,
    "cl-negative": lines(b"Content-Length: -1"),
    "cl-plus": lines(b"Content-Length: +%d"),
    "cl-hex": lines(b"Content-Length: 0x10"),
    "cl-word": lines(b"Content-Length: all"),
    "cl-empty": lines(b"Content-Length:"),
    "cl-overflow": lines(b"Content-Length: 18446744073709551617"),
    "cl-and-te": lines(b"Content-Length: %d", b"Transfer-Encoding: chunked"),
    "te-unknown": lines(b"Transfer-Encoding: xchunked"),
    "te-gzip-chunked": lines(b"Transfer-Encoding: gzip, chunked"),
    "te-twice": lines(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "te-identity": lines(b"Transfer-Encoding: identity", b"Content-Length: %d"),
    "obs-fold": lines(b"X-Fold: a\r\n b", b"Content-Length: %d"),
    "obs-fold-first": lambda r: [r.status_line() + b" X: y\r\n" + r.fields(), r.body],
    "no-colon": lines(b"Nonsense", b"Content-Length: %d"),
    "space-before-colon": lines(b"Content-Length : %d"),
    "name-empty": lines(b": value", b"Content-Length: %d"),
    "name-control": lines(b"X\x01Y: z", b"Content-Length: %d"),
    "value-nul": lines(b"X: a\0b", b"Content-Length: %d"),
    "value-bare-cr": lines(b"X: a\rY: b", b"Content-Length: %d"),
    "header-1M": lines(b"X: " + b"a" * MIB, b"Content-Length: %d"),
    "header-name-1M": lines(b"X" * MIB + b": a", b"Content-Length: %d"),
    "headers-10k": lines(*[b"X-%05x: y" % i for i in range(10_000)], b"Content-Length: %d"),
    "headers-endless": lambda r: itertools.chain(
        [r.status_line()], flood(b"X-Again: and again\r\n" * 500, 64 * MIB)),
    "status-line-1M": status(b"HTTP/1.1 200 " + b"O" * MIB),
    "status-line-endless": lambda r: itertools.chain(
        [b"HTTP/1.1 200 "], flood(b"O" * 65536, 64 * MIB)),
    "status-garbage": status(b"It works!"),
    "status-binary": status(bytes(range(128, 160))),
    "status-http2": status(b"HTTP/2 200 OK"),
    "status-http9": status(b"HTTP/1.9999 200 OK"),
    "status-icy": status(b"ICY 200 OK"),
    "status-099": status(b"HTTP/1.1 099 Low"),
    "status-1000": status(b"HTTP/1.1 1000 High"),
    "status-negative": status(b"HTTP/1.1 -200 OK"),
    "status-letters": status(b"HTTP/1.1 2OO OK"),
    "1xx-endless": before(flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 16 * MIB)),
    "101-switching": lambda r: [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
                                b"Connection: upgrade\r\n\r\n", r.body],
    "chunk-size-word": chunks(lambda b: b"zz\r\n" + b),
    "chunk-size-negative": chunks(lambda b: b"-5\r\n" + b),
    "chunk-size-overflow": chunks(lambda b: b"10000000000000005\r\n" + b),
    "chunk-size-0x": chunks(lambda b: b"0x%x\r\n" % len(b) + b + b"\r\n0\r\n\r\n"),
    "chunk-size-endless": chunks(lambda b: b"0" * (2 * MIB)),
    "chunk-ext-1M": chunks(lambda b: b"%x;x=" % len(b) + b"y" * MIB + b"\r\n" + b
                           + b"\r\n0\r\n\r\n"),
    "chunk-no-crlf": chunks(lambda b: b"%x\r\n" % len(b) + b + b"0\r\n\r\n"),
    "chunk-bare-lf": chunks(lambda b: b"%x\n" % len(b) + b + b"\n0\n\n"),
    "chunk-trailers-endless": lambda r: itertools.chain(
        chunks(lambda b: chunk(b) + b"0\r\n")(r), flood(b"X: y\r\n" * 1000, 64 * MIB)),
}

# Odd, but a right client may read them.
READABLE = {
    "cl-two-same": lines(b"Content-Length: %d", b"Content-Length: %d"),
    "cl-leading-zeros": lines(b"Content-Length: 000%d"),
    "bare-lf": bare_lf,
    "status-no-reason": status(b"HTTP/1.1 200"),
    "chunk-ext": chunks(lambda b: b"%x;a=b\r\n" % len(b) + b + b"\r\n0\r\n\r\n"),
    "chunk-one-byte-each": chunks(lambda b: b"".join(chunk(b[i:i + 1]) for i in range(len(b)))
                                  + b"0\r\n\r\n"),
    "chunk-trailer": chunks(lambda b: chunk(b) + b"0\r\nContent-Length: 3\r\nX: y\r\n\r\n"),
    "extra-answer": lambda r: [r.status_line() + r.fields(), r.body,
                               b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"],
}

# As the RFC has it, if rarely seen: must be read.
RIGHT = {
    "1xx-once": before([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"]),
    "chunked": chunks(lambda b: chunk(b) + b"0\r\n\r\n"),
    "one-byte-writes": lambda r: drip(r.status_line() + r.fields() + r.body, 0.0005),
    "pause": lambda r: [r.status_line(), Wait(0.3), r.fields(), Wait(0.3), r.body],
    "spaces-around-value": lines(b"Content-Length: \t %d \t"),
}
# The status line given is 200; newOrder answers 201 and a client may insist on it.
PLACES = ("directory", "newOrder")


def strict_case(name, at, make, **more):
    return case(f"http-{name}-{at}", at, pieces(make), **more)


CASES = [
    *(strict_case(n, at, m, says=WORDS) for n, m in FRAMES.items() for at in PLACES),
    *(strict_case(n, at, m, says=WORDS, outcome="any")
      for n, m in READABLE.items() for at in PLACES),
    *(strict_case(n, at, m, outcome="ok") for n, m in RIGHT.items() for at in PLACES),
]

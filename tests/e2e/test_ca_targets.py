"""signet-ca and targets that mean no good: web servers, TLS servers and DNS answers that are made to hold it, to fill it, or to
lead it astray. Each ends as an invalid challenge, in time; who is honest is judged meanwhile, and nothing is left open.

Single rules are in tests/conformance/ca, what single bytes do in tests/unit/va and tests/unit/dns.
"""
import contextlib
import gzip
import itertools
import os
import random
import struct
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))

from ca.lib.acme import short  # noqa: E402
from ca.lib.fake_dns import RR, Answer, encode_name  # noqa: E402
from ca.lib.fake_web import endless, eventually, hang_up, redirect, reset, response, stall  # noqa: E402
from ca.lib.lab import ELSEWHERE, OTHER, WEB, Lab, Verdict  # noqa: E402


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Lab(tmp_path_factory.mktemp("lab"), timeout_s=4)
    made.http().passed()
    yield made
    log = made.ca().log_text()
    made.close()
    assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]


@pytest.fixture
def lab(shared):
    open_before = sockets(shared.ca())
    with shared.fresh() as made:
        yield made
    shared.http().passed()
    assert eventually(lambda: sockets(shared.ca()) <= open_before), sockets(shared.ca())


def sockets(ca):
    """How many the CA has open."""
    count = 0
    for fd in Path(f"/proc/{ca.daemon.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += os.readlink(fd).startswith("socket:")
    return count


class Crowd:
    """A challenge for each row of a table {what: script}, all under way at once, and an honest one that starts last."""

    def __init__(self, lab, kind, table, prepare):
        self.lab = lab
        self.trials = {what: lab.trial(kind) for what in table}
        self.honest = lab.trial("http-01", addresses=(OTHER,))
        self.honest.serve()
        for what, trial in self.trials.items():
            prepare(trial, table[what])

    def judged(self):
        """{what: Verdict}; the honest one has passed by then."""
        for trial in (*self.trials.values(), self.honest):
            trial.challenge.start().ok()
        self.wait(self.honest).passed()
        return {what: self.wait(trial) for what, trial in self.trials.items()}

    @staticmethod
    def wait(trial):
        account = trial.challenge.account
        account.wait(trial.authz.url, ("valid", "invalid"))
        return Verdict(trial, account.post(trial.challenge.url).ok().json)


def check(verdicts, *kinds):
    for what, verdict in verdicts.items():
        assert verdict.body["status"] == "invalid" and short(verdict.error) in kinds, (what, verdict.body)


# --- web servers

def dribble(head):
    """A byte now and then, without end."""
    def act(visit):
        visit.send(head)
        while True:
            visit.send(b"a")
            time.sleep(0.1)
    return act


def flood(head, more):
    """The same again and again, as long as somebody takes it."""
    def act(visit):
        visit.sent = 0
        visit.send(head)
        while visit.sent < 1 << 28:
            visit.send(more)
            visit.sent += len(more)
    return act


OK, FOUND = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 Found\r\n"
WEB_SERVERS = {
    "silence": stall(),
    "nothing": hang_up,
    "a reset": reset(),
    "a reset in the body": reset(OK + b"\r\nabc"),
    "a status by bytes": dribble(b"HTTP/1.1 2"),
    "a header by bytes": dribble(OK + b"X: "),
    "a body by bytes": dribble(OK + b"\r\n"),
    "a chunk's size by bytes": dribble(OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a body without end": endless,
    "a status without end": flood(b"HTTP/1.1 200 ", b"a" * 4096),
    "headers without end": flood(OK, b"X: y\r\n" * 1000),
    "a header without end": flood(OK + b"X: ", b"a" * 4096),
    "interim answers without end": flood(b"", b"HTTP/1.1 102 Wait\r\n\r\n" * 100),
    "a chunk's extension without end": flood(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 4096),
    "empty chunk lines": flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"00000000"),
    "gzip without end": flood(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 200),
    "gzip of a megabyte": OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(1 << 20)),
    "gzip by bytes": dribble(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:10]),
    "a redirect's body without end": flood(FOUND + b"Location: /gone\r\nContent-Length: 999999999\r\n\r\n", b"a" * 4096),
    "a redirect to a place without end": flood(FOUND + b"Location: /", b"a" * 4096),
    "a thousand redirects in one": FOUND + b"Location: /x\r\n" * 1000 + b"\r\n",
    "random bytes": random.Random(1).randbytes(100000),
}


def test_web_servers(lab):
    crowd = Crowd(lab, "http-01", WEB_SERVERS, lambda t, script: t.serve(script, f"^{t.name}"))
    check(crowd.judged(), "connection", "unauthorized")
    for visit in lab.web.visits:
        assert getattr(visit, "sent", 0) < 1 << 25, visit


def onward(make, pause=0.0):
    """Redirects without end: make(n, host) is where the n-th leads."""
    count = itertools.count(1)

    def act(visit):
        time.sleep(pause)
        return redirect(make(next(count), visit.host))
    return act


STORMS = {
    "to new paths": onward(lambda n, host: f"/{n}"),
    "to growing paths": onward(lambda n, host: "/" + "a" * 180 * n),
    "to new queries": onward(lambda n, host: f"?{'q' * 1000}{n}"),
    "slowly": onward(lambda n, host: f"/{n}", 0.4),
    "to and fro": onward(lambda n, host: f"{('http', 'https')[n % 2]}://{host}/{n}"),
    "to new hosts": onward(lambda n, host: f"http://{n}.{host}/"),
}


def test_redirect_storms(lab):
    def prepare(trial, script):
        lab.dns.set(f"*.{trial.name}", "A", WEB)
        for server in (lab.web, lab.secure):
            server.route(f"{trial.name}", script)

    # The time may end while a name is looked up.
    check(Crowd(lab, "http-01", STORMS, prepare).judged(), "connection", "unauthorized", "dns")
    assert len(lab.web.visits) + len(lab.secure.visits) <= 12 * len(STORMS) + 1


@pytest.mark.parametrize("where", ["the same host", "another host"])
def test_rebinding_between_redirects(lab, where):
    """Each hop looks up anew and judges what it found: what was fine a moment ago does not count."""
    t = lab.trial("http-01")
    host = t.name if where == "the same host" else "x." + t.name
    lab.dns.set("x." + t.name, "A", ELSEWHERE)
    if where == "the same host":
        lab.dns.set(t.name, "A", lambda question: [WEB if question.count == 0 else ELSEWHERE])
    t.serve(redirect(f"http://{host}/secret"))
    t.judge().failed("dns", "reserved address")
    assert lab.elsewhere.accepted == 0


# --- TLS servers

def record(kind, body, version=b"\x03\x03"):
    return bytes([kind]) + version + struct.pack("!H", len(body)) + body


HANDSHAKE, ALERT, CHANGE = 22, 21, 20
WARNING = record(ALERT, b"\x01\x5a")
TLS_SERVERS = {
    "silence": stall(),
    "nothing": hang_up,
    "a reset": reset(),
    "random bytes": random.Random(2).randbytes(100000),
    "HTTP": b"HTTP/1.1 200 OK\r\n\r\n",
    "records by bytes": dribble(b"\x16\x03\x03\x40\x00"),
    "empty records without end": flood(b"", record(HANDSHAKE, b"") * 100),
    "warnings without end": flood(b"", WARNING * 100),
    "changes of cipher without end": flood(b"", record(CHANGE, b"\x01") * 100),
    "a record that is too large": b"\x16\x03\x03\xff\xff" + bytes(65535),
    "a hello of 16 MB": flood(record(HANDSHAKE, b"\x02\xff\xff\xff"), record(HANDSHAKE, bytes(16384))),
    "a hello that is cut": record(HANDSHAKE, b"\x02\x00\x00\x46\x03\x03" + bytes(20)) + record(ALERT, b"\x01\x00"),
    "SSL 2": b"\x80\x2e\x04\x00\x01\x00\x02" + bytes(100),
    "its own hello": lambda visit: visit.raw,
}


def by_name(trials, table):
    """What a TLS server does with a connection, by the name in the client's hello."""
    def act(visit):
        visit.raw = visit.connection.recv(16384)
        for what, trial in trials.items():
            if trial.name.encode() in visit.raw:
                data = table[what](visit) if callable(table[what]) else table[what]
                if data:
                    visit.send(data)
                    visit.connection.shutdown(1)
                    stall(2)(visit)
    return act


def test_tls_servers(lab):
    crowd = Crowd(lab, "tls-alpn-01", TLS_SERVERS, lambda t, script: None)
    lab.tls.at_accept = by_name(crowd.trials, TLS_SERVERS)
    check(crowd.judged(), "tls", "connection", "malformed", "unauthorized")


def test_tls_servers_behind_a_redirect(lab):
    """The same for https, where a redirect leads to."""
    crowd = Crowd(lab, "http-01", TLS_SERVERS, lambda t, script: t.serve(redirect(f"https://{t.name}/x"), f"^{t.name}"))
    lab.secure.at_accept = by_name(crowd.trials, TLS_SERVERS)
    check(crowd.judged(), "tls", "connection", "malformed")


# --- DNS answers: what follows the identifier of a message

HEAD = struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0)


def txt(trial):
    return f"_acme-challenge.{trial.name}"


def message(name, rest, head=HEAD):
    return head + encode_name(name) + struct.pack("!HH", 16, 1) + rest


def raw(make):
    return lambda t: Answer(raw=make(txt(t)))


RECORD = b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, 0xFFFF)
ANSWERS = {
    "silence": lambda t: Answer(silent=True),
    "too late": lambda t: Answer("x", delay=10),
    "truncated for ever": lambda t: Answer("x", truncated="always"),
    "a byte": raw(lambda n: b"\0"),
    "a header": raw(lambda n: HEAD),
    "65535 answers": raw(lambda n: message(n, RECORD, struct.pack("!HHHHH", 0x8180, 1, 0xFFFF, 0xFFFF, 0xFFFF))),
    "a record longer than the message": raw(lambda n: message(n, RECORD)),
    "a name that is itself": raw(lambda n: HEAD + b"\xc0\x0c" + struct.pack("!HH", 16, 1)),
    "names without end": raw(lambda n: message(n, b"\xc0\x0c" * 1000)),
    "another question": raw(lambda n: message("other.example.com", b"", struct.pack("!HHHHH", 0x8180, 1, 0, 0, 0))),
    "no answer but a question": raw(lambda n: message(n, b"", struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0))),
    "random bytes": raw(lambda n: random.Random(3).randbytes(1200)),
    "64 KB": raw(lambda n: bytes(60000)),
    "a chain without end": lambda t: Answer(RR(txt(t), "CNAME", f"1.loop.{t.name}")),
    "a loop": lambda t: Answer(RR(txt(t), "CNAME", txt(t))),
    "records of others": lambda t: Answer(RR("other.example.com", "TXT", "x")),
}
WRONG = {
    "strings that are empty": lambda t: Answer(*[("",) * 200] * 10, truncated="udp"),
    "250 long records": lambda t: Answer(*["a" * 250] * 190, truncated="udp"),
    "a record of 60 KB": lambda t: Answer(("a" * 255,) * 235, truncated="udp"),
    "no text": lambda t: Answer(random.Random(4).randbytes(250), "\u2028\u202e\x1b[31m"),
}


def publish(trial, make):
    trial.dns.set(txt(trial), "TXT", make(trial))
    # Beneath loop.NAME each name is an alias of the next.
    trial.dns.set(f"*.loop.{trial.name}", "TXT", lambda q: Answer(RR(q.name, "CNAME", f"1{q.name}")))


def test_dns_answers(lab):
    check(Crowd(lab, "dns-01", ANSWERS, publish).judged(), "dns", "unauthorized")


def test_dns_answers_that_are_wrong(lab):
    verdicts = Crowd(lab, "dns-01", WRONG, publish).judged()
    check(verdicts, "unauthorized")
    for what, verdict in verdicts.items():
        assert len(verdict.detail) < 2000 and "\x1b" not in verdict.detail, (what, verdict.detail)


ADDRESSES = {
    "no address": lambda t: Answer(b"\x7f\0\0", b"\x7f\0\0\2\0"),
    "only forbidden ones": lambda t: Answer(*[ELSEWHERE] * 1000, truncated="udp"),
    "broken": lambda t: Answer(raw=b"\x81\x80" + bytes(30)),
    "silence": lambda t: Answer(silent=True),
}


def test_addresses(lab):
    check(Crowd(lab, "http-01", ADDRESSES, lambda t, make: t.dns.set(t.name, "A", make(t))).judged(), "dns")
    assert lab.elsewhere.accepted == 0


CAA = {
    "silence": lambda t: Answer(silent=True),
    "broken": lambda t: Answer(raw=b"\x81\x80" + bytes(30)),
    "a tag longer than the record": lambda t: Answer(b"\0\xffissue"),
    "truncated for ever": lambda t: Answer(b"\0\x05issue;", truncated="always"),
}


def test_caa_is_never_permission_by_accident(lab):
    """The challenge is met, and CAA cannot be read."""
    def prepare(trial, make):
        trial.serve(response(200, trial.proof), f"^{trial.name}")
        trial.dns.set(trial.name, "CAA", make(trial))

    check(Crowd(lab, "http-01", CAA, prepare).judged(), "dns", "caa")

"""Refusals, nonces and waiting times: what the CA says when it does not do what was asked."""
from badca_bodies import HTML
from badca_cases import URN, body, both, case, field, header, no_header, pieces, refuse, when
from badca_http import Reply

YEAR = 365 * 86400
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202edesrever\u2066\r\b\nSecond line"
WAITS = {"year": str(YEAR), "minus-one": "-1", "zero": "0", "garbage": "soon", "empty": "",
         "overflow": "9" * 40, "float": "0.5", "past-date": "Fri, 31 Dec 1999 23:59:59 GMT",
         "far-date": "Fri, 31 Dec 9999 23:59:59 GMT", "bad-date": "Foo, 99 Bar 0000 99:99:99 GMT",
         "100k": "1" * 100_000}
PLACES = ("directory", "newNonce", "newAccount", "newOrder", "authz", "challenge", "order",
          "finalize", "cert")


def http_error(status, text=b"", kind="text/plain", **headers):
    def change(ca, request, reply):
        answer = Reply(status, [("Content-Type", kind)], text)
        answer.headers += [(k.replace("_", "-"), v) for k, v in headers.items()]
        answer.head = reply.head
        return answer
    return change


def outage(at):
    """Nothing but 500 at this resource."""
    return case(f"outage-{at}", at, http_error(500, HTML, "text/html"), "500")


def outcome(at):
    """The CA judges the proof before it fails to answer: looking at the order helps."""
    return "any" if at == "challenge" else "error"


def refusals():
    """The usual trouble of a real CA, at each resource, for ever."""
    for at in PLACES:
        for status in (500, 503):
            yield case(f"status-{status}-{at}", at, http_error(status, HTML, "text/html"),
                       str(status), outcome=outcome(at))
    for at in ("newAccount", "newOrder", "finalize"):
        yield case(f"rate-limited-{at}", at, refuse(
            "rateLimited", "too many of them", 429, [("Retry-After", "1")]), "too many of them")
    for status in (299, 403, 404, 418, 599):
        yield case(f"status-{status}-newOrder", "newOrder", http_error(status),
                   (str(status), "location"))


def retry_after():
    for name, value in WAITS.items():
        yield case(f"retry-after-{name}-429", "newOrder", refuse(
            "rateLimited", "too many orders", 429, [("Retry-After", value)]),
            ("too many orders", "header") if name == "100k" else "too many orders")
        yield case(f"retry-after-{name}-503", "newOrder", http_error(503, Retry_After=value),
                   ("503", "header"))
        yield case(f"retry-after-{name}-processing", ("finalize", "order"), when(
            lambda b: b.get("status") in ("processing", "valid"), both(
                field(status="processing"), header("Retry-After", value))),
            ("processing", "time", "order", "header"))
    yield case("retry-after-two-503", "newOrder", both(
        http_error(503), lambda ca, request, reply: reply.headers.extend(
            [("Retry-After", "1"), ("Retry-After", str(YEAR))])), "503")


def once():
    """Trouble that goes away. A POST may be repeated when it was refused for sure."""
    for at in PLACES:
        yield case(f"once-503-{at}", at, http_error(503, Retry_After="0"), ("503",),
                   outcome="any", times=1)
        yield case(f"once-500-{at}", at, http_error(500), ("500",), outcome="any", times=1)
    for at in PLACES[2:]:
        yield case(f"once-badNonce-{at}", at, refuse("badNonce", "stale"), "stale",
                   outcome="ok", times=1)
    yield case("thrice-badNonce-newOrder", "newOrder", refuse("badNonce", "stale"), "stale",
               outcome="ok", times=3)


# Problem documents made to confuse.

def shown(name, at="newOrder", says="no thanks", hides=(), **problem):
    problem = {"kind": "malformed", "detail": "no thanks", **problem}
    return case(f"problem-{name}", at, refuse(**problem), says, hides=hides)


DOCUMENTS = [
    shown("escapes", detail=f"no thanks {ESCAPES}", hides=("\x1b", "\x07", "\r")),
    shown("escapes-in-type", kind=f"mal{ESCAPES}formed", hides=("\x1b",)),
    shown("escapes-in-title", title=f"Title {ESCAPES}", hides=("\x1b",)),
    shown("escapes-at-newAccount", "newAccount", detail=f"no thanks {ESCAPES}", hides=("\x1b",)),
    shown("escapes-in-subproblem", subproblems=[
        {"type": URN + "dns", "detail": f"broken {ESCAPES}",
         "identifier": {"type": "dns", "value": f"good.test{ESCAPES}"}}], hides=("\x1b",)),
    shown("detail-1M", detail="no thanks " + "x" * (1 << 20),
          says=("no thanks", "above what is accepted")),
    shown("detail-10k-lines", detail="no thanks\n" * 10_000),
    shown("detail-number", detail=17, says=("malformed", "400", "order")),
    shown("detail-object", detail={"a": "b"}, says=("malformed", "400", "order")),
    shown("detail-format", detail="no thanks %s%n%x%p {} $(id) `id`"),
    shown("detail-empty", detail="", says=("malformed", "400", "order")),
    shown("subproblems", subproblems=[
        {"type": URN + "rejectedIdentifier", "detail": "never heard of it",
         "identifier": {"type": "dns", "value": "good.test"}}], says="never heard of it"),
    shown("subproblems-10k", subproblems=[
        {"type": URN + "dns", "detail": f"reason {i}",
         "identifier": {"type": "dns", "value": f"n{i}.test"}} for i in range(2_000)]),
    shown("subproblems-wrong-types", subproblems=[1, None, "x", {"identifier": 3}, []]),
    shown("subproblems-object", subproblems={"a": 1}),
    shown("unknown-type", kind="fullMoon"),
    shown("status-lie", says=("no thanks",), status=403, instance=17),
]

def document(text):
    """A problem document with this text."""
    def change(ca, request, reply):
        answer = refuse("malformed", "no thanks")(ca, request, reply)
        answer.body = text
        return answer
    return change


BARE = [
    case("problem-type-missing", "newOrder", document(b'{"detail": "no thanks"}'), "no thanks"),
    case("problem-type-number", "newOrder", document(
         b'{"type": 7, "detail": "no thanks"}'), "no thanks"),
    case("problem-not-json", "newOrder", document(b"{no json"), ("400", "problem", "json")),
    case("problem-empty", "newOrder", document(b""), ("400", "problem", "json")),
    case("problem-as-json", "newOrder", both(refuse("malformed", "no thanks"), header(
         "Content-Type", "application/json")), "no thanks"),
    case("problem-as-html", "newOrder", both(refuse("malformed", "no thanks"), header(
         "Content-Type", "text/html")), ("no thanks", "400")),
    case("problem-with-charset", "newOrder", both(refuse("malformed", "no thanks"), header(
         "Content-Type", "application/problem+json; charset=utf-8")), "no thanks"),
    case("html-500-escapes", "newOrder", http_error(
         500, b"<h1>\x1b[2J\x9b2J</h1>", "text/html"), "500", hides=("\x1b",)),
    case("reason-phrase-escapes", "newOrder", pieces(
         lambda r: [b"HTTP/1.1 500 \x1b[2Jowned\x07\r\nContent-Length: 0\r\n\r\n"]),
         ("500", "http", "status"), hides=("\x1b",)),
]

# Nonces.

NONCES = [
    *(case(f"badNonce-for-ever-{at}", at, refuse("badNonce", "stale again"),
           ("stale again", "nonce"), outcome=outcome(at)) for at in PLACES[2:]),
    case("badNonce-without-nonce", "newOrder", both(
        refuse("badNonce", "stale again"), no_header("Replay-Nonce")), ("stale again", "nonce")),
    case("nonce-missing-newNonce", "newNonce", no_header("Replay-Nonce"), "nonce"),
    case("nonce-missing-elsewhere", PLACES[2:], no_header("Replay-Nonce"), outcome="ok",
         account=True),
    *(case(f"nonce-{name}-newNonce", "newNonce", header("Replay-Nonce", value),
           ("nonce", "header"), outcome=outcome)
      for name, value, outcome in (
          ("space", "abc def", "error"), ("plus", "ab+/==", "error"), ("quote", 'a"b', "error"),
          ("empty", "", "error"), ("comma", "abc, def", "error"),
          ("non-ascii", "abc\u00fc", "error"), ("100k", "A" * 100_000, "error"))),
    case("nonce-bad-newOrder", "newOrder", header("Replay-Nonce", 'a"},{"b'), ("nonce",),
         outcome="any"),
    case("nonce-never-good", "newNonce", header("Replay-Nonce", "AAAAAAAAAAAAAAAAAAAAAA"),
         "nonce", outcome="any"),           # the refusal brings a good one
    case("nonce-404", "newNonce", http_error(404), ("nonce", "404")),
    case("nonce-body-on-head", "newNonce", pieces(
        lambda r: [r.status_line() + r.fields(False)[:-2] + b"Content-Length: 5\r\n\r\n",
                   b"HELLO"]), ("nonce", "http", "status"), outcome="any"),
]

# Renewal information. It is advice: without it the client decides by the certificate's life.

WINDOWS = {
    "html": body(HTML, "text/html"), "cut": body(lambda ca, good: good[:20]),
    "empty-object": body(b"{}"), "window-string": field(suggestedWindow="now"),
    "window-numbers": field(suggestedWindow={"start": 1, "end": 2}),
    "end-first": field(suggestedWindow={"start": "2020-01-02T00:00:00Z",
                                        "end": "2020-01-01T00:00:00Z"}),
    "garbage-dates": field(suggestedWindow={"start": "yesterday", "end": "tomorrow"}),
    "year-99999": field(suggestedWindow={"start": "99999-01-01T00:00:00Z",
                                         "end": "99999-01-02T00:00:00Z"}),
    "date-13-45": field(suggestedWindow={"start": "2020-13-45T99:99:99Z",
                                         "end": "2020-13-45T99:99:99Z"}),
    "deep": body(b"[" * 10_000 + b"]" * 10_000),
    "404": http_error(404), "500": http_error(500), "503-year": http_error(
        503, Retry_After=str(YEAR)),
    "escape-in-explanation": field(explanationURL="https://x/\x1b[2J\x9b2J"),
    **{f"retry-after-{name}": header("Retry-After", value) for name, value in WAITS.items()},
}
ARI = [case(f"ari-{name}", "ari", change, outcome="ok", verb="renew")
       for name, change in WINDOWS.items()]

CASES = [*refusals(), *retry_after(), *once(), *DOCUMENTS, *BARE, *NONCES, *ARI]

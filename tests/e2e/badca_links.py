"""Where a CA points to: redirects, http links, links that are none, links to other hosts."""
from badca_cases import DELETE, both, case, field, header, no_header, pieces, when
from badca_http import Reply

# Nothing may ever be asked of ca.trap, a plain HTTP port.
URL_WORDS = ("url", "http", "link", "scheme", "https")
REDIRECT_WORDS = ("redirect", "30")
IN_DIRECTORY = ("newNonce", "newAccount", "newOrder")


def trap(path):
    return lambda ca: f"http://127.0.0.1:{ca.trap.port}{path}"


def trap_tls(path):
    return lambda ca: f"https://127.0.0.1:{ca.trap.port}{path}"


# Links no client can use.
BROKEN = {
    "empty": "", "relative": "/new-thing", "relative-word": "new-thing", "no-host": "https://",
    "scheme-relative": lambda ca: ca.base.removeprefix("https:") + "/x",
    "file": "file:///etc/passwd", "ftp": "ftp://127.0.0.1/x", "javascript": "javascript:alert(1)",
    "space": lambda ca: ca.base + "/a b", "newline": lambda ca: ca.base + "/a\r\nX-Evil: 1",
    "control": lambda ca: ca.base + "/a\x1b[2J", "non-ascii": lambda ca: ca.base + "/\u00fc\u202e",
    "port-0": "https://127.0.0.1:0/x", "port-99999": "https://127.0.0.1:99999/x",
    "port-word": "https://127.0.0.1:https/x", "port-negative": "https://127.0.0.1:-1/x",
    "host-space": "https://127.0.0.1 .evil/x", "bracket": "https://[::1/x",
    "user": lambda ca: ca.base.replace("https://", "https://admin:secret@") + "/x",
    "100k": lambda ca: ca.base + "/" + "a" * 100_000,
}


def broken():
    for name, url in BROKEN.items():
        yield case(f"url-{name}-directory-newOrder", "directory", field(newOrder=url),
                   ("neworder", *URL_WORDS))
        yield case(f"url-{name}-finalize", "newOrder", field(finalize=url),
                   ("finalize", *URL_WORDS))
    for name in ("empty", "relative", "file", "newline", "100k"):
        url = BROKEN[name]
        yield case(f"url-{name}-authz", "newOrder",
                   field(authorizations=lambda ca, u=url: [u(ca) if callable(u) else u]),
                   ("authorization", *URL_WORDS))
        yield case(f"url-{name}-certificate", "order",
                   when(lambda b: b.get("status") == "valid", field(certificate=url)),
                   ("certificate", *URL_WORDS))


def plain_http():
    for member in IN_DIRECTORY:
        yield case(f"url-http-directory-{member}", "directory", field(**{member: trap("/x")}),
                   URL_WORDS, account=member != "newAccount")
    yield case("url-http-directory-renewalInfo", "directory", field(renewalInfo=trap("/x")),
               URL_WORDS, outcome="any")
    yield case("url-http-finalize", "newOrder", field(finalize=trap("/x")), URL_WORDS)
    yield case("url-http-authz", "newOrder",
               field(authorizations=lambda ca: [trap("/x")(ca)]), URL_WORDS)
    yield case("url-http-certificate", "order", when(
        lambda b: b.get("status") == "valid", field(certificate=trap("/x"))), URL_WORDS)
    yield case("url-http-order-location", "newOrder", header("Location", trap("/x")), URL_WORDS)
    yield case("url-http-account-location", "newAccount", header("Location", trap("/x")),
               URL_WORDS)


def missing():
    for member in IN_DIRECTORY:
        yield case(f"url-missing-directory-{member}", "directory", field(**{member: DELETE}),
                   member.lower(), account=member != "newAccount")
    yield case("url-missing-order-location", "newOrder", no_header("Location"),
               ("location", "order"))
    yield case("url-missing-account-location", "newAccount", no_header("Location"),
               ("location", "account"))
    yield case("url-missing-certificate", "order", when(
        lambda b: b.get("status") == "valid", field(certificate=DELETE)), "certificate")
    yield case("url-missing-renewalInfo", "directory", field(renewalInfo=DELETE), outcome="ok")
    yield case("url-missing-optional", "directory", field(keyChange=DELETE, meta=DELETE),
               outcome="ok")
    yield case("url-missing-revokeCert", "directory", field(revokeCert=DELETE), "revokecert",
               outcome="any")


# A foreign https host is legal; here nobody speaks TLS on it, or it has no address.
FOREIGN = [
    case("url-foreign-newOrder", "directory", field(newOrder=trap_tls("/x")),
         ("127.0.0.1", "tls", "connection"), visits=True),
    case("url-unresolvable-newOrder", "directory",
         field(newOrder="https://ca.invalid/new-order"), ("ca.invalid", "resolve")),
    case("url-unreachable-newOrder", "directory", field(newOrder="https://127.0.0.1:9/new-order"),
         ("127.0.0.1:9", "connect", "refused")),
]


def redirect(status, target):
    def change(ca, request, reply):
        answer = Reply(status, [("Location", target(ca) if callable(target) else target)])
        answer.headers += [(k, v) for k, v in reply.headers if k == "Replay-Nonce"]
        answer.head = reply.head
        return answer
    return change


def redirects():
    for status in (301, 302, 307, 308):
        yield case(f"redirect-{status}-loop-directory", "directory",
                   redirect(status, lambda ca: ca.url), REDIRECT_WORDS)
        yield case(f"redirect-{status}-http-directory", "directory",
                   redirect(status, trap("/dir")), (*REDIRECT_WORDS, "https"))
        yield case(f"redirect-{status}-newOrder", "newOrder",
                   redirect(status, lambda ca: ca.base + "/new-order"), REDIRECT_WORDS)
    for at in ("newNonce", "newAccount", "authz", "finalize", "cert"):
        yield case(f"redirect-302-http-{at}", at, redirect(302, trap("/x")),
                   (*REDIRECT_WORDS, "https"))
    yield case("redirect-303-newOrder", "newOrder", redirect(303, lambda ca: ca.url),
               REDIRECT_WORDS)
    yield case("redirect-once-directory", "directory", redirect(301, lambda ca: ca.base +
               "/dir-moved"), REDIRECT_WORDS, outcome="any", times=1)
    yield case("redirect-file-directory", "directory", redirect(302, "file:///etc/passwd"),
               REDIRECT_WORDS, hides=("root:",))
    yield case("redirect-no-location-directory", "directory",
               both(redirect(302, ""), no_header("Location")), REDIRECT_WORDS)
    yield case("redirect-foreign-newOrder", "newOrder", redirect(307, trap_tls("/x")),
               REDIRECT_WORDS)


CASES = [
    *broken(), *plain_http(), *missing(), *FOREIGN, *redirects(),
    case("location-100k-order", "newOrder",
         header("Location", lambda ca: ca.base + "/" + "a" * 100_000),
         ("location", "header", "url", "long", "large")),
    case("location-relative-order", "newOrder", header("Location", "/order/1"),
         ("location", "url", "order"), outcome="any"),
    case("location-twice-order", "newOrder", pieces(lambda r: [
        r.status_line() + b"Location: https://127.0.0.1:9/other\r\n" + r.fields(), r.body]),
        ("location", "header"), outcome="any"),
]

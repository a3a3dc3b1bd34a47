"""http-01 (RFC 8555 §8.3), and what Let's Encrypt asks for beyond."""
import gzip
import zlib

from .lib import fake_web
from .lib.acme import Key
from .lib.fake_dns import servfail
from .lib.fake_web import eventually, redirect, response
from .lib.judge import judge
from .lib.lab import ELSEWHERE, NOBODY_V6, OTHER, UNREACHABLE, V6, WEB
from .lib.rows import row


@row("HTTP-001", "HTTP-061", "HTTP-064")
def plain(lab, one):
    v = lab.http().passed()
    visit, = v.visits
    assert (visit.method, visit.target) == ("GET", v.trial.path)
    assert visit.host == v.trial.name and visit.headers["accept"] == "*/*"


@row("HTTP-002")
def trailing_white_space(lab):
    t = lab.trial("http-01")
    t.serve(response(200, t.proof + "\n\r \t\r\n"))
    t.judge().passed()


@row("HTTP-004")
def of_another_account(lab):
    t = lab.trial("http-01")
    wrong = f"{t.challenge.token}.{Key().thumbprint}"
    t.serve(response(200, wrong))
    t.judge().failed("unauthorized", t.proof, wrong)


@row("HTTP-005")
def empty(lab):
    lab.http(response(200)).failed("unauthorized")


@row("HTTP-007")
def too_long(lab):
    for size in (128, 200, 3000):
        body = "".join(chr(97 + i % 26) for i in range(size))
        v = lab.http(response(200, body)).failed("unauthorized", body[:128])
        assert body[:129] not in v.detail or size == 128, v
    # One less is looked at: it is only not the right one.
    lab.http(response(200, "y" * 127)).failed("unauthorized", "y" * 127)


@row("HTTP-008")
def endless(lab):
    v = lab.http(fake_web.endless).failed("unauthorized")
    visit, = v.visits
    assert eventually(lambda: visit.connection.fileno() < 0) and visit.sent < 32 * 1024 * 1024, visit.sent


@row("HTTP-010")
def gone(lab):
    lab.http(response(410, "gone")).failed("unauthorized", "410")


@row("HTTP-012")
def other_success(lab):
    for status in (201, 202, 203, 206):
        t = lab.trial("http-01")
        t.serve(response(status, t.proof))
        t.judge().failed("unauthorized", str(status))


def redirected(lab, location, status=302, **trial):
    """The first answer redirects; location may be a function of the trial. The proof is at every other path and host."""
    t = lab.trial("http-01", **trial)
    target = location(t) if callable(location) else location
    t.serve(redirect(target, status), f"^{t.name}{t.path}$")
    t.web.route("^", response(200, t.proof))
    t.secure.route("^", response(200, t.proof))
    return t


def elsewhere(t):
    return f"http://{t.name}/elsewhere"


@row("HTTP-016", "HTTP-017")
def keeps_the_method(lab, one):
    redirected(lab, elsewhere, {"HTTP-016": 307, "HTTP-017": 308}[one]).judge().passed()


@row("HTTP-018")
def see_other(lab):
    v = redirected(lab, elsewhere, 303).judge().failed("connection", "303")
    assert len(v.visits) == 1


@row("HTTP-019")
def to_bad_certificate(lab):
    t = redirected(lab, lambda t: f"https://{t.name}/x")
    t.judge().passed()
    visit, = lab.secure.visits
    assert visit.tls["sni"] == t.name and visit.tls["version"] in ("TLSv1.2", "TLSv1.3")


@row("HTTP-022")
def keeps_the_query(lab):
    v = redirected(lab, lambda t: f"http://{t.name}/x?a=1&b=%20c#fragment").judge().passed()
    assert v.visits[1].target == "/x?a=1&b=%20c"


@row("HTTP-024")
def loop(lab):
    t = lab.trial("http-01")
    t.serve(redirect(f"http://{t.name}/b"))
    t.web.route("/b$", redirect(f"http://{t.name}{t.path}"))
    v = t.judge().failed("connection", "loop")
    assert len(v.visits) == 2


@row("HTTP-029")
def to_another_scheme(lab):
    for url in ("ftp://{}/x", "file:///etc/passwd", "gopher://{}/x"):
        v = redirected(lab, lambda t: url.format(t.name)).judge().failed("connection", "redirect")
        assert len(v.visits) == 1, v


@row("HTTP-030")
def to_another_port(lab):
    v = redirected(lab, lambda t: f"http://{t.name}:1987/x").judge().failed("connection", "port", "1987")
    assert len(v.visits) == 1


@row("HTTP-034")
def to_no_host(lab):
    redirected(lab, "https:///path").judge().failed("connection", "host")


@row("HTTP-035")
def to_a_host_and_path_in_one(lab):
    redirected(lab, lambda t: f"http://{t.name}.well-known{t.path}").judge().failed("connection", "missing", "/")


@row("HTTP-036", "HTTP-038")
def to_no_public_name(lab, one):
    hosts = {"HTTP-036": ("www.example.unknowntld", "localhost", "host.internal"), "HTTP-038": ("10.10.10.*",)}[one]
    for host in hosts:
        v = redirected(lab, f"http://{host}/x").judge().failed("connection", host)
        assert not lab.dns.asked(host), v


@row("HTTP-039")
def to_an_address(lab):
    redirected(lab, f"http://{OTHER}/x").judge().passed()
    assert lab.web.visits[1].at == OTHER and lab.web.visits[1].host == OTHER
    redirected(lab, f"http://{OTHER}/x", ca="legacy redirects").judge().failed("connection", OTHER)


@row("HTTP-040")
def to_an_address_with_port(lab):
    redirected(lab, f"http://{OTHER}:80/x").judge().passed()


@row("HTTP-042")
def to_an_address_by_https(lab):
    redirected(lab, f"https://{OTHER}/x").judge().passed()
    assert [v.at for v in lab.secure.visits] == [OTHER]


@row("HTTP-043")
def to_a_reserved_address(lab):
    for address in ("10.10.10.10", ELSEWHERE, "169.254.169.254"):
        redirected(lab, f"http://{address}/x").judge().failed("connection", address)
    assert lab.elsewhere.accepted == 0


@row("HTTP-045")
def to_an_address_v6(lab):
    redirected(lab, f"http://[{V6}]:80/x").judge().passed()
    assert lab.web.visits[1].at == V6


@row("HTTP-048")
def to_a_zone(lab):
    redirected(lab, "http://[fe80::1%25lo]/x").judge().failed("connection", "zone")


@row("HTTP-050")
def to_a_name_on_loopback(lab):
    lab.addresses("inside.example.org", ELSEWHERE)
    redirected(lab, "http://inside.example.org/x").judge().failed("dns", "inside.example.org")
    assert lab.elsewhere.accepted == 0


@row("HTTP-052")
def to_a_long_path(lab):
    query = "q=" + "z" * 3000
    v = redirected(lab, lambda t: f"http://{t.name}/{'p' * 1999}?{query}").judge().passed()
    assert v.visits[1].target == f"/{'p' * 1999}?{query}"
    redirected(lab, lambda t: f"http://{t.name}/{'p' * 2000}").judge().failed("connection", "long")


@row("HTTP-053")
def to_upper_case(lab):
    lab.addresses("upper.example.co.uk", WEB)
    v = redirected(lab, "http://UPPER.EXAMPLE.CO.UK/x").judge().passed()
    assert v.visits[1].host == "upper.example.co.uk"


@row("HTTP-055")
def to_one_that_hangs_up(lab):
    t = lab.trial("http-01")
    t.serve(redirect(elsewhere(t)))
    t.web.route("/elsewhere", fake_web.hang_up)
    t.judge().failed("connection", "elsewhere")


@row("HTTP-057")
def to_a_relative_place(lab):
    redirected(lab, "../x?y").judge().passed()
    redirected(lab, lambda t: f"//{t.name}/x").judge().passed()


@row("HTTP-059")
def user_agent(lab):
    v = redirected(lab, elsewhere).judge().passed()
    assert [visit.agent for visit in v.visits] == ["conformance primary"] * 2


@row("HTTP-060")
def user_agents(lab):
    v = lab.http(ca="mpic3").passed()
    assert sorted(visit.agent for visit in v.visits) == [
        "conformance primary", "conformance remote1", "conformance remote2", "conformance remote3"]


@row("HTTP-063", "HTTP-091")
def address_v6(lab, one):
    v = lab.http(name=V6).passed()
    assert v.visits[0].host == f"[{V6}]"


@row("HTTP-065")
def hangs_up(lab):
    t = lab.trial("http-01")
    t.web.at_accept = fake_web.hang_up
    t.judge().failed("connection")


@row("HTTP-066")
def stays_silent(lab):
    t = lab.trial("http-01", ca="hasty")
    t.web.at_accept = fake_web.stall()
    t.judge().failed("connection", "timeout")


@row("HTTP-069")
def unreachable(lab):
    lab.http(addresses=(UNREACHABLE,)).failed("connection", "network")


@row("HTTP-070")
def resets(lab):
    lab.http(fake_web.reset()).failed("connection", "reset")
    # Later it is the body that cannot be read.
    lab.http(fake_web.reset(b"HTTP/1.1 200 OK\r\nContent-Length: 87\r\n\r\nabc")).failed("unauthorized", "body")


@row("HTTP-072")
def speaks_http2(lab):
    t = lab.trial("http-01")
    t.web.at_accept = b"\0\0\0\4\0\0\0\0\0" + b"\0\0\4\x08\0\0\0\0\0\0\xef\xff\1"
    t.judge().failed("connection", "HTTP/2")


@row("HTTP-073")
def speaks_garbage(lab):
    lab.http(b"\x17\x03 garbage\r\n\r\n").failed("connection")


@row("HTTP-075")
def printf_verbs(lab):
    lab.http(response(200, "%s%n%d %[1]s %!v")).failed("unauthorized", "%s%n%d %[1]s %!v")


@row("HTTP-076")
def no_address(lab):
    v = lab.http(addresses=()).failed("dns", "; ")
    assert " A " in v.detail and " AAAA " in v.detail, v


@row("HTTP-077", "HTTP-078")
def one_family_broken(lab, one):
    t = lab.trial("http-01", addresses=(V6,) if one == "HTTP-077" else (WEB,))
    t.serve()
    t.dns.set(t.name, "A" if one == "HTTP-077" else "AAAA", servfail())
    v = t.judge().passed()
    assert v.visits[0].at == (V6 if one == "HTTP-077" else WEB)


@row("HTTP-080")
def only_v6_and_refused(lab):
    t = lab.trial("http-01", addresses=(V6,))
    t.serve()
    with lab.web.refusing(V6):
        v = t.judge().failed("connection", "refused")
    assert not v.visits


@row("HTTP-081")
def v6_says_404(lab):
    v = lab.http(lambda visit: response(404), addresses=(V6, WEB)).failed("unauthorized", "404")
    assert [visit.at for visit in v.visits] == [V6]


@row("HTTP-082")
def v6_stalls(lab):
    t = lab.trial("http-01", ca="hasty", addresses=(V6, WEB))
    t.serve(fake_web.stall())
    v = t.judge().failed("connection", "timeout")
    assert [visit.at for visit in v.visits] == [V6]


@row("HTTP-083")
def only_the_first_v6(lab):
    v = lab.http(addresses=(NOBODY_V6, V6, "fd00:dead::2")).failed("connection")
    assert not v.visits
    # With IPv4 there is one way out (RFC 8305 is not followed further).
    t = lab.trial("http-01", addresses=(V6, WEB))
    t.serve()
    with lab.web.refusing(V6):
        v = t.judge().passed()
    assert [visit.at for visit in v.visits] == [WEB]


@row("HTTP-087")
def allowed_by_the_operator(lab):
    t = lab.trial("http-01", ca="private", addresses=(ELSEWHERE,))
    lab.elsewhere.route("^", response(200, t.proof))
    t.judge().passed()
    lab.http(addresses=(ELSEWHERE,)).failed("dns")


@row("HTTP-088")
def reserved_and_public(lab):
    lab.http(addresses=(ELSEWHERE, "10.0.0.1", WEB)).passed()
    assert lab.elsewhere.accepted == 0


@row("HTTP-089")
def rebinding(lab):
    t = lab.trial("http-01")
    t.serve()
    t.dns.set(t.name, "A", lambda question: [WEB if question.count == 0 else ELSEWHERE])
    t.judge().passed()
    assert lab.elsewhere.accepted == 0


@row("HTTP-090")
def address_v4(lab):
    t = lab.trial("http-01", name=WEB)
    t.serve()
    t.dns.log.clear()
    v = t.judge().passed()
    assert v.visits[0].host == WEB and not t.dns.asked()


@row("HTTP-092")
def neither_name_nor_address(lab):
    judge(lab, {"identifier": {"type": "email", "value": "a@example.com"}, "challenge": "http-01"}).failed("malformed")


@row("HTTP-093")
def each_host_at_its_own_address(lab):
    lab.addresses("second.example.org", OTHER)
    v = redirected(lab, "http://second.example.org/x").judge().passed()
    assert [(visit.host, visit.at) for visit in v.visits] == [(v.trial.name, WEB), ("second.example.org", OTHER)]
    assert [hop["addressUsed"] for hop in v.hops] == [WEB, OTHER]


@row("HTTP-096")
def interim_answers(lab):
    for status in (100, 102, 103):
        t = lab.trial("http-01")
        t.serve(f"HTTP/1.1 {status} Wait\r\nX: y\r\n\r\n".encode() + response(200, t.proof))
        t.judge().passed()


@row("HTTP-103")
def switching_protocols(lab):
    """101 is no interim answer but the last one, and not 200."""
    t = lab.trial("http-01")
    t.serve(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + response(200, t.proof))
    t.judge().failed("unauthorized", ": 101")


@row("HTTP-104", "HTTP-105", "HTTP-106", "HTTP-107")
def packed(lab, one):
    """Go's client offers gzip, and what it reads has been unpacked."""
    t = lab.trial("http-01")
    whole = gzip.compress(t.proof.encode() + b"\r\n")
    body = {"HTTP-104": whole, "HTTP-105": gzip.compress(b"x" * 1000000), "HTTP-106": whole[:-9],
            "HTTP-107": gzip.compress(t.proof[:40].encode()) + gzip.compress(t.proof[40:].encode())}[one]
    t.serve(response(200, body, Content_Encoding="GZip"))
    v = t.judge()
    assert v.visits[0].headers["accept-encoding"] == "gzip"
    if one in ("HTTP-104", "HTTP-107"):
        v.passed()
    else:
        v.failed("unauthorized", {"HTTP-105": "xxx", "HTTP-106": "Error reading HTTP response body"}[one])


@row("HTTP-108")
def not_packed_as_said(lab):
    for coding, body in (("gzip", b"plainly no gzip at all"), ("gzip", b""), ("deflate", zlib.compress(b"x"))):
        t = lab.trial("http-01")
        t.serve(response(200, body, Content_Encoding=coding))
        t.judge().failed("unauthorized")


@row("HTTP-098")
def http_1_0(lab):
    t = lab.trial("http-01")
    t.serve(b"HTTP/1.0 200 OK\r\n\r\n" + t.proof.encode())
    t.judge().passed()


@row("HTTP-100")
def content_type(lab):
    for kind in ("text/html", "image/png", None):
        t = lab.trial("http-01")
        t.serve(response(200, t.proof, Content_Type=kind))
        t.judge().passed()


@row("HTTP-102")
def no_echo_of_other_hosts(lab):
    lab.addresses("second.example.org", OTHER)
    for ca, shown in (("plain", False), ("verbose", True)):
        t = lab.trial("http-01", ca=ca)
        t.serve(redirect("http://second.example.org/x"), f"^{t.name}")
        t.web.route("^second", response(200, "instance-secret"))
        v = t.judge().failed("unauthorized")
        assert ("instance-secret" in v.detail) == shown, v

"""tls-alpn-01 (RFC 8737, RFC 8738 §6), and the withdrawn tls-sni-01 and -02."""
import hashlib
import ipaddress
import ssl

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .lib import der, fake_web
from .lib.acme import Key
from .lib.fake_web import BlackHole, eventually
from .lib.lab import ELSEWHERE, OTHER, V6, WEB
from .lib.rows import row

OTHER_V4, OTHER_V6 = ipaddress.ip_address("192.0.2.9").packed, ipaddress.ip_address("2001:db8::9").packed


def trial(lab, **how):
    return lab.trial("tls-alpn-01", **how)


def show(lab, make=lambda t: (), how=None, **certificate):
    """make: the certificate's extensions, of the trial; nothing: the right ones."""
    t = trial(lab, **(how or {}))
    t.present(*make(t), **certificate)
    return t.judge()


def not_taken(lab, make, *texts, kind="unauthorized", **certificate):
    return show(lab, make, **certificate).failed(kind, *texts)


@row("ALPN-001")
def right(lab):
    v = show(lab).passed()
    visit, = lab.tls.visits
    assert visit.tls["sni"] == v.trial.name and visit.agreement()["alpn"] == "acme-tls/1"
    assert eventually(lambda: hasattr(visit, "data")) and visit.data == b""  # RFC 8737 §3: nothing is said after the handshake


@row("ALPN-002", "ALPN-003", "ALPN-004")
def address(lab, one):
    value, ca = {"ALPN-002": (WEB, "plain"), "ALPN-003": (V6, "plain"), "ALPN-004": (ELSEWHERE, "private")}[one]
    show(lab, how={"name": value, "ca": ca}).passed()
    assert lab.tls.visits[0].tls["sni"] == ipaddress.ip_address(value).reverse_pointer


@row("ALPN-005")
def another_key_authorization(lab):
    wrong = hashlib.sha256(b"another").digest()
    v = not_taken(lab, lambda t: (t.san(), t.acme(der.octets(wrong))), wrong.hex())
    assert v.trial.challenge.digest.hex() in v.detail.lower()


@row("ALPN-006")
def old_oid(lab):
    not_taken(lab, lambda t: (t.san(), t.acme(oid=der.OID_ACME_OLD)), "1.3.6.1.5.5.7.1.31")


@row("ALPN-008", "ALPN-009", "ALPN-010")
def malformed(lab, one):
    value = {"ALPN-008": lambda d: der.tlv(12, d), "ALPN-009": lambda d: der.octets(d[:31]),
             "ALPN-010": lambda d: der.octets(d) + b"\0"}[one]
    not_taken(lab, lambda t: (t.san(), t.acme(value(t.challenge.digest))), "malformed")


@row("ALPN-011")
def no_identifier_extension(lab):
    not_taken(lab, lambda t: (t.san(),), "1.3.6.1.5.5.7.1.31")
    # RFC 8737 §3: it must be critical.
    not_taken(lab, lambda t: (t.san(), t.acme(critical=False)), "critical")


@row("ALPN-012")
def twice(lab):
    not_taken(lab, lambda t: (t.san(), t.acme(), t.acme()), kind="connection")


@row("ALPN-014")
def no_names(lab):
    not_taken(lab, lambda t: (t.acme(),))


@row("ALPN-016", "ALPN-017")
def another_address(lab, one):
    packed, name = {"ALPN-016": (OTHER_V4, WEB), "ALPN-017": (OTHER_V6, V6)}[one]
    not_taken(lab, lambda t: (t.san(der.ip(packed)), t.acme()), "identifier", how={"name": name})


@row("ALPN-018")
def two_names(lab):
    not_taken(lab, lambda t: (t.san(der.dns(t.name), der.dns("other.example.com")), t.acme()), "number")


@row("ALPN-019")
def name_and_address(lab):
    packed = ipaddress.ip_address(WEB).packed
    for name in (lab.name(), WEB):
        host = name if name != WEB else "x.example.com"
        not_taken(lab, lambda t: (t.san(der.dns(host), der.ip(packed)), t.acme()), "number", how={"name": name})


@row("ALPN-021")
def name_and_mail(lab):
    for more in (der.email("a@example.com"), der.uri("http://example.com/")):
        not_taken(lab, lambda t: (t.san(der.dns(t.name), more), t.acme()), "unexpected")


@row("ALPN-022")
def other_case(lab):
    show(lab, lambda t: (t.san(der.dns(t.name.upper())), t.acme())).passed()


@row("ALPN-024")
def not_self_signed(lab):
    not_taken(lab, lambda t: (t.san(), t.acme()), "self-signed", issuer="somebody else")
    not_taken(lab, lambda t: (t.san(), t.acme()), "self-signed", signer=ec.generate_private_key(ec.SECP256R1()))


@row("ALPN-025")
def more_extensions(lab):
    show(lab, lambda t: (t.san(), der.extension("1.2.3.4.5", b"\5\0"), t.acme())).passed()


@row("ALPN-026")
def not_now(lab):
    for days in ((-20, -10), (10, 20)):
        show(lab, days=days).passed()


@row("ALPN-027")
def any_key(lab):
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP521R1())):
        show(lab, key=key).passed()


@row("ALPN-028")
def leaf_only(lab):
    more = der.certificate(Key().private, [der.san(der.dns("more.example.com"))])
    show(lab, more=more).passed()


@row("ALPN-030")
def tls_1_3(lab):
    show(lab, minimum=ssl.TLSVersion.TLSv1_3).passed()
    assert lab.tls.visits[0].agreement()["version"] == "TLSv1.3"
    show(lab, maximum=ssl.TLSVersion.TLSv1_2).passed()
    # RFC 8737 §3: whoever ignores ALPN has not opted in.
    show(lab, alpn=()).failed("unauthorized", "acme-tls/1")


@row("ALPN-031")
def tls_1_1(lab):
    show(lab, maximum=ssl.TLSVersion.TLSv1_1).failed("tls", "version")


@row("ALPN-034")
def aborts(lab):
    for code in (120, 112, 40):
        t = trial(lab)
        t.tls.at_accept = fake_web.alert(code)
        t.judge().failed("tls")


@row("ALPN-037")
def dropped(lab):
    t = trial(lab, ca="hasty", addresses=(OTHER,))
    hole = BlackHole(lab.tls.port, OTHER)
    try:
        t.judge().failed("connection", "timeout during connect")
    finally:
        hole.close()


@row("ALPN-038")
def refused(lab):
    trial(lab, addresses=(OTHER,)).judge().failed("connection", "refused")


@row("ALPN-041")
def no_v4_to_fall_back_to(lab):
    t = trial(lab, addresses=(V6,))
    with lab.tls.refusing(V6):
        t.judge().failed("malformed", "IPv4", t.name)
    # With one, anything that fails at the first is tried at the second.
    t = trial(lab, addresses=(V6, WEB))
    t.present()
    with lab.tls.refusing(V6):
        t.judge().passed()


# --- tls-sni (ca.md 3.2)

@row("SNI-002")
def sni_01_default_certificate(lab):
    t = lab.trial("tls-sni-01", ca="labs")
    t.present(t.san(der.dns("default.example.com")), alpn=())
    t.judge().failed("unauthorized", "default.example.com")
    z = hashlib.sha256(t.proof.encode()).hexdigest()
    name = f"{z[:32]}.{z[32:]}.acme.invalid"
    assert lab.tls.visits[0].tls["sni"] == name
    t = lab.trial("tls-sni-01", ca="labs")
    z = hashlib.sha256(t.proof.encode()).hexdigest()
    t.present(t.san(der.dns(f"{z[:32]}.{z[32:]}.acme.invalid")), alpn=())
    t.judge().passed()


def sni_02_names(t):
    halves = [hashlib.sha256(v.encode()).hexdigest() for v in (t.challenge.token, t.proof)]
    return [f"{h[:32]}.{h[32:]}.{word}.acme.invalid" for h, word in zip(halves, ("token", "ka"))]


@row("SNI-005")
def sni_02_three_names(lab):
    t = lab.trial("tls-sni-02", ca="labs")
    names = sni_02_names(t)
    t.present(t.san(*(der.dns(n) for n in [*names, "more.example.com"])), alpn=())
    t.judge().failed("unauthorized")
    t = lab.trial("tls-sni-02", ca="labs")
    names = sni_02_names(t)
    t.present(t.san(*(der.dns(n) for n in names)), alpn=())
    t.judge().passed()
    assert lab.tls.visits[0].tls["sni"] == names[0]

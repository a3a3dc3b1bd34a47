"""CAA (RFC 8659, RFC 8657)."""
from .lib.acme import Key
from .lib.fake_dns import NXDOMAIN, Answer, servfail
from .lib.fake_dns import caa as rr
from .lib.judge import judge
from .lib.lab import ISSUER_DOMAIN, V6, WEB
from .lib.rows import row

PASS, FORBIDDEN = True, False
OTHER_CA = "other.example.net"
OURS = ISSUER_DOMAIN


def ours(parameters=""):
    return rr("issue", OURS + parameters)


# id: (records at the name, verdict) and, where it is not a plain name proved by http-01, how.
RECORDS = {
    "CAA-002": ([ours()], PASS),
    "CAA-004": ([rr("issue", OTHER_CA)], FORBIDDEN),
    "CAA-005": ([rr("iSsUe", OTHER_CA)], FORBIDDEN),
    "CAA-006": ([rr("issue", OTHER_CA, 128)], FORBIDDEN),
    "CAA-008": ([rr("issue", OURS, 128), rr("issue", OTHER_CA, 128)], PASS),
    "CAA-010": ([rr("unknown", "x", 1)], FORBIDDEN),
    "CAA-011": ([rr("unknown", "x", 9)], FORBIDDEN),
    "CAA-012": ([rr("unknown", "x", 0x7e)], PASS),
    "CAA-014": ([rr("iodef", "mailto:a@example.com", 128), rr("issuemail", ";", 128), rr("issuevmc", ";", 128)], PASS),
    "CAA-016": ([ours("; a_b=c")], FORBIDDEN),
    "CAA-018": ([ours("; ab=c d")], FORBIDDEN),
    "CAA-019": ([ours("; ab=\u00fc")], FORBIDDEN),
    "CAA-020": ([ours("; ab=c de=f")], FORBIDDEN),
    "CAA-021": ([ours("; ab")], FORBIDDEN),
    "CAA-023": ([rr("issue", ";")], FORBIDDEN),
    "CAA-025": ([rr("issue", ";")], FORBIDDEN, "wildcard"),
    "CAA-026": ([rr("issuewild", ";")], FORBIDDEN, "wildcard"),
    "CAA-027": ([rr("issuewild", ";")], PASS),
    "CAA-028": ([ours(), rr("issuewild", OTHER_CA)], FORBIDDEN, "wildcard"),
    "CAA-029": ([rr("issue", OTHER_CA), rr("issuewild", OURS)], PASS, "wildcard"),
    "CAA-030": ([rr("issue", OTHER_CA), rr("issuewild", OURS)], FORBIDDEN),
    "CAA-031": ([rr("issuewild", OTHER_CA), rr("issuewild", OURS)], PASS, "wildcard"),
    "CAA-032": ([rr("issue", OURS.upper())], FORBIDDEN),
    "CAA-035": ([ours("; validationmethods=http-01,dns-01")], PASS),
    "CAA-036": ([ours("; validationmethods=http-01,dns-01")], FORBIDDEN, "tls-alpn-01"),
    "CAA-037": ([ours("; validationmethods=")], FORBIDDEN),
    "CAA-038": ([ours("; validationmethods=,")], FORBIDDEN),
    "CAA-039": ([ours("; validationmethods=http-01,howdy !")], FORBIDDEN),
    "CAA-040": ([ours("; validationmethods=http-01; validationmethods=http-01")], FORBIDDEN),
    "CAA-042": ([ours("; validationmethods=http-01,unknown-01")], PASS),
    "CAA-043": ([ours("; accounturi={url}")], PASS),
    "CAA-044": ([ours("; accounturi={url}0")], FORBIDDEN),
    "CAA-046": ([ours("; accounturi=https://elsewhere.example.net/{path}")], FORBIDDEN),
    "CAA-048": ([ours("; accounturi=")], FORBIDDEN),
    "CAA-050": ([ours("; accounturi={url}; validationmethods=http-01")], PASS),
    "CAA-052": ([ours("; accounturi={url}0"), ours("; accounturi={url}")], PASS),
}


def fill(record, url):
    value = record.replace(b"{url}", url.encode()).replace(b"{path}", url.split("/", 3)[3].encode())
    return value


def caa_trial(lab, how="http-01", **trial):
    """A name that is proved whichever way, so that CAA decides."""
    kind = {"wildcard": "dns-01"}.get(how, how)
    name = lab.name()
    t = lab.trial(kind, name=f"*.{name}" if how == "wildcard" else name, **trial)
    {"http-01": t.serve, "dns-01": t.publish, "tls-alpn-01": t.present}[kind]()
    return t


@row(*RECORDS)
def record(lab, one):
    records, verdict, how = (*RECORDS[one], "http-01")[:3]
    t = caa_trial(lab, how)
    t.dns.set(t.name, "CAA", *(fill(r, t.authz.account.url) for r in records))
    if verdict:
        t.judge().passed()
    else:
        t.judge().failed("caa", t.name)
    assert lab.dns.asked(t.name, "CAA")


@row("CAA-001")
def none_at_all(lab):
    t = caa_trial(lab)
    t.judge().passed()
    labels = t.name.split(".")
    for at in range(len(labels)):
        assert lab.dns.asked(".".join(labels[at:]), "CAA"), labels[at:]


@row("CAA-045")
def another_form_of_the_account(lab):
    """A record may name any URL under which the account is known."""
    url, alias = "https://ca.example.net/acme/acct/1", "https://old.example.net/acct/1"
    name = lab.name()
    lab.addresses(name, WEB)
    request = {"identifier": {"type": "dns", "value": name}, "challenge": "http-01", "accountUrl": url,
               "accountAliases": [alias], "checkCaa": True}
    for value, passes in ((alias, True), (url, True), ("https://ca.example.net/acme/acct/2", False)):
        lab.dns.set(name, "CAA", ours(f"; accounturi={value}"))
        verdict = judge(lab, request, serve=True)
        verdict.passed() if passes else verdict.failed("caa")


@row("CAA-070")
def former_account_url(lab):
    """A record written before the CA moved still names the account."""
    for base, passes in (("https://old.example.net", True), ("https://elsewhere.example.net", False)):
        t = caa_trial(lab, ca="moved")
        id_ = t.authz.account.url.rpartition("/")[2]
        t.dns.set(t.name, "CAA", ours(f"; accounturi={base}/acme/acct/{id_}"))
        t.judge().passed() if passes else t.judge().failed("caa", t.name)


def broken_trial(lab, at, answer, **trial):
    """CAA at the name or at one of its parents answered in this way."""
    t = caa_trial(lab, **trial)
    t.dns.set({"name": t.name, "parent": t.name.partition(".")[2], "tld": "com"}[at], "CAA", answer)
    return t


@row("CAA-053")
def servfail_at_the_name(lab):
    t = broken_trial(lab, "name", servfail())
    t.judge().failed("dns", "CAA", t.name)


@row("CAA-054")
def servfail_above_a_record(lab):
    t = broken_trial(lab, "parent", servfail())
    t.dns.set(t.name, "CAA", ours())
    t.judge().passed()


@row("CAA-055")
def servfail_below_a_record(lab):
    t = broken_trial(lab, "name", servfail())
    t.dns.set(t.name.partition(".")[2], "CAA", ours())
    t.judge().failed("dns", "CAA", t.name)


@row("CAA-056")
def no_such_tld(lab):
    broken_trial(lab, "tld", Answer(rcode=NXDOMAIN)).judge().failed("dns", "CAA")
    # Below the TLD it only means that there are no records.
    t = broken_trial(lab, "name", Answer(rcode=NXDOMAIN))
    t.dns.set("com", "CAA")
    t.judge().passed()


@row("CAA-057")
def no_answer(lab):
    broken_trial(lab, "name", Answer(silent=True)).judge().failed("dns", "CAA", "timed out")


@row("CAA-058")
def truncated(lab):
    broken_trial(lab, "name", Answer(ours(), truncated="always")).judge().failed("dns", "truncated")


@row("CAA-060")
def address(lab):
    for name in (WEB, V6):
        t = lab.trial("http-01", name=name, account=lab.ca().acme.account(Key()))
        t.serve()
        t.judge().passed()
        assert not lab.dns.asked(kind="CAA")


def ready_order(lab, ca="plain"):
    """A ready order whose authorization was validated 8 hours ago."""
    from .lib import age
    t = caa_trial(lab, ca=ca, account=lab.ca(ca).acme.account(Key()))
    t.judge().passed()
    age.validated(lab.ca(ca), t.authz, hours=8)
    lab.dns.clear()
    return t


@row("CAA-061")
def asked_again(lab):
    from .rows_finalize import csr
    t = ready_order(lab)
    t.order.finalize(csr(t.name)).ok()
    assert t.order.wait()["status"] == "valid"
    assert lab.dns.asked(t.name, "CAA")
    t = ready_order(lab)
    t.dns.set(t.name, "CAA", rr("issue", OTHER_CA))
    answer = t.order.finalize(csr(t.name))
    if answer.problem:
        answer.refused("caa", 403)
    else:
        assert t.order.wait()["status"] == "invalid" and t.order.body["error"]["type"].endswith(":caa")


@row("CAA-064")
def asked_again_and_broken(lab):
    """Perspectives that cannot be asked are our fault, not the name's."""
    from .rows_finalize import csr
    t = ready_order(lab, "mpic remotes")
    for remote in lab.remotes:
        remote.script = remote.hang_up
    answer = t.order.finalize(csr(t.name))
    if answer.problem:
        answer.refused("serverInternal", 500)
    else:
        assert t.order.wait()["error"]["type"].endswith(":serverInternal"), t.order.body


# --- by several perspectives

def forbidding(*views):
    return lambda q: [rr("issue", OTHER_CA)] if q.view in views else [ours()]


def failing(*views):
    return lambda q: servfail() if q.view in views else []


@row("CAA-065")
def one_of_three_forbids(lab):
    t = caa_trial(lab, ca="mpic3")
    t.dns.set(t.name, "CAA", forbidding("remote2"))
    t.judge().passed()
    assert len({q.view for q in lab.dns.asked(t.name, "CAA")}) == 4


@row("CAA-066")
def two_of_three_forbid(lab):
    t = caa_trial(lab, ca="mpic3")
    t.dns.set(t.name, "CAA", forbidding("remote1", "remote2"))
    t.judge().failed("caa", "secondary validation")


@row("CAA-067")
def one_of_three_broken(lab):
    t = caa_trial(lab, ca="mpic3")
    t.dns.set(t.name, "CAA", failing("remote3"))
    t.judge().passed()


@row("CAA-069")
def primary_broken(lab):
    t = caa_trial(lab, ca="mpic3")
    t.dns.set(t.name, "CAA", failing("primary"))
    v = t.judge().failed("dns", "CAA")
    assert "secondary" not in v.detail.lower()
    assert {q.view for q in lab.dns.asked(t.name, "CAA")} == {"primary"}

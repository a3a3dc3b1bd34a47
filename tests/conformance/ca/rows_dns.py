"""dns-01 (RFC 8555 §8.4), dns-account-01, and how the DNS is asked."""
import base64
import hashlib

from .lib.acme import b64
from .lib.fake_dns import RR, Answer, servfail
from .lib.judge import judge
from .lib.lab import ELSEWHERE, WEB
from .lib.rows import row


def dns(lab, *records, **trial):
    t = lab.trial("dns-01", **trial)
    t.publish(*records)
    return t.judge()


def right(t):
    return b64(t.challenge.digest)


@row("DNS-005")
def five_wrong(lab):
    v = dns(lab, "wrong0", "wrong1", "wrong2", "wrong3", "wrong4").failed("unauthorized", "4 more")
    assert "_acme-challenge." + v.trial.name in v.detail and "wrong" in v.detail


@row("DNS-006")
def long_wrong(lab):
    value = "".join(chr(97 + i % 26) for i in range(240))
    v = dns(lab, value).failed("unauthorized", value[:100], "...")
    assert value[:101] not in v.detail


@row("DNS-007")
def one_right(lab):
    t = lab.trial("dns-01")
    t.publish("wrong", right(t), "also wrong")
    t.judge().passed()
    # Character strings of one record are one value (RFC 8555 §8.4: the record's contents).
    t = lab.trial("dns-01")
    t.publish((right(t)[:20], right(t)[20:]))
    t.judge().passed()


@row("DNS-011")
def padded(lab):
    for change in (lambda v: v + "=", lambda v: v + " ", lambda v: " " + v, lambda v: v.swapcase(), lambda v: v[:-1]):
        t = lab.trial("dns-01")
        t.publish(change(right(t)))
        t.judge().failed("unauthorized")


@row("DNS-013")
def silent(lab):
    dns(lab, Answer(silent=True)).failed("dns", "timed out", "TXT")


@row("DNS-014", "DNS-031")
def no_resolver(lab, one):
    v = dns(lab, ca="no resolver").failed("dns", "TXT", "_acme-challenge.")
    assert "timed out" not in v.detail, v


@row("DNS-015", "DNS-016")
def no_name(lab, one):
    ident = {"type": "ip", "value": WEB} if one == "DNS-015" else {"type": "fakeID", "value": "x"}
    judge(lab, {"identifier": ident, "challenge": "dns-01"}).failed("malformed")
    assert not lab.dns.asked()


@row("DNS-017")
def wildcard(lab):
    name = lab.name()
    t = lab.trial("dns-01", name=f"*.{name}")
    assert t.name == name
    t.publish()
    t.judge().passed()
    assert {q.name for q in lab.dns.asked(kind="TXT")} == {f"_acme-challenge.{name}"}


@row("DNS-018")
def alias(lab):
    t = lab.trial("dns-01")
    at, to = f"_acme-challenge.{t.name}", "x1.validation.example.org"
    # As resolvers answer: the whole chain.
    t.publish(RR(at, "CNAME", "hop.example.org"), RR("hop.example.org", "CNAME", to), RR(to, "TXT", right(t)))
    t.judge().passed()


@row("DNS-019")
def delegation(lab):
    # The resolver follows NS records; whatever else it puts into the answer does not matter.
    t = lab.trial("dns-01")
    at = f"_acme-challenge.{t.name}"
    t.publish(RR(at, "TXT", right(t)), RR(at, "NS", "ns1.example.org"))
    t.judge().passed()


@row("DNS-020")
def alias_loop(lab):
    t = lab.trial("dns-01")
    at = f"_acme-challenge.{t.name}"
    t.publish(RR(at, "CNAME", "b.example.org"), RR("b.example.org", "CNAME", at))
    t.dns.set("b.example.org", "TXT", RR("b.example.org", "CNAME", at), RR(at, "CNAME", "b.example.org"))
    t.judge().failed("dns")


@row("DNS-022")
def truncated(lab):
    t = lab.trial("dns-01")
    t.publish(Answer("wrong" * 200, right(t), truncated="udp"))
    t.judge().passed()
    assert {q.transport for q in lab.dns.asked(kind="TXT")} == {"udp", "tcp"}


@row("DNS-024")
def bogus(lab):
    dns(lab, servfail((6, "no signature"))).failed("dns", "DNSSEC")


@row("DNS-025")
def insecure(lab):
    # The answer comes without AD: nobody signed the zone, and nothing is wrong with that.
    dns(lab, ca="trusted resolver").passed()


@row("DNS-028")
def second_server(lab):
    t = lab.trial("dns-01", ca="two resolvers")
    value = right(t)
    t.publish(lambda q: Answer(silent=True) if q.view == "remote1" else [value])
    t.judge().passed()
    assert lab.dns.asked(kind="TXT", view="remote1") or lab.dns.asked(kind="TXT", view="remote2")


@row("DNS-029")
def three_times(lab):
    dns(lab, Answer(silent=True)).failed("dns", "timed out")
    assert len(lab.dns.asked(kind="TXT")) == 3


@row("DNS-030")
def deadline(lab):
    dns(lab, Answer(silent=True), ca="hasty").failed("dns", "timed out")
    assert len(lab.dns.asked(kind="TXT")) < 3


@row("DNS-032")
def only_an_alias(lab):
    t = lab.trial("dns-01")
    t.publish(RR(f"_acme-challenge.{t.name}", "CNAME", "nothing.example.org"))
    t.judge().failed("unauthorized", "no TXT")


@row("DNS-033")
def private_addresses(lab):
    v = lab.http(addresses=("10.0.0.1", WEB, "192.168.1.1", ELSEWHERE)).passed()
    assert v.hops[0]["addressesResolved"] == [WEB]


@row("DNS-034")
def only_ula(lab):
    lab.http(addresses=("fd12::1", "fe80::1")).failed("dns", "AAAA")


# --- dns-account-01 (draft-ietf-acme-dns-account-label)

def account_label(url):
    return "_" + base64.b32encode(hashlib.sha256(url.encode()).digest()[:10]).decode().lower()


def test_vector():
    assert account_label("https://example.com/acme/acct/ExampleAccount") == "_ujmmovf2vn55tgye"


def account_dns(lab, make, **trial):
    """make: the TXT records, of the trial."""
    test_vector()
    t = lab.trial("dns-account-01", **trial)
    t.publish(*make(t), name=f"{account_label(t.authz.account.url)}._acme-challenge.{t.name}")
    return t


@row("DNSA-004")
def account_wrong(lab):
    account_dns(lab, lambda t: ["wrong", "wrong too"]).judge().failed("unauthorized", "1 more")


@row("DNSA-005")
def account_one_right(lab):
    account_dns(lab, lambda t: ["wrong", right(t), "wrong too"]).judge().passed()


@row("DNSA-006")
def account_none(lab):
    t = lab.trial("dns-account-01")
    t.publish()  # where dns-01 looks
    t.judge().failed("unauthorized", "no TXT", account_label(t.authz.account.url))


@row("DNSA-008")
def account_no_resolver(lab):
    account_dns(lab, lambda t: [right(t)], ca="no resolver").judge().failed("dns")


@row("DNSA-010")
def no_account_url(lab):
    judge(lab, {"identifier": {"type": "dns", "value": "x.example.com"}, "challenge": "dns-account-01"}
          ).failed("serverInternal")


@row("DNSA-012")
def account_wildcard_again(lab):
    name = f"*.{lab.name()}"
    account_dns(lab, lambda t: [right(t)], name=name).judge().passed()
    lab.dns.clear()
    first = lab.ca().account.order(name)
    assert first.body["status"] == "ready" and not lab.dns.asked(kind="TXT")

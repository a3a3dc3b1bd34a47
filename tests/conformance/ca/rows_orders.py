"""Orders and what may be ordered (RFC 8555 §7.4, RFC 8738, ca.md 5.6)."""
import time

from .lib import age
from .lib.acme import Key, ident
from .lib.lab import DOMAIN, WEB
from .lib.rows import row


def ordered(lab, *names, ca="plain", **fields):
    return lab.ca(ca).account.new_order(*names, **fields)


@row("ORD-001")
def names_and_address(lab):
    a, b = lab.name(), lab.name()
    answer = ordered(lab, a, b, WEB, profile="shortlived").ok(201)
    assert answer.location and len(answer.json["authorizations"]) == 3
    assert {(i["type"], i["value"]) for i in answer.json["identifiers"]} == {("dns", a), ("dns", b), ("ip", WEB)}


@row("ORD-004")
def unknown_type(lab):
    ordered(lab, {"type": "fakeID", "value": "www.example.com"}).refused("unsupportedIdentifier", 400)


@row("ORD-005", "ORD-006")
def case_and_copies(lab, one):
    a, b = sorted((lab.name(), lab.name()))
    names = [b.upper(), a.title()] if one == "ORD-005" else [b, a, b, a.upper()]
    answer = ordered(lab, *names).ok(201)
    assert answer.json["identifiers"] == [ident(a), ident(b)]
    assert len(answer.json["authorizations"]) == 2


@row("ORD-007")
def dates(lab):
    at = lambda s: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + s))  # noqa: E731
    for fields in ({"notBefore": at(0)}, {"notAfter": at(86400)}):
        ordered(lab, lab.name(), **fields).refused("malformed", 400)
    fields = {"notBefore": at(0), "notAfter": at(86400)}
    answer = ordered(lab, lab.name(), ca="dates", **fields).ok(201)
    assert {k: answer.json[k] for k in fields} == fields


LONG = ".".join(["a" * 63] * 3 + ["b" * 50, "example.com"])

REFUSED = {
    "ORD-008": ["example.invalid", "www.example.invalid", "host.local"],
    "ORD-010": ["1.2.3.4", "127.0.0.1"],
    "ORD-012": [LONG],
    "ORD-015": ["intranet", "localhost"],
    "ORD-017": ["www..example.com", ".example.com", "example.com."],
    "ORD-018": ["-www.example.com", "www-.example.com"],
    "ORD-019": ["bq--abwhky3f6fxq.example.com", "ab--cd.example.com"],
    "ORD-022": ["b\u00fccher.example.com", "www.ex\u00e4mple.com"],
    "ORD-023": ["co.uk", "com"],
    "ORD-024": ["*.com", "*.co.uk"],
    "ORD-025": ["*.*.example.com", "www.*.example.com", "w*.example.com", "*"],
    "ORD-034": ["exact.blocked.example.org"],
    "ORD-035": ["suffix.example.net", "www.suffix.example.net", "a.b.suffix.example.net"],
    "ORD-036": ["*.blocked.example.org"],
    "ORD-037": ["mail.mail.www.example.com", "www.mail.cpanel.example.com"],
}


@row(*REFUSED)
def refused(lab, one):
    for name in REFUSED[one]:
        answer = ordered(lab, {"type": "dns", "value": name}, ca="lists")
        assert answer.problem == "rejectedIdentifier" and answer.status == 400, (name, answer)
    if one == "ORD-015":
        ordered(lab, {"type": "dns", "value": "intranet"}, ca="private").ok(201)
    if one == "ORD-012":
        ordered(lab, {"type": "dns", "value": LONG[len(LONG) - 253:].lstrip(".")}).ok(201)
    if one == "ORD-034":
        ordered(lab, "below.exact.blocked.example.org", ca="lists").ok(201)


ADDRESSES = {
    "ORD-030": ["2606:2800:0220:0001:0248:1893:25c8:1946", "2606:2800::0:1", "0:0::0"],
    "ORD-031": ["2606:2800::1%eth0", "2606:2800::/64", "[2606:2800::1]", "[2606:2800::1]:80", "9.9.9.9:80", "9.9.9.0/24"],
    "ORD-032": ["::ffff:1.2.3.4", "::ffff:102:304", "10.0.0.1", "192.0.2.1", "fe80::1", "127.0.0.1", "169.254.169.254",
                "224.0.0.1", "9.9.9", "0x9.9.9.9", "09.9.9.9"],
}


@row(*ADDRESSES)
def refused_address(lab, one):
    for value in ADDRESSES[one]:
        answer = ordered(lab, {"type": "ip", "value": value}, profile="shortlived")
        assert answer.problem in ("rejectedIdentifier", "malformed") and answer.status == 400, (value, answer)
    value = "2606:2800:220:1:248:1893:25C8:1946"  # letter case is no other form, as in names
    answer = ordered(lab, "9.9.9.9", value, profile="shortlived").ok(201)
    assert ident(value.lower()) in answer.json["identifiers"]


@row("ORD-021")
def idn(lab):
    ordered(lab, f"xn--bcher-kva.{DOMAIN}").ok(201)
    # Not what IDNA would write, or not even Punycode.
    for name in ("xn--0.example.com", "xn--bcher-kva-.example.com", "xn--www-.example.com"):
        ordered(lab, name).refused("rejectedIdentifier", 400)


@row("ORD-027")
def wildcard(lab):
    name = lab.name()
    order = lab.ca().account.order(f"*.{name}")
    authz, = order.authorizations
    assert authz.body["identifier"] == ident(name) and authz.body["wildcard"] is True
    assert {c["type"] for c in authz.body["challenges"]} == {"dns-01", "dns-account-01", "dns-persist-01"}


@row("ORD-028")
def redundant(lab):
    name = lab.name()
    ordered(lab, f"*.{name}", f"www.{name}").refused("malformed", 400, f"*.{name}")


@row("ORD-029")
def wildcard_and_parent(lab):
    name = lab.name()
    assert len(ordered(lab, f"*.{name}", name).ok(201).json["authorizations"]) == 2


@row("ORD-038")
def too_many(lab):
    ordered(lab, *(f"n{i}.{DOMAIN}" for i in range(101))).refused("malformed", 400, "100")
    ordered(lab, *(f"n{i}.{DOMAIN}" for i in range(26)), profile="tlsserver").refused("malformed", 400, "25")


@row("ORD-039")
def too_long(lab):
    label = "l" * 60
    names = [f"{label}.{label}.{label}.n{i}.example.com" for i in range(60)]
    ordered(lab, *names).refused("malformed", 400)


@row("ORD-041")
def unknown_profile(lab):
    ordered(lab, lab.name(), profile="fnord").refused("invalidProfile", 400, "fnord")


@row("ORD-042")
def profile_of_others(lab):
    ordered(lab, lab.name(), ca="lists", profile="members").refused("unauthorized", 403, "members")


@row("ORD-043")
def address_by_a_profile_of_names(lab):
    ordered(lab, WEB, profile="tlsserver").refused("rejectedIdentifier", 400)


@row("ORD-044")
def pending_again(lab):
    a, b = lab.name(), lab.name()
    first = ordered(lab, a, b).ok(201)
    assert ordered(lab, b, a.upper()).ok(201).location == first.location
    assert ordered(lab, a).ok(201).location != first.location
    assert ordered(lab, a, b, profile="tlsserver").ok(201).location != first.location


@row("ORD-046")
def expired_before(lab):
    account = lab.ca().account
    name = lab.name()
    first = account.order(name)
    age.order(lab.ca(), first, seconds_left=-1)
    assert account.order(name).url != first.url


@row("ORD-047")
def failed_before(lab):
    t = lab.trial("http-01")
    t.judge().failed("unauthorized")
    assert t.order.read()["status"] == "invalid"
    second = t.authz.account.order(t.name)
    assert second.url != t.order.url and second.body["authorizations"] != t.order.body["authorizations"]


def proved(lab, name=None, ca="plain", kind="http-01"):
    t = lab.trial(kind, name=name, ca=ca, account=lab.ca(ca).acme.account(Key()))
    t.serve() if kind == "http-01" else t.publish()
    t.judge().passed()
    return t


@row("ORD-049")
def proved_before(lab):
    t = proved(lab)
    account = t.authz.account
    other = lab.name()
    mixed = account.order(t.name, other)
    states = {a.body["identifier"]["value"]: a.body["status"] for a in mixed.authorizations}
    assert states == {t.name: "valid", other: "pending"} and mixed.body["status"] == "pending"
    age.order(lab.ca(), t.order, seconds_left=-1)
    assert account.order(t.name).body["status"] == "ready"
    assert lab.ca().acme.account().order(t.name).body["status"] == "pending"


@row("ORD-050")
def proved_and_nearly_over(lab):
    t = proved(lab)
    age.authz(lab.ca(), t.authz, seconds_left=1800)
    other = lab.name()
    order = t.authz.account.order(t.name, other)
    assert [a.body["status"] for a in order.authorizations] == ["pending", "pending"]


@row("ORD-051")
def proved_as_wildcard(lab):
    name = lab.name()
    t = proved(lab, f"*.{name}", kind="dns-01")
    assert t.authz.account.order(name).body["status"] == "pending"


@row("ORD-056")
def list_of_orders(lab):
    account = lab.ca("rfc").acme.account()
    made = [account.order(lab.name()).url for _ in range(4)]
    url, found, pages = account.post(account.url).ok().json["orders"], [], 0
    while url:
        answer = account.post(url).ok()
        found += answer.json["orders"]
        url, pages = (answer.links("next") or [None])[0], pages + 1
    assert sorted(found) == sorted(made)
    # More than a page: another one is linked to (RFC 8555 §7.1.2.1).
    made += [account.order(lab.name()).url for _ in range(60)]
    first = account.post(account.post(account.url).json["orders"]).ok()
    if len(first.json["orders"]) < len(made):
        assert first.links("next")
        found = []
        url = first.url
        while url:
            answer = account.post(url).ok()
            found += answer.json["orders"]
            url = (answer.links("next") or [None])[0]
        assert sorted(found) == sorted(made)


def issued(lab, *names, **how):
    from .rows_finalize import issue
    return issue(lab, *names, **how)


@row("ORD-060")
def replaces_another_name(lab):
    made = issued(lab)
    made.account.new_order(lab.name(), replaces=made.cert_id).refused("malformed", 400)


@row("ORD-061")
def replaces_nonsense(lab):
    for text in ("fnord", "a.b.c", "", ".", "####.####"):
        ordered(lab, lab.name(), replaces=text).refused("malformed", 400)


@row("ORD-063")
def replaces_a_wildcard(lab):
    name = lab.name()
    made = issued(lab, f"*.{name}", kind="dns-01")
    answer = made.account.new_order(f"www.{name}", replaces=made.cert_id).ok(201)
    assert answer.json["replaces"] == made.cert_id
    # Once only (RFC 9773 §5), and only the account's own.
    made.account.new_order(f"web.{name}", replaces=made.cert_id).refused("alreadyReplaced", 409)
    mine = issued(lab)
    lab.ca().acme.account().new_order(mine.names[0], replaces=mine.cert_id).refused("unauthorized", 403)

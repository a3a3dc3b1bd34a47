"""Accounts (RFC 8555 §7.3), external binding, key roll-over, and which keys are taken."""
import math
import threading

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from .lib import der
from .lib.acme import Acme, Key, Mac, b64, number, sign, unb64
from .lib.rows import row

AGREED = {"termsOfServiceAgreed": True}


def new(lab, key=None, ca="plain", **fields):
    acme = lab.ca(ca).acme
    return acme.post(acme.directory["newAccount"], {**AGREED, **fields}, key or Key())


@row("ACCT-001", "ACCT-002")
def created(lab, one):
    key = Key.rsa(1) if one == "ACCT-001" else Key(ec.generate_private_key(ec.SECP384R1()))
    answer = new(lab, key).ok(201)
    assert answer.location and answer.json["status"] == "valid"
    assert answer.links("terms-of-service") and answer.links("index") == [lab.ca().acme.url]


@row("ACCT-003")
def not_agreed(lab):
    for fields in ({"termsOfServiceAgreed": False}, {"termsOfServiceAgreed": None}):
        new(lab, **fields).refused("malformed", 400)
    new(lab, ca="rfc", termsOfServiceAgreed=False).refused("userActionRequired", 403)


@row("ACCT-004", "ACCT-005")
def known(lab, one):
    key = Key()
    first = new(lab, key).ok(201)
    again = new(lab, key, **({"onlyReturnExisting": True} if one == "ACCT-005" else {})).ok(200)
    assert again.location == first.location


@row("ACCT-006")
def unknown(lab):
    new(lab, onlyReturnExisting=True).refused("accountDoesNotExist", 400)


@row("ACCT-007", "ACCT-018")
def deactivated(lab, one):
    account = lab.ca().acme.account()
    answer = account.post(account.url, {"status": "deactivated"}).ok(200)
    assert answer.json["status"] == "deactivated"
    new(lab, account.key).refused("unauthorized", 403)
    new(lab, account.key, onlyReturnExisting=True).refused("unauthorized", 403)
    account.post(account.url).refused("unauthorized", 403)


@row("ACCT-008")
def race(lab):
    key, answers = Key(), []
    clients = [Acme(lab.ca().directory_url) for _ in range(4)]
    bodies = [sign(key, c.protect(c.directory["newAccount"], key), AGREED) for c in clients]
    threads = [threading.Thread(target=lambda c=c, b=b: answers.append(c.send(c.directory["newAccount"], b)))
               for c, b in zip(clients, bodies)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(a.status for a in answers) == [200, 200, 200, 201], answers
    assert len({a.location for a in answers}) == 1


CONTACTS = {
    "ACCT-011": ["mailto:a@example.com", "mailto:a@example.net", "mailto:a@EXAMPLE.org"],
    "ACCT-012": ["mailto:\u00fc@letsencrypt.org", "mailto:a@d\u00fc.org"],
    "ACCT-013": ["mailto:a@letsencrypt.org?subject=x", "mailto:a@letsencrypt.org#x", "mailto:a@letsencrypt.org,b@letsencrypt.org",
                 "mailto:", "mailto:nobody"],
    "ACCT-014": ["mailto:a@host.unknowntld", "mailto:a@localhost"],
}


@row(*CONTACTS)
def bad_contact(lab, one):
    for contact in CONTACTS[one]:
        new(lab, ca="public suffix" if one == "ACCT-014" else "plain", contact=[contact]).refused("invalidContact", 400)
    new(lab, contact=["tel:+1234567"]).refused("unsupportedContact", 400)
    new(lab, contact=["mailto:a@letsencrypt.org"]).ok(201)


@row("ACCT-015")
def many_contacts(lab):
    new(lab, contact=[f"mailto:a{n}@letsencrypt.org" for n in range(11)]).refused("malformed", 400)


@row("ACCT-016", "ACCT-019")
def no_change(lab, one):
    account = lab.ca().acme.account()
    before = account.post(account.url).ok().json
    for payload in [{}] if one == "ACCT-016" else [{"status": "valid"}, {"status": ""}]:
        assert account.post(account.url, payload).ok(200).json == before


@row("ACCT-017")
def contact_changed(lab):
    account = lab.ca().acme.account(contact=["mailto:a@letsencrypt.org"])
    contact = ["mailto:b@letsencrypt.org"]
    answer = account.post(account.url, {"contact": contact}).ok(200)
    assert answer.json["status"] == "valid"
    assert answer.json.get("contact") in (None, contact)
    account = lab.ca("rfc").acme.account(contact=["mailto:a@letsencrypt.org"])
    account.post(account.url, {"contact": contact}).ok(200)
    assert account.post(account.url).ok().json["contact"] == contact


@row("ACCT-020")
def other_status(lab):
    account = lab.ca().account
    for status in ("revoked", "fnord", "pending"):
        account.post(account.url, {"status": status}).refused("malformed", 400)


@row("ACCT-021")
def of_another(lab):
    mine, other = lab.ca().account, lab.ca().acme.account()
    for payload in ("", {}, {"status": "deactivated"}):
        mine.post(other.url, payload).refused("unauthorized", 403)


@row("ACCT-022")
def no_number(lab):
    account = lab.ca().account
    answer = account.post(account.url.rpartition("/")[0] + "/fnord")
    assert answer.problem == "malformed" and answer.status in (400, 404), answer


# --- external account binding (RFC 8555 §7.3.4)

def bind(lab, kid, key, mac, ca="eab", **changes):
    acme = lab.ca(ca).acme
    protected = {"alg": mac.alg, "kid": kid, "url": acme.directory["newAccount"]}
    payload = changes.pop("payload", key.jwk)
    protected.update(changes)
    binding = sign(mac, {k: v for k, v in protected.items() if v is not None}, payload)
    return new(lab, key, ca, externalAccountBinding=binding)


def fresh_eab(lab, ca="eab"):
    """A kid and its key, as an operator makes them."""
    return lab.ca(ca).new_eab()


@row("ACCT-023")
def binding_missing(lab):
    new(lab, ca="eab").refused("externalAccountRequired", 403)
    assert lab.ca("eab").acme.directory["meta"]["externalAccountRequired"] is True


@row("ACCT-024")
def bound(lab):
    for alg in ("HS256", "HS384", "HS512"):
        kid, secret = fresh_eab(lab)
        answer = bind(lab, kid, Key(), Mac(secret, alg)).ok(201)
        assert answer.json["externalAccountBinding"]["payload"]


BAD_BINDINGS = {
    "ACCT-027": ({"nonce": "abc"}, "malformed"),
    "ACCT-028": ({"url": "http://127.0.0.1/other"}, "malformed"),
    "ACCT-029": ({"payload": Key().jwk}, "badPublicKey"),
    "ACCT-030": ({"alg": "RS256"}, "malformed"),
}


@row("ACCT-026", *BAD_BINDINGS)
def badly_bound(lab, one):
    kid, secret = fresh_eab(lab)
    if one == "ACCT-026":
        bind(lab, kid, Key(), Mac(b"x" * 32)).refused("unauthorized", 403)
        bind(lab, "unknown" + kid, Key(), Mac(secret)).refused("unauthorized", 403)
    else:
        changes, kind = BAD_BINDINGS[one]
        answer = bind(lab, kid, Key(), Mac(secret), **changes)
        assert answer.problem in (kind, "unauthorized" if one == "ACCT-029" else kind), answer
    bind(lab, kid, Key(), Mac(secret)).ok(201)


@row("ACCT-031")
def bound_twice(lab):
    kid, secret = fresh_eab(lab)
    bind(lab, kid, Key(), Mac(secret)).ok(201)
    bind(lab, kid, Key(), Mac(secret)).refused("unauthorized", 403)


# --- key roll-over (RFC 8555 §7.3.5)

def change(account, new_key, inner=None, payload=None, key=None, wrap=None):
    """inner: changes of the inner header; payload: of what it says."""
    url = account.acme.directory["keyChange"]
    head = {"alg": new_key.alg, "jwk": new_key.jwk, "url": url, **(inner or {})}
    said = {"account": account.url, "oldKey": account.key.jwk, **(payload or {})}
    jws = sign(key or new_key, {k: v for k, v in head.items() if v is not None},
               {k: v for k, v in said.items() if v is not None})
    return account.post(url, wrap(jws) if wrap else jws)


@row("ACCT-032")
def rolled_over(lab):
    account, new_key = lab.ca().acme.account(), Key()
    change(account, new_key).ok(200)
    old = account.new_order(lab.name())
    assert old.problem in ("malformed", "unauthorized"), old
    new(lab, account.key, onlyReturnExisting=True).refused("accountDoesNotExist")
    account.key = new_key
    account.new_order(lab.name()).ok(201)
    other = lab.ca().acme.account()
    answer = change(other, new_key)
    assert answer.status == 409 and answer.location == account.url, answer  # RFC 8555 §7.3.5


@row("ACCT-035", "ACCT-036", "ACCT-038", "ACCT-039", "ACCT-041")
def badly_rolled_over(lab, one):
    account, new_key = lab.ca().acme.account(), Key()
    if one == "ACCT-035":
        answers = [change(account, new_key, payload={"oldKey": key}) for key in (new_key.jwk, None, {})]
        answers.append(change(account, new_key, payload={"account": account.url + "1"}))
    elif one == "ACCT-036":
        answers = [change(account, new_key, {"url": account.url}), change(account, new_key, {"url": None})]
    elif one == "ACCT-038":
        answers = [change(account, new_key, {"jwk": None, "kid": account.url})]
    elif one == "ACCT-039":
        answers = [change(account, account.key)]
    else:
        answers = [change(account, new_key, wrap=lambda jws: "fnord"), change(account, new_key, wrap=lambda jws: {}),
                   change(account, new_key, key=Key())]
    for answer in answers:
        answer.refused("malformed", 400)
    account.new_order(lab.name()).ok(201)


@row("ACCT-040")
def weak_new_key(lab):
    account = lab.ca().acme.account()
    change(account, Key(rsa.generate_private_key(65537, 1024))).refused("badPublicKey", 400)


# --- which keys are taken (ca.md 5.4)

def refused_key(lab, key, kinds=("badPublicKey",)):
    answer = new(lab, key)
    assert answer.problem in kinds and answer.status == 400, answer


def refused_jwk(lab, key, jwk, kinds=("badPublicKey",)):
    """The key is judged before the signature, so no private half is needed."""
    acme = lab.ca().acme
    answer = acme.post(acme.directory["newAccount"], AGREED, key, jwk=jwk)
    assert answer.problem in kinds and answer.status == 400, answer


def modulus(bits):
    """Of this size exactly, without small factors: what makes a good one but for its size."""
    small = math.prod(range(3, 752, 2))
    n = (3 << bits - 2) + 1
    while math.gcd(n, small) > 1:
        n += 2
    return n


@row("KEY-002")
def rsa_size(lab):
    for bits in (2047, 2049, 2056, 1024, 3071, 4095):
        refused_jwk(lab, Key.rsa(), {"e": "AQAB", "kty": "RSA", "n": number(modulus(bits))})


@row("KEY-005")
def rsa_exponent(lab):
    jwk = Key.rsa().jwk
    for exponent in ("Aw", "AQ", "AQAC"):  # 3, 1, 65538
        refused_jwk(lab, Key.rsa(), {**jwk, "e": exponent})


@row("KEY-004", "KEY-007", "KEY-009")
def rsa_modulus(lab, one):
    from .lib import primes
    key = Key.rsa()
    good = key.private.public_key().public_numbers().n
    n = {"KEY-004": primes.P4096 * primes.Q4096, "KEY-007": good // (2 * 751) * 2 * 751 + 751,
         "KEY-009": primes.CLOSE_P * primes.CLOSE_Q}[one]
    refused_jwk(lab, key, {"e": "AQAB", "kty": "RSA", "n": number(n)})


@row("KEY-012")
def p521(lab):
    key = Key(ec.generate_private_key(ec.SECP521R1()))
    refused_key(lab, key)
    new(lab, key, "p521").ok(201)


@row("KEY-015")
def bad_coordinates(lab):
    key = Key()
    x, y = key.jwk["x"], key.jwk["y"]
    for bad in (b64(b"\xff" * 32), b64(b"\0" + unb64(x)), b64(b"\x80" + unb64(x)), b64(bytes(32)), b64(b"\1" * 32), ""):
        refused_jwk(lab, key, {"crv": "P-256", "kty": "EC", "x": bad, "y": y}, ("badPublicKey", "malformed"))


@row("KEY-016")
def ed25519_key(lab):
    refused_key(lab, Key(ed25519.Ed25519PrivateKey.generate()), ("badSignatureAlgorithm",))


@row("KEY-018")
def dsa_request(lab):
    from .rows_finalize import ready
    order = ready(lab)
    private = dsa.generate_private_key(1024)
    order.finalize(der.request(private, [order.name])).refused("badCSR", 400)

"""Revocation (RFC 8555 §7.6), renewal information (RFC 9773)."""
import datetime
import time

from .lib.acme import Key, b64
from .lib.rows import row
from .rows_finalize import csr, issue, ready


def revoke(made, reason=None, by=None, by_key=None, certificate=None):
    payload = {"certificate": certificate or b64(made.der)}
    if reason is not None:
        payload["reason"] = reason
    acme = made.account.acme
    if by_key:
        return acme.post(acme.directory["revokeCert"], payload, by_key)
    return (by or made.account).post(acme.directory["revokeCert"], payload)


def reason_of(lab, made, ca="plain"):
    with lab.ca(ca).database() as db:
        found = db.execute("SELECT revoked, reason FROM certificates WHERE serial = ?",
                           (f"{made.leaf.serial_number:036x}",)).fetchone()
    assert found and found[0], found
    return found[1]


@row("REV-002")
def no_reason(lab):
    made = issue(lab)
    answer = revoke(made).ok(200)
    assert answer.body == b"" and reason_of(lab, made) == 0


@row("REV-003", "REV-004", "REV-005")
def bad_reason(lab, one):
    made = issue(lab)
    for reason in {"REV-003": [2], "REV-004": [100, -1], "REV-005": [3, 6, 7, 8, 9, 10]}[one]:
        revoke(made, reason).refused("badRevocationReason", 400)
    revoke(made, 1).ok(200)


@row("REV-006")
def good_reasons(lab):
    for reason in (4, 5):
        made = issue(lab)
        revoke(made, reason).ok(200)
        assert reason_of(lab, made) == reason


@row("REV-007")
def by_who_holds_the_names(lab):
    made = issue(lab)
    other = lab.ca().acme.account()
    revoke(made, 1, by=other).refused("unauthorized", 403)
    ready(lab, *made.names, account=other)
    revoke(made, 1, by=other).ok(200)
    assert reason_of(lab, made) == 5


@row("REV-010")
def by_another_key(lab):
    revoke(issue(lab), by_key=Key()).refused("unauthorized", 403)


@row("REV-012")
def unknown(lab):
    from .lib import der
    made = issue(lab)
    forged = der.certificate(Key().private, [der.san(der.dns("x.example.com"))], signer=lab.issuers.key, serial=12345)
    revoke(made, certificate=b64(forged)).refused("malformed", 404)
    stranger = der.certificate(Key().private, [der.san(der.dns("x.example.com"))])
    answer = revoke(made, certificate=b64(stranger))
    assert answer.problem == "malformed" and answer.status in (400, 404), answer


@row("REV-013")
def nonsense(lab):
    made = issue(lab)
    acme = made.account.acme
    for text in ("AAAA", "%%%", "", b64(made.der[:-1]), b64(made.der + b"\0")):
        answer = revoke(made, certificate=text or " ")
        assert answer.problem == "malformed" and answer.status in (400, 404), (text, answer)
    for payload in (b"fnord", {}, [], {"certificate": 1}):
        made.account.post(acme.directory["revokeCert"], payload).refused("malformed", 400)
    revoke(made).ok(200)


@row("REV-015")
def twice(lab):
    made = issue(lab)
    revoke(made, 4).ok(200)
    revoke(made, 4).refused("alreadyRevoked", 400)
    revoke(made, 1).refused("alreadyRevoked", 400)


@row("REV-016", "REV-017")
def by_its_key(lab, one):
    made = issue(lab)
    key = Key(made.key)
    if one == "REV-016":
        revoke(made, 0).ok(200)
    revoke(made, None if one == "REV-016" else 1, by_key=key).ok(200)
    assert reason_of(lab, made) == 1
    revoke(made, 1, by_key=key).refused("alreadyRevoked", 400)


@row("REV-018")
def compromised_key(lab):
    made = issue(lab)
    revoke(made, 1, by_key=Key(made.key)).ok(200)
    order = ready(lab)
    order.refused(csr(order.name, key=made.key), "badCSR")
    account = lab.ca().acme
    account.post(account.directory["newAccount"], {"termsOfServiceAgreed": True}, Key(made.key)).refused("badPublicKey")


@row("REV-020")
def account_of_that_key(lab):
    """Also if it was made with the key before: what it signs is nobody's word any more."""
    made = issue(lab)
    account = lab.ca().acme.account(Key(made.key))
    revoke(made, 1, by_key=Key(made.key)).ok(200)
    account.new_order(lab.name()).refused("unauthorized", 403)


@row("REV-021")
def said_but_not_proved(lab):
    """The account says that the key is compromised and does not show it: only this certificate ends."""
    first = issue(lab)
    second = issue(lab, key=first.key, account=lab.ca().acme.account())
    revoke(first, 1).ok(200)
    assert reason_of(lab, first) == 1
    order = ready(lab)
    assert order.issued(csr(order.name, key=first.key))
    revoke(second, 0).ok(200)


@row("REV-022")
def by_the_operator(lab):
    """As by the key itself: its account, its other certificates, and never again."""
    ca = lab.ca()
    first = issue(lab)
    second = issue(lab, key=first.key, account=ca.acme.account())
    account = ca.acme.account(Key(first.key))
    serial = f"{first.leaf.serial_number:036x}"
    said = ca.run("revoke", "certificate", serial, "--reason", "keyCompromise")
    assert "its key is blocked" in said and said.endswith(f"certificate {serial} is revoked\n")
    assert f"certificate {second.leaf.serial_number:036x} of the same key is revoked" in said
    assert f"account {account.url.rpartition('/')[2]} of the same key is revoked" in said
    assert reason_of(lab, first) == reason_of(lab, second) == 1
    order = ready(lab)
    order.refused(csr(order.name, key=first.key), "badCSR")
    ca.acme.post(ca.acme.directory["newAccount"], {"termsOfServiceAgreed": True}, Key(first.key)).refused("unauthorized")


@row("REV-019")
def others_of_that_key(lab):
    first = issue(lab)
    second = issue(lab, key=first.key, account=lab.ca().acme.account())
    revoke(first, 1, by_key=Key(first.key)).ok(200)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with lab.ca().database() as db:
            (revoked,), = db.execute("SELECT revoked FROM certificates WHERE serial = ?",
                                     (f"{second.leaf.serial_number:036x}",))
        if revoked:
            break
        time.sleep(0.05)
    assert reason_of(lab, second) == 1


# --- renewal information

def info(lab, path, ca="plain"):
    acme = lab.ca(ca).acme
    return acme.get(f"{acme.directory['renewalInfo']}/{path}")


def window(answer):
    body = answer.ok(200).json["suggestedWindow"]
    return [datetime.datetime.fromisoformat(body[k].replace("Z", "+00:00")) for k in ("start", "end")]


@row("ARI-001", "ARI-009")
def suggested(lab, one):
    made = issue(lab)
    answer = info(lab, made.cert_id)
    start, end = window(answer)
    utc = datetime.timezone.utc
    assert made.leaf.not_valid_before.replace(tzinfo=utc) < start < end < made.leaf.not_valid_after.replace(tzinfo=utc)
    assert 17280 <= int(answer.headers["Retry-After"]) <= 25920


@row("ARI-002")
def revoked(lab):
    made = issue(lab)
    revoke(made).ok(200)
    assert window(info(lab, made.cert_id))[1] < datetime.datetime.now(datetime.timezone.utc)


@row("ARI-003", "ARI-011")
def incident(lab, one):
    """What operators say of a certificate: to renew now, and why. It holds from the next start on."""
    ca = lab.ca("changing")
    made = issue(lab, ca=ca)
    path = lab.directory / "incidents"
    path.write_text(f"# 17\n{made.leaf.serial_number:036x} https://ca.example.net/incident/17\n")
    assert "explanationURL" not in info(lab, made.cert_id, "changing").ok(200).json
    ca.change({"policy": {"incidents": path}})
    try:
        answer = info(lab, made.cert_id, "changing")
        assert answer.json["explanationURL"] == "https://ca.example.net/incident/17"
        assert window(answer)[1] < datetime.datetime.now(datetime.timezone.utc)
    finally:
        ca.change({})


@row("ARI-004", "ARI-005")
def unknown_certificate(lab, one):
    aki, serial = issue(lab).cert_id.split(".")
    path = f"{aki}.{b64(bytes([1] + [7] * 17))}" if one == "ARI-004" else f"{b64(bytes(20))}.{serial}"
    answer = info(lab, path).refused("malformed", 404)
    assert "Retry-After" not in answer.headers


@row("ARI-007")
def no_path(lab):
    acme = lab.ca().acme
    for url in (acme.directory["renewalInfo"], acme.directory["renewalInfo"] + "/"):
        answer = acme.get(url)
        assert answer.problem == "malformed" and answer.status in (404, 405), answer


@row("ARI-010")
def badly_encoded(lab):
    made = issue(lab)
    for path in (made.cert_id + "=", made.cert_id.replace(".", "=."), "aaaa", "a+b/.c", ".", made.cert_id + ".x"):
        answer = info(lab, path.replace("/", "%2F"))
        assert answer.problem == "malformed" and answer.status in (400, 404), (path, answer)

"""Orders, authorizations, challenges in states they should not be in (RFC 8555 7.1.6)."""
import json

from badca_cases import DELETE, URN, body, case, challenge, field, header, refuse, when

AUTHZ = ("authorization", "authz")
WAITED = ("waiting for the ca to validate", "time", "pending")
PROBLEM = {"type": URN + "unauthorized", "detail": "no proof of control seen", "status": 403}


def after_finalize(then):
    """Only once the order was sent for signing."""
    return when(lambda b: b.get("status") in ("processing", "valid"), then)


def first_pending(body):
    return body.get("status") == "pending"


def other_name(ca):
    return {"type": "dns", "value": "evil.test"}


def unknown_types(ca, good):
    value = json.loads(good)
    value["challenges"] = [{"type": f"carrier-pigeon-{i:02}", "status": "pending",
                            "url": value["challenges"][0]["url"], "token": "x"} for i in range(3)]
    return json.dumps(value).encode()


def strangers(ca, good):
    """The right challenge among types from the future, without token, with odd members."""
    value = json.loads(good)
    value["challenges"] = [
        {"type": "carrier-pigeon-01", "status": "roosting", "bird": {"name": "Ada"}},
        {"type": "dns-99", "status": "pending", "url": "https://127.0.0.1:9/x", "token": 17},
        *value["challenges"]]
    return json.dumps(value).encode()


ORDERS = [
    case("order-invalid-at-once", "newOrder", field(status="invalid"), "invalid"),
    case("order-valid-at-once", "newOrder", field(status="valid"), ("certificate", "order")),
    case("order-processing-at-once", ("newOrder", "order"), field(status="processing"),
         ("processing", "time", "order")),
    case("order-ready-at-once", "newOrder", field(status="ready"), ("ready", "order"),
         outcome="any"),
    case("order-ready-for-ever", ("newOrder", "order"), when(first_pending,
         field(status="ready")), ("ready", "order"), outcome="any"),
    case("order-unknown-status", "newOrder", field(status="sleeping"), ("sleeping", "status")),
    case("order-unknown-status-polled", "order", field(status="sleeping"),
         ("sleeping", "status")),
    case("order-empty-status", "order", field(status=""), ("status", "order")),
    case("order-status-case", "order", field(status="VALID"), ("valid", "status")),
    case("order-back-to-pending", ("finalize", "order"), after_finalize(field(status="pending",
         certificate=DELETE)), ("pending", "order")),
    case("order-back-to-ready", ("finalize", "order"), after_finalize(field(status="ready",
         certificate=DELETE)), ("ready", "order")),
    case("order-valid-no-certificate", ("finalize", "order"), after_finalize(field(
        status="valid", certificate=DELETE)), "certificate"),
    case("order-invalid-after-finalize", ("finalize", "order"), after_finalize(field(
        status="invalid", certificate=DELETE)), "invalid"),
    case("order-invalid-with-error", ("finalize", "order"), after_finalize(field(
        status="invalid", certificate=DELETE, error=PROBLEM)), "no proof of control seen"),
    case("order-invalid-odd-error", ("finalize", "order"), after_finalize(field(
        status="invalid", certificate=DELETE, error="because")), ("invalid", "error")),
    case("order-processing-for-ever", ("finalize", "order"), after_finalize(field(
        status="processing", certificate=DELETE)), ("processing", "time", "order")),
    case("order-pending-for-ever", ("newOrder", "order"), field(status="pending"), WAITED),
    case("order-expired", ("newOrder", "order"), field(expires="2001-01-01T00:00:00Z"),
         ("expire", "order"), outcome="any"),
    case("order-expires-garbage", ("newOrder", "order"), field(expires="tomorrow"),
         ("expire", "order"), outcome="any"),
    case("order-expires-year-99999", ("newOrder", "order"), field(expires="99999-01-01T00:00:00Z"),
         ("expire", "order"), outcome="any"),
    case("order-other-names", "newOrder", field(identifiers=[{"type": "dns",
         "value": "evil.test"}]), ("identifier", "evil.test", "name"), outcome="any"),
    case("order-more-names", "newOrder", field(identifiers=[
        {"type": "dns", "value": n} for n in ("good.test", "evil.test")]),
        ("identifier", "evil.test", "name"), outcome="any"),
    case("order-same-authz-twice", "newOrder", body(lambda ca, good: json.dumps(
        {**json.loads(good), "authorizations": json.loads(good)["authorizations"] * 2}).encode()),
        ("authorization",), outcome="any"),
    # The CSR came through: whoever looks at the order again sees it.
    case("order-not-ready", "finalize", refuse("orderNotReady", "not so fast", 403),
         ("not so fast", "ready"), outcome="any"),
    case("order-lost", "order", refuse("malformed", "no such order", 404),
         ("no such order", "order")),
    case("order-finalize-refused", "finalize", refuse("badCSR", "your names displease us"),
         "your names displease us"),
]

AUTHZS = [
    case(f"authz-{status}", "authz", field(status=status),
         (status or "status", *AUTHZ, *(WAITED if status == "invalid" else ())))
    for status in ("invalid", "deactivated", "revoked", "expired", "sleeping", "", "Valid",
                   "processing", "ready")
]

MORE_AUTHZS = [
    case("authz-other-name", "authz", field(identifier=other_name),
         ("identifier", "evil.test", "authorization")),
    case("authz-other-type", "authz", field(identifier={"type": "email", "value": "good.test"}),
         ("identifier", "email", "authorization")),
    case("authz-escape-in-name", "authz", field(identifier={
        "type": "dns", "value": "\x1b]0;owned\x07\u202egood.test"}),
        ("identifier", "authorization"), hides=("\x1b",)),
    case("authz-wildcard-unasked", "authz", field(wildcard=True), ("wildcard", "not ordered"),
         outcome="any"),
    case("authz-no-challenges", "authz", field(challenges=[]), "challenge"),
    case("authz-unknown-challenges-only", "authz", body(unknown_types),
         ("carrier-pigeon", "challenge")),
    case("authz-dns-01-only", "authz", challenge(type="dns-01"), ("dns-01", "challenge")),
    case("authz-unknown-challenges-too", "authz", body(strangers), outcome="ok"),
    case("authz-challenge-twice", "authz", body(lambda ca, good: json.dumps(
        {**json.loads(good), "challenges": json.loads(good)["challenges"] * 2}).encode()),
        outcome="any"),
    case("authz-valid-unproved", "authz", field(status="valid"),
         WAITED),
    case("authz-gone", "authz", refuse("malformed", "no such authorization", 404),
         ("no such authorization", *AUTHZ)),
]

CHALLENGES = [
    case("challenge-type-missing", "authz", challenge(type=DELETE), "challenge"),
    case("challenge-type-number", "authz", challenge(type=1), "challenge"),
    case("challenge-url-missing", "authz", challenge(url=DELETE), ("url", "challenge")),
    case("challenge-url-http", "authz", challenge(
        url=lambda ca: f"http://127.0.0.1:{ca.trap.port}/x"), ("url", "https", "http")),
    case("challenge-invalid-already", "authz", challenge(status="invalid", error=PROBLEM),
         ("no proof of control seen", "invalid", "challenge", *WAITED), outcome="any"),
    case("challenge-status-unknown", "authz", challenge(status="sleeping"),
         ("sleeping", "challenge", "status"), outcome="any"),
    # The CA judges the proof and then says no: the order tells what is true.
    case("challenge-refused", "challenge", refuse("unauthorized", "we do not like you", 403),
         "we do not like you", outcome="any"),
    case("challenge-no-up-link", "challenge", header("Link", "<https://127.0.0.1:9/x>;rel=next"),
         outcome="any"),
    case("challenge-gone", "challenge", refuse("malformed", "no such challenge", 404),
         ("no such challenge", "challenge"), outcome="any"),
]

ACCOUNTS = [
    case("account-deactivated", "newAccount", field(status="deactivated"),
         ("deactivated", "account")),
    case("account-revoked", "newAccount", field(status="revoked"), ("revoked", "account")),
    case("account-unknown-status", "newAccount", field(status="sleeping"),
         ("sleeping", "account", "status")),
    case("account-terms-changed", "newOrder", refuse(
        "userActionRequired", "read the new terms", 403,
        headers=[("Link", '<https://127.0.0.1:9/terms>;rel="terms-of-service"')]),
        ("read the new terms", "terms")),
    case("account-forgotten", "newOrder", refuse(
        "accountDoesNotExist", "who are you", 400), ("who are you", "account")),
    case("account-eab-wanted", "newAccount", refuse(
        "externalAccountRequired", "need a voucher", 403), ("need a voucher", "external")),
    case("account-eab-in-directory", "directory", field(
        meta={"externalAccountRequired": True}), ("external", "eab"), account=False),
    case("account-terms-escape", "directory", field(meta={
        "termsOfService": "https://127.0.0.1/\x1b[2J", "website": "\x1b[2J\u009b2J"}),
        outcome="any", account=False),
]

CASES = [*ORDERS, *AUTHZS, *MORE_AUTHZS, *CHALLENGES, *ACCOUNTS]

"""Authorizations and challenges (RFC 8555 §7.5)."""
import json
import subprocess
import threading
import time

from .lib import age
from .lib.acme import Acme, Account, sign, unb64
from .lib.ca import program
from .lib.lab import WEB
from .lib.rows import row


@row("AUTHZ-003")
def expired(lab):
    t = lab.trial("http-01")
    age.authz(lab.ca(), t.authz, seconds_left=-1)
    t.authz.account.post(t.authz.url).refused("malformed", 404, "expired")


@row("AUTHZ-004", "AUTHZ-005")
def started(lab, one):
    t = lab.trial("http-01")
    t.serve()
    body = {} if one == "AUTHZ-004" else {"keyAuthorization": t.proof}
    answer = t.challenge.start(body).ok(200)
    assert answer.json["url"] == t.challenge.url and answer.json["type"] == "http-01"
    assert answer.links("up") == [t.authz.url]  # RFC 8555 §7.5.1
    t.authz.account.wait(t.authz.url, ("valid",))


@row("AUTHZ-027")
def looked_at_by_the_operator(lab):
    """What a validation saw, as text for people and as data."""
    t = lab.trial("http-01")
    t.serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
    t.judge().failed("unauthorized")
    id_ = t.authz.url.rpartition("/")[2]
    lines = lab.ca().run("show", "authz", id_).splitlines()
    facts = dict(line.split(None, 1) for line in lines if line)
    assert facts["id"] == id_ and facts["identifier"] == t.name and facts["status"] == "invalid", lines
    assert facts["attempt"] == "http-01" and facts["problem"].startswith("unauthorized: ") and "wrong" in facts["problem"]
    assert facts["seen"] == f"http://{t.name}{t.path}: found {WEB}; used {WEB}", lines
    data = json.loads(lab.ca().run("show", "authz", id_, "--json"))
    assert data["seen"][0]["addressUsed"] == WEB and data["problem"]["type"].endswith(":unauthorized")
    assert data["offered"] and data["account"] == int(t.authz.account.url.rpartition("/")[2])
    order = t.authz.account.order(lab.name(), f"*.{lab.name()}")
    id_ = order.url.rpartition("/")[2]
    lines = lab.ca().run("show", "order", id_).splitlines()
    facts = dict(line.split(None, 1) for line in lines if line)
    assert facts["status"] == "pending" and facts["identifiers"].count("conformance") == 2, lines
    assert all(a.url.rpartition("/")[2] in facts["authzs"] for a in order.authorizations), lines
    assert json.loads(lab.ca().run("show", "order", id_, "--json"))["id"] == int(id_)
    for kind in ("authz", "order"):
        result = subprocess.run([program(), "show", kind, "1", "--config", lab.ca().config], capture_output=True, text=True,
                                timeout=20)
        assert result.returncode == 1 and "there is no" in result.stderr, result


@row("AUTHZ-006")
def only_looked_at(lab):
    t = lab.trial("http-01")
    answer = t.challenge.start("").ok(200)
    assert answer.json["status"] == "pending" and answer.links("up") == [t.authz.url]
    time.sleep(0.1)
    assert not lab.web.accepted and t.authz.read()["status"] == "pending"


@row("AUTHZ-007")
def no_object(lab):
    t = lab.trial("http-01")
    for body in ([], "text", 1, None, True):
        t.challenge.start(b"null" if body is None else body if body != "text" else b'"text"').refused("malformed", 400)
    assert t.authz.read()["status"] == "pending"


@row("AUTHZ-008")
def twice(lab):
    t = lab.trial("http-01")
    told = threading.Event()

    def say_nothing_before(_):
        told.wait(30)

    t.serve(say_nothing_before)
    t.challenge.start().ok(200)
    t.challenge.start().refused("conflict", 409)
    told.set()
    t.authz.account.wait(t.authz.url, ("invalid",))


@row("AUTHZ-009")
def valid_already(lab):
    t = lab.trial("http-01")
    t.serve()
    before = t.judge().passed().body
    count = lab.web.accepted
    assert t.challenge.start().ok(200).json == before and lab.web.accepted == count


@row("AUTHZ-010")
def failed_already(lab):
    t = lab.trial("http-01")
    t.judge().failed("unauthorized")
    t.challenge.start().refused("malformed", 400, "pending")


@row("AUTHZ-011")
def switched_off(lab):
    ca = lab.ca("changing")
    t = lab.trial("tls-alpn-01", ca=ca)
    ca.change({"policy": {"challenges": "http-01, dns-01"}})
    try:
        t.challenge.start().refused("malformed", 400)
    finally:
        ca.change({})


@row("AUTHZ-012")
def unknown(lab):
    t = lab.trial("http-01")
    account = t.authz.account
    for url in (t.challenge.url + "x", t.challenge.url.rpartition("/")[0] + "/fnord", t.authz.url + "999999"):
        answer = account.post(url, {})
        assert answer.status == 404 and answer.problem == "malformed", answer


@row("AUTHZ-013")
def fails(lab):
    t = lab.trial("http-01")
    v = t.judge().failed("unauthorized", "404")
    assert v.error["status"] == 403
    hop, = v.hops
    assert hop["url"] == f"http://{t.name}{t.path}" and hop["hostname"] == t.name and hop["port"] == str(lab.web.port)
    assert hop["addressesResolved"] == [WEB] and hop["addressUsed"] == WEB
    assert t.authz.read()["status"] == "invalid" and t.order.read()["status"] == "invalid"


@row("AUTHZ-016")
def succeeds(lab):
    t = lab.trial("http-01")
    assert len(t.authz.body["challenges"]) > 1
    t.serve()
    v = t.judge().passed()
    assert time.strptime(v.body["validated"], "%Y-%m-%dT%H:%M:%SZ") and v.hops
    authz = t.authz.read()
    assert [c["type"] for c in authz["challenges"]] == ["http-01"] and authz["expires"]
    assert t.order.read()["status"] == "ready"


@row("AUTHZ-018")
def other_status(lab):
    t = lab.trial("http-01")
    account = t.authz.account
    for status in ("valid", "revoked", "fnord", ""):
        account.post(t.authz.url, {"status": status}).refused("malformed", 400)
    assert t.authz.read()["status"] == "pending"
    assert account.post(t.authz.url, {"status": "deactivated"}).ok(200).json["status"] == "deactivated"
    assert t.order.read()["status"] == "invalid"


@row("AUTHZ-019")
def shown_as_wildcard(lab):
    name = lab.name()
    authz, = lab.ca().account.order(f"*.{name}").authorizations
    assert authz.body["identifier"]["value"] == name and authz.body["wildcard"] is True
    plain, = lab.ca().account.order(name).authorizations
    assert not plain.body.get("wildcard")


@row("AUTHZ-021")
def token(lab):
    seen = set()
    for _ in range(5):
        authz, = lab.ca().account.order(lab.name()).authorizations
        tokens = {c["token"] for c in authz.body["challenges"] if "token" in c}
        assert len(tokens) == 1
        seen |= tokens
    assert len(seen) == 5
    assert all(len(text) == 43 and len(unb64(text)) == 32 for text in seen)


@row("AUTHZ-022", "AUTHZ-023")
def offered(lab, one):
    name, types = {
        "AUTHZ-022": (lab.name(), {"http-01", "dns-01", "tls-alpn-01", "dns-account-01", "dns-persist-01"}),
        "AUTHZ-023": (WEB, {"http-01", "tls-alpn-01"})}[one]
    fields = {"profile": "shortlived"} if one == "AUTHZ-023" else {}
    authz, = lab.ca().acme.account().order(name, **fields).authorizations
    assert {c["type"] for c in authz.body["challenges"]} == types


@row("AUTHZ-024")
def race(lab):
    t = lab.trial("http-01")
    t.serve()
    clients = [Account(Acme(lab.ca().directory_url), t.authz.account.key, t.authz.account.url) for _ in range(4)]
    answers = []
    bodies = [sign(c.key, c.acme.protect(t.challenge.url, c.key, c.url), {}) for c in clients]
    threads = [threading.Thread(target=lambda c=c, b=b: answers.append(c.acme.send(t.challenge.url, b)))
               for c, b in zip(clients, bodies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(a.status in (200, 409) for a in answers), answers
    t.authz.account.wait(t.authz.url, ("valid",))
    assert t.order.read()["status"] == "ready" and lab.web.accepted == 1
    for c in clients:
        c.acme.close()


@row("AUTHZ-026")
def sixth_failure(lab):
    account = lab.ca("limits").acme.account()
    name = lab.name()
    for _ in range(5):
        lab.trial("http-01", name=name, ca="limits", account=account).judge().failed("unauthorized")
    answer = account.new_order(name).refused("rateLimited", 429)
    assert int(answer.headers["Retry-After"]) > 0 and answer.links("help")
    account.new_order(lab.name()).ok(201)


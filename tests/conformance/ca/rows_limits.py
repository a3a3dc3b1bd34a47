"""Rate limits (ca.md 5.12), and what tests of clients switch on (ca.md 6)."""
import subprocess

from .lib import ca as programs
from .lib.acme import Key, Wire
from .lib.rows import row
from .rows_finalize import issue


@row("LIM-001")
def accounts(lab):
    acme = lab.ca("few accounts").acme
    for _ in range(3):
        acme.account()
    answer = acme.post(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, Key()).refused("rateLimited", 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 3 * 3600 * 1.1 and answer.links("help")


@row("LIM-002")
def accounts_of_a_network(lab):
    """IPv6: by /48. Whoever asks through the proxy is told by it."""
    acme = lab.ca("few accounts of a network").acme
    statuses = []
    for n in range(4):
        headers = {"X-Forwarded-For": f"2001:db8:1:{n}::1"}
        statuses.append(forwarded_account(acme, headers))
    assert statuses == [201, 201, 201, 429]
    assert forwarded_account(acme, {"X-Forwarded-For": "2001:db8:2::1"}) == 201


def forwarded_account(acme, headers):
    from .lib.acme import sign
    key, url = Key(), acme.directory["newAccount"]
    return acme.send(url, sign(key, acme.protect(url, key), {"termsOfServiceAgreed": True}), headers).status


@row("LIM-005")
def renewal_is_exempt(lab):
    account = lab.ca("few certificates").acme.account()
    base = f"exempt{next(lab.count)}.co.uk"
    first = issue(lab, f"a.{base}", account=account, ca="few certificates")
    issue(lab, f"b.{base}", account=account, ca="few certificates")
    account.new_order(f"c.{base}").refused("rateLimited", 429, base)
    account.new_order(first.names[0]).ok(201)
    account.new_order(f"a.{base}", replaces=first.cert_id).ok(201)


@row("LIM-007")
def refunded(lab):
    account = lab.ca("few orders").acme.account()
    for _ in range(5):
        account.new_order(lab.name(), profile="fnord").refused("invalidProfile")
        account.new_order("x.blocked.example.org").refused("rejectedIdentifier")
    for _ in range(3):
        account.new_order(lab.name()).ok(201)
    account.new_order(lab.name()).refused("rateLimited", 429)


@row("LIM-008")
def forgotten(lab):
    """Buckets are in memory: what loses them lets the client through."""
    ca = lab.ca("few orders of one life")
    account = ca.acme.account()
    account.new_order(lab.name()).ok(201)
    account.new_order(lab.name()).refused("rateLimited", 429)
    ca.restart()
    account.new_order(lab.name()).ok(201)


@row("LIM-009")
def paused(lab):
    account = lab.ca("impatient").acme.account()
    name = lab.name()
    for _ in range(2):
        lab.trial("http-01", name=name, ca="impatient", account=account).judge().failed("unauthorized")
    answer = account.new_order(name).refused("rateLimited", 429, name)
    assert "http://127.0.0.1/unpause" in answer.detail
    account.new_order(lab.name()).ok(201)


@row("LIM-010")
def busy(lab):
    url = lab.ca("busy").origin + "/acme/new-order"
    answer = Wire().request("POST", url, "{}", {"Content-Type": "application/jose+json"})
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0


@row("LIM-011")
def too_many_requests(lab):
    """Let's Encrypt's edge: by endpoint and address, 503 and not 429."""
    ca = lab.ca("few requests")
    statuses = [ca.acme.get(ca.origin + "/acme/new-nonce", "HEAD").status for _ in range(4)]
    assert statuses == [200, 200, 200, 503]
    for _ in range(5):
        assert ca.acme.get(ca.origin + "/acme/cert/00").status == 404
    answer = ca.acme.get(ca.origin + "/acme/cert/00").refused("rateLimited", 503)
    assert answer.detail == "Service busy; retry later." and 0 < int(answer.headers["Retry-After"]) <= 760
    for _ in range(9):
        assert ca.acme.get(ca.origin + "/directory").status == ca.acme.get(ca.origin + "/healthz").status == 200


@row("PEB-003", "PEB-004", "PEB-005")
def nonce(lab, one):
    ca = lab.ca()
    url = ca.acme.directory["newNonce"]
    answer = {"PEB-003": lambda: ca.acme.get(url, "HEAD"), "PEB-004": lambda: ca.acme.get(url),
              "PEB-005": lambda: ca.account.post(url)}[one]()
    assert answer.status == (204 if one == "PEB-004" else 200) and answer.headers["Replay-Nonce"]
    assert "no-store" in answer.headers["Cache-Control"] and answer.body == b""  # RFC 8555 §7.2
    assert answer.links("index") == [ca.acme.url]


@row("PEB-006")
def all_nonces_refused(lab):
    acme = lab.ca("no nonce").acme
    for _ in range(20):
        acme.post(acme.directory["newAccount"], {"termsOfServiceAgreed": True}, Key(),
                  nonce=acme.nonce()).refused("badNonce", 400)


@row("PEB-007")
def out_of_range(lab):
    """Ours says so instead of guessing."""
    for value in ("150", "-1", "x"):
        text = programs.render({**lab.ca().sections, "test": {"nonce_reject_percent": value}})
        path = lab.directory / "bad.conf"
        path.write_text(text)
        result = subprocess.run([programs.program(), "serve", "--config", path], capture_output=True, text=True, timeout=20)
        assert result.returncode not in (0, 77) and "nonce_reject_percent" in result.stderr, result
        assert f":{text[:text.index('nonce_reject_percent')].count(chr(10)) + 1}" in result.stderr, result


@row("PEB-010")
def always_valid(lab):
    ca = lab.ca("always valid")
    for kind in ("http-01", "dns-01", "tls-alpn-01"):
        lab.trial(kind, ca=ca).judge().passed()
        assert not lab.web.accepted and not lab.tls.accepted and not lab.dns.asked()


@row("PEB-014")
def nothing_there(lab):
    for path in ("/roots/9", "/roots/0", "/acme", "/fnord", "/acme/new-order/1"):
        answer = lab.ca().acme.get(lab.ca().origin + path)
        assert answer.status == 404 and answer.problem == "malformed", answer


@row("PEB-018")
def blocked(lab):
    lab.ca("lists").account.new_order("www.suffix.example.net").refused("rejectedIdentifier", 400)


@row("PEB-019")
def strict(lab):
    t = lab.trial("http-01", ca="strict")
    t.challenge.start({"a": 1}).refused("malformed", 400)
    t.serve()
    t.judge().passed()


@row("PEB-024")
def version(lab):
    result = subprocess.run([programs.program(), "--version"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 0 and result.stdout.split()[0] == "signet-ca", result
    assert result.stdout.split()[1][0].isdigit()

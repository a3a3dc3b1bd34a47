"""Issuing, renewing and their options: the same command lines to Debian's certbot, compared after each: exit status, files, renewal files."""
import pytest

from lib import lineages, pki
from lib.client import NEW_ACCOUNT
from lib.webserver import WebServer

# For each case: steps of (exit status, arguments). "S" stands for certonly by standalone without questions, "R" for renew.
CASES = {
    "keep": [(0, "S -d k.fl.test"), (0, "S -d k.fl.test --keep"), (0, "S -d k.fl.test --reinstall"), (0, "S -d k.fl.test"),
             (0, "S --cert-name k.fl.test")],
    "force": [(0, "S -d f.fl.test"), (0, "S -d f.fl.test --renew-by-default"), (0, "S --cert-name f.fl.test --force-renew")],
    "expand": [(0, "S -d e.fl.test"), (1, "S -d e.fl.test -d www.e.fl.test"), (0, "S -d e.fl.test -d www.e.fl.test --expand"),
               (0, "S -d e.fl.test")],
    "expand by force": [(0, "S -d ef.fl.test"), (0, "S -d ef.fl.test,www.ef.fl.test --force-renewal")],
    "duplicate": [(0, "S -d d.fl.test"), (0, "S -d d.fl.test --duplicate"), (0, "S -d d.fl.test --duplicate --cert-name d.fl.test"),
                  (0, "S -d d.fl.test --cert-name other.fl.test")],
    "other names": [(0, "S -d o.fl.test --cert-name set"), (0, "S -d p.fl.test --cert-name set"),
                    (0, "S -d q.fl.test --cert-name set --renew-with-new-domains"), (1, "S --cert-name none.fl.test"),
                    (1, "S -d o.fl.test --cert-name a/b")],
    "reuse key": [(0, "S -d r.fl.test --reuse-key"), (0, "R --force-renewal"), (0, "R --force-renewal --new-key"),
                  (0, "S -d r.fl.test --force-renewal --no-reuse-key")],
    "reused key guards": [(0, "S -d g.fl.test --reuse-key"), (1, "S --cert-name g.fl.test --force-renewal --reuse-key --key-type rsa"),
                          (1, "R --force-renewal --elliptic-curve secp384r1"),
                          (0, "R --force-renewal --elliptic-curve secp384r1 --new-key")],
    "key types": [(0, "S -d t.fl.test --key-type rsa"), (0, "S -d t.fl.test --force-renewal"),
                  (1, "S -d t.fl.test --force-renewal --key-type ecdsa"),
                  (0, "S --cert-name t.fl.test --force-renewal --key-type ecdsa --elliptic-curve secp384r1"), (0, "R --force-renewal"),
                  (2, "S -d t.fl.test --key-type dsa"),
                  (2, "S -d t.fl.test --elliptic-curve secp160r1")],
    "key size": [(0, "S -d z.fl.test --key-type rsa --rsa-key-size 3072"), (0, "R --force-renewal")],
    "stored options": [(0, "S -d so.fl.test --user-agent-comment hello --issuance-timeout 60 --no-autorenew --preferred-chain Nobody"),
                       (0, "R"), (0, "R --force-renewal --preferred-challenges http")],
    "user agents": [(0, ["S", "-d", "ua.fl.test", "--user-agent", ""]), (2, "S -d ua.fl.test --user-agent-comment (x)"),
                    (0, ["R", "--force-renewal", "--user-agent", "my, agent"])],
    "numbers": [(2, "S -d n.fl.test --issuance-timeout -1"), (2, "S -d n.fl.test --issuance-timeout x"),
                (2, "S -d n.fl.test --max-log-backups -1"), (2, "S -d n.fl.test --http-01-port x"),
                (1, "certonly -n --standalone -d n.fl.test --http-01-port 443")],
    "names": [(1, "S -d http://u.fl.test"), (1, "S -d 192.0.2.1"), (1, "S -d a..fl.test"), (1, "S -d " + 64 * "a" + ".fl.test"),
              (0, "S -d U.fl.test. -d u.fl.test"), (1, "S -d *.fl.test --allow-subset-of-names")],
    "challenges": [(1, "S -d c.fl.test --preferred-challenges dns"), (2, "S -d c.fl.test --preferred-challenges nothing"),
                   (0, "S -d c.fl.test --preferred-challenges dns,http")],
    "dry run": [(0, "S -d dr.fl.test --dry-run"), (0, "S -d dr.fl.test"), (0, "S -d dr.fl.test --dry-run"), (0, "R --dry-run --server SERVER"),
                (1, "certificates --dry-run"), (1, "S -d dr.fl.test --staging")],
    "renew": [(0, "R"), (0, "S -d rn.fl.test"), (0, "R"), (0, "R --cert-name rn.fl.test"), (1, "R --cert-name none.fl.test"),
              (1, "R -d rn.fl.test"), (1, "R --force-interactive"), (0, "R -q"), (0, "R --no-autorenew --force-renewal"), (0, "R")],
    "account": [(0, "S -d ac.fl.test"), (1, "S -d ac.fl.test --force-renewal --account 0123456789abcdef0123456789abcdef"),
                (1, "R --force-renewal --account 0123456789abcdef0123456789abcdef")],
    "contradictions": [(1, "S -d x.fl.test --hsts --auto-hsts"), (1, "S -d x.fl.test --force-interactive"),
                       (1, "S -d x.fl.test --webroot -w ."), (1, "certonly -n -d x.fl.test"), (2, "S unknown"),
                       (2, "S --key"), (2, "S --no-such-flag")],
    "deprecated": [(0, "S -d de.fl.test --os-packages-only --no-self-upgrade --no-bootstrap --no-permissions-check -t --text")],
    "prefixes": [(0, "S -d pr.fl.test --preferred-chal=http --user-agent-c=x")],
}


def words(pair, step):
    step = step.replace("SERVER", pair.pebble.url).split(" ") if isinstance(step, str) else step
    port = str(pair.pebble.http_port)
    short = {"S": ["certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", port], "R": ["renew", "--no-random-sleep-on-renew"]}
    return short.get(step[0], step[:1]) + step[1:]


@pytest.mark.parametrize("case", CASES)
def test_case(pair, case):
    for code, step in CASES[case]:
        ours, theirs = pair.same(*words(pair, step))
        assert ours.code == code, f"{ours!r}{theirs!r}"


def test_names_are_missing(pair):
    for result in pair.run(*words(pair, "S")):
        result.failed().says("--domains")


def test_reused_key_stays_the_same(pair):
    pair.standalone("-d", "same.fl.test", "--reuse-key")
    first = {p: p.tree.live("same.fl.test", "privkey").read_bytes() for p in pair}
    pair.renew("--force-renewal")
    assert pair.alike(lambda p: p.tree.live("same.fl.test", "privkey").read_bytes() == first[p])
    pair.renew("--force-renewal", "--new-key")
    assert not pair.alike(lambda p: p.tree.live("same.fl.test", "privkey").read_bytes() == first[p])
    assert pair.alike(lambda p: "reuse_key = True" in p.tree.conf("same.fl.test").read_text())


@pytest.fixture
def two_roots(pair, tmp_path):
    """One root that the CA is shown, and one that nobody serves: -w ... -w ..."""
    served, hidden = tmp_path / "served", tmp_path / "hidden"
    served.mkdir()
    hidden.mkdir()
    with WebServer(pair.pebble.http_port, served):
        yield served, hidden


def test_subset_of_names(pair, two_roots):
    served, hidden = two_roots
    args = ["--webroot", "-w", served, "-d", "a.sub.test,b.sub.test", "-w", hidden, "-d", "bad.sub.test"]
    pair.certonly(*args, code=1)
    pair.certonly(*args, "--allow-subset-of-names")
    assert set(pair.alike(lambda p: tuple(sorted(pki.names_of(p.tree.live("a.sub.test", "cert")))))) == \
        {"a.sub.test", "b.sub.test"}


def test_renewal_by_a_subset_of_names(pair, two_roots):
    served, hidden = two_roots
    def made(p):
        """By hand: Pebble takes now and then an authorization that it has."""
        lineages.add(p.tree, "a.rs.test", ["a.rs.test", "b.rs.test"], params=lineages.renewable(p, authenticator="webroot"),
                     sections=f"[[webroot_map]]\na.rs.test = {served}\nb.rs.test = {hidden}\n")

    pair.each(made)
    pair.renew("--force-renewal", code=1)
    pair.renew("--force-renewal", "--allow-subset-of-names")
    assert pair.alike(lambda p: list(pki.names_of(p.tree.live("a.rs.test", "cert")))) == ["a.rs.test"]


def test_no_name_is_left(pair, two_roots):
    _, hidden = two_roots
    pair.certonly("--webroot", "-w", hidden, "-d", "a.nn.test,b.nn.test", "--allow-subset-of-names", code=1)


def test_server_certificate_is_verified(pair):
    args = ("--standalone", "--http-01-port", pair.pebble.http_port, "-d", "ver.fl.test")
    without = {"REQUESTS_CA_BUNDLE": None}
    for result in pair.run("certonly", "-n", *NEW_ACCOUNT, *args, env=without):
        result.failed()
    for result in pair.run("certonly", "-n", *NEW_ACCOUNT, *args, "--no-verify-ssl", env=without):
        result.ok()


@pytest.mark.parametrize("keep, logs", [(0, 1), (1, 2), (2, 3)])
def test_log_backups(pair, keep, logs):
    for _ in range(4):
        for result in pair.run("certificates", "--max-log-backups", keep):
            result.ok()
    assert len(pair.alike(lambda p: sorted(f.name for f in p.tree.logs.glob("letsencrypt.log*")))) == logs


def test_default_is_a_thousand_backups(offline):
    for _ in range(4):
        offline.run("certificates", "--max-log-backups", 1000).ok()
    assert len(list(offline.tree.logs.glob("letsencrypt.log*"))) == 4


def test_fewer_backups_leave_the_older_ones(pair):
    for keep in (2, 2, 2, 2, 1):
        for result in pair.run("certificates", "--max-log-backups", keep):
            result.ok()
    pair.alike(lambda p: sorted(f.name for f in p.tree.logs.glob("letsencrypt.log*")))

"""renew (spec 12) and what issuing leaves (spec 7, 8): the same command lines to Debian's certbot, with what programs read of the output."""
import re

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from lib import lineages, pki
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.pair import files, neutral, unlike


SAID = ("No renewals were attempted.", "No hooks were run.", "Congratulations, all renewals succeeded: ", "The following renewals succeeded:",
        "Congratulations, all simulated renewals succeeded: ", "The following renewals failed:", "All renewals failed. The following certificates",
        "All simulated renewals failed. The following certificates", "The following certificates are not due for renewal yet:",
        "Additionally, the following renewal configurations were invalid: ")


def machine_read(result, tree):
    """The report of renew on stdout and on stderr: paths with their verdicts, files that were worked on, counts."""
    return result.code, *((
        sorted(re.findall(r"^  (ROOT\S+ .*)$", text, re.M)), re.findall(r"Processing\s(ROOT\S+)", text),
        re.findall(r"\d+ renew failure\(s\), \d+ parse failure\(s\)", text), [line for line in SAID if line in text],
    ) for text in (neutral(result.out, tree), neutral(result.err, tree)))


def report(pair, *args, **run):
    ours, theirs = pair.same("renew", "--no-random-sleep-on-renew", *args, **run)
    seen = [machine_read(r, p.tree) for r, p in zip((ours, theirs), pair)]
    assert seen[0] == seen[1], f"{seen[0]}\n{seen[1]}"
    return seen[0]


@pytest.fixture
def many(pair):
    """One due, one not, and every kind that cannot be read."""
    kinds = {n: lineages.made([f"{n}.rb.test"], **age) for n, age in (
        ("due", {"start": -89, "end": 1}), ("fresh", {}), ("off", {"start": -89, "end": 1}), ("old", {"start": -99, "end": -1}))}

    def put(p):
        params = lineages.renewable(p)
        for name, leaf in kinds.items():
            lineages.put(p.tree, f"{name}.rb.test", leaf, {**params, **({"autorenew": "False"} if name == "off" else {})})
        (p.tree.config / "live" / "README").touch()
    return pair.each(put)


BROKEN = {
    "text": lambda p, c: c.write_text("nothing of the kind\n"),
    "empty": lambda p, c: c.write_text(""),
    "no section": lambda p, c: c.write_text(c.read_text().replace("[renewalparams]", "[other]")),
    "no authenticator": lambda p, c: c.write_text(c.read_text().replace("authenticator = ", "authentic = ")),
    "no link": lambda p, c: p.tree.live(c.stem, "chain").unlink(),
    "no target": lambda p, c: p.tree.archive(c.stem, "privkey", 1).unlink(),
    "no fullchain": lambda p, c: c.write_text(c.read_text().replace("fullchain = ", "fullchains = ")),
    "bad number": lambda p, c: c.write_text(re.sub("http01_port = .*", "http01_port = many", c.read_text())),
    "bad flag": lambda p, c: c.write_text(c.read_text() + "must_staple = maybe\n"),
    "plugin that is not there": lambda p, c: c.write_text(c.read_text().replace("authenticator = standalone", "authenticator = dns-nowhere")),
    "account that is not there": lambda p, c: c.write_text(re.sub("account = .*", "account = " + 32 * "0", c.read_text())),
    "interpolation of nothing": lambda p, c: c.write_text(c.read_text() + "post_hook = %(nothing)s\n"),
    "file for a link": lambda p, c: (p.tree.live(c.stem, "cert").unlink(), p.tree.live(c.stem, "cert").write_text("x")),
}


def test_report(many):
    code, (verdicts, worked, _, said), _ = report(many)
    assert code == 0 and len(worked) == 4 and len(verdicts) == 4 and "Congratulations, all renewals succeeded: " in said
    report(many)
    report(many, "--cert-name", "fresh.rb.test", "--deploy-hook", "true")
    report(many, "--dry-run", "--server", many.pebble.url, "--cert-name", "off.rb.test")
    report(many, "--force-renewal", "--cert-name", "off.rb.test")
    report(many, "--cert-name", "none.rb.test")


def test_report_of_broken_ones(many):
    def put(p):
        params = lineages.renewable(p)
        for n, (kind, leaf) in enumerate(leaves.items()):
            lineages.put(p.tree, f"broken{n:02}.rb.test", leaf, params)
            BROKEN[kind](p, p.tree.conf(f"broken{n:02}.rb.test"))
    leaves = {kind: lineages.made([f"broken{n:02}.rb.test"], start=-89, end=1) for n, kind in enumerate(BROKEN)}
    many.each(put)
    code, (_, worked, _, _), (_, _, counts, _) = report(many)
    assert code == 1 and len(worked) == 4 + len(BROKEN) and counts
    assert report(many, "-q")[0] == 1


@pytest.mark.parametrize("state", ["behind", "half linked", "gap"])
def test_links_are_mended(many, state):
    """Links behind the archive, an interrupted change of links, an archive with gaps."""
    newer = lineages.made(["fresh.rb.test"])

    def damage(p):
        lineages.write_version(p.tree, "fresh.rb.test", 5 if state == "gap" else 2, *newer)
        live = p.tree.live("fresh.rb.test")
        if state == "half linked":
            for kind in ("cert", "chain", "fullchain", "privkey"):
                (live / f"previous_{kind}.pem").symlink_to(p.tree.archive("fresh.rb.test", kind, 1))
            (live / "cert.pem").unlink()
            (live / "cert.pem").symlink_to("../../archive/fresh.rb.test/cert2.pem")
    many.each(damage)
    report(many, "--cert-name", "fresh.rb.test")
    report(many, "--cert-name", "fresh.rb.test", "--force-renewal")
    assert many.alike(lambda p: p.tree.version("fresh.rb.test")) == (6 if state == "gap" else 3)


STORED = [
    "--must-staple", "--http-01-address 127.0.0.1", "--reuse-key --key-type rsa --rsa-key-size 3072", "--elliptic-curve secp384r1",
    "--preferred-challenges http,dns", "--allow-subset-of-names", "--no-autorenew", "--pre-hook true --post-hook true --deploy-hook true",
    "--renew-hook true --no-directory-hooks", "--user-agent x", "--issuance-timeout 30", "--strict-permissions", "--new-key", "--agree-tos",
    "--debug", "--expand", "--duplicate", "--disable-renew-updates", "--preconfigured-renewal", "-v",
    "--config-dir @config/.", "--max-log-backups 3", "--no-random-sleep-on-renew", "--redirect --hsts --staple-ocsp", "--account-x",
]


@pytest.mark.parametrize("part", [STORED[n::4] for n in range(4)], ids=str)
def test_what_is_stored(pair, part):
    """Each option leaves the same in a new renewal file, and a renewal keeps it."""
    wrong = []
    for n, text in enumerate(part):
        name = f"s{n}.{len(part[0])}.rb.test"
        results = pair.run("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pair.pebble.http_port, "-d", name, *text.split(" "))
        if results[0].code != results[1].code or unlike(*(files(p.tree) for p in pair)):
            wrong.append((text, [r.code for r in results], unlike(*(files(p.tree) for p in pair))))
    assert not wrong, wrong
    report(pair, "--force-renewal")


def test_must_staple_is_in_the_request(pair):
    if not pair.pebble.staples:
        pytest.skip("this CA refuses what must be stapled, as Let's Encrypt does")
    pair.standalone("-d", "ms.rb.test", "--must-staple")
    pair.renew("--force-renewal")
    assert pair.alike(lambda p: lineages.read_conf(p.tree.conf("ms.rb.test"))["renewalparams"]["must_staple"]) == "True"
    pair.alike(lambda p: b"\x2b\x06\x01\x05\x05\x07\x01\x18" in pki.load_cert(p.tree.live("ms.rb.test", "cert")).public_bytes(Encoding.DER))


def test_renewal_by_options_of_the_command_line(pair):
    """They are saved in each lineage that renews; what a certificate is for stays."""
    for n in ("a", "b"):
        pair.standalone("-d", f"{n}.ro.rb.test", "-d", f"www.{n}.ro.rb.test")
    report(pair, "--force-renewal", "--cert-name", "a.ro.rb.test", "--key-type", "rsa", "--reuse-key", "--post-hook", "true", "--preferred-chain", "X")
    report(pair, "--force-renewal", "--no-reuse-key", "--elliptic-curve", "secp384r1", "--key-type", "ecdsa")
    assert pair.alike(lambda p: [pki.load_cert(p.tree.live(f"{n}.ro.rb.test", "cert")).public_key().curve.name for n in "ab"]) == 2 * ["secp384r1"]
    assert pair.alike(lambda p: sorted(pki.names_of(p.tree.live("a.ro.rb.test", "cert")))) == ["a.ro.rb.test", "www.a.ro.rb.test"]


def test_webroots_of_a_map(pair, webroot):
    root, _ = webroot
    pair.certonly("--webroot", "--webroot-map", f'{{"m.wm.rb.test,n.wm.rb.test": "{root}"}}')
    pair.certonly("--webroot", "-d", "o.wm.rb.test", "-w", root, "-d", "p.wm.rb.test", "-w", root.parent, code=1)
    pair.certonly("--webroot", "-d", "o.wm.rb.test", "-w", root, "-d", "p.wm.rb.test")
    pair.certonly("--webroot", "-w", root.parent, "-d", "r.wm.rb.test", "-w", root, "-d", "s.wm.rb.test", code=1)
    pair.certonly("--webroot", "-d", "q.wm.rb.test", code=1)
    pair.certonly("--webroot", "-w", "/none", "-d", "q.wm.rb.test", code=1)
    pair.certonly("--webroot", "-w", root, code=1)
    report(pair, "--force-renewal")
    report(pair, "--force-renewal", "--cert-name", "o.wm.rb.test", "-w", root)
    assert not list(root.rglob("*"))


@differs("name-taken")
def test_lineage_names(pair):
    """-0001, what is in the way, wildcards, A-labels."""
    pair.standalone("-d", "n.ln.rb.test")
    pair.standalone("-d", "n.ln.rb.test", "--duplicate")
    pair.standalone("-d", "n.ln.rb.test", "-d", "o.ln.rb.test", "--cert-name", "n.ln.rb.test-0001")
    pair.standalone("-d", "xn--bcher-kva.ln.rb.test")
    pair.standalone("-d", "p.ln.rb.test", "--cert-name", "a name, with # signs")
    report(pair, "--force-renewal")
    pair.each(lambda p: (p.tree.config / "archive" / "way.ln.rb.test").mkdir())
    pair.each(lambda p: (p.tree.config / "archive" / "way.ln.rb.test" / "x").touch())
    for result in pair.run("certonly", "-n", "--standalone", "--http-01-port", pair.pebble.http_port, "-d", "way.ln.rb.test"):
        result.failed().says("archive directory exists for way.ln.rb.test")
    assert pair.signet.tree.lineages() == ["a name, with # signs", "n.ln.rb.test", "n.ln.rb.test-0001", "xn--bcher-kva.ln.rb.test"]

"""docs/certbot-differences.md: what it says of both programs, and that no entry is there without a test."""
import re
import shutil
from pathlib import Path

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import ENTRIES, differs

CA = {"server": "https://ca.test/dir", "authenticator": "standalone"}


def test_entries_have_tests():
    here = Path(__file__).parent
    named = {entry for file in (*here.glob("*.py"), *here.glob("lib/*.py")) for call in re.findall(r"differs\(([^)]*)\)", file.read_text())
             for entry in re.findall(r'"([a-z0-9-]+)"', call)}
    assert set(ENTRIES) == named and len(ENTRIES) == len(set(ENTRIES))


def codes(pair, *args, **run):
    """Exit statuses: signet's, Certbot's."""
    return [result.code for result in pair.run(*args, **run)]


@differs("ini-bare-key", "ini-list", "tls-flags", "update-symlinks", "interpolation", "verb-as-value", "small-rsa", "numbers")
@pytest.mark.parametrize("ours, theirs, text", [
    (2, 0, "certificates -c domains.ini"), (0, 2, "certificates -c list.ini"), (0, 2, "certificates --tls-sni-01-port 443"),
    (0, 2, "certificates --tls-sni-01-address ::1"), (2, 0, "update_symlinks"), (2, 0, "certificates --manual-public-ip-logging-ok"),
    (0, 1, "-d renew certificates"), (2, 0, "certificates --http-01-port 0"), (2, 0, "certificates --checkpoints -1"),
])
def test_command_lines(pair, ours, theirs, text):
    pair.each(lambda p: (p.cwd / "domains.ini").write_text("domains\n"))
    pair.each(lambda p: (p.cwd / "list.ini").write_text("domains = [a.diff.test]\n"))
    assert codes(pair, *text.split(" ")) == [ours, theirs]


@differs("account-key", "small-rsa", "interpolation", "renewal-mode", "first-log")
def test_what_is_made(pair):
    ours, theirs = pair.run("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pair.pebble.http_port, "-d", "a.diff.test", "--max-log-backups", 5)
    assert ours.code == theirs.code == 0
    kinds = [re.search(r'"kty": ?"(\w+)"', (p.tree.account_dirs()[0] / "private_key.json").read_text())[1] for p in pair]
    assert kinds == ["EC", "RSA"]
    assert [(p.tree.logs / "letsencrypt.log.1").exists() for p in pair] == [False, True]
    assert codes(pair, "renew", "--force-renewal", "--no-random-sleep-on-renew", "--post-hook", "date +%(year)s") == [2, 0]
    assert codes(pair, "renew", "--no-random-sleep-on-renew") == [0, 1]
    assert codes(pair, "certonly", "-n", "--standalone", "--http-01-port", pair.pebble.http_port, "-d", "b.diff.test", "--key-type", "rsa",
                 "--rsa-key-size", "1024")[0] == 1


@differs("eff-email")
def test_address_stays_here(client):
    client.run("register", "-n", "--agree-tos", "-m", "me@diff.test", "--eff-email").ok().says("does not pass your address on")
    assert "eff" not in (client.tree.account_dirs()[0] / "meta.json").read_text()


@differs("version-name")
def test_version_through_a_link(offline, tmp_path):
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin" / "certbot"
    link.symlink_to(shutil.which(offline.binary))
    offline.binary = str(link)
    assert offline.run("--version", bare=True).ok().out == "certbot 5.6.0\n"


@differs("revoke-same-file")
def test_lineage_is_found_by_a_link_to_its_file(pair):
    pair.standalone("-d", "l.diff.test")
    pair.each(lambda p: (p.cwd / "link.pem").symlink_to(p.tree.live("l.diff.test", "cert")))
    assert codes(pair, "revoke", "-n", "--cert-path", "link.pem", server=True) == [0, 1]
    assert [p.tree.lineages() for p in pair] == [[], ["l.diff.test"]]


@differs("timer-elsewhere", "donation")
def test_last_words(pair):
    args = ("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pair.pebble.http_port, "--preconfigured-renewal", "-d", "l.diff.test")
    results = [p.finish(p.start(*args)) for p in pair]      # a fork of Certbot leaves its last words out
    assert [("NEXT STEPS" in r.out, "/donate" in r.out) for r in results] == [(True, False), (False, True)], results


@differs("one-line-paths", "renew-says-where", "https-port-kept", "conf-version")
def test_renew_says(pair):
    pair.run("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pair.pebble.http_port, "--https-port", "8443", "-d", "s.diff.test")
    results = pair.run("renew", "--no-random-sleep-on-renew", "--force-renewal")
    for result, p, differs_here in zip(results, pair, (True, False)):
        assert (f"Processing {p.tree.conf('s.diff.test')}" in result.out) == differs_here, result
        assert ("Certificate is saved at:" in result.out) == differs_here, result
        conf = lineages.read_conf(p.tree.conf("s.diff.test"))
        assert ("https_port" in conf["renewalparams"]) == differs_here
        assert conf[""]["version"] == "2.1.0"               # which Debian's is too

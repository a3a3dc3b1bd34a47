"""A wildcard certificate and the sites it covers (spec 15.5, 16.4): a person says which of them get it, and each later step remembers that."""
import re

import pytest

from lib import lineages, pki
from lib.client import NEW_ACCOUNT, Client
from lib.differences import differs
from lib.either_server import OnApache, OnNginx, running
from lib.faulty import shows
from lib.stand_in import SignetCa
from lib.tree import Tree

WILDCARD, NAMES = "*.w.test", ("one.w.test", "two.w.test", "three.w.test", "deep.one.w.test")


class Sites:
    def begin(self, directory):
        leaf, key = lineages.made(["old.w.test"])
        (directory / "old.pem").write_bytes(pki.cert_pem(leaf) + pki.key_pem(key))
        for number, name in enumerate(NAMES):
            self.server.site(f"{number}", self.plain.format(name))
        self.server.site("9", self.tls.format(NAMES[1]))

    def redirected(self, name):
        return self.server.get(name)[0] == 301


class OfApache(Sites, OnApache):
    question = "Which VirtualHosts would you like to install the wildcard certificate for?"
    plain = '<VirtualHost *:@port>\n\tServerName {0}\n\tErrorDocument 403 "{0}"\n</VirtualHost>\n'
    tls = plain.replace("@port", "@tls").replace("\tErr", "\tSSLEngine on\n\tSSLCertificateFile @dir/old.pem\n\tErr")


class OfNginx(Sites, OnNginx):
    question = "Which server blocks would you like to modify?"
    plain = "server {{\n    listen {{port}};\n    server_name {0};\n    location / {{ return 200 {0}; }}\n}}\n"
    tls = plain.replace("{{port}};", "{{tls}} ssl reuseport;\n    ssl_certificate {{d}}/old.pem;\n    ssl_certificate_key {{d}}/old.pem;")


@pytest.fixture(scope="module", params=["apache", "nginx"])
def machine(request, tmp_path_factory, pebble):
    yield from running(request.param, {"apache": OfApache, "nginx": OfNginx}, tmp_path_factory, pebble)


@pytest.fixture
def site(machine):
    """Afterwards everything is as before."""
    before = machine.server.files()
    yield machine
    after = machine.server.files()
    assert {k: v[-1] for k, v in after.items()} == {k: v[-1] for k, v in before.items()}


def number_of(run, name):
    """Of the line of the list that begins with the name."""
    return re.search(rf"^(\d+): {re.escape(name)} .*", run.text, re.M)


def roll_back(client, site):
    client.run("rollback", "-n", "-i", site.options[0].strip("-"), *site.options[1:], "--checkpoints", 10).ok()


def test_the_sites_are_chosen(client, site):
    """Of a name that is served by TLS too, that host; not what the wildcard does not cover. The redirect is for the same sites."""
    leaf = lineages.add(client.tree, "w.test", [WILDCARD])
    old = site.served("two.w.test")
    run = client.pty("install", *site.options, "--cert-name", "w.test", "--redirect")
    try:
        run.expect("(Enter 'c' to cancel): ")
        assert f"{site.question} ({WILDCARD})" in run.text and len(re.findall(r"^\d+: ", run.text, re.M)) == 3
        assert "HTTPS" in number_of(run, "two.w.test")[0] and "HTTPS" not in number_of(run, "three.w.test")[0]
        run.send(f"{number_of(run, 'one.w.test')[1]} {number_of(run, 'three.w.test')[1]}\n")
        run.wait().ok()
        assert run.text.count(site.question) == 1
    finally:
        run.close()
    assert site.served("one.w.test") == site.served("three.w.test") == leaf.serial_number != site.served("two.w.test") == old
    assert [site.redirected(name) for name in NAMES] == [True, False, True, False]
    roll_back(client, site)


@pytest.mark.parametrize("machine", ["apache"], indirect=True)
def test_only_sites_with_tls_are_enhanced(client, site):
    lineages.add(client.tree, "w.test", [WILDCARD])
    client.run("enhance", *site.options, "--cert-name", "w.test", "--redirect", data="1\n\n").ok().says(site.question).never_says("three.w.test")
    assert [site.redirected(name) for name in NAMES] == [False, True, False, False]
    roll_back(client, site)


@differs("wildcard-sites")
def test_nobody_to_ask(client, site):
    lineages.add(client.tree, "w.test", [WILDCARD])
    install = ["install", *site.options, "--cert-name", "w.test"]
    client.run(*install, "-n").failed().says("covers more than one site (one.w.test, two.w.test, three.w.test)", "signet install --cert-name w.test -d one.w.test")
    client.run(*install, data="c\n").failed().says(f"no site was chosen for {WILDCARD}")


@pytest.mark.parametrize("machine", ["nginx"], indirect=True)
def test_a_renewal_is_looked_at_where_it_is_installed(site, tmp_path):
    ca = SignetCa(tmp_path / "ca", config={"test": {"always_valid": "yes"}})
    client, old = Client(Tree(tmp_path / "machine"), ca), site.server.directory / "old.pem"
    try:
        client.run("run", *NEW_ACCOUNT, "-a", "manual", "--manual-auth-hook", "true", "-i", "nginx", *site.options[1:], "-d", WILDCARD,
                   "--no-redirect", data="1\n").ok()
        client.renew("--force-renewal").ok()
        with shows("127.0.0.1", site.server.tls, [old], True):
            client.renew("--force-renewal").failed().says("proving what is served: one.w.test at 127.0.0.1")
    finally:
        ca.stop()
    roll_back(client, site)

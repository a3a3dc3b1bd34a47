"""run, install, enhance and rollback while no plugin configures a server (spec 6, 13.4-13.6), beside Debian's certbot.

Certbot's null plugin, which installs nothing, is here too.
"""
import itertools

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import differs

numbers = itertools.count(1)
PARAMS = {"server": "https://ca.test/dir", "authenticator": "standalone"}


@pytest.fixture
def name():
    return f"i{next(numbers)}.inst.test"


def one(program):
    lineages.add(program.tree, "x.inst.test", params=PARAMS)


def null(program):
    """A certificate by standalone, installed nowhere."""
    return ("-n", "-i", "null", "-a", "standalone", "--http-01-port", program.pebble.http_port, *NEW_ACCOUNT)


@pytest.mark.parametrize("args,text", [
    ((), "certonly"), (("-n",), "-i PLUGIN"), (("run", "-n"), "-i PLUGIN"), (("run",), "certonly"), (("everything",), "certonly"),
    (("run", "-n", "--standalone", "-d", "a.inst.test"), "signet certonly --standalone"),
    (("-n", "-a", "webroot", "-d", "a.inst.test"), "signet certonly --webroot"),
    (("-n", "--nginx", "--nginx-ctl", "/none", "-d", "a.inst.test"), "is nginx installed?"),
    (("--apache", "-d", "a.inst.test"), "Apache does not appear to be installed"),
    (("-n", "-i", "null", "-d", "a.inst.test"), "--standalone"),
    (("-n", "-i", "none", "-a", "standalone", "-d", "a.inst.test"), "none plugin does not appear to be installed"),
    (("-n", "-i", "null", "-a", "standalone", "--must-staple", "-d", "a.inst.test"), "--must-staple"),
    (("-n", "-i", "null", "-a", "standalone", "--auto-hsts", "-d", "a.inst.test"), "not supported by the selected installer"),
    (("install", "-n"), "-i PLUGIN"), (("install", "-n", "--cert-name", "x.inst.test"), "-i PLUGIN"), (("install",), "certonly"),
    (("install", "-n", "-i", "null"), "--cert-name"),
    (("install", "-n", "-i", "null", "--cert-name", "none.inst.test"), "Path to certificate or key was not defined."),
    (("install", "-n", "-i", "null", "--cert-path", "/none", "--key-path", "/none"), "certificate from path /none"),
    (("install", "-n", "-i", "null", "--cert-path", "/etc/passwd", "--key-path", "/etc"), "private key from path /etc"),
    (("install", "-n", "-i", "null", "--cert-path", "/etc/passwd", "-d", "a.inst.test"), "--cert-name"),
    (("install", "-n", "-i", "null", "--cert-path", "/etc/passwd", "--key-path", "/etc/passwd"), "--domains"),
    (("install", "-n", "-i", "nginx", "--nginx-ctl", "/none", "--cert-name", "x.inst.test"), "is nginx installed?"),
    (("install", "-n", "--nginx", "--nginx-ctl", "/none", "--cert-name", "x.inst.test"), "--nginx-ctl says"),
    (("install", "-n", "-i", "null", "--cert-name", "x.inst.test", "--auto-hsts"), "not supported by the selected installer"),
    (("enhance", "-n"), "--help enhance"), (("enhance", "-n", "--no-redirect", "-i", "null"), "--help enhance"),
    (("enhance", "-n", "--redirect"), "-i PLUGIN"), (("enhance", "--hsts"), "certonly"),
    (("enhance", "-n", "--uir", "-i", "null"), "--cert-name"),
    (("enhance", "-n", "--auto-hsts", "-i", "null", "--cert-name", "x.inst.test"), "not supported by the selected installer"),
    (("enhance", "-n", "--hsts", "-i", "null", "--cert-name", "none.inst.test"), "none.inst.test"),
    (("rollback", "-n"), "-i PLUGIN"), (("rollback", "-n", "--checkpoints", "3"), "-i PLUGIN"),
])
def test_what_cannot_be_installed(pair, args, text):
    pair.each(one)
    ours, _ = pair.same(*args)
    assert ours.code == 1, ours
    assert text in ours.err, ours


@pytest.mark.parametrize("args,data", [
    (("install", "-n", "-i", "null", "--cert-name", "x.inst.test"), None),
    (("install", "-i", "null"), "1\n"),
    (("install", "-n", "-i", "null", "--cert-path", "/etc/passwd", "--key-path", "/etc/passwd", "-d", "a.inst.test"), None),
    (("install", "-i", "null", "--cert-path", "/etc/passwd", "--key-path", "/etc/passwd"), "a.inst.test\n"),
    (("install", "-n", "-i", "null", "-a", "standalone", "--cert-name", "x.inst.test"), None),
    (("install", "-n", "-i", "null", "--cert-name", "x.inst.test", "--redirect", "--uir"), None),
    (("enhance", "-n", "-i", "null", "--cert-name", "x.inst.test", "--redirect", "--hsts"), None),
    (("enhance", "-i", "null", "--staple-ocsp"), "1\n1\n"),
    (("rollback", "-n", "-i", "null"), None), (("rollback", "-n", "-i", "null", "--checkpoints", "3"), None),
])
def test_with_the_installer_that_does_nothing(pair, args, data):
    pair.each(one)
    ours, theirs = pair.same(*args, data=data)
    assert ours.code == 0, ours
    for line in ("Deploying certificate", *(f"Option {o} is not supported by the selected installer. Skipping enhancement."
                                            for o in ("hsts", "redirect", "staple", "uir"))):
        assert (line in ours.out + ours.err) == (line in theirs.out + theirs.err), (line, ours, theirs)


def test_cancelled_choice(pair):
    pair.each(one)
    ours, _ = pair.same("install", "-i", "null", data="c\n")
    assert ours.code == 1


def test_run_gets_and_installs(pair, name):
    ours, theirs = pair.same(*null(pair.signet), "--redirect", "-d", name, "-d", "www." + name, server=True)
    assert ours.code == 0
    for text in (f"Requesting a certificate for {name} and www.{name}", "Successfully received certificate.", "Deploying certificate",
                 f"Congratulations! You have successfully enabled HTTPS on https://{name} and https://www.{name}"):
        assert text in ours.out and text in theirs.out, (text, ours, theirs)
    assert lineages.read_conf(pair.signet.tree.conf(name))["renewalparams"]["installer"] == "null"
    again, theirs = pair.same(*null(pair.signet), "--keep", "-d", name, "-d", "www." + name, server=True)
    for text in ("Certificate not yet due for renewal", "Deploying certificate", "Congratulations! You have successfully enabled HTTPS"):
        assert text in again.out and text in theirs.out, (text, again, theirs)
    assert pair.signet.tree.version(name) == 1
    renewed, theirs = pair.same(*null(pair.signet), "--force-renewal", "-d", name, "-d", "www." + name, server=True)
    text = "Your existing certificate has been successfully renewed, and the new certificate has been installed."
    assert text in renewed.out and text in theirs.out, (renewed, theirs)
    assert pair.signet.tree.version(name) == 2


@differs("plan-shown")
@pytest.mark.parametrize("args", [("install",), ("enhance", "--hsts")])
def test_plan_can_be_shown(pair, args):
    pair.each(one)
    assert [p.code for p in pair.run(*args, "-n", "-i", "null", "--cert-name", "x.inst.test", "--dry-run")] == [0, 1]


def test_run_refuses_addresses(client):
    client.run("-n", "-i", "null", "--standalone", "--ip-address", "127.0.0.1").failed().says("certonly")


@differs("rollback-nothing")
@pytest.mark.parametrize("args", [("rollback",), ("rollback", "-n", "-i", "none")])
def test_rollback_without_its_installer_is_an_error(offline, args):
    """Certbot says nothing, does nothing, and exits 0."""
    offline.run(*args).failed()


def test_run_as_events(client, name):
    events = client.run("--json", *null(client)[1:], "-d", name, server=True).ok().events()
    kinds = [e["event"] for e in events]
    assert kinds.index("certificate.saved") < kinds.index("certificate.deploying") < kinds.index("certificate.installed")
    installed, = (e for e in events if e["event"] == "certificate.installed")
    assert installed["lineage"] == name and installed["installer"] == "null" and installed["identifiers"] == [name]

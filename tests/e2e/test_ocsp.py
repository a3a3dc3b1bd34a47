"""Certificates that their CA has revoked (spec 12.2, 13.1), by openssl's OCSP responder, beside Debian's certbot."""
import re

import pytest

from lib import lineages
from lib.responder import Responder

NAMES = {"good.oc.test": "good", "gone.oc.test": "revoked", "strange.oc.test": "not known", "old.oc.test": "expired"}


@pytest.fixture
def responder(tmp_path):
    made = Responder(tmp_path / "ocsp")
    yield made
    made.stop()


@pytest.fixture
def put(responder):
    """put(program): a lineage of each state, none due by its dates but the one that has expired."""
    kinds = {}
    for name, state in NAMES.items():
        age = {"start": -90, "end": -1} if state == "expired" else {}
        kinds[name] = lineages.made([name], ocsp=responder.url, **age)
        if state != "not known":
            responder.knows(kinds[name][0], revoked=state != "good")

    def make(program):
        params = lineages.renewable(program)
        for name, pair in kinds.items():
            lineages.put(program.tree, name, pair, params)
    return make


def statuses(program):
    text = program.run("certificates").ok().out
    return re.findall(r"Certificate Name: (\S+)\n(?:    .*\n)*?    Expiry Date: [^(]*\((\w+(?:: \w+)?)", text)


def renewed(program):
    return [name for name in NAMES if program.tree.version(name) == 2]


def test_what_is_revoked_is_shown_and_renewed(pair, put, responder):
    pair.each(put)
    responder.start()
    shown = dict(pair.alike(lambda p: sorted(statuses(p))))
    assert shown == {"good.oc.test": "VALID: 88", "gone.oc.test": "INVALID: REVOKED", "strange.oc.test": "VALID: 88", "old.oc.test": "INVALID: EXPIRED"}
    pair.same("renew", "--no-random-sleep-on-renew")
    assert pair.alike(renewed) == ["gone.oc.test", "old.oc.test"]


def test_a_responder_that_is_away(pair, put):
    """Nothing is known, so nothing is revoked; it costs one question, not one a certificate."""
    pair.each(put)
    assert ("gone.oc.test", "VALID: 88") in pair.alike(lambda p: sorted(statuses(p)))
    ours, _ = pair.same("renew", "--no-random-sleep-on-renew")
    assert pair.alike(renewed) == ["old.oc.test"]
    log = pair.signet.tree.log()
    assert "OCSP check failed for" in log and "has not answered in this run" in log, ours


def test_it_is_asked_each_time(client, put, responder):
    """What was found good yesterday may be revoked today."""
    put(client)
    client.renew("--cert-name", "good.oc.test").ok()
    lineages.put(client.tree, "later.oc.test", late := lineages.made(["later.oc.test"], ocsp=responder.url), lineages.renewable(client))
    client.renew().ok()
    assert client.tree.version("later.oc.test") == 1
    responder.knows(late[0], revoked=True)
    responder.start()
    client.renew().ok().says("The CA says that the certificate of later.oc.test is revoked.")
    assert client.tree.version("later.oc.test") == 2


def test_json(client, put, responder):
    put(client)
    responder.start()
    listed = {e["lineage"]: e for e in client.run("certificates", "--json").ok().events() if e["event"] == "certificate.listed"}
    assert {name: (e["revoked"], e["expired"]) for name, e in listed.items()} == {
        name: (state == "revoked", state == "expired") for name, state in NAMES.items()}
    assert listed["gone.oc.test"]["status"] == "INVALID: REVOKED" and listed["gone.oc.test"]["days_left"] == 88

"""Several perspectives (ca.md 4, BR 3.2.2.9)."""
import json

from .lib.acme import Key
from .lib.fake_web import response, stall
from .lib.rows import row

AGENTS = {f"conformance {n}" for n in ("primary", "remote1", "remote2", "remote3")}


def seen_by(lab, wrong=(), ca="mpic3", wrong_answer=None):
    """http-01, where these perspectives see something else."""
    t = lab.trial("http-01", ca=ca)
    agents = {f"conformance {n}" for n in wrong}
    other = wrong_answer or response(200, "something else")
    t.serve(lambda visit: (other(visit) if callable(other) else other) if visit.agent in agents
            else response(200, t.proof))
    return t.judge()


def agents(lab):
    return [visit.agent for visit in lab.web.visits]


@row("MPIC-001", "MPIC-018")
def all_agree(lab, one):
    seen_by(lab).passed()
    assert set(agents(lab)) == AGENTS and len(agents(lab)) == 4


@row("MPIC-002")
def primary_disagrees(lab):
    v = seen_by(lab, ["primary"]).failed("unauthorized")
    assert "secondary" not in v.detail.lower() and agents(lab) == ["conformance primary"]


@row("MPIC-007", "MPIC-008")
def some_of_six(lab, one):
    if one == "MPIC-007":
        seen_by(lab, ["remote1", "remote4"], "mpic6").passed()
    else:
        seen_by(lab, ["remote1", "remote3", "remote5"], "mpic6").failed("unauthorized", "secondary validation")


@row("MPIC-011")
def two_of_three(lab):
    seen_by(lab, ["remote1", "remote3"]).failed("unauthorized", "secondary validation")
    seen_by(lab, ["remote2"]).passed()


@row("MPIC-017")
def a_slow_one(lab):
    seen_by(lab, ["remote2"], wrong_answer=stall()).passed()


@row("MPIC-019")
def by_dns(lab):
    t = lab.trial("dns-01", ca="mpic3")
    t.publish()
    t.judge().passed()
    assert sorted(q.view for q in lab.dns.asked(kind="TXT")) == ["primary", "remote1", "remote2", "remote3"]


@row("MPIC-020")
def by_tls(lab):
    t = lab.trial("tls-alpn-01", ca="mpic3")
    t.present()
    t.judge().passed()
    assert lab.tls.accepted == 4
    assert len({visit.peer[0] for visit in lab.tls.visits}) == 4  # an address of its own each


@row("MPIC-021")
def recorded(lab):
    v = seen_by(lab, ["remote2"]).passed()
    number = int(v.trial.authz.url.rpartition("/")[2])
    events = [json.loads(line) for line in lab.ca("mpic3").log_text().splitlines()]
    events = {e["event"]: e for e in events if e.get("authorization") == number}
    assert events["perspective_disagreed"]["perspective"] == "remote2"
    assert "something else" in events["perspective_disagreed"]["detail"]
    summary = json.loads(events["perspectives"]["summary"])
    assert summary["quorumResult"] == "2/3"
    assert sorted(summary["passedPerspectives"]) == ["remote1", "remote3"]
    assert summary["failedPerspectives"] == ["remote2"] and sorted(summary["passedRIRs"]) == ["APNIC", "ARIN"]


@row("MPIC-022")
def answers_once(lab):
    t = lab.trial("http-01", ca="mpic3")
    t.serve(lambda visit: response(200, t.proof) if len(lab.web.visits) == 1 else response(404))
    t.judge().failed("unauthorized", "secondary validation")


# --- perspectives elsewhere

def asked_elsewhere(lab, *scripts):
    """http-01 by the primary and three remotes; a script each for the first of these."""
    t = lab.trial("http-01", ca="mpic remotes", account=lab.ca("mpic remotes").acme.account(Key()))
    t.serve()
    for remote, script in zip(lab.remotes, scripts):
        remote.script = script(remote)
    return t.judge()


def broken(remote):
    return remote.hang_up


@row("MPIC-003", "MPIC-004", "MPIC-010")
def broken_ones(lab, one):
    count = {"MPIC-003": 1, "MPIC-004": 2, "MPIC-010": 3}[one]
    v = asked_elsewhere(lab, *[broken] * count)
    if count == 1:
        v.passed()
    else:
        v.failed("serverInternal", "secondary validation")


@row("MPIC-014")
def under_a_wrong_name(lab):
    def impostor(remote):
        return lambda request: remote.verdict(request, name="somebody else")

    asked_elsewhere(lab, impostor).passed()
    asked_elsewhere(lab, impostor, impostor).failed("serverInternal")

"""A hostile or broken CA harms nobody: every case of badca_*.py, one run of the client each.

What must hold after each run is in check_run and check_harmless; afterwards the same tree works
again with the CA as it should be.
"""
import os

import pytest

from badca import BadCA
from badca_all import CASES
from badca_cuts import cut
from badca_problems import outage
from badca_run import (NAME, Stage, check_memory, check_terminal, error_lines, is_certbot,
                       is_sanitized)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    (root / "ca").mkdir()
    stage = Stage(root, lambda validate: BadCA(root / "ca", validate))
    yield stage
    stage.ca.stop()
    stage.ca.trap.stop()


def check_run(case, result):
    """The outcome, and one clear error that names the thing."""
    expected = {"error": (1,), "ok": (0,), "any": (0, 1)}[case.outcome]
    assert result.code in expected, f"exit {result.code}{result!r}"
    if result.code == 0 or is_certbot():
        return
    lines = error_lines(result)
    assert lines, f"failed without a word{result!r}"
    assert len(lines) <= 12, f"more than one error{result!r}"
    assert len(set(lines)) == len(lines), f"the same thing said twice{result!r}"
    text = (result.out + result.err).lower()
    assert any(word.lower() in text for word in case.says), \
        f"names none of {case.says}{result!r}"


def check_hidden(case, result):
    for text in case.hides:
        assert text not in result.out + result.err, f"{text!r} was printed{result!r}"


def check_harmless(case, stage, before):
    """Nothing written elsewhere, nothing published, nothing lost, nobody else talked to."""
    assert stage.outside() == before["outside"]
    stage.nothing_published()
    assert case.visits or not stage.ca.trap.visits, stage.ca.trap.visits
    if case.account:
        accounts, lineage = stage.kept()
        assert accounts == before["kept"][0], "the account changed"
        assert lineage == before["kept"][1], "the lineage changed"


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_hostile(stage, case):
    stage.restore(case.account)
    before = {"outside": stage.outside(), "kept": stage.kept()}
    stage.ca.misbehave(case)
    result = stage.attempt(case)
    assert stage.ca.hits, f"the case was never met{result!r}"
    assert not stage.ca.faults, stage.ca.faults
    check_run(case, result)
    check_terminal(result)
    check_hidden(case, result)
    check_memory(stage.client.binary, result)
    if result.code == 0 and case.verb == "certonly":
        assert stage.live_pair_issued(NAME), result
        stage.nothing_published()
        return
    if case.verb == "certonly":             # renew writes when to ask the CA again
        check_harmless(case, stage, before)
    stage.succeed(NAME)


@pytest.mark.parametrize("case", [c for c in CASES if "1G" in c.name or "endless" in c.name],
                         ids=repr)
def test_memory_stays_small(stage, case):
    """Without sanitizers, whose own memory hides what the program takes."""
    program = os.environ.get("SIGNET_RELEASE") or stage.client.binary
    if is_sanitized(program):
        pytest.skip("needs a build without sanitizers (SIGNET_RELEASE)")
    stage.restore()
    stage.ca.misbehave(case)
    result = stage.attempt(case, program)
    assert stage.ca.hits and result.code in (0, 1), result
    check_memory(program, result)


@pytest.mark.parametrize("stop", ("before-status-line", "in-headers", "in-body"))
@pytest.mark.parametrize("at", ("newOrder", "finalize", "order", "challenge", "cert"))
def test_lost_answer_costs_no_second_order(stage, at, stop):
    """The CA did its part and its answer was lost: this run or the next finds the order again."""
    stage.restore()
    placed = len(stage.ca.orders)
    lost = cut(stop, at)
    stage.ca.misbehave(lost)
    first = stage.attempt(lost)
    assert stage.ca.hits == 1, first
    stage.nothing_published()
    if first.code != 0:
        stage.ca.behave()
        again = stage.certonly("--force-renewal", "--cert-name", NAME, "-d", NAME)
        again.ok()
    assert stage.live_pair_issued(NAME), first
    assert len(stage.ca.orders) - placed == 1, f"{len(stage.ca.orders) - placed} orders{first!r}"


@pytest.mark.parametrize("at", ("authz", "order", "finalize", "cert"))
def test_order_goes_on_after_an_outage(stage, at):
    """A CA that failed in mid-order gets the same order again, not a new one."""
    stage.restore()
    placed = len(stage.ca.orders)
    stage.ca.misbehave(outage(at))
    stage.attempt(outage(at)).failed()
    stage.nothing_published()
    stage.ca.behave()
    stage.certonly("--force-renewal", "--cert-name", NAME, "-d", NAME).ok()
    assert stage.live_pair_issued(NAME)
    assert len(stage.ca.orders) - placed == 1


@pytest.mark.parametrize("status", ("processing", "valid", "invalid"))
def test_orders_of_others_are_left_alone(stage, status):
    """A finalized order in the account's list was for another key: it is no lost order of ours."""
    stage.restore()
    stage.ca.behave()
    stage.succeed(NAME)
    older = list(stage.ca.orders)[-1]
    stage.ca.orders[older]["status"] = status
    lost = cut("before-status-line", "newNonce", times=0)
    stage.ca.misbehave(lost)
    stage.attempt(lost).failed()
    stage.succeed(NAME)


def test_account_is_not_lost_with_the_answer(stage):
    """newAccount reached the CA, its answer did not come back: the next run finds that account."""
    stage.restore(account=False)
    known = len(stage.ca.accounts)
    lost = cut("before-status-line", "newAccount", times=0)
    stage.ca.misbehave(lost)
    stage.attempt(lost).failed()
    stage.succeed(NAME)
    assert len(stage.ca.accounts) - known == 1

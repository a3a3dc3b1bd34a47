"""tools/killsweep on a small case: some points of each scenario (all: tools/killsweep --all)."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from killsweep_manage import MANAGED  # noqa: E402
from killsweep_parallel import Parallel  # noqa: E402
from killsweep_points import ERRORS, KILLING, SCENARIOS, Scenario  # noqa: E402
from killsweep_stage import Stage  # noqa: E402
from killsweep_trace import Point, made_to_fail, parse, sample, wakeup_failed  # noqa: E402
from lib.stand_in import SignetCa  # noqa: E402

KILLS, FAILURES = 14, 10


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("killsweep"), os.environ.get("SIGNET_RELEASE"))
    yield stage
    stage.stop()


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request, stage):
    return Scenario(stage, request.param)


def test_killed(scenario):
    """Old pair or new pair, readable by certbot, and one order in all, wherever it is killed."""
    points = [p for p in scenario.points() if p.where in KILLING]
    seen = [f"{p}: {scenario.kill(p)}" for p in sample(points, KILLS)]
    assert len(seen) == KILLS, seen
    assert not all("not reached" in line for line in seen), seen


def test_failing_calls(scenario):
    """A full or broken disk is named, and nothing is lost."""
    points = [p for p in scenario.points() if p.where == "disk"]
    for point, error in sample([(p, e) for p in points for e in ERRORS], FAILURES):
        scenario.fail(point, error)


def test_failing_output(scenario):
    """A certificate that could be saved is saved, and that nobody could be told is an error."""
    def lost(which):
        scenario.forget()
        return scenario.fail([p for p in scenario.points() if p.where == "stdout"][which], "ENOSPC") == "told that output was lost"

    lost(-1)
    # Polls and refused nonces are counted otherwise in each run: now and then another call fails.
    assert any(lost(0) for _ in range(40))


def test_killed_while_several_are_renewed(tmp_path):
    """Each has its old pair or its new one; the next run gets the rest, with one order for each in all."""
    stage = Stage(tmp_path, os.environ.get("SIGNET_RELEASE"), SignetCa)
    try:
        scenario = Parallel(stage, "parallel")
        points = [p for p in scenario.points() if p.where in KILLING]
        seen = [f"{p}: {scenario.kill(p)}" for p in sample(points, 6)]
    finally:
        stage.stop()
    assert any("not reached" not in line for line in seen), seen


@pytest.fixture(scope="module", params=MANAGED)
def managed(request, stage):
    return MANAGED[request.param](stage, request.param)


def test_killed_at_work_on_what_is_there(managed):
    """Certbot sees nothing that is half there, and the next run ends the job."""
    points = [p for p in managed.points() if p.where in KILLING]
    seen = [f"{p}: {managed.kill(p)}" for p in sample(points, KILLS)]
    assert not all("not reached" in line for line in seen), seen


def test_calls_that_fail_at_work_on_what_is_there(managed):
    points = [p for p in managed.points() if p.where == "disk"]
    for point, error in sample([(p, e) for p in points for e in ERRORS], FAILURES):
        managed.fail(point, error)


def test_killed_tree_by_certbot_itself(stage):
    """`certbot certificates` as a program agrees with the library that the sweep asks."""
    scenario = Scenario(stage, "renew")
    renames = [p for p in scenario.points() if p.call.startswith(("rename", "symlink"))]
    for point in sample(renames, 3):
        stage.restore(scenario.state)
        assert stage.tracer(scenario.verb).kill_at(point), point
        assert "kill.test" in stage.real_certbot()
        scenario.rerun(None)


TRACE = """\
10 openat(AT_FDCWD</t>, "/t/a", O_RDONLY|O_CLOEXEC) = 3</t/a>
10 openat(AT_FDCWD</t>, "b", O_WRONLY|O_CREAT|O_EXCL, 0600) = 4</t/b>
10 write(4</t/b>, ""..., 12)       = 12
10 write(1<pipe:[77]>, ""..., 12)  = 12
11 write(5</t/c>, ""..., 12)       = 12
10 write(6<TCP:[127.0.0.1:1->127.0.0.1:2]>, ""..., 9) = 9
10 renameat2(AT_FDCWD</t>, "/t/x", AT_FDCWD</t>, "y", RENAME_EXCHANGE <unfinished ...>
11 unlink("/t/z")                  = 0
10 <... renameat2 resumed>)        = 0
10 symlink("../../archive/n/cert1.pem", "live/cert.pem") = 0
10 mkdir("/elsewhere/d", 0700)     = 0
"""


def test_trace_is_read():
    """The sweep itself: which calls of a trace are points, and their numbers."""
    assert parse(TRACE, "/t", "/t") == [
        Point("openat", 2, "/t/b", "disk"),
        Point("write", 1, "/t/b", "disk"),
        Point("write", 2, "standard output", "stdout"),
        Point("write", 3, "TCP:[127.0.0.1:1->127.0.0.1:2]", "net"),
        Point("renameat2", 1, "/t/y", "disk"),
        Point("symlink", 1, "/t/live/cert.pem", "disk"),
    ]


def test_failed_call_is_found_in_the_trace():
    """Of the program alone: strace counts the calls of each process, so one of a hook may fail too."""
    line = '10 write(1<pipe:[77]>, ""..., 12)  = '
    hook = '11 write(5</t/c>, ""..., 12)       = -1 EIO (Input/output error) (INJECTED)'
    assert made_to_fail(TRACE, "/t", "/t") is None
    assert made_to_fail(TRACE + hook, "/t", "/t") is None
    failed = TRACE.replace(f"{line}12", f"{line}-1 ENOSPC (No space left on device) (INJECTED)")
    assert made_to_fail(failed, "/t", "/t") == Point("write", 2, "standard output", "stdout")


def test_wakeup_that_strace_let_fail_is_found():
    line = '11 write(7<anon_inode:[eventfd]>, ""..., 8) = -1 EIO (Input/output error)'
    assert not wakeup_failed(TRACE + line, "/t", "/t")
    assert wakeup_failed(TRACE + line + " (INJECTED)\n", "/t", "/t")


def test_sample_is_even():
    assert sample(list(range(11)), 3) == [0, 5, 10]
    assert sample([1, 2], 9) == [1, 2]
    assert sample([1, 2], None) == [1, 2]

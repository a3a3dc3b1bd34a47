"""tools/killsweep where a web server is edited: some points (all: tools/killsweep --all nginx-run ...)."""
import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from killsweep_servers import Served, ServerStage  # noqa: E402
from killsweep_trace import sample  # noqa: E402
from lib.stand_in import SignetCa  # noqa: E402

EDITS = ("/IN_PROGRESS", "/temp_checkpoint", "/server/")


@pytest.fixture(scope="module", params=["nginx", "apache"])
def scenario(request):
    """A server without TLS is given a certificate."""
    with tempfile.TemporaryDirectory(prefix="killsweep-") as root:
        stage = ServerStage(root, request.param, SignetCa, os.environ.get("SIGNET_RELEASE"))
        try:
            yield Served(stage, f"{request.param}-run")
        finally:
            stage.stop()


def test_killed_while_a_server_is_edited(scenario):
    """The next run installs the certificate, rollback gives back every byte; both are served then."""
    points = [p for p in scenario.points() if p.where == "disk" and any(part in p.path for part in EDITS)]
    seen = [f"{p}: {scenario.kill(p)}" for p in sample(points, 4)[1:]]
    assert len(seen) == 3 and not all("not reached" in line for line in seen), seen


def test_challenges_that_leave_a_checkpoint(scenario):
    """The files are as they were before the challenges, and what is written then has nothing of these."""
    point = next(p for p in scenario.points() if p.call == "unlink" and p.path.endswith("/temp_checkpoint/CONFIGTEST"))
    assert scenario.fail(point, "EIO").startswith("went on, ")

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


@pytest.mark.parametrize("server", ["nginx", "apache"])
def test_killed_while_a_server_is_edited(server):
    """The next run installs the certificate, rollback gives back every byte; both are served then."""
    with tempfile.TemporaryDirectory(prefix="killsweep-") as root:
        stage = ServerStage(root, server, SignetCa, os.environ.get("SIGNET_RELEASE"))
        try:
            scenario = Served(stage, f"{server}-run")
            points = [p for p in scenario.points() if p.where == "disk" and any(part in p.path for part in EDITS)]
            seen = [f"{p}: {scenario.kill(p)}" for p in sample(points, 4)[1:]]
        finally:
            stage.stop()
    assert len(seen) == 3 and not all("not reached" in line for line in seen), seen

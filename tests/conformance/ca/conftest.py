"""SIGNET_CA is the program under test (default build/signet-ca)."""
import os

import pytest

from .lib import rows
from .lib.ca import program
from .lib.lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The fakes and CAs of this worker."""
    assert os.access(program(), os.X_OK), f"no program to test at {program()} (set SIGNET_CA)"
    made = Lab(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter):
    passed = sum("test_row[" in r.nodeid for r in terminalreporter.stats.get("passed", ()))
    terminalreporter.write_line(f"conformance: {passed} of {len(rows.table())} rows")

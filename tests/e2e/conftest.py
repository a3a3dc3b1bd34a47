"""Fixtures of the end-to-end tests.

SIGNET is the program under test (default build/signet). SIGNET_TEST_CA is the CA it meets: "pebble" (default) or
"signet-ca" (SIGNET_CA, default build/signet-ca); the whole suite passes with either. PEBBLE_WFE_NONCEREJECT is the share of
good nonces that the CA refuses (default 0; the whole suite passes with 30 too).
"""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lib.client import Certbot, Client, signet_path  # noqa: E402
from lib.door import Door  # noqa: E402
from lib.hooks import Hooks  # noqa: E402
from lib.pair import GIVEN, Pair  # noqa: E402
from lib.stand_in import SignetCa, ca_class  # noqa: E402
from lib.tree import Tree  # noqa: E402
from lib.webserver import WebServer  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--matrix", action="store_true", help="all cells of test_matrix.py, not the sample of them")


def pytest_sessionstart(session):
    if not os.access(signet_path(), os.X_OK):
        pytest.exit(f"no program to test at {signet_path()} (set SIGNET)", 3)


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["given"] = GIVEN


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    GIVEN.extend(getattr(node, "workeroutput", {}).get("given", []))


def pytest_terminal_summary(terminalreporter):
    if GIVEN:
        terminalreporter.write_line(f"{len(GIVEN)} command lines compared with Certbot's, {len(set(GIVEN))} of them distinct")


@pytest.fixture(scope="session")
def pebble(tmp_path_factory):
    """One Pebble for the run. Tests use host names of their own and run one after the other."""
    server = ca_class()(tmp_path_factory.mktemp("pebble"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """A signet-ca of a module, for what Pebble cannot do."""
    made = SignetCa(tmp_path_factory.mktemp("ca"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def pebble_eab(tmp_path_factory):
    """A Pebble that wants external account binding (keys: lib.pebble.EAB_KEYS)."""
    server = ca_class()(tmp_path_factory.mktemp("pebble-eab"), eab=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def pebble_roots(tmp_path_factory):
    """A Pebble that offers two alternate chains."""
    server = ca_class()(tmp_path_factory.mktemp("pebble-roots"), roots=2)
    yield server
    server.stop()


@pytest.fixture
def door(pebble):
    """A front door to Pebble that records and changes what goes through."""
    front = Door(pebble)
    yield front
    front.stop()


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.fixture
def client(tree, pebble):
    program = Client(tree, pebble)
    yield program
    program.check_reports()


@pytest.fixture
def door_client(tree, door):
    """The client, with the front door as its CA."""
    program = Client(tree, door)
    yield program
    program.check_reports()


@pytest.fixture
def hooks(tmp_path):
    directory = tmp_path / "hooks"
    directory.mkdir()
    return Hooks(directory)


@pytest.fixture
def certbot(tree, pebble, hooks):
    """Debian's certbot over the same tree as client."""
    return Certbot(tree, pebble, hooks)


@pytest.fixture
def pair_at(tmp_path):
    """pair_at(CA): signet and Debian's certbot, each with a tree of its own."""
    made = []

    def make(ca):
        made.append(Pair(tmp_path / "pair", ca))
        return made[-1]
    yield make
    for pair in made:
        pair.signet.check_reports()


@pytest.fixture
def pair(pair_at, pebble):
    return pair_at(pebble)


@pytest.fixture
def offline(tree):
    """The client without any CA: what it does must not need one."""
    program = Client(tree)
    program.env["https_proxy"] = "http://127.0.0.1:9"
    yield program
    program.check_reports()


@pytest.fixture
def webroot(tmp_path, pebble):
    """A document root served on Pebble's validation port: (path, server)."""
    root = tmp_path / "www"
    root.mkdir(mode=0o755)
    with WebServer(pebble.http_port, root) as server:
        yield root, server

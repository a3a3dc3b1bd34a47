"""Sites of all kinds, taken through what signet does with them: some here, all of them by `./check --matrix`."""
import contextlib
import tempfile
from pathlib import Path

import pytest

from lib.matrix import HOSTS, cells
from lib.matrix_life import Life
from lib.ports import free_port
from lib.stand_in import SignetCa
from lib.webserver import WebServer

SAMPLE = [("nginx", "snippets"), ("event", "several")]


def pytest_generate_tests(metafunc):
    wanted = cells() if metafunc.config.getoption("--matrix") else SAMPLE
    metafunc.parametrize("what,kind", wanted, ids=["-".join(cell) for cell in wanted])


@pytest.fixture(scope="module")
def pebble(tmp_path_factory):
    """signet-ca: it is quick."""
    ca = SignetCa(tmp_path_factory.mktemp("ca"))
    yield ca
    ca.stop()


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    root, port = tmp_path_factory.mktemp("backend"), free_port()
    (root / "index.html").write_text("from behind the proxy\n")
    with WebServer(port, root):
        yield port


@pytest.fixture
def host(what, kind, pebble, backend):
    """Below a directory that workers of the server may enter."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as directory:
        Path(directory).chmod(0o755)
        with HOSTS[what](what, kind, Path(directory), pebble, backend) as made:
            yield made


def test_life_of_a_site(host, client, pebble):
    life = Life(host, client)
    with pebble.dns.only("ipv6") if host.site.family == "ipv6" else contextlib.nullcontext():
        life.certonly()
        life.run()
        life.roll_back(1)
        life.install()
        life.renew()
        life.enhance()
        life.roll_back(10)

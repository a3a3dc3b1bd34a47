"""The virtual hosts that we read are those that nginx -T and DUMP_VHOSTS tell of; many more: tools/hosts-compare."""
import os

import pytest

from lib import apache
from lib.hosts_compared import MADE, REAL
from lib.nginx import NGINX

USABLE = {"nginx": os.access(NGINX, os.X_OK), "apache": apache.usable()}
# Of these the server takes most.
SEEDS = {"nginx": range(500, 512), "apache": range(82, 88)}


def check(server, compare, folder, cases):
    """-> how many the server took."""
    if not USABLE[server]:
        pytest.skip(f"{server} is not installed")
    taken = 0
    for n, case in enumerate(cases):
        root = folder / str(n)
        found = compare(root, case)
        assert not found, (case, found[0])
        taken += found is not None
    return taken


@pytest.mark.parametrize("server", MADE)
def test_configurations_by_chance(tmp_path, server):
    assert check(server, MADE[server], tmp_path, SEEDS[server]) > len(SEEDS[server]) / 2


@pytest.mark.parametrize("server", REAL)
def test_real_configurations(tmp_path, server):
    compare, folder = REAL[server]
    assert check(server, compare, tmp_path, sorted(folder.iterdir())[::4]) >= 3

"""A CA that is killed under load, and one whose disk is full: what it promised it keeps, and what it began it ends."""
import errno
import random
import subprocess

import pytest

from lib.crash_ca import CrashCa
from lib.storm import Storm


@pytest.fixture
def ca(tmp_path):
    made = CrashCa(tmp_path)
    made.start()
    yield made
    made.stop()


def test_kills_lose_nothing_that_was_handed_out(ca):
    """RFC 8555 §7.1.6: each order ends. A serial is given once. More kills: tools/ca-killsweep."""
    with Storm(ca, 6) as storm:
        storm.kill(3, random.Random(1))
    assert storm.check()["valid"] >= 3


def test_a_stopped_ca_ends_what_it_began(ca):
    """SIGTERM under load."""
    with Storm(ca, 4) as storm:
        storm.wait_for(5)
        assert ca.stop() == 0
        ca.start()
        storm.wait_for(5)
    storm.check()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own for the CA, and the rest of it as one file."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"no disk of its own: {made.stderr}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(path):
    with open(path, "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(4096))
        except OSError as e:
            assert e.errno == errno.ENOSPC


def test_a_full_disk_is_a_pause(tmp_path, small_disk):
    """503 with Retry-After while it is full; when there is room again everything goes on where it was, without a restart."""
    ca = CrashCa(tmp_path, {"path": small_disk / "ca.db"})
    ca.start()
    try:
        with Storm(ca, 4) as storm:
            storm.wait_for(4)
            fill(small_disk / "rest")
            storm.wait_until(lambda: storm.count["busy"] >= 8)
            (small_disk / "rest").unlink()
            storm.wait_for(8)
        storm.check()
    finally:
        assert ca.stop() == 0

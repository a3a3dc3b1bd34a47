"""docs/certbot-differences.md, whose entries say why a test does not want what Certbot does."""
import re

from .client import REPO

PAGE = REPO / "docs" / "certbot-differences.md"
ENTRIES = [word for word in re.findall(r"^\| ([a-z0-9-]+) \|", PAGE.read_text(), re.M) if word != "entry"]


def differs(*entries):
    """What it is put before, a test or an allowance, needs these entries."""
    unlisted = set(entries) - set(ENTRIES)
    assert not unlisted, f"{unlisted} not in {PAGE}"
    return lambda thing: thing

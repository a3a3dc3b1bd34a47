"""The means of comparison: a fork of lib.warm is what /usr/bin/certbot is."""
import re

import pytest

from lib import lineages
from lib.client import Certbot, Program
from lib.pair import neutral
from lib.tree import Tree


@pytest.mark.parametrize("args", [("certificates",), ("delete", "-n", "--cert-name", "a.pair.test"), ("renew", "--force-interactive")])
def test_fork_is_certbot(tmp_path, args):
    """Its output, exit status, files, and what it takes from its environment."""
    def fixed(text, tree):
        return re.sub(r"\d\d:\d\d:\d\d|certbot-log-\w+", "OTHER", neutral(text, tree))

    def seen(run, program):
        lineages.add(program.tree, "a.pair.test", params={"server": "https://ca.test/dir"}, serial=7)
        ini = program.tree.root / "home" / ".config" / "letsencrypt" / "cli.ini"
        ini.parent.mkdir(parents=True)
        ini.write_text("max-log-backups = 1\n")
        results = [run(program, *args) for _ in range(2)]
        return ([(r.code, *(fixed(said, program.tree) for said in (r.out, r.err))) for r in results],
                {fixed(path, program.tree): mode for path, (mode, _) in program.tree.snapshot(program.tree.root).items()})

    fork, itself = (seen(run, Certbot(Tree(tmp_path / name))) for run, name in ((Certbot.run, "fork"), (Program.run, "itself")))
    assert fork == itself


def test_fork_that_does_not_end_is_killed(certbot):
    with pytest.raises(AssertionError, match="did not end"):
        certbot.run("certificates", timeout=0.001)
    certbot.run("certificates").ok()

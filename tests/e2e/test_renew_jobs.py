"""renew --jobs: several lineages side by side, in the order and with the words of one after the other.

Against signet-ca: Pebble deadlocks with parallel clients.
"""
import re
import signal

import pytest

from lib import lineages
from lib.client import Client
from lib.differences import differs
from lib.door import Door, Reply
from lib.hooks import Hooks
from lib.stand_in import SignetCa
from lib.tree import Tree
from lib.webserver import WebServer

DUE, FAILING = 20, (3, 4, 13)
NAMES = [f"j{n:02}.jobs.test" for n in range(DUE)]
FAILED = [NAMES[n] for n in FAILING]
RENEWED = [name for name in NAMES if name not in FAILED]
TOKEN = re.compile(r"acme-challenge/[\w-]{20,}")


@pytest.fixture(scope="module")
def served(ca, tmp_path_factory):
    root = tmp_path_factory.mktemp("www")
    with WebServer(ca.http_port, root):
        yield root


class Machine:
    """A tree whose lineages are renewed by webroot."""

    def __init__(self, root, ca, www):
        self.tree, self.ca, self.www = Tree(root), ca, www
        self.hooks = Hooks(self.tree.root)
        self.client = Client(self.tree, ca)
        self.params = {**lineages.renewable(self.client), "authenticator": "webroot", "webroot_path": f"{www},"}

    def add(self, name, names=None, **more):
        lineages.add(self.tree, name, names, start=-80, end=10, params={**self.params, **more})

    def renew(self, *args):
        result = self.client.renew(*args, timeout=120)
        self.client.check_reports(result)
        return result

    def neutral(self, text):
        return TOKEN.sub("acme-challenge/TOKEN", text.replace(str(self.tree.root), "TREE"))

    def calls(self):
        return [(name, {k: self.neutral(v) for k, v in env.items()}) for name, env in self.hooks.calls()]


@pytest.fixture
def machine(tmp_path, ca, served):
    return Machine(tmp_path / "machine", ca, served)


def fill(machine):
    """Due, idle, failing and broken ones; hooks of the directory and of single lineages."""
    script, nowhere = machine.hooks.script, machine.tree.root / "nowhere"
    nowhere.mkdir()
    for kind in ("pre", "deploy", "post"):
        script(f"dir-{kind}", path=machine.tree.config / f"renewal-hooks/{kind}/all")
    deploy, late = script("deploy", output="reloaded"), script("late-pre")
    for number, name in enumerate(NAMES):
        more = {"webroot_path": f"{nowhere},"} if number in FAILING else {}
        more |= {"pre_hook": late, "renew_hook": deploy} if number == 9 else {}
        machine.add(name, **more)
    lineages.add(machine.tree, "j05a.jobs.test", start=-1, end=89, params=machine.params)
    machine.tree.conf("j07a.jobs.test").write_text("version = 4.0.0\n")


@differs("jobs")
def test_the_same_words_files_and_hooks_as_one_after_the_other(tmp_path, ca, served):
    seen = []
    for jobs in (1, 6):
        machine = Machine(tmp_path / f"jobs{jobs}", ca, served)
        fill(machine)
        result = machine.renew("--jobs", jobs).failed().says(f"{len(FAILED)} renew failure(s), 1 parse failure(s)")
        assert [n for n in NAMES if machine.tree.version(n) == 2] == RENEWED
        assert not list((machine.tree.work / "signet" / "orders").iterdir())
        assert not list(served.iterdir()) and not (machine.tree.work / "signet" / "webroot.json").exists()
        seen.append((machine.neutral(result.out), machine.neutral(result.err), machine.calls()))
    assert seen[0] == seen[1]
    assert [name for name, _ in seen[1][2]] == \
        ["dir-pre", *["dir-deploy"] * 7, "late-pre", "dir-deploy", "deploy", *["dir-deploy"] * 9, "dir-post"]
    last = seen[1][2][-1][1]
    assert last["RENEWED_DOMAINS"].split() == RENEWED and last["FAILED_DOMAINS"].split() == FAILED
    for tag in (f"[{name}] " for name in NAMES):
        assert re.search(rf"^\S+ \S+:DEBUG:http:{re.escape(tag)}> POST ", machine.tree.log(), re.M), tag


@pytest.mark.parametrize("jobs", [1, 2])
@differs("same-archive")
def test_two_renewal_files_of_one_archive(machine, jobs):
    machine.add("a.twice.test")
    machine.add("c.twice.test")
    machine.tree.conf("b.twice.test").write_text(machine.tree.conf("a.twice.test").read_text())
    machine.renew("--jobs", jobs).failed().says(f"renewal/b.twice.test.conf names the archive in which certificate a.twice.test is renewed")
    assert machine.tree.version("a.twice.test") == machine.tree.version("c.twice.test") == 2


def test_a_limited_ca_is_waited_for_while_another_goes_on(machine, ca):
    """The one that limits stops doing so only when all lineages of the other one are renewed."""
    door = Door(ca)
    slow, fast = [f"a{n}.limit.test" for n in range(3)], [f"b{n}.limit.test" for n in range(4)]
    machine.client.run("register", "-n", "--agree-tos", "--register-unsafely-without-email", "--server", door.url).ok()
    account, = (d.name for d in machine.tree.account_dirs() if str(door.port) in str(d))
    for name in slow:
        machine.add(name, server=door.url, account=account)
    for name in fast:
        machine.add(name)

    def limit(request):
        if request.path == ca.paths["newOrder"] and any(machine.tree.version(n) == 1 for n in fast):
            return Reply.problem("rateLimited", "too many orders", 429, Retry_After="1")
        return None

    door.before_hook = limit
    result = machine.renew("--jobs", 2).ok()
    door.stop()
    assert all(machine.tree.version(n) == 2 for n in slow + fast)
    assert re.search(rf"^{re.escape(door.url)} asks to wait until \S+ \S+\. Renewals from there wait", result.err, re.M), result
    assert set(re.findall(r":ca\.limited:\[(\S+)\]", machine.tree.log())) <= set(slow)


def test_a_limit_of_hours_is_a_failure_that_says_until_when(machine, ca):
    door = Door(ca)
    door.before_hook = lambda r: Reply.problem("rateLimited", "too many orders", 429, Retry_After="7200") \
        if r.path == ca.paths["newOrder"] else None
    machine.client.run("register", "-n", "--agree-tos", "--register-unsafely-without-email", "--server", door.url).ok()
    account, = (d.name for d in machine.tree.account_dirs() if str(door.port) in str(d))
    for name in ("a.hours.test", "b.hours.test"):
        machine.add(name, server=door.url, account=account)
    machine.add("c.hours.test")
    result = machine.renew("--jobs", 3).failed()
    door.stop()
    assert result.err.count("too many orders (rateLimited); the CA asks to wait until") == 2, result
    assert machine.tree.version("c.hours.test") == 2


def test_a_wait_for_the_ca_can_be_stopped(machine, ca):
    door = Door(ca)
    door.before_hook = lambda r: Reply.problem("rateLimited", "too many orders", 429, Retry_After="200") \
        if r.path == ca.paths["newOrder"] else None
    machine.client.run("register", "-n", "--agree-tos", "--register-unsafely-without-email", "--server", door.url).ok()
    account, = (d.name for d in machine.tree.account_dirs() if str(door.port) in str(d))
    machine.add("a.stop.test", server=door.url, account=account)
    machine.add("b.stop.test")
    run = machine.client.start("renew", "--no-random-sleep-on-renew", "--jobs", "2")
    assert any(b"asks to wait until" in line for line in run.stderr)
    run.terminate()
    machine.client.finish(run).failed(-signal.SIGTERM)
    door.before_hook = None
    machine.renew("--jobs", 2).ok()
    door.stop()
    assert {machine.tree.version(n) for n in ("a.stop.test", "b.stop.test")} == {2}


def test_manual_hooks_run_for_one_lineage_at_a_time(machine, served):
    auth = machine.hooks.file(served, "auth", "write")
    cleanup = machine.hooks.file(served, "cleanup", "remove")
    manual = {"authenticator": "manual", "manual_auth_hook": auth, "manual_cleanup_hook": cleanup, "pref_challs": "http-01,"}
    for name in ("a.hand.test", "c.hand.test", "d.hand.test"):
        machine.add(name, **manual)
    machine.add("b.hand.test")
    machine.renew("--jobs", 4).ok()
    assert [(hook, env["CERTBOT_DOMAIN"]) for hook, env in machine.hooks.calls()] == \
        [(hook, f"{n}.hand.test") for n in "acd" for hook in ("auth", "cleanup")]
    assert machine.tree.version("b.hand.test") == 2


def test_standalone_takes_its_port_for_one_at_a_time(tmp_path):
    ca = SignetCa(tmp_path / "ca")
    machine = Machine(tmp_path / "machine", ca, "/nowhere")
    names = [f"{n}.port.test" for n in "abcd"]
    for name in names:
        machine.add(name, authenticator="standalone", webroot_path="")
    machine.renew("--jobs", 4).ok()
    ca.stop()
    assert all(machine.tree.version(n) == 2 for n in names)


def test_lineages_with_a_name_in_common(machine):
    """Their orders may share an authorization, and so its proof."""
    for number in range(4):
        machine.add(f"same{number}", ["both.same.test", f"n{number}.same.test"])
    machine.renew("--jobs", 4).ok()
    assert all(machine.tree.version(f"same{n}") == 2 for n in range(4))

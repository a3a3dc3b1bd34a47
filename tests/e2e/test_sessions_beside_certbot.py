"""Sessions on a terminal and signals (spec 4.1, 5): the same keys given to Debian's certbot, the program itself. Compared are which questions came,
how it ended, and what is there afterwards."""
import signal
import threading

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.pair import GIVEN, files, unlike

CA = {"server": "https://ca.test/dir", "authenticator": "standalone"}


def talk(pair, args, *turns, code=0):
    """turns: (what is waited for, what is typed), the same for both; the last may type nothing."""
    GIVEN.append("terminal: " + " ".join(map(str, args)))
    runs = [p.pty(*(str(a).replace("@config", str(p.tree.config)) for a in args)) for p in pair]
    try:
        for run in runs:
            at = 0
            for wanted, typed in turns:
                run.expect_count(wanted, run.text[:at].count(wanted) + 1)
                at = len(run.text)
                run.send(typed)
        results = [run.wait() for run in runs]
    finally:
        for run in runs:
            run.close()
    assert [r.code for r in results] == [code, code], results
    assert not unlike(*(files(p.tree) for p in pair)), results
    return results


@pytest.fixture
def three(pair):
    made = [lineages.made([f"{n}.sess.test"]) for n in "abc"]
    return pair.each(lambda p: [lineages.put(p.tree, f"{n}.sess.test", leaf, CA) for n, leaf in zip("abc", made)])


CANCEL = "cancel): "
YES_NO = "(Y)es/(N)o: "


@pytest.mark.parametrize("typed, answer, left", [("1 3", "y", "b"), ("2,3", "Yes", "a"), ("", "Y", ""), ("1", "n", "abc"), ("9\n2", "y", "ac")])
def test_checklist(three, typed, answer, left):
    """By numbers between commas or spaces, nothing for all, what is no number is asked again; then yes or no."""
    talk(three, ["delete"], (CANCEL, typed + "\n"), (YES_NO, answer + "\n"))
    assert three.alike(lambda p: p.tree.lineages()) == [f"{n}.sess.test" for n in left]


@pytest.mark.parametrize("keys", ["c\n", "\x03", "\x04"])
def test_checklist_that_is_left(three, keys):
    """Cancelled, interrupted, at the end of the input."""
    talk(three, ["delete"], (CANCEL, keys), code=1)
    assert len(three.signet.tree.lineages()) == 3


def test_menu(three):
    """Numbers from 1; others are asked for again."""
    talk(three, ["install", "-i", "null", "--redirect"], (CANCEL, "0\n4\n2\n"))
    talk(three, ["enhance", "-i", "null", "--redirect"], (CANCEL, "c\n"), code=1)


def test_account(pair):
    """Address, terms; then what it takes to be rid of it."""
    server = ["--server", pair.pebble.url]
    talk(pair, ["register", "--no-eff-email", *server], (CANCEL, "c\n"), code=1)
    talk(pair, ["register", "--no-eff-email", *server, "-m", "me@sess.test"], (YES_NO, "n\n"), code=1)
    talk(pair, ["register", "--no-eff-email", *server], (CANCEL, "me@sess.test\n"), (YES_NO, "y\n"))
    talk(pair, ["unregister", *server], ("(D)eactivate/(A)bort: ", "a\n"), code=1)
    assert pair.alike(lambda p: len(p.tree.account_dirs())) == 1
    talk(pair, ["unregister", *server], ("(D)eactivate/(A)bort: ", "d\n"))
    assert pair.alike(lambda p: len(p.tree.account_dirs())) == 0


def test_who_is_asked(three):
    """A pipe is where it is forced; nobody with -n and -q."""
    for args, data in ((["delete"], ""), (["delete", "--force-interactive"], "1\ny\n"), (["delete", "-n", "--cert-name", "b.sess.test"], None),
                       (["delete", "-q", "--cert-name", "c.sess.test"], None)):
        three.same(*args, data=data)
    assert three.signet.tree.lineages() == []


@pytest.mark.parametrize("sig, code", [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 1)])
def test_signals(pair, webroot, sig, code):
    """While the CA looks: the challenge is cleaned up, then the program dies by the signal."""
    root, server = webroot
    for p in pair:
        asked, go = threading.Event(), threading.Event()
        server.watch = lambda path: path.exists() and (asked.set(), go.wait())
        process = p.start("certonly", "-n", *NEW_ACCOUNT, "--webroot", "-w", root, "-d", f"{p.name}.{sig.name.lower()}.sess.test")
        assert asked.wait(60)
        process.send_signal(sig)
        try:
            assert p.finish(process).code == code
        finally:
            go.set()
        assert not list(root.iterdir()) and not p.tree.lineages()
    GIVEN.append(f"{sig.name}: certonly --webroot")
    assert not unlike(*(files(p.tree) for p in pair))

"""Kills, and calls that fail, while the configuration of nginx or Apache is edited and proved."""
import shutil
from pathlib import Path

from killsweep_points import check_told, said
from killsweep_trace import Tracer, wakeup_failed
from lib.client import Client, NEW_ACCOUNT
from lib.matrix import HOSTS
from lib.matrix_judge import Judge, same
from lib.tree import Tree

KIND = "plain"
# name of the scenario -> what is done, to which state, and what is there when it is done
VERBS = {
    "http-01": ("certonly", "plain", "plain"),
    "run": ("run", "plain", "installed"),
    "enhance": ("enhance", "installed", "enhanced"),
    "rollback": ("rollback", "installed", "plain"),
}
SERVERS = {f"{server}-{verb}": (server, verb) for server in ("nginx", "apache") for verb in VERBS}
NEXT = ("again", "rollback")


class ServerStage:
    """A tree, and a real server with one site and a bystander, put back to the same state for every point."""

    def __init__(self, root, server, ca, binary=None):
        self.root = Path(root)
        self.root.chmod(0o755)
        (self.root / "server").mkdir()
        self.ca, self.tree = ca(self.root / "ca"), Tree(self.root / "tree")
        self.client = Client(self.tree, self.ca)
        if binary:
            self.client.binary = str(binary)
        self.client.environment()               # home and tmp
        what = {"apache": "event"}.get(server, server)
        self.host = HOSTS[what](what, KIND, self.root / "server", self.ca, 9)
        self.name = self.host.site.names[0]
        self.host.start()
        self.judge = Judge(self.host, self.tree.live(self.name, "fullchain"))
        self.known = {"plain": self.host.files()}
        self.save("plain")

    def stop(self):
        self.host.server.stop()
        self.ca.stop()

    def arguments(self, verb):
        names = [word for name in self.host.site.names for word in ("-d", name)]
        options = self.host.options
        return {
            "certonly": ["certonly", "-n", *NEW_ACCOUNT, "-a", self.host.plugin, *options[1:], *names],
            "run": ["run", "-n", *NEW_ACCOUNT, *options, *names, "--no-redirect", "--keep-until-expiring"],
            "enhance": ["enhance", "-n", *options, "--cert-name", self.name, "--redirect", "--hsts"],
            "rollback": ["rollback", "-n", "-i", self.host.plugin, *options[1:]],
        }[verb]

    def run(self, verb):
        return self.client.run(*self.arguments(verb), timeout=300)

    def tracer(self, verb):
        return Tracer(self.client.argv(self.arguments(verb)), self.client.environment(), self.client.tmpdir(), self.root,
                      self.root / "strace.log")

    # States.

    def places(self):
        return {"tree": self.tree.root, "etc": self.host.root}

    def save(self, state):
        for name, path in self.places().items():
            shutil.copytree(path, self.root / "saved" / state / name, symlinks=True)

    def restore(self, state):
        """The files, and a server that has just read them."""
        self.host.server.stop()
        for name, path in self.places().items():
            shutil.rmtree(path)
            shutil.copytree(self.root / "saved" / state / name, path, symlinks=True)
        for stale in (*self.host.root.glob("*.log"), *self.host.root.glob("run/*.pid")):     # how a start is seen
            stale.unlink()
        self.host.start()

    def reach(self, state):
        """Make a state that is not saved yet, by the way to it."""
        if state in self.known:
            return
        verb = next(verb for verb, _, to in VERBS.values() if to == state)
        self.reach(next(start for _, start, to in VERBS.values() if to == state))
        self.restore(next(start for _, start, to in VERBS.values() if to == state))
        self.run(verb).ok()
        self.known[state] = self.host.files()
        self.save(state)

    # What holds.

    def is_at(self, state):
        """Are the files those of the state, all of them? Times count where files were put back."""
        now = self.host.files()
        if state == "plain":
            return now == self.known[state]
        return bare(now) == bare(self.known[state])

    def check(self, state):
        """The files are those of a state, httpd takes them, and that is what is served."""
        if state == "plain":
            return self.judge.untouched()
        same(bare(self.known[state]), bare(self.host.files()))
        return self.judge.deployed() if state == "installed" else self.judge.enhanced()

    def check_bystander(self):
        """Served all the time."""
        now = self.host.plain(self.host.others)
        same({at: self.judge.was["plain"][at] for at in now}, now)

    def loads(self):
        try:
            self.host.accepts()
        except Exception:
            return False
        return True


def bare(files):
    """Without times."""
    return {path: about if isinstance(about, str) else (about[0], about[2]) for path, about in files.items()}


class Served:
    """One command; after a kill the next run, or rollback, leaves the site as it was or as it shall be, and served."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.verb, self.start, self.end = VERBS[SERVERS[name][1]]
        self.known, self.turn = None, 0
        stage.reach(self.start)
        stage.reach(self.end)

    def points(self):
        if self.known is None:
            self.stage.restore(self.start)
            self.known = self.stage.tracer(self.verb).points()
            self.stage.check(self.end)
        return self.known

    def kill(self, point):
        """-> what became of it, in words."""
        self.stage.restore(self.start)
        reached = self.stage.tracer(self.verb).kill_at(point)
        self.stage.check_bystander()
        loads = self.stage.loads()
        self.turn += 1
        after = self.finish(NEXT[self.turn % len(NEXT)])
        return f"{'' if reached else 'not reached, '}{'' if loads else 'not to be loaded till then, '}{after}"

    def fail(self, point, error):
        """-> what became of it, in words."""
        self.stage.restore(self.start)
        tracer = self.stage.tracer(self.verb)
        hit, code, out, err = tracer.fail_at(point, error)
        if tracer.read(wakeup_failed):
            return "no fair failure"
        self.stage.client.check_reports()
        done = check_told(hit, code, out, err)
        self.stage.check_bystander()
        assert self.stage.loads(), f"the server does not take what is left{said(code, out, err)}"
        self.turn += 1
        before = self.check_left(done, said(code, out, err))
        return f"{'went on' if done else 'gave up'}, {before}{self.finish(NEXT[self.turn % len(NEXT)])}"

    def check_left(self, done, text):
        """The change is there whole, or undone; what could not be undone is told, and noted for the next run."""
        if self.stage.is_at(self.end if done else self.start):
            return ""
        assert not done, f"done, and there is more than that{text}"
        noted = [part for part in ("temp_checkpoint", "IN_PROGRESS") if (self.stage.tree.work / part).exists()]
        assert noted and str(self.stage.tree.work / noted[0]) in text, f"changed, and not told or noted: {noted}{text}"
        return "left changed, "

    def finish(self, how):
        result = self.stage.run(self.verb if how == "again" else "rollback")
        self.stage.client.check_reports()
        assert result.code == 0, f"the next run failed{result!r}"
        wanted = [self.end] if how == "again" else ["plain", self.start]
        found = [state for state in wanted if self.stage.is_at(state)]
        self.stage.check(found[0] if found else wanted[0])
        return f"{how}: {found[0]}"

"""What is done at one point, and what must hold then."""
import killsweep_tree as judge
from killsweep_stage import NAME
from killsweep_trace import STDOUT, wakeup_failed

# name -> (state to start from, command)
SCENARIOS = {
    "certonly-fresh": ("fresh", "certonly"),
    "certonly-account": ("account", "certonly"),
    "renew": ("lineage", "renew"),
}
ERRORS = ("ENOSPC", "EIO", "EACCES")
# The places of points: a kill while it prints is a kill before its next call that changes something.
KILLING, FAILING = ("disk", "net"), ("disk", "stdout")


def said(code, out, err):
    return f"\nexit {code}\n{out}\n{err}"


def check_named(hit, text):
    """The message names what could not be written, or the directory it is in."""
    assert hit, f"failed, and no call did{text}"
    assert hit.path in text or hit.path.rsplit("/", 1)[0] in text, f"{hit} is not named{text}"


def check_told(hit, code, out, err):
    """A run in which one call failed has said so. -> did it do all the same what it was to do?"""
    text, mute = said(code, out, err), hit is not None and hit.where == "stdout"
    assert code in (0, 1), f"no clean end{text}"
    if code == 1:
        check_named(hit, text)
    if mute:
        assert code == 1 and err.count(STDOUT) == 1, f"not said once that output was lost{text}"
    return mute or code == 0


class Scenario:
    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.state, self.verb = SCENARIOS[name]
        self.old, self.known = stage.prepare(self.state), None

    @property
    def tree(self):
        return self.stage.tree

    def points(self):
        """All points of an undisturbed run, which itself must do the job with one order."""
        if self.known is None:
            self.stage.restore(self.state)
            orders = self.stage.ca.orders()
            self.known = self.stage.tracer(self.verb).points()
            self.check_done(orders)
        return self.known

    def forget(self):
        """The next points are those of another run: Pebble may have refused nonces in this one that it takes in most."""
        self.known = None

    def kill(self, point):
        """-> what became of it, in words."""
        self.stage.restore(self.state)
        orders, accounts = self.stage.ca.orders(), self.stage.ca.accounts()
        reached = self.stage.tracer(self.verb).kill_at(point)
        serial = judge.check_killed(self.tree, NAME, self.old, self.stage.certbot)
        placed = self.stage.ca.orders() - orders
        self.rerun(serial)
        self.check_done(orders)
        assert self.stage.ca.accounts() - accounts <= (self.state == "fresh"), "registered twice"
        before = "" if reached else "not reached, "
        live = "none" if serial is None else "old" if serial == self.old else "new"
        return f"{before}live: {live}, orders before and after: {placed} + " \
               f"{self.stage.ca.orders() - orders - placed}"

    def fail(self, point, error):
        """-> what became of it, in words."""
        self.stage.restore(self.state)
        orders = self.stage.ca.orders()
        tracer = self.stage.tracer(self.verb)
        hit, code, out, err = tracer.fail_at(point, error)
        if tracer.read(wakeup_failed):
            self.stage.clear_webroot()
            return "no fair failure"
        self.stage.client.check_reports()
        serial = judge.check_killed(self.tree, NAME, self.old, self.stage.certbot)
        if check_told(hit, code, out, err):
            assert serial not in (None, self.old), f"no certificate: {said(code, out, err)}"
        if point.call.startswith("unlink"):     # what could not be removed is there still
            self.stage.clear_webroot()
        self.rerun(serial)
        self.check_done(orders)
        return "went on without it" if code == 0 else "told that output was lost" if hit.where == "stdout" else "gave up"

    def rerun(self, serial):
        """The next run. After a finished renewal there is nothing left to do."""
        result = self.stage.run(self.verb)
        assert result.code == 0, f"the next run failed{result!r}"
        if serial not in (None, self.old):
            now = judge.check_pair(self.tree, NAME)
            assert now == serial, f"replaced a certificate that was new already{result!r}"

    def check_done(self, orders):
        judge.check_finished(self.tree, NAME, self.stage.www, self.old, self.stage.certbot)
        judge.check_account(self.tree)
        placed = self.stage.ca.orders() - orders
        assert placed == 1, f"{placed} orders for one certificate\n{self.tree.log()}"

"""What is done at one point, and what must hold then."""
import re

import killsweep_tree as judge
from killsweep_stage import NAME

# name -> (state to start from, command)
SCENARIOS = {
    "certonly-fresh": ("fresh", "certonly"),
    "certonly-account": ("account", "certonly"),
    "renew": ("lineage", "renew"),
}
# Account numbers and tokens are others in each run.
RANDOM = re.compile(r"\b[0-9a-f]{32}\b|(?<=/)[A-Za-z0-9_-]{43}\b")
ERRORS = ("ENOSPC", "EIO", "EACCES")


class NotNamed(AssertionError):
    """An error message says nothing of the file that it is about."""


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
            orders = self.stage.orders()
            self.known = self.stage.tracer(self.verb).points()
            self.check_done(orders)
        return self.known

    def kill(self, point):
        """-> what became of it, in words."""
        self.stage.restore(self.state)
        orders, accounts = self.stage.orders(), self.stage.accounts()
        reached = self.stage.tracer(self.verb).kill_at(point)
        serial = judge.check_killed(self.tree, NAME, self.old, self.stage.certbot)
        placed = self.stage.orders() - orders
        self.rerun(serial)
        self.check_done(orders)
        assert self.stage.accounts() - accounts <= (self.state == "fresh"), "registered twice"
        before = "" if reached else "not reached, "
        live = "none" if serial is None else "old" if serial == self.old else "new"
        return f"{before}live: {live}, orders before and after: {placed} + " \
               f"{self.stage.orders() - orders - placed}"

    def fail(self, point, error):
        """
        -> what became of it, in words. Pebble spares a name its proof once in a hundred times; then the calls are counted
        otherwise, and the error hits another file than the one to be named.
        """
        for attempt in range(3):
            try:
                return self.fail_once(point, error)
            except NotNamed:
                if attempt == 2:
                    raise

    def fail_once(self, point, error):
        self.stage.restore(self.state)
        orders = self.stage.orders()
        code, out, err = self.stage.tracer(self.verb).fail_at(point, error)
        said = f"exit {code}\n{out}\n{err}"
        assert code in (0, 1), f"no clean end: {said}"
        self.stage.client.check_reports()
        serial = judge.check_killed(self.tree, NAME, self.old, self.stage.certbot)
        if code == 1:
            self.check_named(point, said)
        else:
            assert serial not in (None, self.old), f"success without a certificate: {said}"
        if point.call.startswith("unlink"):     # what could not be removed is there still
            self.stage.clear_webroot()
        self.rerun(serial)
        self.check_done(orders)
        return "went on without it" if code == 0 else "gave up"

    @staticmethod
    def check_named(point, said):
        """The message names what could not be written, or the directory it is in."""
        path, text = RANDOM.sub("*", point.path), RANDOM.sub("*", said)
        if path not in text and path.rsplit("/", 1)[0] not in text:
            raise NotNamed(f"{point.path} is not named: {said}")

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
        placed = self.stage.orders() - orders
        assert placed == 1, f"{placed} orders for one certificate\n{self.tree.log()}"

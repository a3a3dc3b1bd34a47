"""Kills while several lineages are renewed side by side."""
import killsweep_tree as judge
from killsweep_stage import FLEET
from killsweep_trace import CHANGING, SENDING, place, subject, threads, Point

JOBS = ["renew", "--no-random-sleep-on-renew", "--jobs", str(len(FLEET))]


def points(text, top, cwd):
    """Of all threads. strace counts for each of them: whichever comes first to its n-th call is where the run is killed."""
    found = {}
    for calls in threads(text):
        counts = {}
        for call, args, _ in calls:
            counts[call] = counts.get(call, 0) + 1
            path = subject(call, args, cwd)
            where = place(call, args, path, top)
            if where:
                found.setdefault((call, counts[call]), Point(call, counts[call], path, where))
    return list(found.values())


class Parallel:
    """Old or new pair for each, whenever it is killed; then one order for each in all, and nothing left behind."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        stage.prepare("fleet")
        self.old = {n: judge.check_pair(stage.tree, n) for n in FLEET}
        self.known = None

    @property
    def tree(self):
        return self.stage.tree

    def tracer(self):
        self.stage.restore("fleet")
        return self.stage.tracer_of(JOBS)

    def points(self):
        if self.known is None:
            orders, tracer = self.stage.ca.orders(), self.tracer()
            code, out, err = tracer.strace("-e", "trace=" + ",".join(CHANGING + SENDING))
            assert code == 0, f"the undisturbed run failed: {code}\n{out}\n{err}"
            self.known = tracer.read(points)
            self.check_done(orders)
        return self.known

    def kill(self, point):
        """-> what became of it, in words."""
        orders, tracer = self.stage.ca.orders(), self.tracer()
        reached = tracer.kill_at(point)
        judge.check_secrets(self.tree)
        assert sorted(self.stage.certbot.read(self.tree)) == list(FLEET)
        serials = {n: judge.check_pair(self.tree, n) for n in FLEET}
        placed = self.stage.ca.orders() - orders
        result = self.stage.client.run(*JOBS)
        assert result.code == 0, f"the next run failed{result!r}"
        self.check_done(orders)
        fresh = [n for n in FLEET if serials[n] != self.old[n]]
        for name in fresh:
            assert judge.check_pair(self.tree, name) == serials[name], f"{name} was new already{result!r}"
        return f"{'' if reached else 'not reached, '}new: {len(fresh)} of {len(FLEET)}, orders before: {placed}"

    def check_done(self, orders):
        for name in FLEET:
            assert judge.check_pair(self.tree, name) != self.old[name], f"{name}: the old certificate is still live"
            judge.check_litter(self.tree, name)
        assert sorted(self.stage.certbot.read(self.tree)) == list(FLEET)
        judge.check_secrets(self.tree)
        judge.check_account(self.tree)
        judge.check_webroot(self.stage.www)
        assert not (self.tree.work / "signet" / "webroot.json").exists()
        placed = self.stage.ca.orders() - orders
        assert placed == len(FLEET), f"{placed} orders for {len(FLEET)} certificates\n{self.tree.log()}"

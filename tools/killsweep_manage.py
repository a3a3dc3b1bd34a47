"""Kills and failing calls while a certificate or an account is worked on that is there already."""
import killsweep_tree as judge
from killsweep_points import check_named, said
from killsweep_stage import MAIL, NAME
from killsweep_trace import wakeup_failed
from lib import lineages


class Managed:
    """One subcommand; what may be seen after a kill and what must be there when it has run again."""
    state, anew = "issued", False               # anew: the CA remembers, so each point gets a state of its own

    def __init__(self, stage, name):
        self.stage, self.name, self.verb = stage, name, name
        self.serial, self.known = stage.prepare(self.state), None

    @property
    def tree(self):
        return self.stage.tree

    def points(self):
        if self.known is None:
            self.known = self.tracer().points()
            self.check_done()
        return self.known

    def tracer(self):
        """Of a run from the state to start from."""
        if self.anew:
            self.serial = self.stage.prepare(self.state)
        else:
            self.stage.restore(self.state)
        return self.stage.tracer(self.verb)

    def kill(self, point):
        """-> what became of it, in words."""
        reached = self.tracer().kill_at(point)
        self.check_between()
        again = self.finish()
        return ("" if reached else "not reached, ") + again

    def fail(self, point, error):
        """-> what became of it, in words."""
        tracer = self.tracer()
        hit, code, out, err = tracer.fail_at(point, error)
        if tracer.read(wakeup_failed):
            return "no fair failure"
        text = said(code, out, err)
        assert code in (0, 1), f"no clean end{text}"
        self.stage.client.check_reports()
        self.check_between()
        if code == 1:
            check_named(hit, text)
        return f"exit {code}, " + self.finish()

    def finish(self):
        """Run it again: it ends the job, or says that there is nothing left to do."""
        result = self.stage.run(self.verb)
        assert result.code == 0 or self.is_over(result), f"the next run failed{result!r}"
        self.stage.client.check_reports()
        self.check_done()
        return "done by the next run" if result.code == 0 else "was done"

    def is_over(self, result):
        """Does the error say that nothing is left to do?"""
        return False

    def check_between(self):
        """What certbot sees is whole."""
        judge.check_secrets(self.tree)
        for name in self.stage.certbot.read(self.tree):
            judge.check_pair(self.tree, name)

    def check_gone(self):
        assert not self.stage.certbot.read(self.tree)
        left = [p for d in ("renewal", "live", "archive") for p in (self.tree.config / d).iterdir() if p.name != "README"]
        left += (self.tree.work / "signet" / "orders").rglob("*")
        assert not left, f"left behind: {left}"


class Delete(Managed):
    def is_over(self, result):
        return "No certificate found with name" in result.err

    def check_done(self):
        self.check_gone()


class Revoke(Managed):
    anew = True

    def is_over(self, result):
        """Revoked by the run before: deleting is what is left."""
        if "alreadyRevoked" in result.err or "already revoked" in result.err.lower():
            self.stage.run("delete").ok()
            return True
        return not self.tree.conf(NAME).exists()

    def check_done(self):
        assert self.stage.ca.revocation(self.serial) == 0
        self.check_gone()


class Reconfigure(Managed):
    def check_between(self):
        super().check_between()
        assert judge.check_pair(self.tree, NAME) == self.serial, "a rehearsal has changed the certificate"

    def check_done(self):
        self.check_between()
        assert lineages.read_conf(self.tree.conf(NAME))["renewalparams"]["reuse_key"] == "True"
        judge.check_litter(self.tree, NAME)


class UpdateAccount(Managed):
    state = "account"

    def check_done(self):
        judge.check_account(self.tree)
        judge.check_secrets(self.tree)
        assert MAIL in self.stage.client.run("show_account").ok().out


class Unregister(Managed):
    state, anew = "account", True

    def is_over(self, result):
        return "Could not find an existing account" in result.err

    def check_done(self):
        left = [p for p in (self.tree.config / "accounts").rglob("*") if p.is_file()]
        assert not left, f"left behind: {left}"


MANAGED = {"delete": Delete, "revoke": Revoke, "reconfigure": Reconfigure, "update_account": UpdateAccount,
           "unregister": Unregister}

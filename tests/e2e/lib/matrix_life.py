"""What is done with a site, and what must hold after each step."""
from .client import NEW_ACCOUNT
from .matrix_judge import Judge


class Life:
    def __init__(self, host, client):
        self.host, self.client = host, client
        self.name = host.site.names[0]
        self.names = [word for name in host.site.names for word in ("-d", name)]
        self.judge = Judge(host, client.tree.live(self.name, "fullchain"))

    def signet(self, verb, *more):
        return self.client.run(verb, "-n", *self.host.options, *more)

    def certonly(self):
        self.signet("certonly", *NEW_ACCOUNT, *self.names).ok()
        self.judge.untouched()

    def run(self):
        self.signet("run", *NEW_ACCOUNT, *self.names, "--no-redirect", "--keep-until-expiring").ok()
        self.judge.deployed()

    def install(self):
        self.signet("install", "--cert-name", self.name, "--no-redirect").ok()
        self.judge.deployed()

    def renew(self):
        """The configuration stays; the server has the new certificate."""
        before = self.host.files()
        self.client.renew("--force-renewal").ok()
        self.judge.deployed()
        assert self.host.files() == before, "a renewal has changed the configuration"

    def enhance(self):
        self.signet("enhance", "--cert-name", self.name, "--redirect", "--hsts").ok()
        self.judge.enhanced()

    def roll_back(self, checkpoints):
        self.client.run("rollback", "-n", "-i", self.host.plugin, *self.host.options[1:], "--checkpoints", checkpoints).ok()
        self.judge.untouched()

"""One worker's world: the fakes, and signet-ca in each configuration that a row wants.

Addresses: everything that may be talked to is at WEB or ::1; ELSEWHERE is loopback that the CA may not connect to, as 10.0.0.1
is for a public CA. OTHER is a second address that it may.
"""
import contextlib
import itertools
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from . import der, fake_web
from .acme import ident, short
from .ca import Ca, free_port, merged
from ca_files import Issuers
from .fake_dns import FakeDns
from .fake_web import FakeTls, FakeWeb, response
from .remote import Certificates, FakeRemote

WEB, OTHER, ELSEWHERE, V6 = "127.0.0.2", "127.0.0.3", "127.0.0.1", "::1"
# May be connected to, and cannot: no such network (the broadcast address of loopback), nobody there.
UNREACHABLE, NOBODY_V6 = "127.255.255.255", "fd00:dead::1"
SOURCES = {"primary": "127.0.0.10", **{f"remote{n}": f"127.0.0.{10 + n}" for n in range(1, 7)}}
REGIONS = ("ARIN", "RIPE", "APNIC", "LACNIC", "AFRINIC", "ARIN")
DOMAIN = "conformance.example.com"
ISSUER_DOMAIN = "ca.example.net"


class Verdict:
    """What the client is shown at the end: the challenge object; and what the fakes saw on the way."""

    def __init__(self, trial, body):
        self.trial, self.body = trial, body
        self.error = body.get("error") or {}
        self.detail = self.error.get("detail", "")

    @property
    def hops(self):
        return self.body.get("validationRecord", [])

    @property
    def visits(self):
        return self.trial.lab.web.visits

    def passed(self):
        assert self.body["status"] == "valid", self
        return self

    def failed(self, kind, *texts):
        assert self.body["status"] == "invalid" and short(self.error) == kind, self
        for text in texts:
            assert text.lower() in self.detail.lower(), (text, self)
        return self

    def __repr__(self):
        lab = self.trial.lab
        return f"{self.body}\nDNS {lab.dns.log}\nHTTP {lab.web.visits} {lab.secure.visits}\nTLS {lab.tls.accepted}"


class Trial:
    """One authorization that is about to be proved; a row prepares the fakes for it."""

    def __init__(self, lab, ca, authz, kind):
        self.lab, self.ca, self.authz, self.kind = lab, ca, authz, kind
        self.name = authz.body["identifier"]["value"]
        self.challenge = authz.challenge(kind)
        self.dns, self.web, self.secure, self.tls = lab.dns, lab.web, lab.secure, lab.tls

    @property
    def path(self):
        return fake_web.WELL_KNOWN + self.challenge.token

    @property
    def proof(self):
        return self.challenge.key_authorization

    def serve(self, script=None, pattern=None):
        """script answers the first request; without one: the right answer."""
        script = response(200, self.proof) if script is None else script
        self.web.route(pattern or f"^[^/]*{self.path}", script)

    def publish(self, *records, name=None):
        """TXT where dns-01 looks; without records: the right one."""
        from .acme import b64
        self.dns.set(name or f"_acme-challenge.{self.name}", "TXT", *(records or (b64(self.challenge.digest),)))

    def present(self, *extensions, key=None, alpn=("acme-tls/1",), minimum=None, maximum=None, more=b"", **certificate):
        """A certificate for tls-alpn-01; without extensions: the right one."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        extensions = extensions or (self.san(), self.acme())
        leaf = der.certificate(key, extensions, **certificate)
        path = self.lab.directory / "alpn.pem"
        path.write_text(der.pem("CERTIFICATE", leaf) + (der.pem("CERTIFICATE", more) if more else "") + der.key_pem(key))
        self.tls.context = fake_web.tls_context(path, alpn, minimum, maximum)

    def san(self, *names):
        import ipaddress
        if names:
            return der.san(*names)
        if self.authz.body["identifier"]["type"] == "ip":
            return der.san(der.ip(ipaddress.ip_address(self.name).packed))
        return der.san(der.dns(self.name))

    def acme(self, value=None, critical=True, oid=der.OID_ACME):
        value = der.octets(self.challenge.digest) if value is None else value
        return der.extension(oid, value, critical)

    def judge(self, seconds=25):
        return Verdict(self, self.challenge.judged(seconds))


class Lab:
    """timeout_s: of a validation. The fakes share a process: a busy machine may need a second for an answer."""

    def __init__(self, directory=None, timeout_s=10):
        self.timeout_s = timeout_s
        self.directory = Path(directory or tempfile.mkdtemp(prefix="signet-conformance."))
        self.stack, self.cas, self.count = contextlib.ExitStack(), {}, itertools.count(1)
        self.dns = FakeDns(free_port(), SOURCES)
        self.web = FakeWeb(free_port(), (WEB, OTHER, V6))
        self.secure = FakeWeb(free_port(), (WEB, OTHER, V6), self._secure_context())
        self.tls = FakeTls(free_port(), (WEB, V6, ELSEWHERE))
        self.elsewhere = FakeWeb(self.web.port, (ELSEWHERE,))
        self.issuers, self.mutual = Issuers(self.directory), Certificates(self.directory)
        self.remotes = [FakeRemote(free_port(), self.mutual, f"remote{n}", REGIONS[n - 1]) for n in (1, 2, 3)]

    @property
    def servers(self):
        return [self.web, self.secure, self.tls, self.elsewhere, *self.remotes]

    def _secure_context(self):
        """Expired, self-signed, of another name: nobody is to look at it."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = der.certificate(key, [der.san(der.dns("wrong.invalid"))], days=(-30, -20))
        path = self.directory / "secure.pem"
        path.write_text(der.pem("CERTIFICATE", leaf) + der.key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)

        def saw_sni(connection, name, _):
            connection.asked_sni = name

        context.sni_callback = saw_sni
        return context

    def sections(self):
        return {
            "policy": {"challenges": "http-01, dns-01, tls-alpn-01, dns-account-01, dns-persist-01",
                       "allow_ip": [WEB, OTHER, V6]},
            "directory": {"terms_of_service": "http://127.0.0.1/terms", "website": "http://127.0.0.1/",
                          "caa_identities": ISSUER_DOMAIN, "default_profile": "classic"},
            "limits": {"on": False},
            "va": {"resolvers": self.dns.address(), "allow": [WEB, OTHER, V6, UNREACHABLE, "fd00:dead::/32"], "http_port": self.web.port,
                   "https_port": self.secure.port, "tls_port": self.tls.port, "timeout": f"{self.timeout_s}s",
                   "user_agent": "conformance primary"},
            "issuer main": {**self.issuers.paths, "caissuers_url": "http://127.0.0.1/issuer.der",
                            "crl_url": "http://127.0.0.1/crl"},
            "profile classic": {"description": "as before", "max_names": 100, "lifetime": "90d", "common_name": True,
                                "subject_key_id": True, "key_encipherment": True},
            "profile tlsserver": {"max_names": 25, "lifetime": "45d", "order_lifetime": "8h",
                                  "pending_lifetime": "1h", "valid_lifetime": "7h"},
            "profile shortlived": {"max_names": 25, "ip": True, "lifetime": "160h", "order_lifetime": "8h",
                                   "pending_lifetime": "1h", "valid_lifetime": "7h"},
        }

    def ca(self, variant="plain"):
        """The running CA of a variant, started when it is first wanted."""
        from .variants import VARIANTS
        if variant not in self.cas:
            changes = VARIANTS[variant]
            changes = changes(self) if callable(changes) else changes
            self.cas[variant] = Ca(self.directory / variant, merged(self.sections(), changes))
        return self.cas[variant]

    def name(self, prefix="n"):
        """A host name nobody ordered yet."""
        return f"{prefix}{next(self.count)}.{DOMAIN}"

    @contextlib.contextmanager
    def fresh(self):
        """For one row: what it does to the fakes is undone."""
        self.clear()
        zone = dict(self.dns.zone)
        try:
            yield self
        finally:
            self.dns.zone = zone
            self.clear()

    def clear(self):
        """Forgets scripts and what was seen; the zone stays."""
        self.dns.clear()
        for server in self.servers:
            server.clear()

    def trial(self, kind, name=None, ca="plain", account=None, profile=None, addresses=(WEB,)):
        """An order for one name, ready to be proved by kind; by default the name has one address and no CAA."""
        ca = self.ca(ca) if isinstance(ca, str) else ca
        name = name or self.name()
        self.clear()
        if ident(name)["type"] == "ip":
            # There are few of them, so what was proved before is in the way.
            profile, account = "shortlived", account or ca.acme.account()
        order = (account or ca.account).order(name, **({"profile": profile} if profile else {}))
        trial = Trial(self, ca, order.authorizations[0], kind)
        trial.order = order
        self.addresses(trial.name, *addresses)
        return trial

    def addresses(self, name, *addresses):
        self.dns.set(name, "A", *(a for a in addresses if ":" not in a))
        self.dns.set(name, "AAAA", *(a for a in addresses if ":" in a))

    def http(self, script=None, **trial):
        """http-01 judged, with script as the web server's answer (default: the right one)."""
        t = self.trial("http-01", **trial)
        t.serve(script(t) if getattr(script, "of_trial", False) else script)
        return t.judge()

    def close(self):
        for ca in self.cas.values():
            ca.stop()
        for fake in (self.dns, *self.servers):
            fake.close()


def of_trial(function):
    """script=of_trial(f): f(trial) makes the script."""
    def script(trial):
        return function(trial)
    script.of_trial = True
    return script

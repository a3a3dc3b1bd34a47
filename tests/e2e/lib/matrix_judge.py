"""Is a site as it was, with the certificate it should have?"""
import socket
import ssl

from .matrix import unverified
from .pki import split_pem

HSTS = "strict-transport-security"


class Judge:
    """live: the certificate with its chain that is to be served."""

    def __init__(self, host, live):
        self.host, self.live, self.was = host, live, host.look()
        assert all(self.was["plain"].values()), self.was["plain"]
        self.context = ssl.create_default_context(cadata=host.ca.root().decode())

    def untouched(self):
        """All is as in the beginning."""
        now = self.host.look()
        for what, before in self.was.items():
            same(before, now[what])
        self.host.accepts()

    def deployed(self):
        """-> the files now."""
        files = self.unrelated()
        same(self.was["plain"], self.host.plain())
        self.secure(self.expected())
        return files

    def enhanced(self):
        self.unrelated()
        plain = self.host.plain()
        for at, got in plain.items():
            if at[1] in self.host.site.names and at[:2] not in self.host.site.strays:
                self.redirected(at, got)
            else:
                same_answer(at, self.was["plain"][at], got)
        self.secure(self.expected(), {HSTS: "max-age=31536000"})

    def redirected(self, at, got):
        """To HTTPS, or to where it went before."""
        before, to = self.was["plain"][at], f"https://{at[1]}{at[2]}"
        was = before[0], before[1].get("location")
        assert (got[0], got[1].get("location")) in ((301, to), was) and got[0] in (301, 302), f"{at}: {got}"

    def unrelated(self):
        """What signet has no business with has every byte, mode and time it had -> the files now."""
        self.host.accepts()
        files = self.host.files()
        mine = {path for path in {**self.was["files"], **files} if self.host.own(path)}
        same({p: v for p, v in self.was["files"].items() if p not in mine}, {p: v for p, v in files.items() if p not in mine})
        for path in mine & set(self.was["files"]) & set(files):
            assert files[path][0] == self.was["files"][path][0], f"another mode, or no link any more: {path}"
        return files

    def expected(self):
        """The answers over TLS: those it gave, else those without TLS."""
        had = {at: got or self.was["plain"][at] for at, got in self.was["tls"].items()}
        return {at: got for at, got in had.items() if at[1] in self.host.site.names}

    def secure(self, wanted, more=None):
        """By a client that trusts the CA's root alone: names and chain are right, and the answer is the site's."""
        got = self.host.tls(self.host.site.names, self.context)
        for at, (status, headers, body) in wanted.items():
            assert got[at], f"no TLS with the new certificate at {at}"
            if self.host.site.redirects:
                status, headers, body = got[at]
                assert status == 200 or self.host.site.names[0] not in headers.get("location", ""), f"a loop: {got[at]}"
            same_answer(at, (status, {**headers, **(more or {})}, body), got[at])
        for name in self.host.site.names:
            assert shown(self.host, name) == split_pem(self.live.read_bytes())[0], f"another certificate for {name}"
        others = {at: before for at, before in self.was["tls"].items() if before and at[1] in self.host.site.others}
        same(others, {at: now for at, now in self.host.tls(self.host.site.others, unverified()).items() if at in others})


def shown(host, name):
    """The certificate for a name, in PEM."""
    with socket.create_connection((host.site.hosts[-1], host.ca.tls_port), 20) as plain:
        with unverified().wrap_socket(plain, server_hostname=name) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True)).encode()


def same(before, now):
    changed = {key for key in {**before, **now} if before.get(key) != now.get(key)}
    assert not changed, "\n".join(f"{key}:\n  {before.get(key)}\n  {now.get(key)}" for key in sorted(changed, key=str)[:4])


def same_answer(at, before, now):
    assert before == now, f"{at}:\n  {before}\n  {now}"

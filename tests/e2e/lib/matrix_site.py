"""What a kind of site of the matrix is made of."""
from dataclasses import dataclass

BLOCKS = 2000


@dataclass(frozen=True)
class Site:
    """files: path below the server's root -> text ("-> PATH": a link), with @port, @tls, @dir, @backend, @cert and @key.

    names: those the certificate is for; others: those that must be served as before. strays: (host, name) of names where the server's
    default answers, for their own site does not listen there. redirects: the plain site sends all to HTTPS.
    alone: without the bystander that others have beside them.
    """
    files: dict
    names: tuple
    others: tuple = ()
    unrelated: tuple = ()
    strays: tuple = ()
    family: str = "both"
    redirects: bool = False
    alone: bool = False

    @property
    def hosts(self):
        return ("127.0.0.1", "::1") if self.family == "both" else ("::1",)


def huge(block):
    return "\n".join(block(n) for n in range(BLOCKS))

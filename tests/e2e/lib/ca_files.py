"""What signet-ca reads: an issuer with its chains, and a configuration file."""
import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _ca_certificate(subject, public, issuer, key, path_length, days=3650):
    now = datetime.datetime.utcnow()
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    builder = x509.CertificateBuilder(
        issuer, subject, public, x509.random_serial_number(), now - datetime.timedelta(days=1),
        now + datetime.timedelta(days=days))
    builder = builder.add_extension(x509.BasicConstraints(True, path_length), True).add_extension(usage, True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    return builder.sign(key, hashes.SHA256())


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Signet tests"),
                      x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write(path, *things):
    data = b""
    for thing in things:
        if isinstance(thing, x509.Certificate):
            data += thing.public_bytes(serialization.Encoding.PEM)
        else:
            data += thing.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption())
    path.write_bytes(data)
    path.chmod(0o600)
    return path


class Issuers:
    """An intermediate below root 0, and more roots that have signed root 0 (one chain each)."""

    def __init__(self, directory, roots=2, days=3650):
        self.directory = Path(directory)
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(roots)]
        names = [_name(f"Root {n}") for n in range(roots)]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.roots = [_ca_certificate(name, key.public_key(), name, key, None) for name, key in zip(names, keys)]
        self.certificate = _ca_certificate(_name("Intermediate 1"), self.key.public_key(), names[0], keys[0], 0, days)
        chains = [[self.roots[0]]]
        for n in range(1, roots):
            chains.append([_ca_certificate(names[0], keys[0].public_key(), names[n], keys[n], 1), self.roots[n]])
        self.paths = {
            "certificate": _write(self.directory / "issuer.pem", self.certificate),
            "key": _write(self.directory / "issuer.key", self.key),
            "chains": [_write(self.directory / f"chain{n}.pem", *chain) for n, chain in enumerate(chains)],
        }


def render(sections):
    """{"server": {"listen": ...}, ...} as the text of a configuration file. True, False and lists are written as it wants."""
    lines = []
    for section, keys in sections.items():
        lines.append(f"[{section}]")
        for key, value in keys.items():
            if isinstance(value, bool):
                value = "yes" if value else "no"
            elif isinstance(value, (list, tuple)):
                value = ", ".join(str(v) for v in value)
            if value is not None:
                lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n"


def merged(base, changes):
    out = {section: dict(keys) for section, keys in base.items()}
    for section, keys in changes.items():
        out.setdefault(section, {}).update(keys)
    return out

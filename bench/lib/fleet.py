"""Many lineages in Certbot's layout, copied from one that the client made itself, each with a certificate of its own."""
import datetime
import shutil

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("cert", "chain", "fullchain", "privkey")


def name_of(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def builder(subject, issuer, public_key, days):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(name_of(subject)).issuer_name(name_of(issuer)).public_key(public_key)
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=days)))


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Issuer:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = (builder("Bench Fleet CA", "Bench Fleet CA", self.key.public_key(), 3650)
                            .add_extension(x509.BasicConstraints(True, None), True).sign(self.key, hashes.SHA256()))

    def issue(self, name):
        """{kind: PEM} of a certificate of 90 days."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (builder(name, "Bench Fleet CA", key.public_key(), 90)
                       .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
                       .add_extension(x509.BasicConstraints(False, None), True)
                       .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
                       .sign(self.key, hashes.SHA256()))
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return {"cert": pem(certificate), "chain": pem(self.certificate), "fullchain": pem(certificate) + pem(self.certificate),
                "privkey": private}


def grow(config, template, count):
    """Puts count lineages in the place of the one called template."""
    issuer = Issuer()
    renewal = (config / f"renewal/{template}.conf").read_text()
    readme = (config / f"live/{template}/README").read_text()
    (config / f"renewal/{template}.conf").unlink()
    for folder in ("live", "archive"):
        shutil.rmtree(config / folder / template)
    for number in range(count):
        name = f"s{number}.bench.test"
        archive, live = config / "archive" / name, config / "live" / name
        archive.mkdir()
        live.mkdir()
        for kind, data in issuer.issue(name).items():
            (archive / f"{kind}1.pem").write_bytes(data)
            (live / f"{kind}.pem").symlink_to(f"../../archive/{name}/{kind}1.pem")
        (archive / "privkey1.pem").chmod(0o600)
        (live / "README").write_text(readme)
        (config / f"renewal/{name}.conf").write_text(renewal.replace(template, name))

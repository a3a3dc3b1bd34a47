"""Keys and certificates of the scripted CA: root, intermediate, and every kind of wrong leaf."""
import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def pem(*certs):
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certs)


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def spki(key):
    return key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def san(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def ca_cert(subject, key, issuer, issuer_key, days=3650):
    now = datetime.datetime.utcnow().replace(microsecond=0)
    return (x509.CertificateBuilder()
            .subject_name(name(subject)).issuer_name(name(issuer))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - 30 * DAY).not_valid_after(now + days * DAY)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                issuer_key.public_key()), False)
            .sign(issuer_key, hashes.SHA256()))


class Authority:
    """Root and one intermediate; leaf() takes what is to be wrong about a certificate."""

    def __init__(self, label):
        self.label = label
        self.root_key, self.key = new_key(), new_key()
        self.root = ca_cert(f"{label} Root", self.root_key, f"{label} Root", self.root_key)
        self.intermediate = ca_cert(f"{label} Issuing", self.key, f"{label} Root", self.root_key)

    def leaf(self, names, public_key, start=-1 / 24, end=90, common_name=None, signer=None):
        """start, end: days from now. names empty: no alternative names. signer: another key."""
        now = datetime.datetime.utcnow().replace(microsecond=0)
        builder = (x509.CertificateBuilder()
                   .subject_name(name(common_name) if common_name else x509.Name([]))
                   .issuer_name(self.intermediate.subject)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(now + start * DAY).not_valid_after(now + end * DAY)
                   .add_extension(x509.BasicConstraints(False, None), True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       self.key.public_key()), False))
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([san(n) for n in names]), common_name is None)
        return builder.sign(signer or self.key, hashes.SHA256())

    def chain(self, leaf):
        return pem(leaf, self.intermediate)


def csr_names(csr):
    ext = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(n.value) for n in ext]

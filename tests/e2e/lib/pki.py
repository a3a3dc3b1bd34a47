"""Throw-away certificates, and what OpenSSL says about those under test."""
import datetime
import ipaddress
import re
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

PEM_CERT = re.compile(rb"-----BEGIN CERTIFICATE-----\n.*?-----END CERTIFICATE-----\n", re.S)


def utcnow():
    return datetime.datetime.utcnow().replace(microsecond=0)


def make_key(kind="ecdsa"):
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def cert_pem(*certs):
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certs)


def san(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Authority:
    """A certificate authority in memory, to make certificates of any age."""

    def __init__(self, common_name="Signet Test CA"):
        self.key = make_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        now = utcnow()
        self.cert = (
            x509.CertificateBuilder()
            .subject_name(self.name).issuer_name(self.name)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=3650))
            .not_valid_after(now + datetime.timedelta(days=3650))
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
            .sign(self.key, hashes.SHA256()))

    def issue(self, names, key, start=None, end=None, serial=None, ocsp=None):
        """start, end: days from now (may be fractions), negative in the past. ocsp: the URL of who says whether it is revoked."""
        now = utcnow()
        start = -1 if start is None else start
        end = 89 if end is None else end
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([])).issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(serial or x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=start))
            .not_valid_after(now + datetime.timedelta(days=end))
            .add_extension(x509.SubjectAlternativeName([san(n) for n in names]), True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False))
        if ocsp:
            made = made.add_extension(x509.AuthorityInformationAccess([
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp))]), False)
        return made.sign(self.key, hashes.SHA256())


def make_server_cert(directory, names=("localhost", "127.0.0.1", "::1")):
    """-> (ca_file, cert_file, key_file) for a TLS server on loopback."""
    directory = Path(directory)
    ca, key = Authority("Signet Test TLS CA"), make_key()
    files = directory / "tls-ca.pem", directory / "tls-cert.pem", directory / "tls-key.pem"
    files[0].write_bytes(cert_pem(ca.cert))
    files[1].write_bytes(cert_pem(ca.issue(names, key), ca.cert))
    files[2].write_bytes(key_pem(key))
    return files


def split_pem(data):
    return PEM_CERT.findall(data)


def load_cert(path):
    return x509.load_pem_x509_certificate(Path(path).read_bytes())


def load_key(path):
    return serialization.load_pem_private_key(Path(path).read_bytes(), None)


def names_of(path):
    """The subject alternative names of a PEM certificate, in order."""
    ext = load_cert(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(n.value) for n in ext]


def public_bytes(key):
    return key.public_bytes(serialization.Encoding.DER,
                            serialization.PublicFormat.SubjectPublicKeyInfo)


def key_matches(cert_path, key_path):
    return public_bytes(load_cert(cert_path).public_key()) == \
        public_bytes(load_key(key_path).public_key())


def openssl(*args, data=None):
    return subprocess.run(["openssl", *map(str, args)], input=data, check=True,
                          capture_output=True).stdout


def verify(root_pem, chain_path, cert_path):
    """openssl verify: raises CalledProcessError when the chain does not hold."""
    root = Path(cert_path).parent / ".verify-root.pem"
    root.write_bytes(root_pem)
    try:
        return openssl("verify", "-CAfile", root, "-untrusted", chain_path, cert_path)
    finally:
        root.unlink()

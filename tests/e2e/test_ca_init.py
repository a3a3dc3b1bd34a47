"""signet-ca init: from one command to certificates and CRLs that OpenSSL and python3-cryptography read."""
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID

from lib.client import signet_path
from lib.daemon import Daemon
from lib.pebble import ChallTestSrv
from lib.ports import free_port
from lib.stand_in import program


def run(*argv, env=None, code=0):
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60,
                            stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    assert result.returncode == code, result
    return result.stdout + result.stderr


class Made:
    """A CA as `init` leaves it, with what a test on one machine has to add."""

    def __init__(self, directory, *options):
        self.dir = directory / "ca"
        self.port, self.plain_port, self.http_port = free_port(), free_port(), free_port()
        self.config = self.dir / "signet-ca.conf"
        run(program(), "init", self.dir, "--loopback", "--name", "Example", "--listen", f"127.0.0.1:{self.port}",
            "--http-listen", f"127.0.0.1:{self.plain_port}", *options)
        self.dns = ChallTestSrv(directory)
        with self.config.open("a") as config:  # its last section is [va]
            config.write(f"resolvers = 127.0.0.1:{self.dns.dns_port}\nhttp_port = {self.http_port}\n")
        run(program(), "check-config", self.config)
        self.daemon = Daemon([program(), "serve", "--config", str(self.config)], directory / "log")
        self.daemon.wait_for_port(self.port)
        self.daemon.wait_for_port(self.plain_port)
        self.client_dir = directory / "client"

    def stop(self):
        self.daemon.stop()
        self.dns.stop()

    def client(self, *words, program=None):
        place = [w for kind in ("config", "work", "logs") for w in (f"--{kind}-dir", self.client_dir / kind)]
        return run(program or signet_path(), *words, *place, "-n", "--server", f"https://localhost:{self.port}/directory",
                   env={"REQUESTS_CA_BUNDLE": str(self.dir / "root.pem")})

    def certify(self, *words):
        """The lineage's directory."""
        self.client("certonly", "--standalone", "--http-01-port", str(self.http_port), "--agree-tos",
                    "--register-unsafely-without-email", "--cert-name", "c", *words)
        return self.client_dir / "config" / "live" / "c"

    def plain(self, url):
        assert url.startswith(f"http://localhost:{self.plain_port}/"), url
        with urllib.request.urlopen(url.replace("localhost", "127.0.0.1"), timeout=10) as answer:
            return answer.read(), answer.headers["Content-Type"]


@pytest.fixture(scope="module", params=["ecdsa", "rsa"])
def made(request, tmp_path_factory):
    ca = Made(tmp_path_factory.mktemp(f"init-{request.param}"), "--key-type", request.param)
    ca.key_type = request.param
    yield ca
    ca.stop()


def extension(cert, oid):
    return cert.extensions.get_extension_for_oid(oid).value


def url_of_crl(cert):
    return extension(cert, ExtensionOID.CRL_DISTRIBUTION_POINTS)[0].full_name[0].value


def wait_for_revoked(made, url, serial):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        crl = x509.load_der_x509_crl(made.plain(url)[0])
        if crl.get_revoked_certificate_by_serial_number(serial):
            return crl
        time.sleep(0.1)
    raise AssertionError(f"{serial:x} is not in {url}")


def test_certificate_as_others_read_it(made):
    lineage = made.certify("-d", "a.example.test", "-d", "b.example.test", "--key-type", "ecdsa")
    leaf = x509.load_pem_x509_certificate((lineage / "cert.pem").read_bytes())
    issuer = x509.load_pem_x509_certificate((lineage / "chain.pem").read_bytes())
    run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", made.dir / "root.pem",
        "-untrusted", lineage / "chain.pem", "-verify_hostname", "b.example.test", lineage / "cert.pem")
    names = extension(leaf, ExtensionOID.SUBJECT_ALTERNATIVE_NAME).get_values_for_type(x509.DNSName)
    assert names == ["a.example.test", "b.example.test"]
    assert leaf.issuer == issuer.subject
    assert list(extension(leaf, ExtensionOID.EXTENDED_KEY_USAGE)) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extension(leaf, ExtensionOID.BASIC_CONSTRAINTS).ca
    assert (extension(leaf, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).key_identifier
            == extension(issuer, ExtensionOID.SUBJECT_KEY_IDENTIFIER).digest)
    assert leaf.serial_number.bit_length() in range(137, 144)
    key = issuer.public_key()
    if made.key_type == "rsa":
        key.verify(leaf.signature, leaf.tbs_certificate_bytes, padding.PKCS1v15(), leaf.signature_hash_algorithm)
    else:
        key.verify(leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(leaf.signature_hash_algorithm))
    access, = extension(leaf, ExtensionOID.AUTHORITY_INFORMATION_ACCESS)
    assert access.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    body, kind = made.plain(access.access_location.value)
    assert kind == "application/pkix-cert"
    assert x509.load_der_x509_certificate(body) == issuer


def command(made, *words, code=0):
    return run(program(), *words, "--config", made.config, code=code)


def test_the_ca_revokes(made):
    lineage = made.certify("-d", "operator.example.test", "--force-renewal")
    leaf = x509.load_pem_x509_certificate((lineage / "cert.pem").read_bytes())
    serial = f"{leaf.serial_number:036x}"
    newest = json.loads(command(made, "list", "certificates", "operator.example.test", "--json").splitlines()[0])
    assert newest["serial"] == serial and newest["names"] == "operator.example.test" and newest["status"] == "good"
    assert serial in command(made, "list", "certificates")
    assert command(made, "list", "certificates", "nobody.example.test") == ""
    typed = ":".join(serial[i:i + 2] for i in range(0, len(serial), 2)).upper()
    assert "is no reason" in command(made, "revoke", "certificate", typed, "--reason", "x", code=2)
    assert "is revoked" in command(made, "revoke", "certificate", typed, "--reason", "superseded")
    assert "is revoked already" in command(made, "revoke", "certificate", typed, code=1)
    assert "no certificate 00" in command(made, "revoke", "certificate", "00", code=1)
    shown = json.loads(command(made, "show", "certificate", typed, "--json"))
    assert shown["status"] == "revoked" and shown["reason"] == "superseded" and "reason" not in newest
    made.daemon.process.send_signal(signal.SIGHUP)
    crl = wait_for_revoked(made, url_of_crl(leaf), leaf.serial_number)
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.superseded


def test_revocation_reaches_the_crl(made, tmp_path):
    lineage = made.certify("-d", "revoked.example.test", "--force-renewal")
    leaf = x509.load_pem_x509_certificate((lineage / "cert.pem").read_bytes())
    url = url_of_crl(leaf)
    before = x509.load_der_x509_crl(made.plain(url)[0])
    assert before.get_revoked_certificate_by_serial_number(leaf.serial_number) is None
    made.client("revoke", "--cert-path", lineage / "cert.pem", "--reason", "superseded", "--no-delete-after-revoke",
                program="/usr/bin/certbot")
    crl = wait_for_revoked(made, url, leaf.serial_number)
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason == x509.ReasonFlags.superseded
    scope = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert scope.critical and scope.value.full_name[0].value == url and scope.value.only_contains_user_certs
    numbers = [c.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for c in (before, crl)]
    assert numbers[0] < numbers[1]
    body, kind = made.plain(url)
    assert kind == "application/pkix-crl"
    (tmp_path / "crl.der").write_bytes(body)
    run("openssl", "crl", "-inform", "DER", "-in", tmp_path / "crl.der", "-out", tmp_path / "crl.pem",
        "-CAfile", made.dir / "issuer.pem")
    said = run("openssl", "verify", "-x509_strict", "-crl_check", "-CRLfile", tmp_path / "crl.pem",
               "-CAfile", made.dir / "root.pem", "-untrusted", lineage / "chain.pem", lineage / "cert.pem", code=2)
    assert "certificate revoked" in said


def test_addresses_by_the_profile_for_them(made):
    lineage = made.certify("--preferred-profile", "shortlived", "--ip-address", "127.0.0.1", "--force-renewal")
    leaf = x509.load_pem_x509_certificate((lineage / "cert.pem").read_bytes())
    names = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    assert names.critical and not list(leaf.subject)
    run("openssl", "verify", "-x509_strict", "-CAfile", made.dir / "root.pem", "-untrusted", lineage / "chain.pem",
        "-verify_ip", "127.0.0.1", lineage / "cert.pem")
    assert (leaf.not_valid_after - leaf.not_valid_before).total_seconds() == 160 * 3600 - 1


def test_plain_http_is_for_crls_only(made):
    for path in ("/directory", "/acme/new-nonce", "/issuer/nobody", "/crl/main/1.crl", "/crl/main/0"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            made.plain(f"http://localhost:{made.plain_port}{path}")
        assert refused.value.code == 404


def test_the_servers_own_certificate_is_renewed(made):
    before = (made.dir / "server.pem").read_bytes()
    run(program(), "server-cert", "--config", made.config)
    assert (made.dir / "server.pem").read_bytes() != before
    run("openssl", "verify", "-x509_strict", "-CAfile", made.dir / "root.pem", "-untrusted", made.dir / "issuer.pem",
        "-verify_hostname", "localhost", made.dir / "server.pem")


def wait_for_listed(made, serial):
    end = time.monotonic() + 30
    while serial not in (listed := command(made, "list", "certificates", "localhost")):
        assert time.monotonic() < end, f"{serial}: {listed}"
        time.sleep(0.05)


def test_the_servers_own_certificate_is_revoked(made):
    """No order asked for it; the one before, whose key was replaced, is revoked like any other."""
    made.daemon.process.send_signal(signal.SIGHUP)
    before = x509.load_pem_x509_certificate((made.dir / "server.pem").read_bytes())
    wait_for_listed(made, f"{before.serial_number:036x}")
    run(program(), "server-cert", "--config", made.config)
    made.daemon.process.send_signal(signal.SIGHUP)
    now = x509.load_pem_x509_certificate((made.dir / "server.pem").read_bytes())
    wait_for_listed(made, f"{now.serial_number:036x}")
    assert "is revoked" in command(made, "revoke", "certificate", f"{before.serial_number:036x}", "--reason", "superseded")
    made.daemon.process.send_signal(signal.SIGHUP)
    crl = wait_for_revoked(made, url_of_crl(before), before.serial_number)
    assert crl.get_revoked_certificate_by_serial_number(now.serial_number) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for another user")
def test_what_root_makes_belongs_to_the_servers_user(tmp_path):
    """Commands by root beside a server that runs as somebody else: it can read and write what they leave."""
    directory, nobody = tmp_path / "ca", 65534
    run(program(), "init", directory)
    for path in (directory, *directory.iterdir()):
        os.chown(path, nobody, nobody)
    config = directory / "signet-ca.conf"
    run(program(), "server-cert", "--config", config)
    run(program(), "eab", "add", "--config", config)
    assert (directory / "ca.db").exists()
    assert {p.name: (p.stat().st_uid, p.stat().st_gid) for p in directory.iterdir()} == {
        p.name: (nobody, nobody) for p in directory.iterdir()}


def test_keys_are_nobodys_business(made):
    assert {p.name: oct(p.stat().st_mode & 0o777) for p in made.dir.glob("*.key")} == {
        "root.key": "0o600", "issuer.key": "0o600", "server.key": "0o600"}
    assert made.dir.stat().st_mode & 0o777 == 0o700

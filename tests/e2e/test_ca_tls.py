"""TLS challenges with both sides ours: signet's authenticators and signet-ca's judge, also the historical ones (spec 19)."""
import pytest

from lib import pki
from lib.client import Client
from lib.hooks import Hooks
from lib.stand_in import SignetCa
from lib.tlsserver import TlsServer, copying_hook
from lib.tree import Tree

KINDS = ["tls-alpn-01", "tls-sni-01", "tls-sni-02"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A CA of a laboratory, which offers what nobody does any more. It remembers no proof."""
    ca = SignetCa(tmp_path_factory.mktemp("lab"), config={
        "va": {"tls_sni": True}, "policy": {"challenges": "http-01, " + ", ".join(KINDS)}})
    yield ca
    ca.stop()


@pytest.fixture
def client(tmp_path, lab):
    program = Client(Tree(tmp_path), lab)
    yield program
    program.check_reports()


@pytest.mark.parametrize("kind", KINDS)
def test_standalone(client, lab, kind):
    client.certonly("--standalone", "--preferred-challenges", kind, "--https-port", lab.tls_port,
                    "-d", "a.lab.test,b.lab.test").ok()
    cert = client.tree.live("a.lab.test", "cert")
    pki.verify(lab.root(), client.tree.live("a.lab.test", "chain"), cert)
    assert sorted(pki.names_of(cert)) == ["a.lab.test", "b.lab.test"]


@pytest.mark.parametrize("kind", KINDS)
def test_manual(client, lab, tmp_path, kind):
    hooks = Hooks(tmp_path)
    with TlsServer(lab.tls_port, tmp_path):
        client.certonly("--manual", "--preferred-challenges", kind, "-d", "m.lab.test",
                        "--manual-auth-hook", hooks.script("auth", copying_hook(tmp_path)),
                        "--manual-cleanup-hook", hooks.script("cleanup")).ok()
    name = hooks.calls()[0][1]["CERTBOT_SNI_DOMAIN"]
    assert (name == "m.lab.test") == (kind == "tls-alpn-01")
    assert name.endswith(".acme.invalid") == (kind != "tls-alpn-01")


def test_historical_types_are_never_taken_unasked(client, lab):
    events = client.certonly("--json", "--standalone", "--http-01-port", lab.http_port,
                             "--https-port", lab.tls_port, "-d", "n.lab.test").ok().events()
    assert [e["type"] for e in events if e["event"] == "challenge.published"] == ["http-01"]


OTHER = """
import subprocess
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
                "-addext", "subjectAltName=DNS:" + os.environ["CERTBOT_DOMAIN"],
                "-keyout", base + ".pem", "-out", base + ".crt"], check=True, capture_output=True)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_that_proves_nothing(client, lab, tmp_path, kind):
    """Right name or key authorization, but never both."""
    hooks = Hooks(tmp_path)
    with TlsServer(lab.tls_port, tmp_path):
        result = client.certonly(
            "--manual", "--preferred-challenges", kind, "-d", "w.lab.test",
            "--manual-auth-hook", hooks.script("auth", copying_hook(tmp_path) + OTHER)).failed()
    assert "Identifier: w.lab.test" in result.out and "Type:   incorrectResponse" in result.out, result
    assert client.tree.lineages() == []

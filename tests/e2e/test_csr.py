"""--csr: certificates for requests that were made elsewhere (spec 2.4, 7.1), bep Debian's certbot."""
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from lib import pki
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.pair import files
from lib.tree import mode_of

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def request(names, encoding=PEM, common_name=None, key=None):
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        san = x509.SubjectAlternativeName([pki.san(n) for n in names])
        builder = builder.add_extension(san, critical=False)
    return builder.sign(key or pki.make_key(), hashes.SHA256()).public_bytes(encoding)


@pytest.fixture
def write(pair):
    """write(data): the argument that names the request on either p."""
    def make(data, name="request"):
        pair.each(lambda p: (p.tree.root / name).write_bytes(data))
        return "@root/" + name
    return make


def files_below(directory):
    return {p.name: mode_of(p) for p in directory.iterdir()}


def in_cwd(p):
    return files_below(p.cwd)


@pytest.mark.parametrize("encoding", [PEM, DER])
def test_certificate_for_a_request(pair, write, encoding):
    key = pki.make_key()
    name = f"{encoding.name.lower()}.csr.test"
    csr = write(request([name, f"www.{name}"], encoding, key=key))
    pair.standalone("--csr", csr)
    assert sorted(pair.alike(in_cwd)) == ["0000_cert.pem", "0000_chain.pem", "0001_chain.pem"]
    cert, chain, both = ((pair.signet.cwd / f).read_bytes() for f in sorted(in_cwd(pair.signet)))
    assert both == cert + chain
    assert set(pki.names_of(pair.signet.cwd / "0000_cert.pem")) == {name, f"www.{name}"}
    assert pki.public_bytes(pki.load_cert(pair.signet.cwd / "0000_cert.pem").public_key()) == \
        pki.public_bytes(key.public_key())


def test_no_lineage_and_no_hooks(pair, write):
    csr = write(request(["nl.csr.test"]))
    hooks = [x for k in ("pre", "deploy", "post") for x in (f"--{k}-hook", pair.script(k))]
    pair.standalone("--csr", csr, *hooks)
    assert pair.calls() == []
    assert not any(name.startswith(("live", "archive", "renewal/")) for name in pair.alike(lambda p: files(p.tree)))


def test_second_run_numbers_its_files(pair, write):
    csr = write(request(["two.csr.test"]))
    for _ in range(2):
        pair.standalone("--csr", csr)
    assert len(pair.alike(in_cwd)) == 6


def test_paths_of_the_user(pair, write):
    csr = write(request(["paths.csr.test"]))
    paths = ["--cert-path", "@root/out/a.pem", "--chain-path", "b.pem", "--fullchain-path", "@root/out/c.pem"]
    pair.standalone("--csr", csr, *paths)
    assert list(pair.alike(in_cwd)) == ["b.pem"]
    assert sorted(pair.alike(lambda p: files_below(p.tree.root / "out"))) == ["a.pem", "c.pem"]


@pytest.mark.parametrize("option", ["--cert-path", "--chain-path", "--fullchain-path"])
def test_nothing_is_written_over(pair, write, option):
    csr = write(request(["over.csr.test"]))
    pair.each(lambda p: (p.cwd / "mine.pem").write_text("mine"))
    for result in pair.run("certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", pair.pebble.http_port,
                           "--csr", csr, option, "mine.pem"):
        result.failed()
    assert pair.alike(lambda p: (p.cwd / "mine.pem").read_text()) == "mine"


@differs("csr-overwrite")
def test_existing_file_is_told_before_the_ca_is_asked(client):
    (client.tmpdir() / "request").write_bytes(request(["early.csr.test"]))
    (client.tmpdir() / "mine.pem").write_text("mine")
    client.standalone("--csr", "request", "--cert-path", "mine.pem").failed().says("mine.pem exists already") \
        .never_says("Requesting a certificate")


def test_common_name_among_the_names(pair, write):
    csr = write(request(["a.cn.csr.test", "b.cn.csr.test"], common_name="a.cn.csr.test"))
    for result in pair.standalone("--csr", csr):
        result.says("Requesting a certificate for a.cn.csr.test and b.cn.csr.test")
    assert set(pki.names_of(pair.signet.cwd / "0000_cert.pem")) == {"a.cn.csr.test", "b.cn.csr.test"}


def test_names_may_be_repeated_by_d(pair, write):
    csr = write(request(["d1.csr.test", "d2.csr.test"]))
    pair.standalone("--csr", csr, "-d", "D2.csr.test")


def test_dry_run_writes_nothing(pair, write):
    csr = write(request(["dry.csr.test"]))
    for result in pair.standalone("--csr", csr, "--dry-run"):
        result.says("The dry run was successful.")
    assert pair.alike(in_cwd) == {}


def test_addresses_of_a_request(client, pebble):
    (client.tmpdir() / "request").write_bytes(request(["127.0.0.1"]))
    client.standalone("--csr", "request").ok()
    assert list(pki.names_of(client.tmpdir() / "0000_cert.pem")) == ["127.0.0.1"]


@pytest.mark.parametrize("args", [
    ["certonly", "-d", "other.csr.test"],
    ["certonly", "--allow-subset-of-names"],
    ["renew"],
])
def test_what_does_not_go_with_a_request(pair, write, args):
    csr = write(request(["no.csr.test"]))
    for result in pair.run(args[0], "-n", "--standalone", *args[1:], "--csr", csr):
        result.failed()


@pytest.mark.parametrize("data, code", [(b"", 1), (b"neither PEM nor DER", 1), (None, 2)])
def test_what_is_no_request(pair, write, data, code):
    csr = write(data) if data is not None else "@root/missing"
    for result in pair.run("certonly", "-n", "--standalone", "--csr", csr):
        result.failed(code)


def test_request_without_a_name(pair, write):
    for result in pair.run("certonly", "-n", "--standalone", "--csr", write(request([]))):
        result.failed()


def test_user_is_told_that_it_is_not_renewed(pair, write):
    csr = write(request(["told.csr.test"]))
    for result in pair.standalone("--csr", csr):
        assert "Full certificate chain is saved at: " in result.out
        assert "NEXT STEPS:" in result.out and "--csr" in result.out

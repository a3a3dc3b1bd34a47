"""finalize and the certificate (RFC 8555 §7.4, ca.md 5.8)."""
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .lib import age, der
from .lib.acme import Key, b64
from .lib.lab import DOMAIN, WEB
from .lib.rows import row

SHA1 = hashes.SHA1()


def private():
    return ec.generate_private_key(ec.SECP256R1())


def csr(*names, key=None, **more):
    return der.request(key or private(), names, **more)


class Ready:
    """A ready order; finalize() returns the CA's answer."""

    def __init__(self, lab, order, names):
        self.lab, self.order, self.names = lab, order, names
        self.account, self.name = order.account, names[0]

    def finalize(self, data):
        return self.order.finalize(data)

    def issued(self, data):
        """The chain as certificates, leaf first."""
        return certificates(self.order.certificate(data))

    def refused(self, data, *kinds):
        """Now, or as the error of the order."""
        answer = self.finalize(data)
        if answer.problem:
            assert answer.problem in kinds, (kinds, answer)
            return answer
        body = self.order.wait()
        assert body["status"] == "invalid" and body["error"]["type"].rpartition(":")[2] in kinds, (kinds, body)
        return body


def certificates(pem):
    return [x509.load_pem_x509_certificate(part + b"-----END CERTIFICATE-----\n")
            for part in pem.split(b"-----END CERTIFICATE-----\n") if part.strip()]


def prove_all(lab, order, kind="http-01"):
    """The order's authorizations, proved."""
    for authz in order.authorizations:
        if authz.body["status"] != "pending":
            continue
        challenge, name = authz.challenge(kind), authz.body["identifier"]["value"]
        lab.addresses(name, WEB)
        if kind == "http-01":
            lab.web.tokens[challenge.token] = challenge.key_authorization
        else:
            lab.dns.set(f"_acme-challenge.{name}", "TXT", b64(challenge.digest))
        body = challenge.judged()
        assert body["status"] == "valid", body
    order.read()


def ready(lab, *names, ca="plain", account=None, kind="http-01", **fields):
    names = names or (lab.name(),)
    account = account or (lab.ca(ca) if isinstance(ca, str) else ca).account
    order = account.order(*names, **fields)
    prove_all(lab, order, kind)
    assert order.body["status"] == "ready", order.body
    return Ready(lab, order, names)


def cert_id(leaf):
    """RFC 9773 §4.1"""
    aki = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1, "big")
    return f"{b64(aki)}.{b64(serial)}"


class Issued:
    def __init__(self, order, key, pem):
        self.account, self.names, self.order, self.key, self.pem = order.account, order.names, order.order, key, pem
        self.chain = certificates(pem)
        self.leaf = self.chain[0]
        self.url = order.order.body["certificate"]

    @property
    def der(self):
        from cryptography.hazmat.primitives.serialization import Encoding
        return self.leaf.public_bytes(Encoding.DER)

    @property
    def cert_id(self):
        return cert_id(self.leaf)


def issue(lab, *names, key=None, **how):
    order, key = ready(lab, *names, **how), key or private()
    return Issued(order, key, order.order.certificate(csr(*order.names, key=key)))


def names_of(leaf):
    return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


@row("FIN-002")
def pending(lab):
    order = lab.ca().account.order(lab.name())
    order.finalize(csr(order.body["identifiers"][0]["value"])).refused("orderNotReady", 403)


@row("FIN-003")
def twice(lab):
    made = issue(lab)
    made.order.finalize(csr(*made.names)).refused("orderNotReady", 403)
    made = made.order.read()
    assert made["status"] == "valid"


@row("FIN-005", "FIN-006")
def of_nobody(lab, one):
    order = ready(lab)
    url, data = order.order.body["finalize"], {"csr": b64(csr(order.name))}
    if one == "FIN-005":
        order.account.post(url.rpartition("/")[0] + "/987654321", data).refused("malformed", 404)
    else:
        # Of another account: not told apart from one that does not exist, or refused.
        answer = lab.ca().acme.account().post(url, data)
        assert answer.problem in ("malformed", "unauthorized") and answer.status in (400, 403, 404), answer


@row("FIN-007")
def truncated(lab):
    order, data = ready(lab), csr("x.example.com")
    for broken in (data[:-10], data[:20], b"", data + b"\0", b"\x30\x80"):
        answer = order.finalize(broken)
        assert answer.problem in ("malformed", "badCSR") and answer.status == 400, answer
    assert order.order.read()["status"] == "ready"


@row("FIN-009")
def padded(lab):
    order = ready(lab)
    data = csr(order.name, extensions=[der.extension("1.2.3.4", b"\5\0")])
    while len(data) % 3 == 0:
        data = csr(order.name)
    url = order.order.body["finalize"]
    text = b64(data)
    for bad in (text + "=" * (-len(text) % 4), text + "\n", text[:10] + "+/" + text[12:], " " + text):
        answer = order.account.post(url, {"csr": bad})
        assert answer.problem in ("malformed", "badCSR") and answer.status == 400, answer
    for payload in ({}, {"csr": 1}, {"csr": None}, []):
        order.account.post(url, payload).refused("malformed", 400)
    order.issued(data)


@row("FIN-010")
def other_names(lab):
    a, b = lab.name(), lab.name()
    for names in ([a], [a, b, lab.name()], [a, lab.name()]):
        ready(lab, a, b).refused(csr(*names), "unauthorized", "badCSR")
    ready(lab, a, b, ca="rfc").refused(csr(a), "badCSR")


@row("FIN-012")
def no_names(lab):
    ready(lab).refused(csr(), "badCSR")


@row("FIN-013")
def common_name_counts(lab):
    a, b = lab.name(), lab.name()
    leaf = ready(lab, a, b).issued(csr(a, common_name=b))[0]
    assert sorted(names_of(leaf).get_values_for_type(x509.DNSName)) == sorted([a, b])


@row("FIN-014")
def common_name_is_address(lab):
    order = ready(lab, WEB, profile="shortlived", account=lab.ca().acme.account())
    order.refused(csr(ipaddress.ip_address(WEB).packed, common_name=WEB), "badCSR")


@row("FIN-017")
def sha1(lab):
    for key in (private(), Key.rsa().private):
        order = ready(lab)
        order.refused(csr(order.name, key=key, digest=SHA1), "badCSR")


@row("FIN-018")
def bad_signature(lab):
    order = ready(lab)
    order.refused(csr(order.name, public=der.spki(private())), "badCSR")


@row("FIN-019")
def extension_twice(lab):
    order = ready(lab)
    order.refused(csr(order.name, extensions=[der.san(der.dns(order.name))]), "badCSR", "malformed")


@row("FIN-021")
def account_key(lab):
    order = ready(lab)
    order.refused(csr(order.name, key=order.account.key.private), "malformed", "badCSR")


MUST_STAPLE = der.extension(der.OID_TLS_FEATURE, der.seq(der.integer(5)))


@row("FIN-022", "PEB-022")
def must_staple(lab, one):
    order = ready(lab)
    order.refused(csr(order.name, extensions=[MUST_STAPLE]), "unauthorized", "badCSR")


@row("FIN-023")
def too_many_names(lab):
    names = [f"n{i}.many.{DOMAIN}" for i in range(101)]
    lab.ca().account.new_order(*names).refused("malformed", 400)
    order = ready(lab)
    order.refused(csr(*names), "unauthorized", "badCSR", "malformed")


@row("FIN-024")
def too_large(lab):
    order = ready(lab)
    big = der.extension("1.2.3.4", bytes(45_000))
    order.finalize(csr(order.name, extensions=[big])).refused("unauthorized", 403, "too large")


@row("FIN-025")
def asks_for_more(lab):
    order = ready(lab)
    more = [der.extension(der.OID_BASIC, der.seq(der.tlv(1, b"\xff")), True),
            der.extension(der.OID_EKU, der.seq(der.oid("1.3.6.1.5.5.7.3.3"))),
            der.extension("1.2.3.4", b"\5\0")]
    leaf = order.issued(csr(order.name, extensions=more))[0]
    find = leaf.extensions.get_extension_for_class
    assert find(x509.BasicConstraints).value.ca is False
    assert [u.dotted_string for u in find(x509.ExtendedKeyUsage).value] == ["1.3.6.1.5.5.7.3.1"]
    assert "1.2.3.4" not in [e.oid.dotted_string for e in leaf.extensions]


@row("FIN-026")
def mixed_case(lab):
    order = ready(lab)
    leaf = order.issued(csr(order.name.upper(), common_name=order.name.title()))[0]
    assert names_of(leaf).get_values_for_type(x509.DNSName) == [order.name]


def common_names(leaf):
    return [a.value for a in leaf.subject.get_attributes_for_oid(x509.oid.NameOID.COMMON_NAME)]


@row("FIN-027")
def common_name(lab):
    a, b = sorted((lab.name(), lab.name()))
    assert common_names(ready(lab, a, b).issued(csr(a, b, common_name=b))[0]) == [b]
    assert common_names(ready(lab, a, b, profile="tlsserver").issued(csr(a, b, common_name=b))[0]) == []


@row("FIN-029")
def only_long_names(lab):
    name = f"{'l' * 50}.{lab.name()}"
    assert len(name) > 64
    assert common_names(ready(lab, name).issued(csr(name))[0]) == []


@row("FIN-030")
def blocked_meanwhile(lab):
    ca = lab.ca("changing")
    order = ready(lab, ca=ca)
    ca.change({"policy": {"deny": order.name}})
    try:
        order.refused(csr(order.name), "rejectedIdentifier")
    finally:
        ca.change({})


@row("FIN-031")
def proof_expired(lab):
    order = ready(lab)
    age.authz(lab.ca(), order.order.authorizations[0], seconds_left=-1)
    order.refused(csr(order.name), "unauthorized", "orderNotReady", "malformed")


@row("FIN-032")
def signing_fails(lab):
    """There are no SCTs here; what stands for them is an issuer that may not be used any more."""
    ca = lab.ca("changing")
    order = ready(lab, ca=ca)
    ca.change({"issuer main": {"active": False}})
    try:
        order.refused(csr(order.name), "serverInternal")
    finally:
        ca.change({})


@row("FIN-033")
def fields(lab):
    for key in (private(), Key.rsa().private):
        made = issue(lab, key=key)
        leaf, find = made.leaf, made.leaf.extensions.get_extension_for_class
        assert leaf.version == x509.Version.v3 and 64 < leaf.serial_number.bit_length() <= 159
        assert [d.access_location.value for d in find(x509.AuthorityInformationAccess).value] == [
            "http://127.0.0.1/issuer.der"]
        points = find(x509.CRLDistributionPoints).value
        assert len(points) == 1 and points[0].full_name[0].value.startswith("http://127.0.0.1/crl")
        assert [u.dotted_string for u in find(x509.ExtendedKeyUsage).value] == ["1.3.6.1.5.5.7.3.1"]
        assert [p.policy_identifier.dotted_string for p in find(x509.CertificatePolicies).value] == ["2.23.140.1.2.1"]
        usage = find(x509.KeyUsage)
        assert usage.critical and usage.value.digital_signature
        assert usage.value.key_encipherment == isinstance(key, rsa.RSAPrivateKey)
        assert not usage.value.key_cert_sign and not usage.value.crl_sign
        basic = find(x509.BasicConstraints)
        assert basic.critical and not basic.value.ca
        assert leaf.not_valid_after - leaf.not_valid_before == age.seconds(90 * 86400 - 1)
        lab.issuers.key.public_key().verify(leaf.signature, leaf.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
        assert leaf.issuer == lab.issuers.certificate.subject


@row("FIN-034")
def short_lived(lab):
    name = lab.name()
    order = ready(lab, name, WEB, profile="shortlived", account=lab.ca().acme.account())
    leaf = order.issued(csr(name, ipaddress.ip_address(WEB).packed))[0]
    assert leaf.not_valid_after - leaf.not_valid_before == age.seconds(160 * 3600 - 1)
    assert common_names(leaf) == [] and len(leaf.subject.rdns) == 0
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert san.critical  # RFC 5280 §4.2.1.6: the subject is empty
    assert san.value.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(WEB)]
    assert san.value.get_values_for_type(x509.DNSName) == [name]


@row("FIN-038")
def chains(lab):
    made = issue(lab)
    first = made.account.post(made.url).ok()
    assert first.headers["Content-Type"].startswith("application/pem-certificate-chain")
    assert [c.subject for c in certificates(first.body)] == [made.leaf.subject, lab.issuers.certificate.subject]
    others = first.links("alternate")
    assert len(others) == 1
    second = made.account.post(others[0]).ok()
    assert certificates(second.body)[0] == made.leaf
    assert certificates(second.body)[-1].issuer == lab.issuers.roots[1].subject
    assert second.links("alternate") == [made.url] or len(second.links("alternate")) == 1
    for path, statuses in (("/-1", (400, 404)), ("/9", (404,)), ("/x", (400, 404))):
        answer = made.account.post(made.url + path)
        assert answer.problem == "malformed" and answer.status in statuses, answer


@row("FIN-039")
def of_another(lab):
    made = issue(lab)
    lab.ca().acme.account().post(made.url).refused("unauthorized", 403)


@row("FIN-040")
def unknown_serial(lab):
    made = issue(lab)
    for serial in ("00" * 18, "f" * 36, "fnord"):
        made.account.post(made.url.rpartition("/")[0] + "/" + serial).refused("malformed", 404)


@row("FIN-041")
def with_payload(lab):
    made = issue(lab)
    for payload in ({}, {"a": 1}):
        made.account.post(made.url, payload).refused("malformed", 400)


@row("FIN-043")
def storage_fails(lab):
    """The serial was written down before anything was signed, so nothing that was signed is unknown; and it is not lost."""
    ca = lab.ca("breakable")
    order = ready(lab, ca=ca)
    with ca.failing_update("certificates"):
        order.finalize(csr(order.name)).ok()
        with ca.database() as db:
            (serial,), = db.execute("SELECT serial FROM orders WHERE id = ?", (age.id_of(order.order.url),))
        assert order.order.read()["status"] == "processing"
    assert order.order.wait()["status"] == "valid"
    leaf = certificates(order.account.post(order.order.body["certificate"]).ok().body)[0]
    assert f"{leaf.serial_number:036x}" == serial

"""Perspectives elsewhere, as far as the CA can tell: a mutual TLS server that answers with whatever verdict it was told."""
import contextlib
import ipaddress
import json
import ssl

from cryptography.hazmat.primitives.asymmetric import ec

from . import der
from .fake_web import Server, response


class Certificates:
    """Mutual TLS of one private CA: a certificate for 127.0.0.1 that serves both sides."""

    def __init__(self, directory):
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca = der.certificate(ca_key, [der.extension(der.OID_BASIC, der.seq(der.tlv(1, b"\xff")), True)], subject="mutual CA")
        address = ipaddress.ip_address("127.0.0.1").packed
        leaf = der.certificate(key, [der.san(der.ip(address))], signer=ca_key, subject="perspective", issuer="mutual CA",
                               serial=2)
        self.ca, self.certificate, self.key = (directory / f"mutual-{n}.pem" for n in ("ca", "certificate", "key"))
        self.ca.write_text(der.pem("CERTIFICATE", ca))
        self.certificate.write_text(der.pem("CERTIFICATE", leaf))
        self.key.write_text(der.key_pem(key))
        self.key.chmod(0o600)

    @property
    def keys(self):
        """Of a [perspective] section."""
        return {"certificate": self.certificate, "key": self.key, "ca": self.ca}

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


class FakeRemote(Server):
    """script(request) -> the verdict as an object, bytes to send as they are, or None to hang up."""

    def __init__(self, port, certificates, name, region):
        self.name, self.region, self.context = name, region, certificates.context()
        self.forget()
        super().__init__(port, ("127.0.0.1",))

    def forget(self):
        self.script = self.agree

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def verdict(self, request, status="valid", name=None, **more):
        value = request["identifier"]["value"]
        record = {"perspective": name or self.name, "region": self.region, "challenge": request["challenge"],
                  "identifier": value, "startedMs": 0, "tookMs": 1, "answers": [], "hops": [], "notes": []}
        return {"status": status, "record": record, **more}

    def agree(self, request):
        return self.verdict(request)

    def refuse(self, kind, detail="as it was told"):
        problem = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail}
        return lambda request: self.verdict(request, "invalid", problem=problem)

    def hang_up(self, request):
        return None

    def serve(self, connection, peer):
        with self.context.wrap_socket(connection, server_side=True) as tls, contextlib.suppress(ssl.SSLError):
            while True:
                raw = b""
                while b"\r\n\r\n" not in raw:
                    data = tls.recv(65536)
                    if not data:
                        return
                    raw += data
                head, _, body = raw.partition(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                              if line.startswith(b"content-length"))
                while len(body) < length:
                    body += tls.recv(65536)
                request = json.loads(body)
                self.remember(request)
                answer = self.script(request)
                if answer is None:
                    return
                if not isinstance(answer, bytes):
                    answer = response(200, json.dumps(answer), Content_Type="application/json", Connection="keep-alive")
                tls.sendall(answer)

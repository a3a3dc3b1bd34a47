"""Clients that order certificates from a CA that is killed again and again, and what must hold afterwards.

Every client repeats what failed, as real ones do. What they were promised is kept here: each certificate that was downloaded,
and each order that was answered with.
"""
import collections
import http.client
import itertools
import sys
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

sys.path.append(str(Path(__file__).resolve().parents[2]))

from conformance.ca.lib.acme import Acme, Key, b64, ident  # noqa: E402

# What a client sees of a server that is gone or not well.
GONE = (OSError, http.client.HTTPException)
STUCK_S = 60


class Busy(Exception):
    """503, with the seconds to wait."""


def request_of(key, name):
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    made = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(names, False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Client(threading.Thread):
    """Orders one certificate after the other."""

    def __init__(self, storm, number):
        super().__init__(daemon=True)
        self.storm, self.number = storm, number
        self.key, self.leaf = Key(), ec.generate_private_key(ec.SECP256R1())
        self.acme = self.account = None
        self.error = None

    def run(self):
        try:
            for n in itertools.count():
                if self.storm.over.is_set():
                    break
                self.issue(f"{n}.{self.number}.storm.test")
        except Exception as e:  # noqa: BLE001  a thread has nobody to raise it to
            self.error = e
            self.storm.over.set()

    def persist(self, step, what):
        """step() until it comes through."""
        end = time.monotonic() + STUCK_S
        while True:
            try:
                return step()
            except Busy as e:
                pause, why = float(str(e)), e
            except GONE as e:
                why = e
                pause = 0.05
                self.storm.count["lost"] += 1
                self.hang_up()
            assert time.monotonic() < end, f"{what} does not come through: {why!r}"
            time.sleep(min(pause, 1))

    def hang_up(self):
        if self.acme:
            self.acme.close()
            self.acme.wire.connections.clear()

    def post(self, url, payload=""):
        def once():
            if self.account is None:
                self.acme = self.acme or Acme(self.storm.directory)
                self.account = self.acme.account(self.key)
            answer = self.account.post(url(), payload)
            if answer.status == 503:
                assert answer.headers["Retry-After"], answer
                self.storm.count["busy"] += 1
                raise Busy(answer.headers["Retry-After"])
            return answer
        return self.persist(once, f"a request of client {self.number}")

    def wait(self, url, words):
        end = time.monotonic() + STUCK_S
        while True:
            answer = self.post(lambda: url).ok()
            if answer.json["status"] in words:
                return answer.json
            assert time.monotonic() < end, f"stuck: {answer}"
            time.sleep(0.02)

    def issue(self, name):
        order = self.post(lambda: self.acme.directory["newOrder"], {"identifiers": [ident(name)]}).ok(201)
        self.storm.orders.add(order.location)
        for url in order.json["authorizations"]:
            self.prove(url)
        self.finalize(order.location, request_of(self.leaf, name))
        body = self.wait(order.location, ("valid", "invalid"))
        assert body["status"] == "valid", body
        got = self.post(lambda: body["certificate"]).ok().body
        self.storm.handed_out(body["certificate"], got)

    def prove(self, url):
        authz = self.post(lambda: url).ok().json
        if authz["status"] != "pending":
            return
        challenge = authz["challenges"][0]
        answer = self.post(lambda: challenge["url"], {})
        # a request that was lost on its way back may have been heard
        assert answer.status == 200 or answer.problem in ("conflict", "malformed"), answer
        assert self.wait(url, ("valid", "invalid"))["status"] == "valid"

    def finalize(self, url, csr):
        body = self.wait(url, ("ready", "processing", "valid", "invalid"))
        if body["status"] != "ready":
            return
        answer = self.post(lambda: body["finalize"], {"csr": b64(csr)})
        assert answer.status == 200 or answer.problem == "orderNotReady", answer


class Storm:
    """clients side by side against ca: it has directory_url, start(), kill()."""

    def __init__(self, ca, clients):
        self.ca, self.directory = ca, ca.directory_url
        self.over, self.lock = threading.Event(), threading.Lock()
        self.certificates, self.orders, self.count = {}, set(), collections.Counter()
        self.clients = [Client(self, n) for n in range(clients)]

    def handed_out(self, url, pem):
        serial = x509.load_pem_x509_certificate(pem).serial_number
        with self.lock:
            assert serial not in self.certificates, f"serial {serial:x} twice"
            self.certificates[serial] = (url, pem)

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *failed):
        self.over.set()
        for client in self.clients:
            client.join(STUCK_S * 2)
            assert not client.is_alive() or failed[0], f"client {client.number} hangs"
        for client in self.clients:
            if client.error and not failed[0]:
                raise client.error

    def wait_until(self, holds, seconds=60):
        end = time.monotonic() + seconds
        while not holds() and not self.over.is_set():
            assert time.monotonic() < end, f"{len(self.certificates)} certificates, {dict(self.count)}"
            time.sleep(0.005)

    def wait_for(self, more):
        """Until so many more certificates were handed out."""
        goal = len(self.certificates) + more
        self.wait_until(lambda: len(self.certificates) >= goal)

    def kill(self, times, random):
        """SIGKILL at a random instant of the work, each time after some more of it."""
        for _ in range(times):
            self.wait_for(random.randint(1, 2 * len(self.clients)))
            time.sleep(random.random() * 0.05)
            self.ca.kill()
            self.ca.start()

    def check(self):
        """When all clients are done: nothing that was promised is missing, and nothing is half done."""
        acme = Acme(self.directory)
        for url, pem in self.certificates.values():
            assert acme.get(url).ok().body == pem, url
        states = collections.Counter()
        for url in self.orders:
            body = acme.get(url).ok().json
            states[body["status"]] += 1
            assert body["status"] == "valid", body
        acme.close()
        return states

"""A small, correct ACME CA (RFC 8555, RFC 9773) that one misbehaviour at a time can be put into.

Correct: checks signatures, nonces and urls, keeps the order's state, really validates, signs with
its own root and intermediate. A case (badca_cases) changes what one resource answers.
"""
import datetime
import json
import os
import re
import secrets
import threading

from cryptography import x509

from badca_http import Reply, Server, Trap
from badca_jose import Refused, Signed, b64, thumbprint, unb64
from badca_pki import Authority, csr_names, spki
from lib import pki

JSON, PROBLEM = "application/json", "application/problem+json"
PEM_CHAIN = "application/pem-certificate-chain"
URN = "urn:ietf:params:acme:error:"

# (path, methods, resource): the group of the path, if any, is handed to the resource.
ROUTES = [
    (r"/dir", ("GET",), "directory"),
    (r"/dir-moved", ("GET",), "directory"),
    (r"/nonce", ("HEAD", "GET"), "newNonce"),
    (r"/new-account", ("POST",), "newAccount"),
    (r"/new-order", ("POST",), "newOrder"),
    (r"/account/(\w+)", ("POST",), "account"),
    (r"/account/(\w+)/orders", ("POST",), "orders"),
    (r"/order/(\w+)", ("POST",), "order"),
    (r"/authz/(\w+)", ("POST",), "authz"),
    (r"/challenge/(\w+)", ("POST",), "challenge"),
    (r"/finalize/(\w+)", ("POST",), "finalize"),
    (r"/cert/(\w+)", ("POST",), "cert"),
    (r"/ari/([\w.-]+)", ("GET",), "ari"),
]


def problem(kind, detail, status=400, **more):
    body = {"type": URN + kind, "detail": detail, "status": status, **more}
    return Reply(status, [("Content-Type", PROBLEM)], json.dumps(body).encode())


def rfc3339(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class BadCA(Server):
    """validate(name, token, key_authorization) -> True when the client proved control."""

    def __init__(self, directory, validate):
        self.directory = directory
        self.tls_authority = pki.Authority("Signet Scripted TLS")
        self.ca_file = directory / "tls-ca.pem"
        self.ca_file.write_bytes(pki.cert_pem(self.tls_authority.cert))
        self.good_files = self.write_certificate("tls", self.tls_authority,
                                                 ("127.0.0.1", "localhost"))
        self.validate = validate
        self.authority = Authority("Signet Scripted")
        self.trap = Trap()
        self.lock = threading.RLock()
        self.nonces, self.accounts, self.orders = set(), {}, {}
        self.authzs, self.certs = {}, {}
        # Like Pebble's, but every third one, so that no run is refused for ever by chance.
        self.reject_nonces = os.environ.get("PEBBLE_WFE_NONCEREJECT", "0") != "0"
        self.signatures = 0
        self.case, self.hits, self.counts = None, 0, {}
        super().__init__(*self.good_files)

    def write_certificate(self, label, authority, names, **times):
        """A certificate for this server -> (certificate file, key file)."""
        key = pki.make_key()
        files = self.directory / f"{label}-cert.pem", self.directory / f"{label}-key.pem"
        files[0].write_bytes(pki.cert_pem(authority.issue(names, key, **times), authority.cert))
        files[1].write_bytes(pki.key_pem(key))
        return files

    @property
    def base(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{self.base}/dir"

    # Which case is on, and what happened since it was switched on.

    def behave(self):
        """Correct from now on."""
        self.case, self.hits, self.counts = None, 0, {}
        self.use_certificate(*self.good_files)

    def misbehave(self, case):
        self.behave()
        self.trap.visits.clear()
        self.case = case

    def due(self, at):
        """Is the case to strike here? Counts the strike."""
        with self.lock:
            if not self.case or at not in self.case.at or \
                    (self.case.times and self.hits >= self.case.times):
                return False
            self.hits += 1
            return True

    def before_tls(self, connection):
        return self.due("tcp") and bool(self.case.change(self, connection, None))

    # Requests.

    def answer(self, connection, request):
        path = request.path.split("?")[0]
        for pattern, methods, resource in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and request.method in methods:
                break
        else:
            return problem("malformed", "no such resource", 404)
        with self.lock:
            self.counts[resource] = self.counts.get(resource, 0) + 1
            reply = self.correct(request, resource, match.groups())
        if b"for the sake of it" in reply.body: # it will come again
            return reply
        if self.due(resource):
            reply = self.case.change(self, request, reply) or reply
        return reply

    def correct(self, request, resource, args):
        handler = getattr(self, "do_" + resource)
        try:
            if request.method == "POST":
                reply = handler(self.signed(request), *args)
            else:
                reply = handler(*args)
        except Refused as e:
            reply = problem(e.kind, e.detail, e.status)
        except (ValueError, KeyError, TypeError) as e:
            reply = problem("malformed", f"bad request: {e!r}")
        return self.complete(reply, request, resource)

    def complete(self, reply, request, resource):
        """The headers that every answer has."""
        if request.method != "GET" or resource == "newNonce":
            reply.headers.append(("Replay-Nonce", self.new_nonce()))
        reply.headers.append(("Link", f'<{self.url}>;rel="index"'))
        reply.head = request.method == "HEAD"
        return reply

    def signed(self, request):
        if request.headers.get("content-type") != "application/jose+json":
            raise Refused("malformed", "wrong content type", 415)
        message = Signed(request, self.base + request.path, self.accounts)
        nonce = message.header.get("nonce")
        if nonce not in self.nonces:
            raise Refused("badNonce", "unknown nonce")
        self.nonces.remove(nonce)
        self.signatures += 1
        if self.reject_nonces and self.signatures % 3 == 0:
            raise Refused("badNonce", "refused for the sake of it")
        return message

    def new_nonce(self):
        nonce = secrets.token_urlsafe(16)
        self.nonces.add(nonce)
        return nonce

    @staticmethod
    def json(value, status=200, *headers):
        return Reply(status, [("Content-Type", JSON), *headers], json.dumps(value).encode())

    # Resources.

    def do_directory(self):
        paths = {"newNonce": "nonce", "newAccount": "new-account", "newOrder": "new-order",
                 "revokeCert": "revoke", "keyChange": "key-change", "renewalInfo": "ari"}
        return self.json({**{k: f"{self.base}/{v}" for k, v in paths.items()},
                          "meta": {"termsOfService": f"{self.base}/terms"}})

    def do_newNonce(self):
        return Reply(200, [("Cache-Control", "no-store")])

    def do_newAccount(self, message):
        key = thumbprint(message.jwk)
        kid = f"{self.base}/account/{key.replace('-', '_')}"
        known = kid in self.accounts
        if not known and message.payload.get("onlyReturnExisting"):
            raise Refused("accountDoesNotExist", "no account with this key")
        if not known and not message.payload.get("termsOfServiceAgreed"):
            raise Refused("userActionRequired", "the terms were not agreed to", 403)
        self.accounts.setdefault(kid, {"jwk": message.jwk, "kid": kid, "orders": [],
                                       "thumbprint": key})
        return self.json(self.account_body(self.accounts[kid]), 200 if known else 201,
                         ("Location", kid))

    def account_body(self, account):
        return {"status": "valid", "contact": [], "orders": account["kid"] + "/orders"}

    def do_account(self, message, _):
        return self.json(self.account_body(message.account))

    def do_orders(self, message, _):
        return self.json({"orders": [f"{self.base}/order/{o}" for o in message.account["orders"]
                                     if self.orders[o]["status"] != "invalid"]})

    def do_newOrder(self, message):
        number = secrets.token_hex(6)
        names = [i["value"] for i in message.payload["identifiers"]]
        authzs = {secrets.token_hex(6): n for n in names}
        for ident, name in authzs.items():
            self.authzs[ident] = {"name": name, "status": "pending", "token": b64(
                secrets.token_bytes(24)), "account": message.account, "order": number}
        self.orders[number] = {"names": names, "authzs": list(authzs), "status": "pending",
                               "replaces": message.payload.get("replaces")}
        message.account["orders"].append(number)
        return self.json(self.order_body(number), 201, ("Location", f"{self.base}/order/{number}"))

    def order_body(self, number):
        order = self.orders[number]
        body = {"status": order["status"], "expires": self.later(1),
                "identifiers": [{"type": "dns", "value": n} for n in order["names"]],
                "authorizations": [f"{self.base}/authz/{a}" for a in order["authzs"]],
                "finalize": f"{self.base}/finalize/{number}"}
        if order["status"] == "valid":
            body["certificate"] = f"{self.base}/cert/{number}"
        return body

    @staticmethod
    def later(days):
        return rfc3339(datetime.datetime.utcnow() + datetime.timedelta(days=days))

    def do_order(self, message, number):
        reply = self.json(self.order_body(number))
        order = self.orders[number]
        if order["status"] == "processing":     # seen once; the certificate is there next time
            order["status"] = "valid"
        return reply

    def do_authz(self, message, ident):
        authz = self.authzs[ident]
        return self.json({"identifier": {"type": "dns", "value": authz["name"]},
                          "status": authz["status"], "expires": self.later(1),
                          "challenges": [self.challenge_body(ident)]})

    def challenge_body(self, ident):
        authz = self.authzs[ident]
        return {"type": "http-01", "status": authz["status"], "token": authz["token"],
                "url": f"{self.base}/challenge/{ident}",
                **({"error": authz["error"]} if "error" in authz else {})}

    def do_challenge(self, message, ident):
        authz = self.authzs[ident]
        if authz["status"] == "pending" and message.payload == {}:
            proof = f"{authz['token']}.{authz['account']['thumbprint']}"
            self.judge(authz, self.validate(authz["name"], authz["token"], proof))
        return self.json(self.challenge_body(ident), 200,
                         ("Link", f'<{self.base}/authz/{ident}>;rel="up"'))

    def judge(self, authz, proved):
        order = self.orders[authz["order"]]
        authz["status"] = "valid" if proved else "invalid"
        if not proved:
            order["status"] = "invalid"
            authz["error"] = {"type": URN + "unauthorized", "detail": "wrong key authorization"}
        elif all(self.authzs[a]["status"] == "valid" for a in order["authzs"]):
            order["status"] = "ready"

    def do_finalize(self, message, number):
        order = self.orders[number]
        if order["status"] != "ready":
            raise Refused("orderNotReady", f"the order is {order['status']}", 403)
        csr = x509.load_der_x509_csr(unb64(message.payload["csr"]))
        if not csr.is_signature_valid or sorted(csr_names(csr)) != sorted(order["names"]):
            raise Refused("badCSR", "signature or names are wrong")
        leaf = self.authority.leaf(order["names"], csr.public_key())
        order.update(status="processing", csr=csr, leaf=leaf)
        self.certs[number] = self.authority.chain(leaf)
        return self.json(self.order_body(number), 200,
                         ("Location", f"{self.base}/order/{number}"), ("Retry-After", "0"))

    def do_cert(self, message, number):
        return Reply(200, [("Content-Type", PEM_CHAIN)], self.certs[number])

    def do_ari(self, cert_id):
        serial = int.from_bytes(unb64(cert_id.split(".")[1]), "big")
        leaf = next((o["leaf"] for o in self.orders.values()
                     if "leaf" in o and o["leaf"].serial_number == serial), None)
        if leaf is None:
            raise Refused("malformed", "no such certificate", 404)
        start = leaf.not_valid_before + (leaf.not_valid_after - leaf.not_valid_before) * 2 / 3
        window = {"start": rfc3339(start), "end": rfc3339(start + datetime.timedelta(days=2))}
        return self.json({"suggestedWindow": window}, 200, ("Retry-After", "21600"))

    # For tests: is this the certificate of the last order, with its key?

    def issued(self, cert, key):
        return any(o.get("leaf") == cert and spki(o["csr"].public_key()) == spki(key.public_key())
                   for o in self.orders.values())

"""signet served: what servers show for each lineage, and who still shows an old certificate."""
import contextlib
import os
import socketserver
import ssl
import threading

import pytest
from cryptography import x509

from lib import lineages
from lib.ports import free_port
from lib.realserver import SERVERS

NAME = "served.srv.test"


@pytest.fixture
def nginx(offline, tmp_path):
    """nginx with version 1 of a lineage that has version 2 by now."""
    server = SERVERS["nginx"](tmp_path / "server")
    if not os.access(server.program, os.X_OK):
        pytest.skip("nginx is not installed")
    server.port = free_port()
    lineages.add(offline.tree, NAME, [NAME, "*.wild.srv.test"])
    server.conf("site").write_text(server.site([server.port], f"{NAME} *.wild.srv.test", [live(offline.tree)]))
    server.begin(server.port)
    renew(offline.tree)
    yield server
    server.end()


def live(tree, kind="fullchain"):
    return tree.live(NAME, kind), tree.live(NAME, "privkey")


def renew(tree, version=2):
    private = lineages.pki.make_key()
    leaf = lineages.authority().issue([NAME, "*.wild.srv.test"], private)
    lineages.write_version(tree, NAME, version, leaf, private)
    lineages.link(tree, NAME, version)


def look(client, nginx, *args):
    return client.run("served", "--https-port", nginx.port, *args)


def test_renewed_but_not_served_is_told_with_the_process(offline, nginx):
    done = look(offline, nginx).failed().says(f"{NAME} at 127.0.0.1:{nginx.port}: RENEWED BUT NOT SERVED", "by nginx (PID",
                                              "which runs since", "2 places do not serve what was renewed")
    assert "signet-served.wild.srv.test" in done.out
    nginx.run(*nginx.reload)
    # nginx answers with both generations for a moment
    while look(offline, nginx).code != 0:
        pass
    assert "RENEWED" not in look(offline, nginx).ok().out


def test_as_events(offline, nginx):
    events = look(offline, nginx, "--json", "--cert-name", NAME).failed().events()
    seen = [e for e in events if e["event"] == "endpoint.seen"]
    assert [e["name"] for e in seen] == [NAME, "signet-served.wild.srv.test"]
    for e in seen:
        assert e["lineage"] == NAME and e["state"] == "outdated" and e["address"] == f"127.0.0.1:{nginx.port}"
        assert e["process"].startswith("nginx (PID ") and e["since"].startswith("20")
    total, = (e for e in events if e["event"] == "endpoints.seen")
    assert (total["count"], total["outdated"], total["incomplete"]) == (2, 2, 0)


def test_chain_without_issuers_and_another_certificate(offline, nginx):
    lineages.add(offline.tree, "other.srv.test")
    nginx.conf("site").write_text(nginx.site([nginx.port], NAME, [live(offline.tree, "cert")]))
    nginx.run(*nginx.stop)
    nginx.end()
    nginx.begin(nginx.port)
    done = look(offline, nginx).failed().says("INCOMPLETE: served without the CA's certificates", "another certificate, ")
    assert done.out.index("served.srv.test") > 0


def restart(nginx):
    nginx.run(*nginx.stop)
    nginx.end()
    nginx.begin(nginx.port)


def test_certificates_of_others(offline, nginx):
    """Good for the name, it is fine. Else it is, where the name is nobody's: a mail server's, perhaps."""
    restart(nginx)
    lineages.add(offline.tree, "twin", [NAME])
    lineages.add(offline.tree, "mail.srv.test")
    done = look(offline, nginx).ok()
    assert done.out.count("another certificate, ") == 2 and done.out.count("which is not good for this name") == 1
    look(offline, nginx, "--cert-name", "twin").ok()
    strange = "1 place shows a certificate that is not good for the name"
    look(offline, nginx, "--cert-name", "mail.srv.test").failed().says(strange)
    lineages.write_conf(offline.tree, "mail.srv.test", {"installer": "nginx"})
    events = look(offline, nginx, "--json").failed().events()
    assert [e["wrong"] for e in events if e["event"] == "endpoints.seen"] == [1]
    assert [e["state"] for e in events if e["event"] == "endpoint.seen" and e["lineage"] == "mail.srv.test"] == ["wrong"]


def test_a_certificate_of_another_kind_of_key(offline, nginx):
    """What is shown to others is seen: somebody else's, an old one of the lineage before it had its kind of key, or none at all."""
    lineages.add(offline.tree, "mute.srv.test")
    lineages.add(offline.tree, "stranger.srv.test", key="rsa")
    lineages.add(offline.tree, "changed.srv.test", key="rsa")
    stranger, old = (offline.tree.live(f"{name}.srv.test", "fullchain") for name in ("stranger", "changed"))
    paths = [(path.resolve(), path.with_name("privkey.pem").resolve()) for path in (stranger, old)]
    offline.tree.conf("stranger.srv.test").unlink()
    private = lineages.pki.make_key()
    lineages.write_version(offline.tree, "changed.srv.test", 2, lineages.authority().issue(["changed.srv.test"], private), private)
    lineages.link(offline.tree, "changed.srv.test", 2)
    serial = f"{x509.load_pem_x509_certificate(stranger.read_bytes()).serial_number:x}"
    nginx.conf("site").write_text(
        nginx.site([nginx.port], NAME, paths[:1]) + nginx.site([nginx.port], "changed.srv.test", paths[1:])
        + f"server {{ listen 127.0.0.1:{nginx.port} ssl; server_name mute.srv.test; ssl_reject_handshake on; }}\n")
    restart(nginx)
    look(offline, nginx, "--cert-name", NAME).failed().says(
        f"{NAME} at 127.0.0.1:{nginx.port}: another certificate, {serial} (stranger.srv.test), which is not good for this name, by nginx (PID")
    look(offline, nginx, "--cert-name", "changed.srv.test").failed().says("RENEWED BUT NOT SERVED: shows the older certificate")
    look(offline, nginx, "--cert-name", "mute.srv.test").failed().says("1 place shows no certificate at all for the name")


def test_a_kind_of_key_that_is_lost_by_a_renewal(offline, nginx):
    """nginx shows one of each kind."""
    pairs = []
    for key in ("rsa", "ecdsa"):
        lineages.add(offline.tree, key, [NAME], key=key)
        pairs.append((offline.tree.live(key, "fullchain"), offline.tree.live(key, "privkey")))
    nginx.conf("site").write_text(nginx.site([nginx.port], NAME, pairs))
    restart(nginx)
    for key in ("rsa", "ecdsa"):
        look(offline, nginx, "--cert-name", key).ok()
    private = lineages.pki.make_key()
    lineages.write_version(offline.tree, "rsa", 2, lineages.authority().issue([NAME], private), private)
    lineages.link(offline.tree, "rsa", 2)
    restart(nginx)
    look(offline, nginx, "--cert-name", "ecdsa").ok()
    look(offline, nginx, "--cert-name", "rsa").failed().says(
        f"{NAME} at 127.0.0.1:{nginx.port}: NOT SERVED to who takes RSA alone: this one was renewed with another kind of key, ECDSA, which ecdsa has too",
        "1 place serves a name with fewer kinds of keys")


STARTTLS = {
    "smtp": (b"220-mail.srv.test\r\n220 ESMTP\r\n", {b"EHLO localhost": b"250-mail.srv.test\r\n250 STARTTLS\r\n", b"STARTTLS": b"220 2.0.0 go ahead\r\n"}),
    "imap": (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n", {b"a STARTTLS": b"* OK soon\r\na OK begin\r\n"}),
    "pop3": (b"+OK ready\r\n", {b"STLS": b"+OK begin\r\n"}),
}


class Mail(socketserver.ThreadingTCPServer):
    """A server that speaks first, and goes over to TLS when it is asked to. Until then it does not like anything else."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, greeting, answers, cert, key):
        super().__init__(("127.0.0.1", 0), None)
        self.greeting, self.answers, self.port = greeting, answers, self.server_address[1]
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(cert, key)
        self.context.set_alpn_protocols(["http/1.1"])
        self.protocols = set()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request, _):
        request.sendall(self.greeting)
        with request.makefile("rb") as lines:
            for line in lines:
                answer = self.answers.get(line.strip(), b"500 no\r\n")
                request.sendall(answer)
                if answer == list(self.answers.values())[-1]:
                    break
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as tls:
            self.protocols.add(tls.selected_alpn_protocol())
            tls.recv(1)

    def __exit__(self, *exc):
        self.shutdown()
        super().__exit__(*exc)


@pytest.fixture
def renewed(offline):
    lineages.add(offline.tree, NAME, [NAME, "*.wild.srv.test"])
    renew(offline.tree)
    return offline


@pytest.mark.parametrize("protocol", STARTTLS)
def test_server_that_is_asked_for_tls(renewed, protocol):
    with Mail(*STARTTLS[protocol], *live(renewed.tree)) as mail:
        look(renewed, mail, "--cert-name", NAME).ok().says(f"{NAME} at 127.0.0.1:{mail.port}: served\n")
        renew(renewed.tree, 3)
        look(renewed, mail, "--cert-name", NAME).failed().says("RENEWED BUT NOT SERVED", "by python3 (PID")
        assert mail.protocols == {None}     # exim refuses who wants to speak HTTP


def test_server_that_has_no_tls(renewed):
    greeting, answers = STARTTLS["imap"]
    with Mail(greeting, {b"a STARTTLS": b"a BAD unknown\r\n"}, *live(renewed.tree)) as mail:
        look(renewed, mail, "--cert-name", NAME).ok().says("a server of IMAP that does not go over to TLS: a BAD unknown")


def test_nobody_serves(offline):
    lineages.add(offline.tree, NAME)
    offline.run("served", "--https-port", free_port()).ok().says("nobody serves its names")

"""What people's sites say already, and a certificate: no site and no bystander is worse off."""
import os
import socket
import ssl

import pytest

from lib import lineages
from lib.client import Certbot
from lib.differences import differs
from lib.front import front
from lib.matrix import answer, unverified
from lib.network import own_network
from lib.nginx import NGINX, STREAM as STREAM_MODULE, Nginx
from lib.pki import make_server_cert
from lib.ports import free_port
from lib.tlsserver import shown_serial

pytestmark = pytest.mark.skipif(not os.access(NGINX, os.X_OK), reason="nginx is not installed")

NAME = "a.ns.test"
LONGEST_IN_A_BUCKET = 46
LOOP = "return 301 https://$host$request_uri;"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Nginx(tmp_path_factory.mktemp("sites") / "nginx", free_port(), free_port()) as made:
        made.site("other", 'server { listen {port} default_server; server_name other.ns.test; return 200 other; }\n')
        (made.directory / "www/index.html").write_text("shop")
        yield made.start()


@pytest.fixture
def nginx(server, offline):
    """One server for all tests, with the site "other". A lineage that is not installed."""
    before = server.files()
    lineages.add(offline.tree, NAME)
    yield server
    for path in (server.root / "sites").iterdir():
        if f"sites/{path.name}" not in before:
            path.unlink()


def site(nginx, *body, name="a", listen="listen {port};", names=NAME):
    lines = "".join(f"    {line}\n" for line in (listen, f"server_name {names};", *body))
    return nginx.site(name, f"server {{\n{lines}}}\n")


def install(client, nginx, *args, lineage=NAME):
    return client.run("install", "-n", "--nginx", *nginx.options, "--cert-name", lineage, *args)


def ask(nginx, name=NAME, tls=False, port=None, host="127.0.0.1"):
    """(status, where it leads or what it says); None: nobody answers."""
    got = answer(host, port or (nginx.tls if tls else nginx.port), name, "/", unverified() if tls else None)
    return got and (got[0], got[1].get("location") or got[2].decode())


def refused(client, nginx, *said):
    files = nginx.files()
    install(client, nginx, "--redirect").failed().says(*said)
    assert nginx.files() == files


def test_a_redirect_of_all_requests_is_for_plain_http(offline, nginx):
    site(nginx, LOOP)
    refused(offline, nginx, "a:4: this leads requests", f"ssl_certificate {offline.tree.live(NAME, 'fullchain')};")
    site(nginx, "root {d}/www;", LOOP)
    install(offline, nginx, "--redirect").ok()
    assert ask(nginx) == (301, f"https://{NAME}/") and ask(nginx, tls=True) == (200, "shop")


def test_the_https_port_decides_not_tls_on_another(offline, nginx, tmp_path):
    admin, own = free_port(), make_server_cert(tmp_path)
    site(nginx, "return 200 shop;")
    site(nginx, f"ssl_certificate {own[1]};", f"ssl_certificate_key {own[2]};", "return 200 admin;", name="b", listen=f"listen {admin} ssl;")
    other = (nginx.root / "sites/b").read_bytes()
    install(offline, nginx, "--redirect").ok()
    assert ask(nginx)[0] == 301 and ask(nginx, tls=True) == (200, "shop") and ask(nginx, tls=True, port=admin) == (200, "admin")
    assert (nginx.root / "sites/b").read_bytes() == other


@differs("nginx-redirect-where")
def test_a_redirect_leads_to_where_somebody_answers(offline, nginx):
    site(nginx, "return 200 shop;")
    files = nginx.files()
    offline.run("enhance", "-n", "--nginx", *nginx.options, "--cert-name", NAME, "--redirect").failed().says("a redirect would lead nowhere", "--https-port")
    assert nginx.files() == files


def test_a_socket_of_both_families(offline, nginx):
    port = free_port()
    site(nginx, "return 200 shop;", listen=f"listen [::]:{port} ipv6only=off;")
    install(offline, nginx, "--http-01-port", port).ok()
    assert ask(nginx, tls=True) == ask(nginx, tls=True, host="::1") == (200, "shop")


def test_plain_http_of_others_on_the_https_port(offline, nginx):
    site(nginx, "return 200 shop;")
    site(nginx, "return 200 b;", name="b", listen="listen {tls};", names="b.ns.test")
    refused(offline, nginx, "b:2: port", "speaks plain HTTP for this server block", "--https-port")


def test_what_a_cache_in_front_asks_for_is_not_redirected(offline, nginx):
    backend = free_port()
    for listen in (f"listen {{port}}; listen 127.0.0.1:{backend};", "listen {port}; listen 127.0.0.1:{port};"):
        site(nginx, "return 200 shop;", listen=listen)
        install(offline, nginx, "--redirect").ok()
        assert ask(nginx, host="127.0.0.2") == (301, f"https://{NAME}/") and ask(nginx, tls=True) == (200, "shop")
        assert ask(nginx, port=backend if str(backend) in listen else nginx.port) == (200, "shop")


@pytest.mark.parametrize("length", [LONGEST_IN_A_BUCKET, 200])
def test_a_long_name(offline, nginx, length):
    """nginx' table of names has room for it; one that fits as it is changes nothing else."""
    name, files = ".".join(["x" * 40] * 5)[:length - len(".ns.test")] + ".ns.test", nginx.files()
    lineages.add(offline.tree, "long", [name])
    install(offline, nginx, "--no-redirect", lineage="long").ok()
    assert ask(nginx, name, tls=True) == (200, "other")
    assert (nginx.files()["nginx.conf"] != files["nginx.conf"]) == (length > LONGEST_IN_A_BUCKET)
    offline.run("rollback", "-n", "-i", "nginx", *nginx.options).ok()
    assert nginx.files() == files


def test_a_server_that_does_not_run_and_a_default_that_rejects(offline, nginx):
    site(nginx, "ssl_reject_handshake on;", "return 200 default;", name="d", names="_", listen="listen {tls} ssl default_server;")
    nginx.stop()
    install(offline, nginx).ok().says("nginx did not run, and was started")
    assert ask(nginx, tls=True) == (200, "default") and ask(nginx, "other.ns.test", tls=True) is None


@differs("nginx-closing-default")
def test_a_default_that_closes_each_connection(offline, nginx):
    """No host is made of it; the one for plain HTTP, of another file, is there for that."""
    site(nginx, "return 444;", name="d", names="_", listen="listen {port} default_server;")
    (nginx.root / "sites/other").rename(nginx.directory / "other")
    try:
        refused(offline, nginx, f"{nginx.root}/sites/d:4", f"server {{ listen {nginx.port}; server_name {NAME};")
    finally:
        (nginx.directory / "other").rename(nginx.root / "sites/other")


@differs("nginx-shared-snippet")
def test_a_snippet_of_one_certificate(offline, nginx):
    both = lineages.add(offline.tree, "both", [NAME, "b.ns.test"])
    snippet = nginx.write("pair.inc", "\n".join(pairs(offline, NAME)) + "\n")
    for name in (NAME, "b.ns.test"):
        site(nginx, "include pair.inc;", name=name, listen="listen {tls} ssl;", names=name)
    install(offline, nginx, "--no-redirect", lineage="both").ok()
    assert snippet.read_text() == "\n".join(pairs(offline, "both")) + "\n"
    assert {shown_serial(nginx.tls, name) for name in (NAME, "b.ns.test")} == {both.serial_number}


@differs("nginx-shared-snippet")
def test_a_snippet_of_other_certificates(offline, nginx):
    """The block that is to have another has none of theirs for any kind of key, and all else that it had from there."""
    theirs = lineages.add(offline.tree, "theirs", ["b.ns.test"], key="rsa")
    nginx.write("pair.inc", "# of all\n" + "\n".join(pairs(offline, "theirs")) + "\nadd_header X-Shared yes;\n")
    for name in (NAME, "b.ns.test"):
        site(nginx, "include pair.inc;", "return 200 shop;", name=name, listen="listen {tls} ssl;", names=name)
    files, path = nginx.files(), f"{nginx.root}/sites/{NAME}"
    install(offline, nginx, "--no-redirect").ok().says(f"{path}:4: `include pair.inc` has been replaced by what it includes")
    assert [shown(nginx, kind) for kind in ("RSA", "ECDSA")] == [None, offline.tree.live(NAME, "cert").read_text()]
    assert shown_serial(nginx.tls, "b.ns.test") == theirs.serial_number and changed(files, nginx.files()) == {f"sites/{NAME}"}
    assert answer("127.0.0.1", nginx.tls, NAME, "/", unverified())[1]["x-shared"] == "yes"
    offline.run("rollback", "-n", "-i", "nginx", *nginx.options).ok()
    assert nginx.files() == files and shown_serial(nginx.tls, NAME) == theirs.serial_number
    for key in ("rsa", "ecdsa"):
        lineages.add(offline.tree, key, ["b.ns.test", NAME], key=key)
    nginx.write("pair.inc", "\n".join(pairs(offline, "rsa", "ecdsa")) + "\n")
    install(offline, nginx, "--no-redirect").ok()
    assert [shown(nginx, kind) for kind in ("RSA", "ECDSA")] == [offline.tree.live(name, "cert").read_text() for name in ("rsa", NAME)]


def test_others_at_the_address_of_a_site(offline, nginx):
    """Who listens on all addresses for TLS has this one too, and keeps it."""
    lineages.add(offline.tree, "theirs", ["b.ns.test"])
    site(nginx, "return 200 b;", *pairs(offline, "theirs"), name="b", listen="listen {tls} ssl;", names="b.ns.test")
    site(nginx, "return 200 shop;", listen="listen 127.0.0.2:{port};")
    install(offline, nginx).ok()
    for name, said in ((NAME, "shop"), ("b.ns.test", "b")):
        assert ask(nginx, name, tls=True, host="127.0.0.2") == (200, said)


def test_a_certificate_in_a_variable(offline, nginx):
    """Its file has another name for each name of the block: what the server shows tells who would lose one."""
    for name in (NAME, "b.ns.test"):
        leaf, key = lineages.made([name])
        (nginx.directory / f"{name}.pem").write_bytes(lineages.pki.cert_pem(leaf) + lineages.pki.key_pem(key))
    by_name = [f"ssl_certificate{end} {{d}}/$ssl_server_name.pem;" for end in ("", "_key")]
    site(nginx, *by_name, "return 200 shop;", listen="listen {tls} ssl;", names=f"{NAME} b.ns.test c.ns.test")
    nginx.stop()
    nginx.start()
    assert shown_serial(nginx.tls, "b.ns.test") == leaf.serial_number
    refused(offline, nginx, "b.ns.test (", "sites/a:1", "the new one is not for it", f"-d {NAME} -d b.ns.test --expand")


def changed(before, after):
    return {name for name in before | after if before.get(name) != after.get(name)}


def pairs(client, *names):
    return [f"ssl_certificate{end} {client.tree.live(name, kind)};" for name in names for end, kind in (("", "fullchain"), ("_key", "privkey"))]


def shown(nginx, kind):
    """The certificate for who takes only that kind of key: "RSA" or "ECDSA"; None: there is none."""
    context = unverified()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"ECDHE-{kind}-AES128-GCM-SHA256")
    try:
        with socket.create_connection(("127.0.0.1", nginx.tls), 10) as s, context.wrap_socket(s, server_hostname=NAME) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(True))
    except ssl.SSLError:
        return None


def test_a_kind_of_key_beside_another(offline, nginx):
    for name, key in (("rsa", "rsa"), ("new", "rsa"), (NAME, "ecdsa")):
        lineages.add(offline.tree, name, [NAME], key=key)
    path = site(nginx, "return 200 shop;", *pairs(offline, NAME, "rsa"), listen="listen {tls} ssl;")
    text = path.read_text()
    install(offline, nginx, lineage="new").ok()
    assert path.read_text() == text.replace("/live/rsa/", "/live/new/")
    assert [shown(nginx, kind) for kind in ("RSA", "ECDSA")] == [offline.tree.live(name, "cert").read_text() for name in ("new", NAME)]
    private = lineages.pki.make_key()
    lineages.write_version(offline.tree, "new", 2, lineages.authority().issue([NAME], private), private)
    lineages.link(offline.tree, "new", 2)
    install(offline, nginx, lineage="new").failed().says("has two certificates with ECDSA keys, of which one is shown, and",
                                                         f"/live/{NAME}/fullchain.pem is not: renew it with another kind of key (--key-type)")


def test_a_socket_behind_a_proxy(offline, nginx):
    """It wants the header of the PROXY protocol before TLS: looked at with that, also by who knows nothing of its configuration."""
    port = free_port()
    lineages.add(offline.tree, "second", [NAME])
    site(nginx, "return 200 shop;", *pairs(offline, "second"), listen=f"listen {port} ssl proxy_protocol; listen [::1]:{port} ssl;")
    install(offline, nginx, "--https-port", port).ok()
    assert "broken header" not in nginx.log("error")
    served = offline.run("served", "--https-port", port, "--cert-name", NAME).ok()
    served.says(f"{NAME} at 127.0.0.1:{port}: served", f"{NAME} at [::1]:{port}: served")
    site(nginx, "return 200 shop;", *pairs(offline, NAME, "second"), listen=f"listen {port} ssl proxy_protocol;")
    install(offline, nginx, "--https-port", port).failed().says(f"{NAME} at 127.0.0.1:{port} has two certificates with ECDSA keys")


def test_a_kind_of_key_that_is_served_no_more(offline, nginx):
    lineages.add(offline.tree, "rsa", [NAME], key="rsa")
    site(nginx, "return 200 shop;")
    install(offline, nginx).ok()
    served = ("served", "--https-port", nginx.tls)
    offline.run(*served).failed().says(f"{NAME} at 127.0.0.1:{nginx.tls}: NOT SERVED to who takes RSA alone: only {NAME} is", "1 place serves a name with fewer")
    seen, = (e for e in offline.run(*served, "--cert-name", "rsa", "--json").failed().events() if e["event"] == "endpoint.seen")
    assert (seen["state"], seen["lineage"], int(seen["serial"], 16)) == ("other_kind", "rsa", shown_serial(nginx.tls, NAME))
    offline.run(*served, "--cert-name", NAME).ok()


def test_certbot_goes_on_with_a_block_of_one_line(nginx, offline):
    """It takes `listen` out with the line end before it: what stands behind is not to end up in the comment above."""
    nginx.site("a", f"server {{ listen {{port}}; server_name {NAME}; location / {{ return 200 a; }} }}\n")
    install(offline, nginx, "--redirect").ok()
    install(Certbot(offline.tree), nginx, "--hsts").ok()
    text = (nginx.root / "sites/a").read_text()
    assert text.count(f"\n    server_name {NAME};\n    location / {{ return 200 a; }}") == 2, text
    assert ask(nginx, tls=True) == (200, "a")


def test_another_program_in_front(offline, nginx, tmp_path):
    """The TLS block that it passes connections on to gets the certificate; people are led there when it is seen to show that."""
    port, behind, (_, old, old_key) = free_port(), free_port(), make_server_cert(tmp_path)
    tls, here = [f"ssl_certificate {old}; ssl_certificate_key {old_key};", "return 200 secret;"], ("--https-port", port)
    site(nginx, "return 200 plain;")
    site(nginx, *tls, name="b", listen=f"listen 127.0.0.1:{behind} ssl;")
    files = nginx.files()
    with front(port, behind):
        install(offline, nginx, *here).ok()
        assert ask(nginx, tls=True, port=port) == (200, "secret") and ask(nginx) == (301, f"https://{NAME}/")
        offline.run("rollback", "-n", "--nginx", *nginx.options, "--checkpoints", "2").ok()
    assert nginx.files() == files
    with front(port):
        said = f"a redirect would lead to port {port}, which is another program's", f"(PID {os.getpid()})"
        install(offline, nginx, *here).ok().says("is not redirected to HTTPS", *said).never_says("Nothing to enhance")
        assert ask(nginx, tls=True, port=behind) == (200, "secret") and ask(nginx) == (200, "plain")
        (nginx.root / "sites/b").unlink()
        files = nginx.files()
        for more in ((), ("--dry-run",)):
            install(offline, nginx, *here, *more).failed().says(
                f"port {port} is another program's", f"(PID {os.getpid()})", "name the port it passes them to by --https-port")
        assert nginx.files() == files
        site(nginx, *tls, listen=f"listen {{port}}; listen 127.0.0.1:{behind} ssl;")
        install(offline, nginx, *here).ok()
        assert ask(nginx, tls=True, port=behind) == (200, "secret")


def test_a_redirect_leads_to_443_whatever_the_https_port_is(offline, tmp_path):
    """Another program there is asked for the certificate, and named, as where it has the https port itself."""
    lineages.add(offline.tree, NAME)
    with own_network(), Nginx(tmp_path / "nginx", 80, 8443) as nginx:
        site(nginx, "return 200 shop;")
        nginx.start()
        said = "a redirect would lead to port 443, which is another program's", f"(PID {os.getpid()})"
        with front(443):
            install(offline, nginx).ok().says("is not redirected to HTTPS", *said)
            install(offline, nginx, "--redirect").failed().says(*said)
        assert ask(nginx) == ask(nginx, tls=True) == (200, "shop")
        with front(443, 8443):
            install(offline, nginx, "--redirect").ok()
        assert ask(nginx) == (301, f"https://{NAME}/") and ask(nginx, tls=True) == (200, "shop")


def test_an_address_that_is_anothers(offline, nginx, tmp_path):
    """What comes to it cannot show the certificate. And nginx takes all addresses of a port that it has one of only at its start."""
    port, (_, old, old_key) = free_port(), make_server_cert(tmp_path, ["far.ns.test"])
    other, here = [f"ssl_certificate {old}; ssl_certificate_key {old_key};", "return 200 other;"], ("--https-port", port)
    site(nginx, "return 200 shop;")
    site(nginx, *other, name="b", listen=f"listen 127.0.0.1:{port} ssl;", names="near.ns.test")
    install(offline, nginx, *here).failed().says("b:2: nginx listens on port", "at 127.0.0.1 alone", "stop it")
    site(nginx, *other, name="c", listen=f"listen {port} ssl;", names="far.ns.test")
    nginx.stop()
    nginx.start()
    install(offline, nginx, *here).ok().says(f"What comes to 127.0.0.1:{port} (", "sites/b:1) comes to others")
    assert ask(nginx, tls=True, port=port) == (200, "other") and ask(nginx, tls=True, port=port, host="127.0.0.2") == (200, "shop")


def test_plain_http_at_more_addresses_than_tls(offline, nginx, tmp_path):
    port, (_, old, old_key) = free_port(), make_server_cert(tmp_path)
    here = f"http://{NAME} is redirected to https at *:{nginx.port}, but has https at 127.0.0.1:{port} alone"
    body = f"ssl_certificate {old}; ssl_certificate_key {old_key};", "return 200 shop;"
    site(nginx, *body, listen=f"listen {{port}}; listen 127.0.0.1:{port} ssl;")
    install(offline, nginx, "--https-port", port, "--redirect").ok().says(here)
    site(nginx, *body, listen=f"listen 127.0.0.1:{{port}}; listen 127.0.0.1:{port} ssl;")
    assert "is redirected to https at" not in install(offline, nginx, "--https-port", port, "--redirect").ok().err


def test_a_circle_that_nobody_asked_for(offline, nginx):
    """The certificate is installed all the same; asked for, the redirect is an error."""
    site(nginx, "location / { if ($scheme = https) { return 302 http://$host$request_uri; } return 200 shop; }")
    install(offline, nginx).ok().says(f"plain HTTP of {NAME} is not redirected to HTTPS", f"{NAME} leads to itself")
    assert ask(nginx) == (200, "shop") and ask(nginx, tls=True) == (302, f"http://{NAME}/")
    install(offline, nginx, "--redirect").failed().says(f"{NAME} leads to itself")


def test_a_header_that_is_there_already(offline, nginx):
    site(nginx, 'add_header Strict-Transport-Security "max-age=60";', "return 200 shop;")
    install(offline, nginx, "--hsts").ok().says(f"{NAME} has Strict-Transport-Security of max-age=60 in its configuration already, which stays")
    site(nginx, 'add_header Strict-Transport-Security "max-age=31536000; preload";', "return 200 shop;")
    assert "which stays" not in install(offline, nginx, "--hsts").ok().err


STREAM = "stream {{\n    server {{\n        listen {tls};\n        ssl_preread on;\n        proxy_pass 127.0.0.1:{behind};\n    }}\n}}\n"


@pytest.mark.skipif(not os.path.exists(STREAM_MODULE), reason="libnginx-mod-stream is not installed")
def test_a_stream_block_that_has_the_port(offline, tmp_path):
    """The TLS block that it passes connections on to gets the certificate; a site without one cannot be served there."""
    port, tls, behind = free_port(), free_port(), free_port()
    lineages.add(offline.tree, NAME)
    cert, key = (offline.tree.live(NAME, k) for k in ("fullchain", "privkey"))
    _, old, old_key = make_server_cert(tmp_path)
    with Nginx(tmp_path / "nginx", port, tls, stream=STREAM.format(tls=tls, behind=behind)) as nginx:
        site(nginx, "return 200 plain;")
        site(nginx, f"ssl_certificate {old}; ssl_certificate_key {old_key};", "return 200 secret;", name="b", listen=f"listen 127.0.0.1:{behind} ssl;")
        nginx.start()
        install(offline, nginx, "--redirect").ok()
        text = (nginx.root / "sites/b").read_text()
        assert str(cert) in text and str(key) in text and "ssl" not in (nginx.root / "sites/a").read_text()
        assert ask(nginx, tls=True) == (200, "secret") and ask(nginx) == (301, f"https://{NAME}/")
        offline.run("rollback", "-n", "--nginx", *nginx.options).ok()
        (nginx.root / "sites/b").unlink()
        refused(offline, nginx, "nginx.conf:", f"the stream block has port {tls}")

"""TLS challenges through a running nginx: tls-alpn-01 past its stream block, tls-sni-01 by server blocks for a while."""
import os
import socket
import ssl

import pytest

from lib import pki
from lib.client import NEW_ACCOUNT, Client
from lib.nginx import NGINX, STREAM, Nginx
from lib.ports import free_port
from lib.stand_in import LAB, SignetCa
from lib.tree import Tree

pytestmark = pytest.mark.skipif(not (os.access(NGINX, os.X_OK) and os.path.exists(STREAM)), reason="nginx or its stream module is not installed")

# On IPv4 the way that most take who have both: by name, and the client's address goes before. On IPv6 a host that is looked up once.
FRONT = """
stream {{
    map $ssl_preread_server_name $backend {{
        other.alpn.test 127.0.0.1:{named};
        default         site;
    }}
    upstream site {{ server 127.0.0.1:{named}; }}
    server {{
        listen 127.0.0.1:{tls};
        ssl_preread on;
        proxy_protocol on;
        proxy_pass $backend;
        allow all;
    }}
    include streams/*;
}}
"""
SECOND = "server {{ allow all; listen [::1]:{tls}; proxy_pass localhost:{plain}; ssl_preread on; }}\r\n"
SITES = """server {{
    listen 127.0.0.1:{port};
    listen 127.0.0.1:{named} ssl proxy_protocol;
    listen 127.0.0.1:{plain} ssl;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    return 200 "site for $proxy_protocol_addr";
}}
"""
NAMES = ["one.alpn.test", "two.alpn.test"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    ca = SignetCa(tmp_path_factory.mktemp("lab"), config=LAB)
    yield ca
    ca.stop()


@pytest.fixture
def client(tmp_path, lab):
    program = Client(Tree(tmp_path), lab)
    yield program
    program.check_reports()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return pki.make_server_cert(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def front(tmp_path_factory, lab, certificate):
    """A stream block in front of sites. Each test leaves it as it was."""
    values = {"tls": lab.tls_port, "port": lab.http_port, "named": free_port(), "plain": free_port(), "cert": certificate[1], "key": certificate[2]}
    with Nginx(tmp_path_factory.mktemp("front") / "nginx", lab.http_port, lab.tls_port, stream=FRONT.format(**values)) as server:
        server.write("streams/second", SECOND.format(**values))
        server.site("sites", SITES.format(**values))
        yield server.start(lab.tls_port)


@pytest.fixture(scope="module")
def sites(tmp_path_factory, certificate):
    """A server without a stream block, with a CA of its own: its ports are the server's."""
    ca = SignetCa(tmp_path_factory.mktemp("lab2"), config=LAB)
    with Nginx(tmp_path_factory.mktemp("sites") / "nginx", ca.http_port, ca.tls_port) as server:
        server.site("a", f"server {{ listen {{tls}} ssl; listen [::]:{{tls}} ssl; server_name ~.;\n"
                         f"\tssl_certificate {certificate[1]};\n\tssl_certificate_key {certificate[2]}; return 200 site; }}\n")
        server.ca = ca
        yield server.start(ca.tls_port)
    ca.stop()


def certonly(client, server, kind, *names, port=None):
    """port: of TLS, when it is not the server's."""
    words = [w for n in names for w in ("-d", n)] + (["--https-port", port] if port else [])
    return client.certonly("-a", "nginx", *server.options, "--preferred-challenges", kind, *words)


def ask(address, port, name, protocols):
    """-> (chosen protocol, what a site answers)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(protocols)
    with socket.create_connection((address, port), timeout=10) as peer:
        with context.wrap_socket(peer, server_hostname=name) as tls:
            tls.sendall(f"GET / HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            answer = b"".join(iter(lambda: tls.recv(4096), b""))
            return tls.selected_alpn_protocol(), answer.rpartition(b"\r\n\r\n")[2]


def meanwhile(client, server, *args):
    """Started, and waiting with its answers in place."""
    run = client.pty("certonly", "-a", "nginx", *server.options, "--preferred-challenges", *args, "--debug-challenges", *NEW_ACCOUNT)
    run.expect("Press Enter")
    return run


def test_alpn_and_where_all_others_go_meanwhile(client, front, lab):
    before, reloads = front.files(), front.reloads()
    with lab.dns.only("ipv4"):
        run = meanwhile(client, front, "tls-alpn", *[w for n in NAMES for w in ("-d", n)])
        assert front.files() != before
        for address, site in (("127.0.0.1", b"site for 127.0.0.1"), ("::1", b"site for ")):
            for name, protocols in ((NAMES[0], ["http/1.1"]), (NAMES[0], ["acme-tls/1", "http/1.1"]), ("other.alpn.test", ["http/1.1"])):
                assert ask(address, lab.tls_port, name, protocols) == ("http/1.1", site)
        run.send("\n")
        run.wait().ok()
    assert front.files() == before and front.reloads() == reloads + 2
    with lab.dns.only("ipv6"):
        client.renew("--force-renewal").ok()
    assert front.files() == before and client.tree.version(NAMES[0]) == 2


def test_the_next_run_repairs_after_a_kill(client, front):
    """What is put back are the files of the server, and those of the certificates go. Nothing of nginx has TLS on that port."""
    before = front.files()
    meanwhile(client, front, "tls-sni", "-d", NAMES[1], "--https-port", free_port()).close()
    assert front.files() != before and certificates(client) != []
    certonly(client, front, "http-01", NAMES[0]).ok()
    assert front.files() == before and certificates(client) == []


def test_the_next_run_repairs_the_stream_after_a_kill(client, front):
    """Till then only the challenge's own connections lead nowhere."""
    before = front.files()
    meanwhile(client, front, "tls-alpn", "-d", NAMES[1]).close()
    assert "signet_to_" in (front.root / "nginx.conf").read_text()
    assert ask("127.0.0.1", front.tls, NAMES[1], ["http/1.1"]) == ("http/1.1", b"site for 127.0.0.1")
    with pytest.raises(OSError):
        ask("127.0.0.1", front.tls, NAMES[1], ["acme-tls/1"])
    certonly(client, front, "tls-alpn", NAMES[1]).ok().says("is undone", "nginx.conf")
    assert front.files() == before
    assert ask("127.0.0.1", front.tls, NAMES[1], ["acme-tls/1", "http/1.1"]) == ("http/1.1", b"site for 127.0.0.1")


def test_a_stream_block_that_lets_nobody_in(client, front, lab):
    """What its servers do not say for themselves is not said to the one that is put behind them."""
    rule = front.write("streams/closed", "deny all;\n")
    before = front.files()
    try:
        with lab.dns.only("ipv4"):
            certonly(client, front, "tls-alpn", NAMES[0]).ok()
        assert front.files() == before
    finally:
        rule.unlink()


def certificates(client):
    return [path.suffix for path in client.tree.work.rglob("*") if path.suffix in (".crt", ".pem")]


def test_sni_beside_a_site_that_takes_every_name(client, sites):
    client = Client(client.tree, sites.ca)
    before, reloads = sites.files(), sites.reloads()
    certonly(client, sites, "tls-sni-01", "a.sni.test", "b.sni.test").ok().says("no public CA has it")
    assert sites.files() == before and sites.reloads() == reloads + 2
    assert certificates(client) == []


def test_sni_needs_tls_on_the_port(client, sites):
    before, reloads = sites.files(), sites.reloads()
    plain = free_port()
    sites.site("b", f"server {{ listen {plain}; server_name b.sni.test; }}\n")
    certonly(client, sites, "tls-sni", "b.sni.test", port=plain).failed().says("b:1", "speaks no TLS", "--https-port")
    (sites.root / "sites/b").unlink()
    assert sites.files() == before and sites.reloads() == reloads


REFUSALS = {
    "stream { server { listen {tls}; proxy_pass 127.0.0.1:1; } }\n": "does not look at what connections ask for",
    "stream { ssl_preread on; server { listen {tls}; return x; } }\n": "it has no proxy_pass",
    "stream { ssl_preread on; proxy_ssl on; server { listen {tls}; proxy_pass 127.0.0.1:1; } }\n": "puts TLS around",
    "stream { ssl_preread on; server { listen {tls}; proxy_bind 127.0.0.1; proxy_pass 127.0.0.1:1; } }\n": "address of its own",
    "http { server { listen 127.0.0.1:{tls}; } }\n": "no stream block with ssl_preread is in front",
    "stream { server { listen {tls} udp; proxy_pass 127.0.0.1:1; } }\n": "--standalone can answer",
}


@pytest.mark.parametrize("text,said", REFUSALS.items(), ids=range(len(REFUSALS)))
def test_who_cannot_hand_over(client, tmp_path, lab, text, said):
    with Nginx(tmp_path / "nginx", lab.http_port, lab.tls_port, stream="") as server:
        path = server.root / "nginx.conf"
        path.write_text(path.read_text().partition("http {")[0] + text.replace("{tls}", str(server.tls)))
        before = server.files()
        certonly(client, server, "tls-alpn", "no.alpn.test").failed().says(said)
        assert server.files() == before

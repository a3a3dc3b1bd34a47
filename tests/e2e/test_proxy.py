"""The CA through a proxy: CONNECT (RFC 9110 §9.3.6), by the variables that Certbot reads too."""
import pytest

from lib.proxy import Proxy

SECRET = "s3cret-w0rd"


def upstream(pebble):
    return ("127.0.0.1", pebble.port)


def through_a_tunnel(client, pebble, name):
    """-> how many tunnels there were."""
    server = pebble.url.replace("localhost", "ca.behind-proxy.invalid")
    with Proxy(upstream(pebble)) as proxy:
        client.standalone("-d", name, "--server", server, "--no-verify-ssl",
                          env={"https_proxy": proxy.url()}).ok()
    authority = f"ca.behind-proxy.invalid:{pebble.port}"
    for line, headers, authorization in proxy.asked:
        assert line == f"CONNECT {authority} HTTP/1.1"
        assert headers["host"] == authority and authorization is None
    assert client.tree.version(name) == 1
    return len(proxy.asked)


def test_certificate_through_a_tunnel(client, pebble):
    """The name of the CA is the proxy's to resolve: here it has no address. A tunnel is kept; more are made to a CA that is far, as it
    is from a machine that is too busy: then again."""
    assert any(through_a_tunnel(client, pebble, f"tunnel{again}.px.test") <= 2 for again in range(5))


def test_the_ca_is_verified_behind_the_tunnel(client, pebble):
    server = pebble.url.replace("localhost", "ca.behind-proxy.invalid")
    with Proxy(upstream(pebble)) as proxy:
        client.standalone("-d", "verify.px.test", "--server", server,
                          env={"https_proxy": proxy.url()}).failed().says("ca.behind-proxy.invalid")
    assert proxy.asked and client.tree.lineages() == []


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_variables(client, pebble, variable):
    with Proxy(upstream(pebble)) as proxy:
        client.register(env={variable: proxy.url()}).ok()
    assert {line for line, _, _ in proxy.asked} == {f"CONNECT localhost:{pebble.port} HTTP/1.1"}


def test_the_proxy_wants_a_password(client, pebble):
    with Proxy(upstream(pebble), user=f"me@x:{SECRET}") as proxy:
        result = client.register(env={"https_proxy": proxy.url(f"me%40x:{SECRET}@")}).ok()
        assert {given for _, _, given in proxy.asked} == {proxy.credentials}
        wrong = client.standalone("-d", "pw.px.test",
                                  env={"https_proxy": proxy.url(f"me:{SECRET}x@")}).failed()
    wrong.says("407")
    for said in (result, wrong):
        said.never_says(SECRET)
    logs = "".join(p.read_text() for p in client.tree.logs.glob("*.log*"))
    assert SECRET not in logs and proxy.credentials.split()[1] not in logs


def test_lengths_of_a_tunnels_answer_mean_nothing(client, pebble):
    """RFC 9110 §9.3.6: a client ignores Content-Length and Transfer-Encoding of a 2xx to CONNECT."""
    for header in (b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"):
        with Proxy(upstream(pebble), answer=b"HTTP/1.1 200 OK\r\n" + header + b"\r\n") as proxy:
            client.run("register" if not client.tree.account_dirs() else "show_account", "-n",
                       "--agree-tos", "--register-unsafely-without-email",
                       env={"https_proxy": proxy.url()}).ok()
        assert proxy.asked


@pytest.mark.parametrize("answer,said", [
    (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnope", "502"),
    (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403"),
    (b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n", "301"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "proxy"),
    (b"", "proxy"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100000 + b"\r\n\r\n", "proxy")])
def test_what_else_a_proxy_may_say(client, pebble, answer, said):
    with Proxy(upstream(pebble), answer=answer) as proxy:
        result = client.standalone("-d", "no.px.test", env={"https_proxy": proxy.url()}).failed()
    assert said in result.err, result
    assert client.tree.lineages() == []

"""A CA whose validation is an attack on the standalone responder.

While the client serves its proof, the scripted CA throws these at the port; then the proof must
still be there, and nothing but the proof.
"""
import http.client
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from badca import BadCA
from badca_run import NAME, Measured, check_memory, check_terminal
from lib.client import signet_path
from lib.ports import free_port
from lib.tree import Tree

MIB = 1 << 20
GET = b"GET /.well-known/acme-challenge/%s HTTP/1.1\r\nHost: good.test\r\n"


def throw(port, data, seconds=2):
    """Send, then read what comes; a reset or silence is an answer too."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.settimeout(seconds)
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while block := sock.recv(65536):
                answer += block
        except OSError:
            pass
    return answer


def idle(port, count):
    """Connections that say half a line and stay; the caller closes them."""
    held = []
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port), 5)
        sock.sendall(b"GET /.well-known/acme-ch")
        held.append(sock)
    return held


ATTACKS = {
    "garbage": [b"\x16\x03\x01\x02\x00" + os.urandom(512), b"\0" * 4096, b"\r\n" * 10_000],
    "long-line": [b"GET /" + b"a" * MIB + b" HTTP/1.1\r\n\r\n"],
    "many-headers": [GET % b"x" + b"X: y\r\n" * 50_000 + b"\r\n"],
    "long-header": [GET % b"x" + b"X: " + b"y" * MIB + b"\r\n\r\n"],
    "body-lies": [GET % b"x" + b"Content-Length: 99999999999\r\n\r\n" + b"z" * MIB,
                  GET % b"x" + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
                  GET % b"x" + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    "methods": [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
                b"CONNECT evil:443 HTTP/1.1\r\nHost: evil\r\n\r\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"],
    "pipelined": [(GET % b"x" + b"\r\n") * 2_000],
}
PATHS = [b"../../../../etc/passwd", b"%2e%2e/%2e%2e/etc/passwd", b"", b".", b"..", b"%00",
         b"x" * 300]


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree")


def fetch(port, token):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": NAME})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def run(tmp_path, tree, attack):
    """Issue standalone; attack(port) happens before each validation -> (result, seen)."""
    (tmp_path / "ca").mkdir()
    port, seen = free_port(), []

    def validate(name, token, proof):
        seen.append(attack(port))
        try:
            status, body = fetch(port, token)
        except OSError as e:
            status, body = 0, repr(e)
        seen.append((status, body == proof))
        return status == 200 and body == proof

    ca = BadCA(tmp_path / "ca", validate)
    client = Measured(tree, ca)
    try:
        result = client.certonly("--standalone", "--http-01-port", port, "--http-01-address",
                                 "127.0.0.1", "-d", NAME)
    finally:
        ca.stop()
        ca.trap.stop()
    with pytest.raises(OSError):            # the port is closed again
        socket.create_connection(("127.0.0.1", port), 1)
    return result, seen


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacked(tmp_path, tree, attack):
    def throw_all(port):
        return [throw(port, data) for data in ATTACKS[attack]]

    result, (answers, proof) = run(tmp_path, tree, throw_all)
    result.ok()
    assert proof == (200, True), proof
    check_terminal(result)
    check_memory(signet_path(), result)
    for answer in answers:
        assert not answer.startswith(b"HTTP/1.1 200"), answer[:200]
        assert len(answer) < MIB, len(answer)


def test_paths(tmp_path, tree):
    """Only the tokens are served, nothing of the disk."""
    def ask(port):
        return [throw(port, GET % path + b"Connection: close\r\n\r\n") for path in PATHS]

    result, (answers, _) = run(tmp_path, tree, ask)
    result.ok()
    for path, answer in zip(PATHS, answers):
        assert b"root:" not in answer and not answer.startswith(b"HTTP/1.1 200"), (path, answer)


def test_idle_connections_block_nobody(tmp_path, tree):
    """200 connections that never finish their request: the right one is answered at once."""
    held = []
    result, (_, proof) = run(tmp_path, tree, lambda port: held.extend(idle(port, 200)))
    for sock in held:
        sock.close()
    result.ok()
    assert proof == (200, True), proof


def test_many_at_once(tmp_path, tree):
    """Perspectives all over the world ask together."""
    def ask(port):
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda i: fetch(port, f"token-{i}")[0], range(200)))

    def quiet(port):
        try:
            return ask(port)
        except (OSError, http.client.HTTPException) as e:
            return repr(e)                  # an unknown token may be met with silence

    result, (_, proof) = run(tmp_path, tree, quiet)
    result.ok()
    assert proof == (200, True), proof

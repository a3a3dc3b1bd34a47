"""Signals while the CA is waited for: the challenge is withdrawn (spec 4.1)."""
import os
import signal
import time

import pytest

from lib.webserver import WebServer


@pytest.fixture
def waiting(door, door_client, tmp_path):
    """start(): a certonly whose challenge stays pending; returns once its file is published."""
    root = tmp_path / "www"
    root.mkdir()
    answered = []

    def hold(request):
        if request.path.startswith(door.at("challenge")) and request.payload is not None:
            answered.append(request)
            time.sleep(0.1)
        return None

    door.before_hook = hold
    started = []

    def start(*args):
        p = door_client.start(
            "certonly", "-n", "--agree-tos", "--register-unsafely-without-email", "--webroot",
            "-w", root, "-d", "sig.test", *args)
        started.append(p)
        end = time.monotonic() + 30
        while not answered:
            assert p.poll() is None and time.monotonic() < end, p.communicate()
            time.sleep(0.01)
        return p

    start.root = root
    with WebServer(door.http_port, root) as server:
        # Pebble waits for the answer to its question: validation takes as long as this.
        server.watch = lambda path: time.sleep(2)
        yield start
    for p in started:
        if p.poll() is None:
            p.kill()
            p.wait()


def test_sigint_cleans_up_and_exits_1(waiting, door_client):
    p = waiting()
    assert list(waiting.root.rglob("*"))
    p.send_signal(signal.SIGINT)
    result = door_client.finish(p).failed(1)
    result.says("Exiting due to user request.")
    assert list(waiting.root.iterdir()) == []
    assert door_client.tree.lineages() == []


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_clean_up_and_kill(waiting, door_client, sig):
    p = waiting()
    assert list(waiting.root.rglob("*"))
    p.send_signal(sig)
    result = door_client.finish(p)
    assert result.code == -sig, result
    assert list(waiting.root.iterdir()) == []


def test_next_run_after_a_signal_succeeds(waiting, door_client):
    p = waiting()
    p.send_signal(signal.SIGTERM)
    door_client.finish(p)
    door_client.certonly("--webroot", "-w", waiting.root, "-d", "sig.test").ok()
    assert door_client.tree.version("sig.test") == 1
    assert list(waiting.root.iterdir()) == []
    assert len(door_client.tree.account_dirs()) == 1


def test_killed_while_the_ca_validates(waiting, door, door_client):
    """The next run does not begin a second validation, although Pebble shows nothing of the first until it is over."""
    p = waiting()
    p.kill()
    door_client.finish(p)
    door_client.certonly("--webroot", "-w", waiting.root, "-d", "sig.test").ok()
    told = [r.path for r in door.requests if r.path.startswith(door.at("challenge")) and r.payload == {}]
    assert len(told) == 1 or (door.rejects_nonces and len(set(told)) == 1), told
    assert len(door.orders()) == 1 and door_client.tree.version("sig.test") == 1


def test_ctrl_c_at_a_prompt(client):
    run = client.pty("certonly", "--manual", "--preferred-challenges", "http", "-d", "cc.test",
                     "--agree-tos", "--register-unsafely-without-email", "--no-eff-email")
    try:
        run.expect("Press Enter to Continue").send("\x03")
        result = run.wait().failed(1)
    finally:
        run.close()
    assert "Exiting due to user request." in result.out, result
    assert client.tree.lineages() == []


def test_closed_stdout_is_no_reason_to_lose_the_certificate(client):
    read, write = os.pipe()
    os.close(read)
    p = client.start("certonly", "-n", "--agree-tos", "--register-unsafely-without-email",
                     "--standalone", "--http-01-port", client.pebble.http_port, "-d", "cs.test",
                     stdout=write)
    os.close(write)
    client.finish(p).ok()
    assert client.tree.version("cs.test") == 1

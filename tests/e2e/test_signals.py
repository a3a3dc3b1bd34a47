"""Signals while the CA is waited for: the challenge is withdrawn (spec 4.1)."""
import os
import signal
import time

import pytest

from lib.client import NEW_ACCOUNT
from lib.door import Reply
from lib.webserver import WebServer


class Waiting:
    """start(): a certonly that waits for the CA's verdict; returns once its file is published and the CA told so."""

    def __init__(self, door, client, root):
        self.door, self.client, self.root, self.told, self.process = door, client, root, [], None

    def is_told(self, request):
        return request.path.startswith(self.door.at("challenge")) and request.payload is not None

    def note(self, request):
        if self.is_told(request):
            self.told.append(request)

    def keep_from_the_ca(self, request):
        """It would judge, and the verdict end the wait."""
        self.note(request)
        if self.is_told(request):
            challenge = {"type": "http-01", "status": "processing", "token": "x" * 43, "url": f"https://localhost:{self.door.port}{request.path}"}
            return Reply.json(challenge, Replay_Nonce=self.door.fresh_nonce())
        return None

    def start(self, before_hook=None):
        self.door.before_hook = before_hook or self.keep_from_the_ca
        p = self.process = self.client.start("certonly", "-n", *NEW_ACCOUNT, "--webroot", "-w", self.root, "-d", "sig.test")
        while not self.told:
            assert p.poll() is None, p.communicate()
            time.sleep(0.01)
        return p

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def waiting(door, door_client, tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    with WebServer(door.http_port, root) as server:
        made = Waiting(door, door_client, root)
        made.server = server
        yield made
        made.stop()


def test_sigint_cleans_up_and_exits_1(waiting, door_client):
    p = waiting.start()
    assert list(waiting.root.rglob("*"))
    p.send_signal(signal.SIGINT)
    result = door_client.finish(p).failed(1)
    result.says("Exiting due to user request.")
    assert list(waiting.root.iterdir()) == []
    assert door_client.tree.lineages() == []


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_clean_up_and_kill(waiting, door_client, sig):
    p = waiting.start()
    assert list(waiting.root.rglob("*"))
    p.send_signal(sig)
    result = door_client.finish(p)
    assert result.code == -sig, result
    assert list(waiting.root.iterdir()) == []


def test_next_run_after_a_signal_succeeds(waiting, door, door_client):
    p = waiting.start()
    p.send_signal(signal.SIGTERM)
    door_client.finish(p)
    door.before_hook = None
    door_client.certonly("--webroot", "-w", waiting.root, "-d", "sig.test").ok()
    assert door_client.tree.version("sig.test") == 1
    assert list(waiting.root.iterdir()) == []
    assert len(door_client.tree.account_dirs()) == 1


def test_killed_while_the_ca_validates(waiting, door, door_client):
    """The next run does not begin a second validation, although Pebble shows nothing of the first until it is over."""
    # Pebble waits for the answer to its question: validation takes as long as this.
    waiting.server.watch = lambda path: time.sleep(2)
    p = waiting.start(waiting.note)
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

"""A server process in its own process group, ended by whoever started it."""
import ctypes
import os
import signal
import socket
import subprocess
import time


def wait_for_port(port, host="127.0.0.1", timeout=60, alive=lambda: True):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if not alive():
                break
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {host}:{port}")


_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    """A killed test run leaves no server behind."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    def __init__(self, argv, log, env=None, cwd=None):
        self.argv, self.log = argv, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd,
                env={**os.environ, **(env or {})}, start_new_session=True,
                preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def wait_for_port(self, port, host="127.0.0.1"):
        try:
            wait_for_port(port, host, alive=self.alive)
        except RuntimeError as e:
            with open(self.log, errors="replace") as f:
                raise RuntimeError(f"{self.argv[0]}: {e}\n{f.read()[-4000:]}") from None

    def stop(self):
        if self.process is None:
            return
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sig)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(5)
                break
            except subprocess.TimeoutExpired:
                continue

"""Debian's certbot without the 0.5 s of imports that each command line costs: one process has them, and forks for each. Nor does
it wait whole seconds before it first looks again for what the CA did.

A fork is a session of its own with the environment, directory and files that it is given, and runs what /usr/bin/certbot
runs. test_pair.py compares it with that program.
"""
import functools
import importlib.metadata
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

_LONGEST = 1 << 17


class Forks:
    """The side of the tests. The process ends when the socket is closed."""

    def __init__(self):
        self.socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self.process = subprocess.Popen(["/usr/bin/python3", "-P", __file__, str(other.fileno())], pass_fds=[other.fileno()],
                                            env={**os.environ, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def run(self, argv, env, cwd, umask, data, timeout):
        """-> (exit status, stdout, stderr) as subprocess has them; the status is None for one killed after timeout seconds."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(data or b"")
            given.seek(0)
            order = {"argv": argv, "env": env, "cwd": str(cwd), "umask": umask}
            socket.send_fds(self.socket, [json.dumps(order).encode()], [f.fileno() for f in (given, out, err)])
            code = self.wait(int(self.socket.recv(64)), timeout)
            said = [f.seek(0) or f.read() for f in (out, err)]
        return code, *said

    def wait(self, pid, timeout):
        self.socket.settimeout(timeout)
        try:
            return os.waitstatus_to_exitcode(int(self.socket.recv(64)))
        except TimeoutError:
            os.killpg(pid, signal.SIGKILL)
            self.socket.settimeout(None)
            self.socket.recv(64)
        finally:
            self.socket.settimeout(None)


@functools.cache
def forks():
    return Forks()


def serve(orders):
    """The side of certbot -> what a fork exits with."""
    import certbot.main

    import_plugins()
    while True:
        order, fds, _, _ = socket.recv_fds(orders, _LONGEST, 3)
        if not order:
            return 0
        pid = os.fork()
        if pid == 0:
            os.setsid()
            orders.send(str(os.getpid()).encode())
            orders.close()
            become(json.loads(order), fds)
            return certbot.main.main()
        for fd in fds:
            os.close(fd)
        orders.send(str(os.waitpid(pid, 0)[1]).encode())


def import_plugins():
    """Those that are installed: every command line looks at all of them."""
    for plugin in importlib.metadata.entry_points(group="certbot.plugins"):
        plugin.load()


def impatient(sleep):
    """Short at first, as long as it is wanted in the end."""
    longest = (0.05 * 2 ** n for n in itertools.count())
    return lambda seconds: sleep(min(seconds, next(longest)))


def become(order, fds):
    """What a new process would have been given."""
    from certbot._internal import constants

    os.chdir(order["cwd"])
    if order["umask"] >= 0:
        os.umask(order["umask"])
    for standard, fd in enumerate(fds):
        os.dup2(fd, standard)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    time.sleep = impatient(time.sleep)
    sys.argv = order["argv"]
    # All that certbot takes from the environment when it is imported.
    constants.CLI_DEFAULTS["config_files"][1] = os.path.join(os.environ.get("XDG_CONFIG_HOME", "~/.config"), "letsencrypt", "cli.ini")


if __name__ == "__main__":
    sys.exit(serve(socket.socket(fileno=int(sys.argv[1]))))

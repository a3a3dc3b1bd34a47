"""Running the client under test, or Debian's certbot, over one tree."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

from . import warm

REPO = Path(__file__).resolve().parents[3]
SANITIZER = re.compile(
    r"ERROR: (Address|Leak|Memory|Thread)Sanitizer|: runtime error: |SUMMARY: \w+Sanitizer")
# What Debian's certbot says of a nonce refused twice: a bug of its own may hide the CA's answer.
REFUSED_NONCE = re.compile("nonce|can't set attribute")
CA_VERBS = {"certonly", "auth", "run", "everything", "register", "show_account",
            "update_account", "unregister"}
# Verbs that look at every plugin there may be; renew takes the one that a lineage has.
CHOOSING = {"run", "everything", "certonly", "auth", "install", "enhance", "rollback", "plugins", "delete", "revoke"}
NAMED = {"-a", "--authenticator", "--standalone", "--webroot", "--manual"}
TRUST = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"}
NEW_ACCOUNT = ("--agree-tos", "--register-unsafely-without-email")


def signet_path():
    return os.path.abspath(os.environ.get("SIGNET") or REPO / "build" / "signet")


def text(octets):
    return (octets or b"").decode(errors="replace")


class Result:
    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __repr__(self):
        return (f"\n$ {' '.join(self.argv)}\nexit {self.code}\n--- stdout\n{self.out}"
                f"\n--- stderr\n{self.err}\n")

    def ok(self):
        assert self.code == 0, self
        return self

    def failed(self, code=1):
        assert self.code == code, self
        return self

    def says(self, *texts):
        """Every text is in stdout or stderr."""
        for text in texts:
            assert text in self.out or text in self.err, f"not said: {text!r}{self!r}"
        return self

    def never_says(self, *texts):
        for text in texts:
            assert text not in self.out and text not in self.err, f"said: {text!r}{self!r}"
        return self

    def events(self):
        """stdout of --json: one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """name: the word the program calls itself by in usage errors."""

    def __init__(self, binary, name, tree, pebble=None):
        self.binary, self.name, self.tree, self.pebble = binary, name, tree, pebble
        self.env = {}

    def environment(self, extra=None):
        env = {k: v for k, v in os.environ.items() if k not in TRUST
               and not k.lower().endswith("_proxy") and not k.startswith("CERTBOT_")}
        home = self.tree.root / "home"
        home.mkdir(parents=True, exist_ok=True)
        env.update(HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), LC_ALL="C.UTF-8",
                   TZ="UTC", TMPDIR=str(self.tmpdir()))
        if self.pebble:
            env["REQUESTS_CA_BUNDLE"] = str(self.pebble.ca_file)
        env.update(self.env)
        env.update(extra or {})
        return {k: str(v) for k, v in env.items() if v is not None}

    def tmpdir(self):
        d = self.tree.root / "tmp"
        d.mkdir(parents=True, exist_ok=True)
        return d

    def argv(self, args, bare=False, server=None):
        args = [str(a) for a in args]
        argv = [self.binary, *args]
        if bare:
            return argv
        if server is None:
            server = bool(args) and args[0] in CA_VERBS and "--server" not in args
        if server and self.pebble:
            argv += ["--server", self.pebble.url]
        return argv + self.no_servers(args) + self.tree.options

    @staticmethod
    def no_servers(args):
        """The machine's own web servers are none of the tests' business, installed or not: who wants one names its program.

        Where a command line names its plugin nobody looks at others, and both programs would store these options with the certificate.
        """
        if args and not args[0].startswith("-") and args[0] not in CHOOSING:
            return []
        if args and args[0] in ("certonly", "auth") and not NAMED.isdisjoint(args):
            return []
        return [word for ctl in ("--nginx-ctl", "--apache-ctl") if ctl not in args for word in (ctl, "/nonexistent/program")]

    def start(self, *args, env=None, bare=False, server=None, cwd=None, **popen):
        """A running Popen, in its own process group."""
        argv = self.argv(args, bare, server)
        popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                 "stderr": subprocess.PIPE, **popen}
        return subprocess.Popen(argv, env=self.environment(env), cwd=cwd or self.tmpdir(),
                                start_new_session=True, **popen)

    def finish(self, process, timeout=60, data=None):
        """Wait for a process made by start()."""
        code = None
        try:
            out, err = process.communicate(data, timeout)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
        return self.checked(Result(process.args, code, text(out), text(err)))

    def checked(self, result):
        if result.code is None:
            raise AssertionError(f"it did not end{result!r}")
        self.check(result)
        return result

    def run(self, *args, data=None, timeout=60, **start):
        """Run to the end. bare=True: without --server and the directories."""
        if data is not None:
            start["stdin"] = subprocess.PIPE
        return self.finish(self.start(*args, **start), timeout,
                           data.encode() if isinstance(data, str) else data)

    def check(self, result):
        assert not SANITIZER.search(result.err), result

    def pty(self, *args, env=None, **start):
        return PtyRun(self, self.argv(args, **start), self.environment(env))

    # Shorthands for the calls nearly every test makes.

    def certonly(self, *args, **run):
        """certonly without questions, with a new account where there is none."""
        return self.run("certonly", "-n", *NEW_ACCOUNT, *args, **run)

    def standalone(self, *args, **run):
        """certonly by the standalone plugin on the port that Pebble validates on."""
        return self.certonly("--standalone", "--http-01-port", self.pebble.http_port, *args, **run)

    def renew(self, *args, **run):
        return self.run("renew", "--no-random-sleep-on-renew", *args, **run)

    def register(self, *args, **run):
        return self.run("register", "-n", *NEW_ACCOUNT, *args, **run)


class Client(Program):
    """$SIGNET. A sanitizer report fails the test, wherever it was written."""

    def __init__(self, tree, pebble=None):
        binary = signet_path()
        name = "certbot" if Path(binary).name == "certbot" else "signet"
        super().__init__(binary, name, tree, pebble)
        self.reports = tree.root / "sanitizer"
        self.env = {
            "ASAN_OPTIONS": f"log_path={self.reports}:abort_on_error=0:exitcode=77",
            "UBSAN_OPTIONS": f"log_path={self.reports}:print_stacktrace=1:halt_on_error=1",
        }

    def argv(self, args, bare=False, server=None):
        """Renewals side by side only where the CA takes them: Pebble deadlocks."""
        argv = super().argv(args, bare, server)
        parallel = bare or self.pebble is None or getattr(self.pebble, "parallel", False)
        if parallel or str(args[0] if args else "") != "renew" or "--jobs" in argv:
            return argv
        return [*argv, "--jobs", "1"]

    def check(self, result):
        super().check(result)
        self.check_reports(result)

    def check_reports(self, result=None):
        found = [p.read_text(errors="replace")
                 for p in self.reports.parent.glob(self.reports.name + ".*")]
        assert not found, "\n".join(found) + repr(result)


class Certbot(Program):
    """Debian's certbot. It repeats a request after badNonce only once, so with a CA that rejects
    nonces at random a whole run is repeated; the hooks of the run before it are forgotten.
    run() forks (lib.warm), start() and pty() begin the program itself."""

    def __init__(self, tree, pebble=None, hooks=None):
        super().__init__("/usr/bin/certbot", "certbot", tree, pebble)
        self.hooks = hooks

    def forked(self, *args, data=None, timeout=60, env=None, bare=False, server=None, cwd=None, umask=-1):
        argv = self.argv(args, bare, server)
        data = data.encode() if isinstance(data, str) else data
        code, out, err = warm.forks().run(argv, self.environment(env), cwd or self.tmpdir(), umask, data, timeout)
        return self.checked(Result(argv, code, text(out), text(err)))

    def run(self, *args, **kw):
        for _ in range(25):
            result = self.forked(*args, **kw)
            if result.code == 0 or not (self.pebble and self.pebble.rejects_nonces):
                return result
            if not REFUSED_NONCE.search(result.err + result.out):
                return result
            if self.hooks:
                self.hooks.forget()
        return result


class PtyRun:
    """A program on a terminal of its own."""

    def __init__(self, program, argv, env):
        self.program, self.argv, self.text = program, argv, ""
        pid, fd = pty.fork()
        if pid == 0:
            try:
                os.chdir(program.tmpdir())
                os.execve(argv[0], argv, env)
            finally:
                os._exit(126)
        self.pid, self.fd, self.code = pid, fd, None

    def _read(self, timeout):
        if not select.select([self.fd], [], [], timeout)[0]:
            return None
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return data

    def expect(self, text, timeout=30):
        """Wait until text was printed (since the start of the run)."""
        return self.expect_count(text, 1, timeout)

    def expect_count(self, text, count, timeout=30):
        """Wait until text was printed count times."""
        end = time.monotonic() + timeout
        while self.text.count(text) < count:
            data = self._read(max(0, end - time.monotonic()))
            if data is None or data == b"":
                raise AssertionError(f"never printed {text!r}:\n{self.text}")
        return self

    def send(self, text):
        os.write(self.fd, text.encode())
        return self

    def kill(self, sig):
        os.kill(self.pid, sig)
        return self

    def wait(self, timeout=30):
        end = time.monotonic() + timeout
        while True:
            data = self._read(max(0, end - time.monotonic()))
            if data is None:
                self.close()
                raise AssertionError(f"no end after {timeout} s:\n{self.text}")
            if data == b"":
                break
        self.close(kill=False)
        result = Result(self.argv, self.code, self.text, "")
        self.program.check(result)
        return result

    def close(self, kill=True):
        if self.code is not None:
            return
        if kill:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)

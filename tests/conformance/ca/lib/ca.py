"""signet-ca under test: its files, its configuration as sections of keys, and the running program."""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[4]
sys.path.append(str(REPO / "tests" / "e2e" / "lib"))

from ca_files import merged, render  # noqa: E402
from daemon import Daemon  # noqa: E402
from ports import free_port  # noqa: E402

from .acme import Acme, Key, unb64  # noqa: E402


def program():
    return os.path.abspath(os.environ.get("SIGNET_CA") or REPO / "build" / "signet-ca")


class Ca:
    """A running signet-ca over plain HTTP; `url` is where it says it is."""

    def __init__(self, directory, sections):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.config = self.directory / "ca.conf"
        self.log = self.directory / "ca.log"
        self.sections = merged({
            "server": {"listen": f"127.0.0.1:{self.port}", "threads": 1},
            "store": {"path": self.directory / "ca.db"},
            "log": {"level": "debug", "json": True},
        }, sections)
        self.config.write_text(render(self.sections))
        self._acme = self._account = None
        self.start()

    def start(self):
        self.daemon = Daemon([program(), "serve", "--config", str(self.config)], self.log,
                             {"UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"})
        self.daemon.wait_for_port(self.port)

    def restart(self):
        self.daemon.stop()
        self.start()

    @property
    def directory_url(self):
        return f"{self.origin}/directory"

    @property
    def acme(self):
        if not self._acme:
            self._acme = Acme(self.directory_url)
        return self._acme

    @property
    def account(self):
        """One account that many tests share."""
        if not self._account:
            self._account = self.acme.account(Key())
        return self._account

    def log_text(self):
        return self.log.read_text(errors="replace")

    @contextlib.contextmanager
    def database(self):
        """The SQLite file, for what only time or a broken disk would bring about."""
        connection = sqlite3.connect(self.sections["store"]["path"], timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def run(self, *command):
        """Another command of signet-ca over the same configuration; its stdout."""
        result = subprocess.run([program(), *command, "--config", str(self.config)], capture_output=True, text=True,
                                timeout=20)
        assert result.returncode == 0, result
        return result.stdout

    def new_eab(self):
        """(kid, MAC key) as an operator makes them."""
        made = json.loads(self.run("eab", "add", "--json"))
        return made["kid"], unb64(made["key"])

    def change(self, changes):
        """Started again with other settings."""
        self.config.write_text(render(merged(self.sections, changes)))
        self.restart()

    @contextlib.contextmanager
    def broken_table(self, table):
        with self.database() as db:
            db.execute(f"ALTER TABLE {table} RENAME TO out_of_order")
        try:
            yield
        finally:
            with self.database() as db:
                db.execute(f"ALTER TABLE out_of_order RENAME TO {table}")

    @contextlib.contextmanager
    def failing_update(self, table):
        """The disk is full just when a row is to be changed."""
        with self.database() as db:
            db.execute(f"CREATE TRIGGER out_of_order BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'no space'); END")
        try:
            yield
        finally:
            with self.database() as db:
                db.execute("DROP TRIGGER out_of_order")

    def stop(self):
        if self._acme:
            self._acme.close()
        self.daemon.stop()

"""signet-ca over plain HTTP, to be killed: every challenge is valid, nothing is limited."""
import os
import signal
from pathlib import Path

from .ca_files import Issuers, merged, render
from .daemon import Daemon
from .ports import free_port
from .stand_in import program


class CrashCa:
    def __init__(self, directory, store=None, config=None):
        self.directory = Path(directory)
        self.port = free_port()
        self.directory_url = f"http://127.0.0.1:{self.port}/directory"
        self.config, self.log = self.directory / "ca.conf", self.directory / "ca.log"
        self.config.write_text(render(merged({
            "server": {"listen": f"127.0.0.1:{self.port}", "threads": 2},
            "store": store or {"path": self.directory / "ca.db"},
            "policy": {"private_names": True},
            "va": {"caa": False},
            "limits": {"on": False},
            "test": {"always_valid": True},
            "issuer main": Issuers(self.directory, 1).paths,
        }, config or {})))
        self.daemon = None

    def start(self):
        self.daemon = Daemon([program(), "serve", "--config", str(self.config)], self.log,
                             {"UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"})
        self.daemon.wait_for_port(self.port)

    def kill(self):
        os.kill(self.daemon.pid, signal.SIGKILL)
        self.daemon.process.wait(10)

    def stop(self):
        self.daemon.stop()
        return self.daemon.process.returncode

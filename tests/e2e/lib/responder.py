"""openssl's OCSP responder, which speaks for the authority of lib.lineages."""
import time

from . import lineages, pki
from .daemon import Daemon
from .ports import free_port


class Responder:
    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.index = directory / "index.txt"
        self.index.touch()
        (directory / "ca.pem").write_bytes(pki.cert_pem(lineages.authority().cert))
        (directory / "ca.key").write_bytes(pki.key_pem(lineages.authority().key))
        self.daemon = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/ocsp"

    def knows(self, leaf, revoked=False):
        end, since = (when.strftime("%y%m%d%H%M%SZ") for when in (leaf.not_valid_after, leaf.not_valid_before))
        with open(self.index, "a") as index:
            index.write(f"{'R' if revoked else 'V'}\t{end}\t{since if revoked else ''}\t{leaf.serial_number:040X}\tunknown\t/CN=x\n")

    def start(self):
        """With what it knows now: it reads its index once."""
        self.stop()
        log = self.directory / "log"
        log.write_text("")
        ca, key = self.directory / "ca.pem", self.directory / "ca.key"
        self.daemon = Daemon(["openssl", "ocsp", "-port", str(self.port), "-index", str(self.index), "-CA", str(ca), "-rsigner", str(ca),
                              "-rkey", str(key), "-ndays", "1", "-ignore_err"], log)
        while "waiting for" not in log.read_text():  # it serves one at a time: a connection that asks nothing would hold it
            assert self.daemon.alive(), log.read_text()
            time.sleep(0.01)

    def stop(self):
        if self.daemon:
            self.daemon.stop()
        self.daemon = None

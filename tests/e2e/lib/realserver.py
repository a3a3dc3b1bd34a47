"""Debian's nginx and apache2 on loopback, in a directory of their own, with configurations by hand."""
import contextlib
import os
import subprocess
import time

from .daemon import wait_for_port

TEMPS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MODULES = "/usr/lib/apache2/modules"


class Nginx:
    name = "nginx"
    program = "/usr/sbin/nginx"
    refusal, manner = "[emerg]", []

    def main(self, sites):
        temps = "".join(f"{t}_temp_path {self.dir}/{t};\n" for t in TEMPS)
        return (f"worker_processes 2;\nuser root;\npid {self.pid_file};\nerror_log {self.log};\nevents {{ }}\n"
                f"http {{\naccess_log off;\n{temps}include {self.dir}/sites/*.conf;\n}}\n")

    def site(self, ports, name, pairs, listen="127.0.0.1"):
        lines = [f"listen {listen}:{p} ssl;" for p in ports] + [f"server_name {name};"]
        for cert, key in pairs:
            lines += [f"ssl_certificate {cert};", f"ssl_certificate_key {key};"]
        return "server {\n    " + "\n    ".join(lines) + "\n}\n"

    def command(self, *args):
        return [self.program, "-p", str(self.dir), "-e", str(self.log), "-c", str(self.dir / "main.conf"), *args]

    test, reload, start, stop = ("-t",), ("-s", "reload"), (), ("-s", "stop")

    def __init__(self, directory):
        self.dir = directory
        (directory / "sites").mkdir(parents=True)
        self.log, self.pid_file = directory / "error.log", directory / "server.pid"
        (directory / "main.conf").write_text(self.main("sites"))

    def conf(self, name):
        return self.dir / "sites" / f"{name}.conf"

    def run(self, *args):
        subprocess.run(self.command(*args), check=True, capture_output=True)

    def begin(self, *ports):
        self.run(*self.start)
        for port in ports:
            wait_for_port(port)

    def settle(self):
        """Its workers are there."""
        for _ in range(3000):
            with contextlib.suppress(OSError):
                pid = self.pid_file.read_text().strip()
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                    if len(children.read().split()) >= 2:
                        return
            time.sleep(0.01)
        raise RuntimeError(f"{self.name} has not got two workers")

    def end(self):
        """By its PID, and only when it is gone the test is over."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return
        subprocess.run(self.command(*self.stop), capture_output=True)
        for _ in range(500):
            if not os.path.exists(f"/proc/{pid}"):
                return
            time.sleep(0.02)

    def transact(self):
        """What tests/unit/srv/transact needs to know of it."""
        line = {what: " ".join(self.command(*getattr(self, what))) for what in ("test", "reload", "start")}
        return [os.path.basename(self.program), "--test", line["test"], "--reload", line["reload"], "--pid", self.pid_file,
                "--log", self.log, "--refusal", self.refusal, *self.manner]


class Apache(Nginx):
    name = "apache"
    program = "/usr/sbin/apache2"
    refusal, manner = ":emerg]", ["--old-go-first"]

    def main(self, sites):
        modules = "".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so\n" for m in ("mpm_event", "authz_core", "ssl"))
        return (f"ServerRoot {self.dir}\nServerName localhost\nPidFile {self.pid_file}\nErrorLog {self.log}\n{modules}"
                f"User www-data\nGroup www-data\nStartServers 2\nSSLSessionCache none\nIncludeOptional {self.dir}/sites/*.conf\n")

    def site(self, ports, name, pairs, listen="127.0.0.1"):
        lines = []
        for cert, key in pairs:
            lines += [f"SSLCertificateFile {cert}", f"SSLCertificateKeyFile {key}"]
        body = f"\n    ServerName {name}\n    SSLEngine on\n    " + "\n    ".join(lines)
        addresses = " ".join(f"{listen}:{p}" for p in ports)
        return "".join(f"Listen {listen}:{p}\n" for p in ports) + f"<VirtualHost {addresses}>{body}\n</VirtualHost>\n"

    def command(self, *args):
        return [self.program, "-f", str(self.dir / "main.conf"), *args]

    test, reload, start, stop = ("-t",), ("-k", "graceful"), ("-k", "start"), ("-k", "stop")


SERVERS = {"nginx": Nginx, "apache": Apache}

"""Debian's nginx in a root of its own, on ports of its own."""
import http.client
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from .daemon import wait_for_port

NGINX = "/usr/sbin/nginx"
STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"
TEMPS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MAIN = """\
user root;
pid {d}/run/nginx.pid;
error_log {d}/log/error.log notice;
events {{ worker_connections 64; }}
http {{
    access_log {d}/log/access.log;
{temps}
    include sites/*;
}}
"""


class Nginx:
    """root: --nginx-server-root. ctl: --nginx-ctl. {port} and {tls} in texts of sites are its ports, {d} its directory.

    stream: a stream block, or "" for the module alone.
    """

    def __init__(self, directory, port, tls, stream=None):
        self.directory, self.port, self.tls = Path(directory), port, tls
        self.root, self.ctl = self.directory / "etc", self.directory / "nginx"
        for name in ("etc/sites", "log", "run", "www"):
            (self.directory / name).mkdir(parents=True)
        self.directory.chmod(0o755)
        temps = "\n".join(f"    {t}_temp_path {self.directory}/run/{t};" for t in TEMPS)
        module = "" if stream is None else f"load_module {STREAM};\n"
        self.write("nginx.conf", module + MAIN.format(d=self.directory, temps=temps) + (stream or ""))
        self.ctl.write_text(f'#!/bin/sh\nexec {NGINX} -e {self.directory}/log/error.log "$@"\n')
        self.ctl.chmod(0o755)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    @property
    def options(self):
        return ["--nginx-server-root", self.root, "--nginx-ctl", self.ctl, "--http-01-port", self.port, "--https-port", self.tls]

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def site(self, name, text):
        for word, value in (("{port}", self.port), ("{tls}", self.tls), ("{d}", self.directory)):
            text = text.replace(word, str(value))
        return self.write(f"sites/{name}", text)

    def run(self, *args):
        return subprocess.run([self.ctl, "-c", self.root / "nginx.conf", *args], check=True, capture_output=True, text=True)

    def start(self, port=None):
        self.run()
        wait_for_port(port or self.port)
        return self

    def pid(self):
        try:
            pid = int((self.directory / "run/nginx.pid").read_text())
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return None

    def stop(self):
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
        for _ in range(1000):
            if self.pid() is None:
                return
            time.sleep(0.01)

    def files(self):
        """{path: (mode, time of modification, bytes)} of the configuration."""
        return {str(p.relative_to(self.root)): (p.stat().st_mode, p.stat().st_mtime_ns, p.read_bytes())
                for p in sorted(self.root.rglob("*")) if p.is_file() and p.name != ".certbot.lock"}

    def log(self, name):
        path = self.directory / "log" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def reloads(self):
        return len(re.findall(r"signal \d+ \(SIGHUP\) received from", self.log("error")))

    def get(self, name, path="/", host="127.0.0.1"):
        """The answer to a plain request: (status, Location, body)."""
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": name})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location"), answer.read()
        finally:
            connection.close()

"""Debian's Apache on high ports of loopback, in a server root of its own, laid out as Debian does it."""
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .daemon import Daemon
from .tlsserver import shown_serial

PROGRAM, CTL = "/usr/sbin/apache2", "/usr/sbin/apache2ctl"
MODULES = ("authz_core", "authz_host", "authz_user", "authn_core", "authn_file", "auth_basic", "access_compat", "alias", "dir",
           "setenvif", "rewrite", "proxy", "proxy_http", "macro", "headers")
MAIN = """DefaultRuntimeDir {d}/run
PidFile {d}/run/apache2.pid
User www-data
Group www-data
ErrorLog {d}/error.log
LogFormat "%v:%p %r %>s" short
CustomLog {d}/access.log short
ServerName main.test
IncludeOptional mods-enabled/*.load
IncludeOptional mods-enabled/*.conf
Include ports.conf
<Directory />
	AllowOverride None
	Require all denied
</Directory>
ErrorDocument 403 "no files here"
IncludeOptional sites-enabled/*.conf
"""


def usable():
    return os.access(PROGRAM, os.X_OK) and os.access(CTL, os.X_OK)


class Apache:
    """port: of plain HTTP, which the CA comes to."""

    def __init__(self, directory, port, mpm="event", modules=MODULES, https_port=None):
        self.dir, self.port, self.process, self.https_port = Path(directory), port, None, https_port
        self.lay_out(mpm, modules)
        (self.dir / "run" / "state").mkdir(parents=True)     # a2enmod's: tests run side by side
        (self.dir / "envvars").write_text("".join(
            f"export {name}={value}\n" for name, value in self.environment().items()))
        for program in ("enmod", "dismod"):
            self.script(program, f"APACHE_CONFDIR={self.dir} APACHE_ENVVARS={self.dir}/envvars APACHE_STATE_DIRECTORY={self.dir}/run/state "
                                 f"exec /usr/sbin/a2{program} -q \"$@\"")
        self.ctl = self.script("ctl", f"APACHE_CONFDIR={self.dir} APACHE_ENVVARS={self.dir}/envvars exec {CTL} \"$@\"")

    def lay_out(self, mpm, modules):
        for sub in ("mods-enabled", "sites-available", "sites-enabled"):
            (self.dir / sub).mkdir(parents=True)
        shutil.copytree("/etc/apache2/mods-available", self.dir / "mods-available")
        for module in (f"mpm_{mpm}", *modules):
            self.enable(module)
        (self.dir / "apache2.conf").write_text(MAIN.format(d=self.dir))
        (self.dir / "mime.types").write_text("text/html html\n")     # mod_ssl wants mod_mime, which does not start without it
        (self.dir / "ports.conf").write_text(f"Listen 127.0.0.1:{self.port}\nListen [::1]:{self.port}\n")

    def script(self, name, text):
        path = self.dir / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def environment(self):
        run = self.dir / "run"
        return {"APACHE_RUN_USER": "www-data", "APACHE_RUN_GROUP": "www-data", "APACHE_RUN_DIR": run,
                "APACHE_LOCK_DIR": run, "APACHE_PID_FILE": run / "apache2.pid", "APACHE_LOG_DIR": self.dir}

    def enable(self, module):
        for kind in ("load", "conf"):
            if (self.dir / "mods-available" / f"{module}.{kind}").exists():
                (self.dir / "mods-enabled" / f"{module}.{kind}").symlink_to(f"../mods-available/{module}.{kind}")

    def filled(self, text):
        return text.replace("@port", str(self.port)).replace("@tls", str(self.https_port)).replace("@dir", str(self.dir))

    def site(self, name, text):
        """A site's file, enabled by a link as a2ensite makes it."""
        path = self.dir / "sites-available" / f"{name}.conf"
        path.write_text(self.filled(text))
        (self.dir / "sites-enabled" / path.name).symlink_to(f"../sites-available/{path.name}")
        return path

    def start(self):
        env = {k: str(v) for k, v in self.environment().items()}
        self.process = Daemon([PROGRAM, "-d", str(self.dir), "-D", "FOREGROUND"], self.dir / "out.log", env=env)
        self.wait_for(lambda: "resuming normal operations" in self.log())    # the port is open before that
        return self

    def stop(self):
        if self.process:
            self.process.stop()

    def quit(self):
        """Also one that signet has started, which is no child of ours."""
        subprocess.run([self.ctl, "stop"], capture_output=True, timeout=30, check=False)
        end = time.monotonic() + 60
        while (self.dir / "run/apache2.pid").exists():      # taken away at its end
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def options(self):
        return ["--apache-server-root", self.dir, "--apache-ctl", self.ctl]

    @property
    def install_options(self):
        return [*self.options, "--apache-enmod", self.dir / "enmod", "--apache-dismod", self.dir / "dismod",
                "--apache-handle-modules", "yes", "--apache-handle-sites", "yes",
                "--http-01-port", self.port, "--https-port", self.https_port]

    def served(self, name, ciphers=None):
        """The serial of the certificate that is shown for a name."""
        return shown_serial(self.https_port, name, ciphers=ciphers)

    def test(self):
        """httpd's own verdict on the configuration."""
        return subprocess.run([self.ctl, "-t"], capture_output=True, text=True, timeout=30, check=False)

    def get(self, name, path="/"):
        """-> (status, body, Location), redirects not followed."""
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": name})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers["Location"]
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read(), answer.headers["Location"]

    def files(self):
        """Everything that a person could have written: path -> (bytes or link, mode, time)."""
        found = {}
        for path in sorted(self.dir.rglob("*")):
            at = path.relative_to(self.dir)
            if at.parts[0] == "run" or path.suffix == ".log" or path.is_dir():
                continue
            if path.is_symlink():
                found[str(at)] = os.readlink(path)
            elif path.name != ".certbot.lock":
                about = path.stat()
                found[str(at)] = path.read_bytes(), about.st_mode, about.st_mtime_ns
        return found

    def log(self):
        path = self.dir / "error.log"
        return path.read_text() if path.exists() else ""

    def reloads(self):
        return self.log().count("resuming normal operations") - 1

    def reload(self):
        before = self.reloads()
        subprocess.run([self.ctl, "graceful"], capture_output=True, timeout=30, check=True)
        self.wait_for(lambda: self.reloads() > before)

    def wait_for(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end and self.process.alive(), self.log() + (self.dir / "out.log").read_text()
            time.sleep(0.05)


class DebianApache(Apache):
    """/etc/apache2 as Debian's package has it. It is for a network of its own."""

    def __init__(self, directory):
        super().__init__(directory, 80, https_port=443)

    def lay_out(self, mpm, modules):
        shutil.copytree("/etc/apache2", self.dir, symlinks=True)

    def conf(self, name, text):
        (self.dir / "conf-enabled" / f"{name}.conf").write_text(self.filled(text))

    @property
    def install_options(self):
        """Only where it is: the rest are the defaults of Debian."""
        return [*self.options, "--apache-enmod", self.dir / "enmod", "--apache-dismod", self.dir / "dismod"]

"""How often a server's own program is run, and the server reloaded: each takes seconds of a large one, so no call proves nothing new."""
import os

import pytest

from lib.apache import PROGRAM, Apache, usable
from lib.client import NEW_ACCOUNT
from lib.differences import differs
from lib.nginx import NGINX, Nginx
from lib.ports import free_port

NAMES = ("a.calls.test", "b.calls.test")


class OfApache:
    dump = "-t -D DUMP_RUN_CFG -D DUMP_INCLUDES -D DUMP_MODULES -D DUMP_VHOSTS"
    run, renew = [dump, "-v", "-t", "-t"], [dump, "-v", "-t", "-t"]
    name, unit, start = "apache", "apache2.service", "start"
    started = ["-k start"]

    def __init__(self, directory, ports):
        self.server = Apache(directory, ports.http_port)
        self.log = directory / "calls"
        httpd = self.server.script("httpd", f'shift 2; echo "$@" >> {self.log}; exec {PROGRAM} -d {directory} "$@"')
        self.server.ctl.write_text(self.server.ctl.read_text().replace("APACHE_CONFDIR", f"APACHE_HTTPD={httpd} APACHE_CONFDIR", 1))
        tls = free_port()
        for name in NAMES:
            self.server.site(name, f"<VirtualHost *:@port>\n    ServerName {name}\n</VirtualHost>\n")
        for module in ("mime", "socache_shmcb", "ssl"):
            self.server.enable(module)
        self.pid_file = directory / "run/apache2.pid"
        self.options = ["--apache", *self.server.options, "--http-01-port", ports.http_port, "--https-port", tls]
        self.server.start()

    def stop(self):
        self.server.quit()
        self.server.stop()


class OfNginx:
    run, renew = ["-V", "-t", "-t", "-t"], ["-V", "-t", "-t", "-t"]
    name, unit, start = "nginx", "nginx.service", ""
    started = [""]

    def __init__(self, directory, ports):
        self.server = Nginx(directory, ports.http_port, ports.tls_port)
        self.log = directory / "calls"
        for name in NAMES:
            self.server.site(name, f"server {{\n    listen {{port}};\n    listen [::]:{{port}};\n    server_name {name};\n}}\n")
        self.pid_file = directory / "run/nginx.pid"
        self.options = ["--nginx", *self.server.options]
        self.server.start()
        self.server.ctl.write_text(f'#!/bin/sh\n[ "$1" = -c ] && shift 2\necho "$@" >> {self.log}\n'
                                   f'exec {NGINX} -e {directory}/log/error.log -c {self.server.root}/nginx.conf "$@"\n')

    def stop(self):
        self.server.stop()


MACHINES = {"apache": (OfApache, usable), "nginx": (OfNginx, lambda: os.access(NGINX, os.X_OK))}


@pytest.fixture(params=sorted(MACHINES))
def machine(request, tmp_path, pebble):
    make, is_there = MACHINES[request.param]
    if not is_there():
        pytest.skip(f"{request.param} is not installed")
    made = make(tmp_path / "server", pebble)
    yield made
    made.stop()


def calls(machine):
    """Since the last look."""
    lines = machine.log.read_text().splitlines() if machine.log.exists() else []
    machine.log.unlink(missing_ok=True)
    return lines


@differs("one-change")
def test_no_call_is_made_for_nothing(client, machine):
    names = [word for name in NAMES for word in ("-d", name)]
    client.run("run", "-n", *machine.options, *names, "--redirect", *NEW_ACCOUNT, server=True).ok()
    assert calls(machine) == machine.run
    assert machine.server.reloads() == 2, "one for the challenges, one for all that comes after them"
    assert not (client.tree.work / "temp_checkpoint").exists()
    client.renew("--force-renewal").ok()
    assert calls(machine) == machine.renew and machine.server.reloads() == 4
    backup, = (client.tree.work / "backups").iterdir()
    assert "Deployed ACME Certificate, Add enhancement redirect" in (backup / "CHANGES_SINCE").read_text()


@differs("reload-signal")
def test_a_server_that_is_down_is_started_by_its_service(client, machine, tmp_path):
    """Its service is told, once, and stopped again; nobody does either behind systemd's back."""
    machine.server.stop()
    calls(machine)
    bin_dir, asked = tmp_path / "bin", tmp_path / "asked"
    bin_dir.mkdir()
    (bin_dir / "systemctl").write_text(
        f'#!/bin/sh\necho "$@" >> {asked}\npid={machine.pid_file}\n[ "$1" = start ] && exec {machine.server.ctl} {machine.start}\n'
        f'[ "$1" = stop ] && kill $(cat $pid) && while [ -e $pid ]; do sleep 0.01; done && exit\n'
        f'kill -0 $(cat $pid) 2>/dev/null && state=active || state=inactive\necho "LoadState=loaded\nActiveState=$state\nPIDFile=$pid"\n')
    (bin_dir / "systemctl").chmod(0o755)
    client.env["PATH"] = f"{bin_dir}:{client.environment()['PATH']}"
    client.certonly("-a", machine.name, *machine.options[1:], "-d", NAMES[0]).ok()
    show = f"show --property=LoadState,ActiveState,PIDFile {machine.unit}"
    assert asked.read_text().splitlines() == [show, f"start {machine.unit}", show, f"stop {machine.unit}"]
    assert [words for words in calls(machine) if words not in machine.run] == machine.started
    assert not os.path.exists(machine.pid_file)

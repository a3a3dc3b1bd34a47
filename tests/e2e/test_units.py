"""signet-renew.service and its timer, as systemd reads them; the cron entry for machines without systemd."""
import os
import re
import subprocess

import pytest

from lib.client import REPO, signet_path

BUILD = os.environ.get("SIGNET_BUILD") or str(REPO / "build")
SOURCE = REPO / "share" / "systemd"


@pytest.fixture
def units(tmp_path):
    """The units with a program that is there; a folder as systemd has them."""
    text = open(f"{BUILD}/share/signet-renew.service", encoding="utf-8").read()
    text, found = re.subn(r"(?m)^(ExecStart=)\S+/bin/signet ", rf"\1{signet_path()} ", text)
    assert found == 1
    (tmp_path / "signet-renew.service").write_text(text)
    (tmp_path / "signet-renew.timer").write_text((SOURCE / "signet-renew.timer").read_text())
    return tmp_path


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "SYSTEMD_LOG_TARGET": "console"})


def exposure(units):
    run = analyze("security", "--offline=true", "--no-pager", str(units / "signet-renew.service"))
    return float(re.search(r"Overall exposure level for \S+: ([\d.]+)", run.stdout)[1])


def test_systemd_finds_nothing_to_say(units):
    for unit in ("signet-renew.service", "signet-renew.timer"):
        run = analyze("verify", "--man=no", str(units / unit))
        assert (run.returncode, [line for line in run.stderr.splitlines() if "signet" in line]) == (0, [])


def test_exposure(units):
    """Debian's certbot.service has 9.4."""
    assert exposure(units) <= 7.0
    with (units / "signet-renew.service").open("a") as unit:  # --offline=true reads no drop-ins
        unit.write((SOURCE / "signet-renew-strict.conf").read_text())
    assert analyze("verify", "--man=no", str(units / "signet-renew.service")).stderr == ""
    assert exposure(units) <= 3.0


@pytest.mark.parametrize("enabled, skipped", [("certbot.timer", 1), ("snap.certbot.renew.timer", 1), ("other.timer", 0), (None, 0)])
def test_certbots_timer_comes_first(units, tmp_path, enabled, skipped):
    """What ExecCondition= runs, with the real systemctl over a root of the test's own."""
    root = tmp_path / "root"
    wants = root / "etc/systemd/system/timers.target.wants"
    wants.mkdir(parents=True)
    if enabled:
        unit = root / "lib/systemd/system" / enabled
        unit.parent.mkdir(parents=True)
        unit.write_text("[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n")
        (wants / enabled).symlink_to(f"/lib/systemd/system/{enabled}")
    (tmp_path / "systemctl").write_text(f'#!/bin/sh\nexec /bin/systemctl --root={root} "$@"\n')
    (tmp_path / "systemctl").chmod(0o755)
    service = (units / "signet-renew.service").read_text()
    command = re.search(r"(?m)^ExecCondition=/bin/sh -c '(.*)'$", service)[1].replace("$$", "$")
    run = subprocess.run(["/bin/sh", "-c", command], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=False)
    assert run.returncode == skipped


def cron(tmp_path, *files, link=False):
    """Runs the cron line over a root of the test's own; True: signet was run."""
    line = open(f"{BUILD}/share/signet.cron", encoding="utf-8").read().splitlines()[-1]
    command = line.split(" root ", 1)[1]
    program = re.search(r"test -x (\S+/bin/signet)", command)[1]
    for name in ("bin/signet", *files):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "usr/bin/certbot" and link:
            path.symlink_to(tmp_path / "bin/signet")
        elif name.endswith("/"):
            path.mkdir()
        else:
            path.write_text('#!/bin/sh\necho "$@" >>"${0%/*}/ran"\n')
            path.chmod(0o755)
    (tmp_path / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "sleep").chmod(0o755)
    command = command.replace(program, f"{tmp_path}/bin/signet")
    for path in ("/run/systemd/system", "/etc/cron.d/certbot", "/usr/bin/certbot"):
        command = command.replace(f" {path}", f" {tmp_path}{path}")
    subprocess.run(["/bin/sh", "-c", command], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=False)
    ran = tmp_path / "bin" / "ran"
    return ran.exists() and ran.read_text() == "-q renew --no-random-sleep-on-renew\n"


@pytest.mark.parametrize("files, link, ran", [
    ((), False, True),
    (("run/systemd/system/",), False, False),
    (("etc/cron.d/certbot",), False, True),  # left behind by a certbot that was removed
    (("etc/cron.d/certbot", "usr/bin/certbot"), False, False),
    (("etc/cron.d/certbot", "usr/bin/certbot"), True, True),
    (("usr/bin/certbot",), False, True),
])
def test_cron_runs_where_nobody_else_does(tmp_path, files, link, ran):
    assert cron(tmp_path, *files, link=link) == ran

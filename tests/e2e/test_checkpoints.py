"""Checkpoints of server configurations: Certbot's reverter undoes ours, and Signet those of Certbot (spec 13.4, 17)."""
import os
import pathlib
import subprocess
import types

import pytest

from lib.differences import differs

reverter = pytest.importorskip("certbot.reverter", reason="Debian's certbot is not installed")
TRANSACT = pathlib.Path(os.environ.get("SIGNET_BUILD", ""), "tests/unit/transact")


def certbots(work):
    work.mkdir(exist_ok=True)
    return reverter.Reverter(types.SimpleNamespace(
        backup_dir=str(work / "backups"), temp_checkpoint_dir=str(work / "temp_checkpoint"),
        in_progress_dir=str(work / "IN_PROGRESS"), strict_permissions=False))


class Files:
    """Some files of a server, with modes and times that are to come back."""

    def __init__(self, directory):
        self.dir = directory
        directory.mkdir()
        for i, name in enumerate(("a.conf", "with space, and comma.conf", "ü.conf")):
            path = directory / name
            path.write_text(f"old {name}\n")
            path.chmod(0o640 - i)
            os.utime(path, ns=(10**18, 10**18 + 1000 * i))
        os.symlink("a.conf", directory / "link.conf")

    def all(self):
        return [str(self.dir / n) for n in sorted(os.listdir(self.dir))]

    def picture(self):
        out = {}
        for path in self.all():
            st = os.lstat(path)
            out[path] = (os.readlink(path) if os.path.islink(path) else
                         (open(path).read(), st.st_mode, st.st_uid, st.st_gid, st.st_mtime_ns))
        return out

    def spoil(self, text="new\n"):
        for path in self.all():
            if not os.path.islink(path):
                with open(path, "w") as f:
                    f.write(text)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "conf")


def certbot_changes(files, work, marker, title=None, temporary=False):
    r = certbots(work)
    paths = {p for p in files.all() if not p.endswith("made.conf")}
    if temporary:
        r.add_to_temp_checkpoint(paths, "notes\n")
    else:
        r.add_to_checkpoint(paths, "notes\n")
    made = files.dir / "made.conf"
    r.register_file_creation(temporary, str(made))
    r.register_undo_command(temporary, ["/bin/sh", "-c", f"echo 'undone, \"{marker.name}\"' >>'{marker}'"])
    made.write_text("made\n")
    files.spoil()
    if title:
        r.finalize_checkpoint(title)


def test_signet_rolls_certbots_checkpoints_back(offline, files, tmp_path):
    before, marker = files.picture(), tmp_path / "marker"
    work = offline.tree.work
    certbot_changes(files, work, marker, "First")
    (files.dir / "made.conf").unlink()
    between = files.picture()
    certbot_changes(files, work, marker, "Second")
    offline.run("rollback", "-n", "-i", "null").ok().says("Nothing was reloaded: have the server of these files take them")
    assert files.picture() == between
    offline.run("rollback", "-n", "-i", "null", "--checkpoints", "5").ok()
    assert files.picture() == before
    assert os.listdir(work / "backups") == []
    assert marker.read_text() == 'undone, "marker"\n' * 2


@differs("leftovers")
@pytest.mark.parametrize("temporary", [True, False])
def test_signet_recovers_what_a_killed_certbot_left(offline, files, tmp_path, temporary):
    before = files.picture()
    certbot_changes(files, offline.tree.work, tmp_path / "marker", temporary=temporary)
    offline.run("certificates").ok().says("is undone", "a.conf", "made.conf")
    assert files.picture() == before
    assert not (offline.tree.work / "IN_PROGRESS").exists() and not (offline.tree.work / "temp_checkpoint").exists()


def ours(files, work, tmp_path, *options):
    """Signet changes all files and makes one."""
    work.mkdir(exist_ok=True)
    fresh = tmp_path / "fresh"
    fresh.write_text("new\n")
    argv = [TRANSACT, work, "nothing", "--test", "true", "--reload", "true", "--write", f"{files.dir}/made.conf={fresh}", *options]
    for path in files.all():
        if not path.endswith("made.conf"):
            argv += ["--write", f"{path}={fresh}"]
    subprocess.run([str(a) for a in argv], check=True, capture_output=True)


def test_certbot_rolls_ours_back(files, tmp_path):
    before, work = files.picture(), tmp_path / "work"
    ours(files, work, tmp_path, "--title", "First")
    between = files.picture()
    assert len(between) == len(before) + 1 and open(files.all()[0]).read() == "new\n"
    certbots(work).rollback_checkpoints(1)
    assert files.picture() == before
    assert os.listdir(work / "backups") == []


def test_certbot_recovers_what_a_killed_signet_left(files, tmp_path):
    before, work = files.picture(), tmp_path / "work"
    ours(files, work, tmp_path)  # temporary, and never withdrawn
    assert (work / "temp_checkpoint").is_dir()
    certbots(work).recovery_routine()
    assert files.picture() == before


def test_names_of_both_sort_by_age(files, tmp_path):
    """Certbot's next checkpoint is the newest one, and ours after that."""
    work = tmp_path / "work"
    ours(files, work, tmp_path, "--title", "Ours")
    first = set(os.listdir(work / "backups"))
    (files.dir / "made.conf").unlink()
    certbot_changes(files, work, tmp_path / "marker", "Certbot's")
    second, = set(os.listdir(work / "backups")) - first
    files.spoil("by hand\n")
    (files.dir / "made.conf").unlink()
    ours(files, work, tmp_path, "--title", "Ours again")
    third, = set(os.listdir(work / "backups")) - first - {second}
    assert sorted([*first, second, third]) == [*first, second, third]

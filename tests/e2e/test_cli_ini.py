"""cli.ini and -c files (spec 3)."""
import shutil
from pathlib import Path

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT
from lib.differences import differs


@pytest.fixture
def ini(offline, tmp_path):
    """ini(text) -> options that read it. Two lineages are there to be filtered."""
    for name in ("one.ini.test", "two.ini.test"):
        lineages.add(offline.tree, name, params={"server": "https://ca.test/dir"})

    def write(text, name="test.ini"):
        (tmp_path / name).write_text(text)
        return ["-c", tmp_path / name]
    return write


def listed(client, *args):
    out = client.run("certificates", *args).ok().out
    return [x.split(": ")[1] for x in out.splitlines() if "Certificate Name" in x]


@pytest.mark.parametrize("text", [
    "cert-name = two.ini.test\n", "cert-name: two.ini.test\n", "cert-name two.ini.test\n",
    "--cert-name = two.ini.test\n", "cert-name=two.ini.test", 'cert-name = "two.ini.test"\n',
    "cert-name = 'two.ini.test'\n", "  cert-name  =  two.ini.test  \n",
    "cert-name = two.ini.test # and why\n", "cert-name = two.ini.test ; and why\n",
    "[section]\ncert-name = two.ini.test\n", "# c\n; c\n---\n\ncert-name = two.ini.test\n",
    "cert-name = one.ini.test\ncert-name = two.ini.test\n",
    "domains = two.ini.test\n", "domains = [two.ini.test]\n", 'domains = ["two.ini.test"]\n'])
def test_forms_of_a_line(offline, ini, text):
    assert listed(offline, *ini(text)) == ["two.ini.test"]


def test_domains_by_comma(offline, ini):
    lineages.add(offline.tree, "x.ini.test", ["x.ini.test", "y.ini.test"],
                 params={"server": "https://ca.test/dir"})
    assert listed(offline, *ini("domains = x.ini.test, y.ini.test\n")) == ["x.ini.test"]


def test_command_line_wins(offline, ini):
    args = ini("cert-name = one.ini.test\n")
    assert listed(offline, *args, "--cert-name", "two.ini.test") == ["two.ini.test"]


def test_later_file_wins(offline, ini):
    args = ini("cert-name = one.ini.test\n", "a.ini") + ini("cert-name = two.ini.test\n", "b.ini")
    assert listed(offline, *args) == ["two.ini.test"]


def test_file_in_the_home_directory_is_read(offline, ini):
    path = offline.tree.root / "home" / ".config" / "letsencrypt" / "cli.ini"
    path.parent.mkdir(parents=True)
    path.write_text("cert-name = one.ini.test\n")
    assert listed(offline) == ["one.ini.test"]
    assert listed(offline, *ini("cert-name = two.ini.test\n")) == ["two.ini.test"]
    other = offline.tree.root / "xdg"
    (other / "letsencrypt").mkdir(parents=True)
    (other / "letsencrypt" / "cli.ini").write_text("cert-name = two.ini.test\n")
    out = offline.run("certificates", env={"XDG_CONFIG_HOME": other}).ok().out
    assert "two.ini.test" in out and "one.ini.test" not in out
    home = offline.run("certificates", env={"XDG_CONFIG_HOME": None}).ok().out
    assert "one.ini.test" in home and "two.ini.test" not in home


@differs("ini-false")
@pytest.mark.parametrize("line,quiet", [
    ("quiet = true", True), ("quiet = yes", True), ("quiet = on", True), ("quiet = 1", True),
    ("quiet", True), ("quiet = True", True), ("quiet = false", False), ("quiet = no", False),
    ("quiet = off", False), ("quiet = 0", False)])
def test_flags(offline, ini, line, quiet):
    result = offline.run("certificates", *ini(line + "\n")).ok()
    assert (result.out == "" and result.err == "") == quiet, result


@pytest.mark.parametrize("line", [
    "no-such-option = 1", "cert = x", "d = one.ini.test", "quiet = maybe",
    "max-log-backups = many", "domains", "cert-name # none yet", "key-type = dsa"])
def test_bad_line_is_a_usage_error(offline, ini, line):
    args = ini(f"# first\n{line}\n")
    result = offline.run("certificates", *args).failed(2)
    said = result.err.splitlines()[-1]
    assert said.startswith(f"{offline.name}: error: ") and f"{args[1]}, line 2" in said, result
    assert not offline.tree.logs.exists()


def test_value_that_cannot_be_is_found_in_its_file(offline, ini):
    """Exit 1, as for the same on the command line."""
    args = ini("\n\ndomains = 192.0.2.1\n")
    offline.run("certificates", *args).failed(1).says(f"{args[1]}, line 3: ")


def test_bad_value_that_the_command_line_replaces_is_nothing(offline, ini):
    offline.run("certificates", *ini("max-log-backups = many\n"), "--max-log-backups", "3").ok()


def test_unknown_key_is_an_unrecognized_argument(offline, ini):
    result = offline.run("certificates", *ini("no-such-option = 1\n")).failed(2)
    result.says("unrecognized arguments: --no-such-option=1 (")


@pytest.mark.parametrize("words", [["domains needs a value"], ["email", "needs a value"]])
def test_key_without_its_value_is_no_name(offline, ini, words):
    """Certbot goes on with the value "true"."""
    offline.run("certificates", *ini(f"{words[0].split()[0]}\n")).failed(2).says(*words)


DEBIAN = """# Because we are using logrotate for greater flexibility, disable the
# internal certbot logrotation.
max-log-backups = 0
# Adjust interactive output regarding automated renewal
preconfigured-renewal = True
"""


def test_who_renews_is_told(client, tmp_path):
    """The timer that came with the package works on the directories of the configuration, not on those of a command."""
    certonly = ["certonly", "-n", *NEW_ACCOUNT, "--standalone", "--http-01-port", client.pebble.http_port]
    file = tmp_path / "packaged.ini"
    file.write_text(DEBIAN)
    client.run(*certonly, "-c", file, "-d", "a.timer.test").ok().says("have a timer run `signet renew -q`")
    places = zip(client.tree.options[::2], client.tree.options[1::2])
    file.write_text(DEBIAN + "".join(f"{option.removeprefix('--')} = {value}\n" for option, value in places))
    client.run(*certonly, "-c", file, "-d", "b.timer.test", "--server", client.pebble.url, bare=True) \
        .ok().says("A timer of this system renews it")


def test_debians_file_is_read(offline, ini):
    args = ini(DEBIAN)
    for _ in range(2):
        offline.run("certificates", *args).ok()
    assert [p.name for p in offline.tree.logs.glob("letsencrypt.log*")] == ["letsencrypt.log"]
    assert offline.tree.log().count("--config-dir") >= 2 or \
        offline.tree.log().count("certificates") >= 2


def test_debians_own_file_is_read(offline, ini, tmp_path):
    installed = Path("/etc/letsencrypt/cli.ini")
    text = installed.read_text() if installed.exists() else DEBIAN
    offline.run("certificates", *ini(text)).ok()
    shutil.rmtree(offline.tree.logs)


def test_options_for_issuing_come_from_a_file(client, tmp_path):
    ini = tmp_path / "issue.ini"
    ini.write_text(f"""
server = {client.pebble.url}
authenticator = standalone
http-01-port = {client.pebble.http_port}
domains = a.ini.test, b.ini.test
agree-tos = true
register-unsafely-without-email
non-interactive
key-type = rsa
""")
    client.run("certonly", "-c", ini, server=False).ok()
    params = lineages.read_conf(client.tree.conf("a.ini.test"))["renewalparams"]
    assert params["key_type"] == "rsa"
    assert params["http01_port"] == str(client.pebble.http_port)
    assert params["authenticator"] == "standalone"


def test_domains_of_a_file_do_not_disturb_renew(client, tmp_path):
    """Spec 2.4: renew drops names that came only from a file."""
    client.standalone("-d", "rn.ini.test").ok()
    ini = tmp_path / "d.ini"
    ini.write_text("domains = other.ini.test\n")
    client.renew("--force-renewal", "-c", ini).ok()
    assert client.tree.version("rn.ini.test") == 2

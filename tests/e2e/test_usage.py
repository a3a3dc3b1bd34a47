"""The command line: help, grammar, usage errors (spec 2, 13.8)."""
import re

import pytest

from lib import lineages
from lib.differences import differs


def usage_error(client, *args):
    """Exit 2, usage and one error line on stderr, and not one file made."""
    result = client.run(*args).failed(2)
    assert result.out == "", result
    assert result.err.lower().startswith("usage:"), result
    assert result.err.splitlines()[-1].startswith(f"{client.name}: error: "), result
    for d in (client.tree.config, client.tree.work, client.tree.logs):
        assert not d.exists(), d
    assert list(client.tmpdir().iterdir()) == []
    return result.err.splitlines()[-1].removeprefix(f"{client.name}: error: ")


@pytest.mark.parametrize("args,error", [
    (("frobnicate",), "unrecognized arguments: frobnicate"),
    (("certificates", "extra", "words"), "unrecognized arguments: extra words"),
    (("certonly", "--no-such-option"), "unrecognized arguments: --no-such-option"),
    (("certonly", "--no-such-option=x"), "unrecognized arguments: --no-such-option=x"),
    (("certonly", "--cert-name"), "argument --cert-name: expected one argument"),
    (("certonly", "--cert-name", "--dry-run"), "argument --cert-name: expected one argument"),
    (("certonly", "-d"), "argument -d/--domains/--domain: expected one argument"),
    (("certonly", "--http-01-port", "http"),
     "argument --http-01-port: invalid int value: 'http'"),
    (("renew", "--jobs", "0"), "argument --jobs: 0 is not between 1 and 8"),
    (("renew", "--jobs", "x"), "argument --jobs: invalid int value: 'x'"),
    (("renew", "--wait", "-1"), "argument --wait: value must be non-negative"),
    (("certonly", "--key-type", "rsa\nsignet: done"), r"argument --key-type: invalid choice: 'rsa\x0asignet: done' (choose from 'rsa', 'ecdsa')"),
    (("certificates", "--key", "x"),
     "ambiguous option: --key could match --key-type, --key-path"),
    (("certificates", "--dry-run=yes"),
     "argument --dry-run: ignored explicit argument 'yes'"),
])
def test_usage_error(offline, args, error):
    assert usage_error(offline, *args) == error


def test_bad_choice_lists_the_choices(offline):
    error = usage_error(offline, "certonly", "--key-type", "dsa")
    assert error.startswith("argument --key-type: invalid choice: 'dsa' (choose from ")
    assert "'rsa'" in error and "'ecdsa'" in error


@pytest.mark.parametrize("option", ["--cert-name", "--config-dir", "--server", "--account", "--user-agent", "-a", "--deploy-hook",
                                    "--manual-auth-hook", "--http-01-address", "--preferred-chain", "--nginx-ctl", "-w"])
def test_what_no_renewal_file_can_hold(offline, tmp_path, option):
    """Certbot takes it, and cannot read the lineage from then on."""
    (tmp_path / "%(y)s").mkdir()
    assert "%(name)s" in usage_error(offline, "certonly", option, tmp_path / "%(y)s")


@differs("control-characters")
@pytest.mark.parametrize("option, text", [
    ("--cert-name", "a\n  Certificate Name: b"), ("--cert-name", "a\x1b[2Kb"), ("--cert-name", "a\x7f"), ("--cert-name", "a\x9bb"), ("--cert-name", "a\tb"),
    ("--config-dir", "/a\nb"), ("--email", "a@u.test\nb"), ("--server", "https://ca.test/\r"), ("--cert-path", "/a\nb"), ("--user-agent", "a\nb")])
def test_values_are_one_line(offline, option, text):
    assert usage_error(offline, "certonly", option, text).endswith("a value cannot hold control characters or line ends")


def test_files_cannot_forge_lines(offline):
    """What stands in names and renewal files is shown as what it is."""
    forged = "x\n  Certificate Name: forged.us.test\x1b[2K"
    lineages.add(offline.tree, "a.us.test", params={"server": "https://ca.test/dir"})
    conf = offline.tree.conf("a.us.test").read_text()
    offline.tree.conf(forged).write_text(conf)
    offline.tree.conf("b.us.test").write_text(re.sub("archive_dir = .*", lambda _: f"archive_dir = '''{forged}'''", conf))
    offline.tree.conf("c.us.test").write_text(f"{conf}account = '''{forged}'''\n")
    for result in offline.run("certificates").ok(), offline.run("delete", "-n").failed(), offline.renew().failed(), offline.run("served"):
        assert "\x1b" not in result.out + result.err, result
        assert not re.search("^ *Certificate Name: forged", result.out + result.err, re.M), result


def test_missing_config_file_is_a_usage_error(offline, tmp_path):
    assert str(tmp_path / "absent.ini") in \
        usage_error(offline, "certificates", "-c", tmp_path / "absent.ini")


@pytest.mark.parametrize("args", [
    ("certificates", "--cert-name", "two.us.test"), ("--cert-name", "two.us.test", "certificates"),
    ("--cert-name=two.us.test", "certificates"), ("certificates", "--cert-n", "two.us.test"),
    ("-d", "two.us.test", "certificates"), ("certificates", "-dtwo.us.test"),
    ("certificates", "--domain", "two.us.test"), ("certificates", "--domains=two.us.test"),
    ("certificates", "-vvdtwo.us.test"), ("-nd", "two.us.test", "certificates"),
    ("certificates", "--max-log-b", "5", "--cert-name", "one.us.test",
     "--cert-name", "two.us.test"),
    ("certificates", "--cert-name", "two.us.test", "--rsa-key-size", "2048",
     "--webroot-path", "/")])
def test_option_forms(offline, args):
    for name in ("one.us.test", "two.us.test"):
        lineages.add(offline.tree, name, params={"server": "https://ca.test/dir"})
    out = offline.run(*args).ok().out
    assert "two.us.test" in out and "one.us.test" not in out


def test_domains_by_comma_and_repetition(offline):
    lineages.add(offline.tree, "m.us.test", ["m.us.test", "b.us.test", "c.us.test"],
                 params={"server": "https://ca.test/dir"})
    for args in (["-d", "c.us.test,m.us.test", "-d", "b.us.test"], ["-d", "m.us.test, c.us.test"],
                 ["-d", "M.US.TEST."]):
        assert "Certificate Name: m.us.test" in offline.run("certificates", *args).ok().out


@pytest.mark.parametrize("name", [
    "http://u.us.test", "x" * 64 + ".us.test", "..us.test", "a.us.test..",
    "a b.us.test",
    ".".join(["abcdefgh"] * 30), "192.0.2.1", "*.*.us.test", "a.*.us.test"])
def test_unfit_name_is_refused_before_anything_is_done(client, name):
    result = client.standalone("-d", name)
    assert result.code in (1, 2) and result.err, result
    assert client.tree.account_dirs() == [] and client.tree.lineages() == []


@pytest.mark.parametrize("args,text", [
    (("certonly", "-n", "--force-interactive"), "--force-interactive"),
    (("renew", "--force-interactive"), "--force-interactive"),
    (("certonly", "--http-01-port", "443", "--https-port", "443"), "443"),
    (("certonly", "--hsts", "--auto-hsts"), "--auto-hsts"),
    (("certonly", "--allow-subset-of-names", "-d", "*.us.test"), "--allow-subset-of-names"),
    (("certificates", "--dry-run"), "--dry-run"),
    (("certonly", "--staging", "--server", "https://ca.test/dir"), "--staging"),
    (("certonly", "--standalone", "--webroot", "-d", "us.test"), "standalone"),
])
def test_contradictions_exit_1_and_name_the_option(offline, args, text):
    result = offline.run(*args).failed(1)
    assert text in result.err, result
    assert not (offline.tree.config / "live").exists()


def test_no_authenticator_and_no_questions(client):
    client.certonly("-d", "na.us.test").failed().says("--nginx", "--apache", "--webroot -w DIR", "--standalone", "--manual")
    client.run("run", "-n", "-d", "na.us.test").failed().says("--nginx", "--apache", "-i PLUGIN", "certonly", "--standalone")
    assert client.tree.lineages() == []


def test_plugin_that_is_not_there_is_named(client):
    client.certonly("-a", "no-such-plugin", "-d", "np.us.test").failed().says("no-such-plugin")
    client.certonly("--dns-cloudflare", "-d", "np.us.test").failed().says("dns-cloudflare")


@pytest.mark.parametrize("args", [("-a", "standalone"), ("--authenticator", "standalone"),
                                  ("--standalone",)])
def test_ways_to_name_the_authenticator(client, args):
    client.certonly(*args, "--http-01-port", client.pebble.http_port, "-d", "way.us.test").ok()


def test_verb_aliases(client):
    client.run("auth", "-n", "--agree-tos", "--standalone", "--http-01-port",
               client.pebble.http_port, "-d", "al.us.test", "--register-unsafely-without-email",
               "--server", client.pebble.url).ok()


@differs("verb-as-value")
def test_value_equal_to_a_verb_is_a_value(client):
    """Quirk 1, fixed: -d renew does not become the verb renew."""
    client.run("--cert-name", "renew", "certonly", "-n", "--agree-tos", "--standalone",
               "--http-01-port", client.pebble.http_port, "-d", "vb.us.test",
               "--server", client.pebble.url).ok()
    assert client.tree.lineages() == ["renew"]


def test_version(offline):
    result = offline.run("--version", bare=True).ok()
    assert re.fullmatch(rf"{offline.name} \d+\.\d+\.\d+\S*\n", result.out), result
    assert result.err == "" and list(offline.tmpdir().iterdir()) == []


@pytest.mark.parametrize("args", [("--help",), ("-h",), ("help",), ("certonly", "-h"),
                                  ("--no-such-option", "--help")])
def test_help(offline, args):
    result = offline.run(*args, bare=True).ok()
    assert result.err == "" and len(result.out.splitlines()) > 5, result
    assert "certonly" in result.out and "renew" in result.out


TOPICS = ["all", "automation", "security", "testing", "paths", "manage", "commands", "certonly",
          "renew", "certificates", "register", "show_account", "plugins", "standalone", "webroot",
          "manual", "run", "install", "enhance", "rollback", "reconfigure", "delete", "revoke", "unregister",
          "update_account", "auth", "everything", "command", "subcommand", "subcommands", "verbs"]


@pytest.mark.parametrize("topic", TOPICS)
def test_help_on_a_topic(offline, topic):
    long = offline.run("--help", topic, bare=True).ok()
    assert offline.run("help", topic, bare=True).ok().out == long.out
    assert offline.run("-h", topic, bare=True).ok().out == long.out


@pytest.mark.parametrize("topic,option", [
    ("webroot", "--webroot-path"), ("manual", "--manual-auth-hook"), ("renew", "--pre-hook"),
    ("security", "--rsa-key-size"), ("testing", "--dry-run"), ("paths", "--config-dir"),
    ("automation", "--keep-until-expiring"), ("all", "--preferred-chain"),
    ("standalone", "--http-01-port"), ("register", "--eab-kid"), ("run", "--staging"),
    ("install", "--key-path"), ("enhance", "--redirect"), ("rollback", "--checkpoints"), ("reconfigure", "--deploy-hook"),
    ("delete", "--cert-name"), ("revoke", "--reason"), ("unregister", "--account"), ("update_account", "--email")])
def test_help_on_a_topic_shows_its_options(offline, topic, option):
    assert option in offline.run("--help", topic, bare=True).ok().out


def test_unknown_topic_is_the_plain_help(offline):
    plain = offline.run("--help", bare=True).ok().out
    assert offline.run("--help", "no-such-topic", bare=True).ok().out == plain


def test_help_reads_no_config_file(offline):
    ini = offline.tree.root / "home" / ".config" / "letsencrypt" / "cli.ini"
    ini.parent.mkdir(parents=True)
    ini.write_text("no-such-option = 1\n")
    offline.run("--help", bare=True).ok()


def test_plugins_lists_the_authenticators(offline):
    out = offline.run("plugins").ok().out
    for name in ("standalone", "webroot"):
        block = out.split(f"* {name}\n")[1]
        assert block.startswith("Description: "), out
        assert re.search(r"^Interfaces: .*Authenticator", block, re.M), out
        assert "Entry point: " in block.split("\n\n")[0], out
    assert "* manual" not in out and "* null" not in out


def test_plugins_filters_by_role(offline):
    out = offline.run("plugins", "--installers").ok().out
    assert "* standalone" not in out
    assert "* standalone" in offline.run("plugins", "--authenticators").ok().out
    assert "* standalone" in offline.run("plugins", "--prepare").ok().out


@pytest.mark.parametrize("args", [(), ("--init",), ("--prepare",), ("--authenticators",), ("--installers",), ("--init", "--installers"),
                                  ("--authenticators", "--installers", "--prepare")])
def test_plugins_beside_certbot(pair, args):
    """Certbot's plugins are here, with what it says of them in its form; we may have more."""
    ours, theirs = pair.same("plugins", *args)
    assert ours.code == 0
    blocks = [dict(re.findall(r"^\* (\S+)\n((?:.+\n)+)", r.out, re.M)) for r in (ours, theirs)]
    assert set(blocks[1]) <= set(blocks[0]), (ours, theirs)
    assert ("No plugins" in theirs.out) >= ("No plugins" in ours.out)
    for name, text in blocks[1].items():
        here, there = (re.findall(r"^(\w[\w ]*): (.*)$", t, re.M) for t in (blocks[0][name], text))
        assert [key for key, _ in here] == [key for key, _ in there], (ours, theirs)
        for key in {"Interfaces", "Prep"} & {key for key, _ in there}:
            assert dict(here)[key] == dict(there)[key], (key, ours, theirs)


@pytest.fixture
def linked(offline, tmp_path):
    """The program through a link of Certbot's name."""
    link = tmp_path / "bin" / "certbot"
    link.parent.mkdir()
    link.symlink_to(offline.binary)
    offline.binary, offline.name = str(link), "certbot"
    return offline


def test_certbots_name(linked):
    assert re.fullmatch(r"certbot \d+\.\d+\.\d+\n", linked.run("--version", bare=True).ok().out)
    assert "  certbot renew\n" in linked.run("--help", bare=True).ok().out
    assert usage_error(linked, "frobnicate") == "unrecognized arguments: frobnicate"
    assert "  certbot [SUBCOMMAND] [options]" in linked.run("frobnicate").err
    linked.run("certificates").ok().says("No certificates found.")


def test_own_name(offline):
    out = offline.run("--version", bare=True).ok().out
    assert out.startswith("signet ") or offline.name == "certbot", out

"""cli.ini files beside Debian's certbot: which are read, which one wins, what a line means. What is listed tells what was understood."""
import pytest

from lib import lineages
from lib.differences import differs
from lib.pair import Pair

NAMES = ("one.ini.test", "two.ini.test", "three.ini.test")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    pair = Pair(tmp_path_factory.mktemp("pair"))
    pair.each(lambda p: [lineages.add(p.tree, name, params={"server": "https://ca.test/dir"}) for name in NAMES])
    yield pair
    pair.signet.check_reports()


def write(program, place, text):
    path = program.tree.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def understood(result):
    """The exit status, and which certificates were listed."""
    return result.code, sorted(line.split(": ")[1] for line in result.out.splitlines() if "Certificate Name" in line)


def listed(both, files, *args, **env):
    """files: {path below the tree's root: text}, for either side -> what both understood."""
    for place, text in files.items():
        both.each(lambda p: write(p, place, text))
    results = both.run("certificates", *args, env={name: value and f"@root/{value}" for name, value in env.items()})
    ours, theirs = map(understood, results)
    assert ours == theirs, results
    for place in files:
        both.each(lambda p: (p.tree.root / place).unlink())
    return ours


HOME = "home/.config/letsencrypt/cli.ini"
ONE, TWO, THREE = (f"cert-name = {name}\n" for name in NAMES)


def test_search_order(both):
    assert listed(both, {HOME: ONE}) == (0, [NAMES[0]])
    # A folder of the user's choice replaces ~/.config; without it that is it.
    assert listed(both, {HOME: ONE, "xdg/letsencrypt/cli.ini": TWO}, XDG_CONFIG_HOME="xdg") == (0, [NAMES[1]])
    assert listed(both, {HOME: ONE, "xdg/letsencrypt/cli.ini": TWO}, XDG_CONFIG_HOME=None) == (0, [NAMES[0]])
    assert listed(both, {"etc/cli.ini": ONE}, XDG_CONFIG_HOME="none")[1] == sorted(NAMES)
    # -c comes after them, in order; the command line after all, wherever -c stands.
    assert listed(both, {HOME: ONE, "a": TWO}, "-c", "@root/a") == (0, [NAMES[1]])
    assert listed(both, {"a": TWO, "b": THREE}, "-c", "@root/a", "--config=@root/b") == (0, [NAMES[2]])
    assert listed(both, {"a": TWO, "b": THREE}, "-c", "@root/b", "-c", "@root/a") == (0, [NAMES[1]])
    assert listed(both, {HOME: ONE, "a": TWO}, "--cert-name", NAMES[2], "-c", "@root/a") == (0, [NAMES[2]])
    # Files add to each other.
    assert listed(both, {HOME: "domains = one.ini.test\n", "a": "quiet = true\n"}, "-c", "@root/a") == (0, [])
    assert listed(both, {}, "-c", "@root/none") == (2, [])


@pytest.mark.parametrize("text", [
    ONE, "cert-name: one.ini.test", "cert-name one.ini.test", "--cert-name = one.ini.test", "cert-name=one.ini.test", 'cert-name = "one.ini.test"',
    "cert-name = 'one.ini.test'", "\tcert-name\t=\tone.ini.test\t", "cert-name = one.ini.test # why", "cert-name = one.ini.test ; why",
    "cert-name = one.ini.test#not", "[one]\n" + ONE, "---\n# a\n; b\n\n" + ONE, TWO + ONE, "domains = one.ini.test", "domain = one.ini.test",
    "cert-nam = one.ini.test", "quie = true", "d = one.ini.test", "no-such-key = 1", "quiet = true", "quiet = perhaps", "quiet",
    "cert-name = [one.ini.test]", "max-log-backups = many", "= one.ini.test", "cert name = one.ini.test", "config-dir = /nowhere\n" + ONE,
    "max-log-backups = 0\npreconfigured-renewal = True\n" + ONE,
    # A key that comes again is one; other ways to write it are others.
    "cert-nam = two.ini.test\ncert-na = one.ini.test", "cert-nam = one.ini.test\ncert-name = two.ini.test\ncert-nam = three.ini.test",
    "domains = one.ini.test\ndomain = two.ini.test\ndomains = three.ini.test", "domains = one.ini.test\n--domains = two.ini.test",
])
def test_forms_of_a_line(both, text):
    listed(both, {"a": text}, "-c", "@root/a")


@differs("ini-bare-key", "ini-list")
@pytest.mark.parametrize("text, code", [("cert-name", 2), ("domains = [one.ini.test]", 0)])
def test_differences(both, text, code):
    both.each(lambda p: write(p, "a", text))
    ours, theirs = both.run("certificates", "-c", "@root/a")
    assert ours.code == code != theirs.code

"""Words, options and listings (spec 2, 13.1, 13.8), without a CA: the same command lines to Debian's certbot."""
import re

import pytest

from lib import lineages, pki
from lib.differences import differs
from lib.pair import files, neutral, unlike

CA = {"server": "https://ca.test/dir", "authenticator": "standalone"}


@pytest.fixture
def two(pair):
    """Two lineages that can be told apart by what is listed."""
    a, b = (lineages.made([f"{n}.u.test", f"www.{n}.u.test"]) for n in "ab")
    return pair.each(lambda p: [lineages.put(p.tree, f"{n}.u.test", leaf, params=CA) for n, leaf in (("a", a), ("b", b))])


USAGE = re.compile(r"error: (?:.*(unrecognized arguments|expected one argument|ambiguous option|invalid choice))?")


def read(result, tree):
    """What programs read: exit status, stdout, and the kind of a usage error."""
    out = neutral(result.out, tree).replace(*differs("identifiers")(("Domains:", "Identifiers:")))
    out = differs("more-told")(re.sub)(r" {4}Days Left: \d+\n", "", out)
    kind = USAGE.search(result.err.splitlines()[-1]) if result.code == 2 else None
    return result.code, out, kind and kind[1]


def both(pair, *args, **run):
    results = pair.run(*args, **run)
    ours, theirs = (read(r, p.tree) for r, p in zip(results, pair))
    assert ours == theirs, f"{args}: {ours} {theirs}"
    return results[0]


def all_lines(pair, lines):
    """Exit status and names listed are these for each line, and the same for both; all that differs is told at once."""
    wrong = []
    for code, names, line in lines:
        args = line.split(" ")
        results = pair.run(*args)
        ours, theirs = (read(r, p.tree) for r, p in zip(results, pair))
        if ours != theirs or (code, names) != (ours[0], listed(results[0])):
            wrong.append(f"{args}: {ours} {theirs}, not {(code, names)}")
    assert not wrong, "\n".join(wrong)
    assert not unlike(*(files(p.tree) for p in pair))


def listed(result):
    return "".join(re.findall(r"Certificate Name: (\w)", result.out))


# (exit status, lineages listed, arguments)
LINES = {
    "words": [(0, "ab", "certificates"), (0, "b", "--cert-name b.u.test certificates"), (0, "ab", "-n certificates"),
              (2, "", "certificates more"), (2, "", "nonsense"), (2, "", "config_changes"), (2, "", "certificates certificates"),
              (2, "", "certificates -"), (2, "", "certificates --"), (2, "", "certificates --cert-name b.u.test --")],
    "options": [(0, "b", "certificates --cert-name=b.u.test"), (0, "b", "certificates --cert-n b.u.test"),
                (0, "b", "certificates --cert-name a.u.test --cert-name b.u.test"), (0, "b", "certificates -d www.b.u.test"),
                (0, "b", "certificates -dwww.b.u.test"), (0, "b", "certificates -nvdwww.b.u.test"), (0, "b", "certificates --domain b.u.test"),
                (0, "b", "certificates -d b.u.test,www.b.u.test"), (0, "b", "certificates -d b.u.test -d www.b.u.test"),
                (0, "", "certificates -d a.u.test,b.u.test"), (0, "b", "certificates -d B.U.test."), (0, "", "certificates --cert-name B.u.test")],
    "usage errors": [(2, "", "certificates --cert-name"), (2, "", "certificates --cert-name -n"), (2, "", "certificates --key x"),
                     (2, "", "certificates --quiet=yes"), (2, "", "certificates --max-log-backups x"), (2, "", "certificates --unknown"),
                     (2, "", "certificates -x"), (2, "", "certificates -nx"), (2, "", "certificates --reason boredom"),
                     (2, "", "certificates --key-type dsa"), (2, "", "certificates --config"), (2, "", "certificates -c @root/none.ini"),
                     (2, "", "certificates --http-01-port="), (2, "", "certificates --checkpoints x")],
    "removed": [(2, "", "certificates --standalone-supported-challenges http-01"),
                (2, "", "certificates --agree-dev-preview"), (2, "", "certificates --dialog"), (2, "", "certificates --num 3"),
                (2, "", "register --update-registration"), (2, "", "certificates --apache-init-script x"), (2, "", "certificates --manual-test-mode")],
    "modes": [(0, "", "certificates -q"), (0, "ab", "certificates --debug"), (0, "ab", "certificates -t"),
              (0, "ab", "certificates --verbose-level 1"), (0, "ab", "certificates --force-interactive"), (1, "", "certificates --force-interactive -n"),
              (1, "", "certificates --dry-run"), (2, "", "certificates --csr x"), (1, "", "certificates --http-01-port 443"),
              (1, "", "certificates --hsts --auto-hsts"), (0, "ab", "certificates --staging"), (0, "ab", "certificates --strict-permissions")],
}


@pytest.mark.parametrize("case", LINES)
def test_lines(two, case):
    all_lines(two, LINES[case])


def test_listing_of_what_is_odd(pair):
    """Every status, kind of key and damage."""
    other = pki.cert_pem(pki.Authority("Another CA").cert)
    leaves = {name: lineages.made(names or [name], **more) for name, names, more in (
        ("day.u.test", None, {"start": -50, "end": 1.5}), ("hours.u.test", None, {"start": -50, "end": 0.52}),
        ("old.u.test", None, {"start": -50, "end": -1}), ("rsa.u.test", None, {"key": "rsa"}), ("stage.u.test", None, {}),
        ("star.u.test", ["*.star.u.test", "star.u.test"], {}), ("xn--bcher-kva.u.test", None, {}), ("one", ["z.u.test", "a.u.test"], {}),
        ("bad-key.u.test", None, {}), ("bad-full.u.test", None, {}), ("no-link.u.test", None, {}), ("no-target.u.test", None, {}),
        ("no-server.u.test", None, {}), ("one-0001", ["z.u.test"], {"serial": 10}))}

    def put(p):
        for name, leaf in leaves.items():
            lineages.put(p.tree, name, leaf, params={**CA, **({"server": "https://staging.ca.test/dir"} if name == "stage.u.test" else {})})
        p.tree.archive("bad-key.u.test", "privkey", 1).write_bytes(pki.key_pem(pki.make_key()))
        p.tree.archive("bad-full.u.test", "fullchain", 1).write_bytes(other)
        p.tree.live("no-link.u.test", "chain").unlink()
        p.tree.archive("no-target.u.test", "chain", 1).unlink()
        p.tree.conf("no-server.u.test").write_text(p.tree.conf("no-server.u.test").read_text().replace("server = ", "sever = "))
        p.tree.conf("text.u.test").write_text("neither\n")
        p.tree.conf("empty.u.test").write_text("")
        (p.tree.config / "renewal" / "note.txt").write_text("not read\n")

    pair.each(put)
    for args in ((), ("-d", "a.u.test"), ("--cert-name", "one"), ("--cert-name", "one-0001", "-d", "z.u.test"), ("--cert-name", "text.u.test"),
                 ("-d", "*.star.u.test"), ("-d", "xn--bcher-kva.u.test"), ("-d", "none.u.test")):
        both(pair, "certificates", *args)


@pytest.mark.parametrize("text", ["plugins", "plugins --init", "plugins --prepare", "plugins --authenticators", "plugins --installers --prepare"])
def test_plugins_are_listed(pair, text):
    """But for those of web servers, which are there or not."""
    results = pair.run(*text.split(" "))
    seen = [(r.code, [(name, re.findall(r"^(\w[\w ]*):", block, re.M)) for name, block in
                      re.findall(r"^\* ([\w-]+)\n((?:\w.*\n)*)", r.out, re.M) if name not in ("apache", "nginx")]) for r in results]
    assert seen[0] == seen[1] and seen[0][0] == 0, results

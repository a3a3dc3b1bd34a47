"""libacme as somebody else gets it: installed, found by pkg-config, used through its public headers only."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from lib import pki
from lib.client import REPO, signet_path

HEADERS = sorted((REPO / "include" / "acme").glob("*.h"))
STRICT = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror"]


def run(*argv, **more):
    result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, **more)
    assert result.returncode == 0, f"{argv}\n{result.stdout}\n{result.stderr}"
    return result.stdout


class Installed:
    """`meson install` of the build under test into a folder of its own."""

    def __init__(self, destination):
        self.build = Path(os.environ.get("SIGNET_RELEASE") or signet_path()).resolve().parent
        if not (self.build / "meson-private").is_dir():
            pytest.skip(f"{self.build} is no build folder to install from")
        self.root = destination
        run("meson", "install", "-C", self.build, "--no-rebuild", "--destdir", destination)
        self.library = self.only("libacme.so")
        self.headers = self.only("acme.h").parent

    def only(self, name):
        found = list(self.root.rglob(name))
        assert len(found) == 1, (name, found)
        return found[0]

    def pkg_config(self, *args):
        env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(self.root),
               "PKG_CONFIG_LIBDIR": str(self.only("acme.pc").parent)}
        return run("pkg-config", *args, "acme", env=env).split()

    def sanitizers(self):
        """A program must be built with the sanitizers of the library it loads."""
        options = json.loads(run("meson", "introspect", "--buildoptions", self.build))
        value = next(o["value"] for o in options if o["name"] == "b_sanitize")
        return [] if value == "none" else [f"-fsanitize={value}"]

    def compile(self, source, program):
        run("cc", *STRICT, "-D_DEFAULT_SOURCE", *self.sanitizers(), "-o", program, source,
            *self.pkg_config("--cflags", "--libs"))
        return program

    @property
    def env(self):
        return {**os.environ, "LD_LIBRARY_PATH": str(self.library.parent)}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(tmp_path_factory.mktemp("destdir"))


@pytest.fixture(scope="module")
def issue(installed, tmp_path_factory):
    return installed.compile(REPO / "examples" / "issue.c", tmp_path_factory.mktemp("example") / "issue")


def test_gets_a_certificate(installed, issue, pebble, webroot, tmp_path):
    root, server = webroot
    names = ["example-1.test", "example-2.test"]
    pem = run(issue, pebble.url, root, *names,
              env={**installed.env, "ACME_CA_FILE": str(pebble.ca_file)}, timeout=60)
    blocks = re.findall(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----\n", pem, re.S)
    assert "PRIVATE KEY" in blocks[0] and len(blocks) >= 3
    key, leaf, chain = (tmp_path / name for name in ("key.pem", "leaf.pem", "chain.pem"))
    key.write_text(blocks[0])
    leaf.write_text(blocks[1])
    chain.write_text("".join(blocks[2:]))
    assert sorted(pki.names_of(leaf)) == names
    assert pki.key_matches(leaf, key)
    pki.verify(pebble.root(), chain, leaf)
    assert {host for host, _ in server.requests} == set(names)


def test_says_what_is_wrong(installed, issue, pebble, webroot):
    root, _ = webroot
    for url, names, words in [
            (pebble.url, ["nothing-there.invalid/x"], ["DNS name"]),
            ("https://localhost:9/dir", ["a.test"], ["directory", "localhost"]),
            ("ca.example/dir", ["a.test"], ["address of the CA"])]:
        result = subprocess.run([issue, url, root, *names], capture_output=True, text=True, timeout=60,
                                env={**installed.env, "ACME_CA_FILE": str(pebble.ca_file)})
        assert result.returncode == 1 and result.stdout == ""
        assert all(word in result.stderr for word in words), result.stderr
        assert result.stderr.count("\n") == 1


def test_headers_stand_alone(installed, tmp_path):
    assert sorted(p.name for p in installed.headers.iterdir()) == [p.name for p in HEADERS]
    for header in HEADERS:
        source = tmp_path / "one.c"
        source.write_text(f"#include <acme/{header.name}>\nint unused_in_{header.stem};\n")
        run("cc", *STRICT, "-fsyntax-only", *installed.pkg_config("--cflags"), source)


def test_shows_the_documented_functions_only(installed):
    declared = set()
    for header in HEADERS:
        declared |= set(re.findall(r"ACME_API[^;]*?\b(acme_\w+)\(", header.read_text()))
    exported = {line.split()[2].split("@")[0] for line in
                run("nm", "-D", "--defined-only", installed.library).splitlines()
                if line.split()[1] == "T"}
    assert exported == declared


def test_is_versioned(installed):
    dynamic = run("readelf", "-d", "-V", installed.library)
    assert "Library soname: [libacme.so.0]" in dynamic
    assert "ACME_0" in dynamic
    assert installed.library.resolve().name == f"libacme.so.{installed.pkg_config('--modversion')[0]}"

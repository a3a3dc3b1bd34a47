"""Completion, in the shells themselves: what bash, zsh and fish offer for a line, from the files that the build has made."""
import json
import os
import pty
import select
import shutil
import subprocess
import time

import pytest

from lib.client import REPO

BUILD = os.environ.get("SIGNET_BUILD") or str(REPO / "build")
SCRIPTS = f"{BUILD}/share/completion"

# What readline does before it calls a completion function: words, cut at the breaks that it knows.
BASH = r"""
source "$1/signet"
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_LINE=$2 COMP_POINT=${#2}
mapfile -t COMP_WORDS < <(sed 's/\([=:]\{1,\}\)/\n\1\n/g; s/ \{1,\}/\n/g' <<<"$2")
[[ ${COMP_WORDS[-1]} == [=:]* ]] && COMP_WORDS+=("")
filtered=() last=$((${#COMP_WORDS[@]} - 1))
for i in "${!COMP_WORDS[@]}"; do
	[[ ${COMP_WORDS[i]} || $i == "$last" ]] && filtered+=("${COMP_WORDS[i]}")
done
COMP_WORDS=("${filtered[@]}") COMP_CWORD=$((${#filtered[@]} - 1))
_signet signet
printf '%s\n' "${COMPREPLY[@]}"
"""

# zsh completes only in an editor on a terminal: the real one runs, and each compadd notes what it has accepted.
ZSH = r"""
PS1= RPS1=
setopt no_beep
autoload -Uz compinit
compinit -u -D
fpath=($SCRIPTS $fpath)
autoload -Uz _signet
compdef _signet signet
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a found
	builtin compadd -A found "$@"
	print -rl -- $found >>$RESULT
	builtin compadd "$@"
}
finish() { BUFFER=; print -r -- END >>$RESULT }
zle -N finish
bindkey '^X' finish
print -r -- READY >>$RESULT
"""


def bash(line, env):
    run = subprocess.run(["bash", "--norc", "-c", BASH, "bash", SCRIPTS, line], env=env, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return run.stdout.split()


def fish(line, env):
    run = subprocess.run(["fish", "--no-config", "-c", 'source $SCRIPTS/signet.fish; complete -C $argv[1]', line],
                         env=env, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return [found.split("\t")[0].removeprefix(line.rsplit(" ", 1)[1].rpartition("=")[0] + "=") for found in run.stdout.splitlines()]


class Zsh:
    def __init__(self, folder, env):
        self.result = folder / "result"
        self.result.write_text("")
        (folder / "zshrc").write_text(ZSH)
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], env | {"RESULT": str(self.result), "TERM": "dumb"})
        self.pid = pid
        self.type(f"source {folder}/zshrc\n")
        self.until("READY")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def until(self, word):
        for _ in range(6000):
            if word in self.result.read_text().split("\n"):
                return
            if select.select([self.terminal], [], [], 0.01)[0]:
                os.read(self.terminal, 65536)
            else:
                time.sleep(0.01)
        raise AssertionError(self.result.read_text())

    def __call__(self, line):
        self.result.write_text("")
        self.type(line + "\t\x18")
        self.until("END")
        return self.result.read_text().split("\n")[:-2]

    def stop(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture(params=["bash", "zsh", "fish"])
def offers(request, tmp_path):
    """The shell: from a line to the words that it offers."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SCRIPTS": SCRIPTS, "LC_ALL": "C.UTF-8"}
    shell = shutil.which(request.param)
    assert shell, f"{request.param} is not installed"
    if request.param == "zsh":
        zsh = Zsh(tmp_path, env)
        yield zsh
        zsh.stop()
    else:
        yield lambda line: globals()[request.param](line, env)


@pytest.fixture(scope="session")
def tables():
    with open(f"{BUILD}/tables.json", encoding="utf-8") as file:
        return json.load(file)


def test_subcommands_options_and_values(offers, tables, tmp_path):
    names = [verb["name"] for verb in tables["verbs"]]
    assert set(offers("signet ")) == {*names, "help"}
    assert offers("signet certi") == ["certificates"]
    for verb in ("renew", "delete", "revoke"):
        wanted = {name for option in tables["options"] if option["shown"] and verb in option["verbs"]
                  for name in option["names"] if name.startswith("--")}
        assert {name.rstrip("=") for name in offers(f"signet {verb} --")} == wanted
    assert set(offers("signet certonly --key-type ")) == {"rsa", "ecdsa"}
    assert set(offers("signet certonly --elliptic-curve=secp3")) == {"secp384r1"}
    authenticators = {plugin["name"] for plugin in tables["plugins"] if plugin["authenticator"]}
    assert set(offers("signet certonly -a ")) == authenticators >= {"manual", "standalone", "webroot"}
    assert "tls-alpn" in offers("signet certonly --preferred-challenges ")
    assert {"security", "renew", "webroot", "all"} <= set(offers("signet help "))
    # What stands behind an option that takes a value is no subcommand.
    assert offers("signet -d renew certo") == ["certonly"]


def test_lineages_come_from_the_tree(offers, tmp_path):
    renewal = tmp_path / "etc" / "renewal"
    renewal.mkdir(parents=True)
    for name in ("a.test", "b.test-0001"):
        (renewal / f"{name}.conf").touch()
    (renewal / "README").touch()
    assert set(offers(f"signet renew --config-dir {tmp_path}/etc --cert-name ")) == {"a.test", "b.test-0001"}
    assert set(offers(f"signet delete --config-dir={tmp_path}/etc --cert-name=a")) == {"a.test"}
    assert [name for name in offers(f"signet renew --config-dir {tmp_path}/none --cert-name ") if name] == []


def test_files_and_directories(offers, tmp_path):
    (tmp_path / "request.pem").touch()
    (tmp_path / "required").mkdir()
    files = " ".join(offers(f"signet certonly --csr {tmp_path}/requ"))
    assert "request.pem" in files
    directories = " ".join(offers(f"signet certonly -w {tmp_path}/requ"))
    assert "required" in directories and "request.pem" not in directories


def test_bash_completes_behind_its_breaks(tmp_path):
    """A real readline: what is typed before = and : stays, once."""
    (tmp_path / "etc" / "renewal").mkdir(parents=True)
    (tmp_path / "etc" / "renewal" / "2001:db8::17.conf").touch()
    result = tmp_path / "result"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(tmp_path)})
    line = f"signet delete --config-dir={tmp_path}/etc --cert-name=2001:db8:"
    os.write(terminal, f"source {SCRIPTS}/signet; signet() {{ printf '%s\\n' \"$@\" >{result}.new; mv {result}.new {result}; }}\n"
             f"{line}\t\nexit\n".encode())
    for _ in range(6000):
        if result.exists():
            break
        if select.select([terminal], [], [], 0.01)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                break
    os.close(terminal)
    os.waitpid(pid, 0)
    assert result.read_text().splitlines() == ["delete", f"--config-dir={tmp_path}/etc", "--cert-name=2001:db8::17"]

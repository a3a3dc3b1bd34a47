"""The virtual hosts of a configuration: as build/tools/hosts sees them, and as the servers themselves do, read without our parsers."""
import glob
import json
import os
import re
import socket
import subprocess
from pathlib import Path

HOSTS = Path(os.environ.get("SIGNET_BUILD") or Path(__file__).resolve().parents[3] / "build", "tools/hosts")


def ours(*args):
    """-> (hosts, what is doubted)."""
    done = subprocess.run([HOSTS, *args], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line for line in lines if "at" in line], [line["doubt"] for line in lines if "doubt" in line]


# nginx.

ESCAPES = {"t": "\t", "r": "\r", "n": "\n"}


def nginx_word(text, at):
    """The word at a place -> (its value, where it ends), as ngx_conf_read_token() has it."""
    quote, value = (text[at], "") if text[at] in "'\"" else ("", "")
    at += len(quote)
    while quote and text[at] != quote or not quote and text[at] not in " \t\r\n;{":
        if text[at] == "\\":
            at += 1
            value += text[at] if text[at] in "\"'\\" else ESCAPES.get(text[at], "\\" + text[at])
        elif not quote and text[at:at + 2] == "${":
            value, at = value + "$", at + 1
            value += text[at]
        else:
            value += text[at]
        at += 1
    return value, at + len(quote)


def nginx_tokens(text):
    """(value, line) of words, (None, line) with one of ; { } for its mark."""
    at, line = 0, 1
    while at < len(text):
        if text[at] in " \t\r\n":
            line, at = line + (text[at] == "\n"), at + 1
        elif text[at] == "#":
            at = text.index("\n", at) if "\n" in text[at:] else len(text)
        elif text[at] in ";{}":
            yield text[at], None, line
            at += 1
        else:
            value, end = nginx_word(text, at)
            yield "", value, line
            line, at = line + text.count("\n", at, end), end


def nginx_block(tokens):
    """[(words, line, directives in it or None)]"""
    found, words, begin = [], [], 0
    for mark, value, line in tokens:
        if not mark:
            words, begin = [*words, value], begin if words else line
        elif mark == "}":
            return found
        else:
            found.append((words, begin, nginx_block(tokens) if mark == "{" else None))
            words = []
    return found


class NginxFiles:
    """What nginx -T prints: its files, in which includes are followed where server blocks can be."""

    def __init__(self, printed, root):
        self.root = str(root)
        pieces = re.split(r"^# configuration file (.*):\n", printed, flags=re.M)
        self.blocks = {path: nginx_block(nginx_tokens(text)) for path, text in zip(pieces[1::2], pieces[2::2])}
        self.used = {self.root + "/nginx.conf"}

    def included(self, pattern):
        path = os.path.join(self.root, pattern)
        return sorted(glob.glob(path), key=os.fsencode) if re.search(r"[*?\[]", pattern) else [path]

    def follow(self, block, path):
        """(words, place, directives in it, path)."""
        for words, line, inner in block:
            if words[0] != "include" or inner is not None:
                yield words, f"{path}:{line}", inner, path
                continue
            for file in self.included(words[1]):
                self.used.add(file)
                yield from self.follow(self.blocks[file], file)

    def hosts(self):
        main = self.root + "/nginx.conf"
        for words, _, http, path in self.follow(self.blocks[main], main):
            if words[0] != "http":
                continue
            for inner, at, server, file in self.follow(http, path):
                if inner[0] == "server" and server is not None:
                    yield nginx_host(at, [words for words, *_ in self.follow(server, file)])


def canonical(host):
    if not host.startswith("["):
        return host
    return f"[{socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host[1:-1]))}]"


def nginx_listen(words):
    address = words[0]
    if address.startswith("unix:"):
        host, first, last = address, 0, 0
    else:
        host, _, ports = re.fullmatch(r"(\[.*?\]|[^:\[]*)(:([\d-]+))?", address).groups()
        if ports is None and re.fullmatch(r"[\d-]+", host):
            host, ports = "*", host
        first, last = (int(n) for n in ((ports or "80") + "-" + (ports or "80")).split("-")[:2])
        last = int((ports or "80").split("-")[-1])
        host = "*" if host in ("", "0.0.0.0") else canonical(host).lower()
    return {"host": host, "port": first, "last": last, "default": bool({"default", "default_server"} & set(words[1:])), "ssl": "ssl" in words[1:]}


def nginx_host(at, directives):
    """In the form of ours()."""
    listens = [nginx_listen(words[1:]) for words in directives if words[0] == "listen"]
    names = [name for words in directives if words[0] == "server_name" for name in words[1:]]
    return {"at": at, "listens": listens or [nginx_listen(["80"])],
            "names": [socket.gethostname().lower() if name == "$hostname" else name for name in names]}


def nginx_says(program, root):
    """-> hosts; None: nginx does not take this configuration."""
    done = subprocess.run([program, "-p", root, "-e", "stderr", "-c", root / "nginx.conf", "-T"], capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        return None
    files = NginxFiles(done.stdout.decode(errors="surrogateescape"), root)
    return list(files.hosts())


# Apache.

def apache_place(told):
    """ours() has none for what a macro makes."""
    return "" if told.startswith("macro ") else told


def apache_says(ctl):
    """{address: [(name, place, aliases or None)]} of DUMP_VHOSTS; None: it does not take this configuration."""
    done = subprocess.run([ctl, "-t", "-D", "DUMP_VHOSTS"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        return None
    found, at = {}, None
    for line in done.stdout.splitlines():
        if match := re.match(r"(\S+:(?:\d+|\*)) +(?:is a NameVirtualHost|(\S+) \((.*)\))$", line):
            at = match[1]
            found[at] = [(match[2], apache_place(match[3]), None)] if match[2] else []
        elif match := re.match(r" +port \S+ namevhost (\S+) \((.*)\)$", line):
            found[at].append((match[1], apache_place(match[2]), []))
        elif match := re.match(r" +(?:wild )?alias (\S+)$", line):
            found[at][-1][2].append(match[1])
    return {at: once(hosts) for at, hosts in found.items()}


def once(hosts):
    """One that has an address by several of its forms, or whose file is included again, is told several times."""
    kept = [host for n, host in enumerate(hosts) if host[1] not in [later[1] for later in hosts[n + 1:]] or not host[1]]
    return kept if len(kept) > 1 else [(*host[:2], None) for host in kept]


def is_wild(alias):
    """Such are told behind the others."""
    return "*" in alias or "?" in alias


def apache_form(hosts, theirs):
    """ours() in the form of apache_says(), where a host without a name gets one that is looked up, or the main server's."""
    found = {}
    for host in hosts:
        for at in {f"{canonical(listen['host']).replace('[::]', '*')}:{listen['port'] or '*'}" for listen in host["listens"]}:
            told = next((name for name, place, _ in theirs.get(at, []) if place == host["at"]), None)
            found.setdefault(at, []).append((host["name"] or told, host["at"], sorted(host["aliases"], key=is_wild)))
    return {at: once(hosts) for at, hosts in found.items()}

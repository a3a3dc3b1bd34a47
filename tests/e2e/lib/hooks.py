"""Hook scripts for the tests. Each writes down the environment that it was given."""
import json

_HEAD = """#!/usr/bin/python3 -IS
import json, os, sys, urllib.request
seen = {k: v for k, v in os.environ.items() if k.startswith(("CERTBOT_", "RENEWED_", "FAILED_"))}
with open(%(log)r, "a") as f:
    f.write(json.dumps([%(name)r, seen]) + "\\n")
"""

_TXT = """
body = {"host": "_acme-challenge." + os.environ["CERTBOT_DOMAIN"] + "."}
if %(action)r == "set-txt":
    body["value"] = os.environ["CERTBOT_VALIDATION"]
request = urllib.request.Request(%(url)r + "/" + %(action)r, json.dumps(body).encode())
urllib.request.urlopen(request, timeout=10).read()
"""

_FILE = """
os.umask(0o022)
base = os.path.join(%(root)r, ".well-known", "acme-challenge")
os.makedirs(base, exist_ok=True)
path = os.path.join(base, os.environ["CERTBOT_TOKEN"])
if %(action)r == "write":
    open(path, "w").write(os.environ["CERTBOT_VALIDATION"])
else:
    os.unlink(path)
"""


class Hooks:
    """Scripts under directory; calls() is what ran, in order: [(name, environment)]."""

    def __init__(self, directory):
        self.directory, self.log = directory, directory / "hook-calls.jsonl"

    def script(self, name, body="", output="", status=0, path=None):
        path = path or self.directory / f"{name}.hook"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _HEAD % {"log": str(self.log), "name": name} + body
        if output:
            text += f"\nprint({output!r})\n"
        path.write_text(text + f"\nsys.exit({status})\n")
        path.chmod(0o755)
        return path

    def dns(self, pebble, name, action, **kw):
        """action: set-txt or clear-txt."""
        return self.script(name, _TXT % {"url": pebble.dns.url, "action": action}, **kw)

    def file(self, root, name, action, **kw):
        """action: write or remove."""
        return self.script(name, _FILE % {"root": str(root), "action": action}, **kw)

    def calls(self):
        if not self.log.exists():
            return []
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]

    def names(self):
        return [name for name, _ in self.calls()]

    def forget(self):
        self.log.unlink(missing_ok=True)


def dns_options(hooks, pebble):
    """Options for DNS-01 by the manual plugin through Pebble's resolver."""
    return ["--manual", "--preferred-challenges", "dns",
            "--manual-auth-hook", hooks.dns(pebble, "auth", "set-txt"),
            "--manual-cleanup-hook", hooks.dns(pebble, "cleanup", "clear-txt")]


def challenged_again(hooks, tree, lineage, renew):
    """
    The hooks that one forced renewal ran. Pebble takes even PEBBLE_AUTHZREUSE=0 for one in a hundred: a renewal for
    which it asked for no proof shows nothing and is made again.
    """
    for _ in range(5):
        version = tree.version(lineage)
        hooks.forget()
        renew()
        assert tree.version(lineage) == version + 1
        if "auth" in hooks.names():
            break
    return hooks.names()

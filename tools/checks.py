"""What the check-* programs share: the tree, C text without comments or strings, self-tests, exit status.

A check is a function from a Tree to a list of findings. Each program brings CASES: small trees and what the check must say
about them, so `check-x --self-test` proves that the check can fail.
"""
import pathlib
import re
import sys
import tempfile

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


class Tree:
    """The files of a source tree, named by their path from its root."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    def glob(self, *patterns):
        found = {p for pattern in patterns for p in self.root.glob(pattern) if p.is_file()}
        return sorted(str(p.relative_to(self.root)) for p in found)

    def text(self, name):
        path = self.root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def c_files(self, *folders):
        return self.glob(*(f"{folder}/**/*.[ch]" for folder in folders))


def blank(text, keep):
    """text with its comments and literals replaced by spaces, but for the kinds in keep ('/' comments, '"' literals)."""
    def repl(match):
        kind = "/" if match.group().startswith("/") else '"'
        return match.group() if kind in keep else re.sub(r"[^\n]", " ", match.group())
    return TOKEN.sub(repl, text)


def code(text):
    return blank(text, "")


def literals(text):
    """(line, literal) of each string literal."""
    for match in TOKEN.finditer(text):
        if match.group().startswith('"'):
            yield text.count("\n", 0, match.start()) + 1, match.group()


def matches(pattern, text):
    """(line, match) of each place where pattern matches."""
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match


def allowed(tree, name):
    """An allow-list: lines `KEY  reason`; returns {key: reason}."""
    rows = (line.split(None, 1) for line in tree.text(name).splitlines() if line.strip() and not line.startswith("#"))
    return {row[0]: row[1].strip() if len(row) > 1 else "" for row in rows}


def run_case(check, files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return check(Tree(root))


def self_test(check, cases):
    """cases: (what, {file: text}, wanted); wanted is None for no finding, else a part of the only finding."""
    failures = []
    for what, files, wanted in cases:
        found = run_case(check, files)
        good = not found if wanted is None else len(found) == 1 and wanted in found[0]
        if not good:
            failures.append(f"self-test: {what}: wanted {wanted!r}, got {found}")
    if all(wanted is None for _, _, wanted in cases):
        failures.append("self-test: no case that must fail")
    return failures


def main(check, cases):
    """check-x [--self-test | ROOT]"""
    argument = sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parent.parent)
    findings = self_test(check, cases) if argument == "--self-test" else check(Tree(argument))
    print("\n".join(findings) if findings else "ok")
    sys.exit(1 if findings else 0)

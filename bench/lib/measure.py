"""Runs commands under tools/meas.c, and makes tables of what came out."""
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys

WORK = pathlib.Path(os.environ["BENCH_WORK"])
LOG = WORK / "client.log"
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def option(name, default):
    prefix = f"--{name}="
    return next((a[len(prefix):] for a in sys.argv[1:] if a.startswith(prefix)), default)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) // 1048576
    return f"{os.cpu_count()} x {model.group(1) if model else platform.machine()}, {memory} GiB, Linux {platform.release()}"


def run(argv, limit=600):
    """{rc, wall, cpu, rss_kb} of one run of argv."""
    out = WORK / "meas.out"
    out.unlink(missing_ok=True)
    subprocess.run([WORK / "meas", out, LOG, str(limit)] + [str(a) for a in argv], stdin=subprocess.DEVNULL, check=True)
    return json.loads(out.read_text())


def median(samples, key):
    """Of the runs that succeeded; None when none did."""
    values = [s[key] for s in samples if s["rc"] == 0]
    return statistics.median(values) if values else None


def ratio(a, b):
    return a / b if a is not None and b else None


def text(value):
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    if value == int(value):
        return str(int(value))
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}"


class Report:
    """Prints as it goes and remembers everything for docs/performance.md."""

    def __init__(self):
        self.lines = []
        self.goals = []

    def line(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def table(self, title, head, rows):
        self.line(f"### {title}\n")
        self.line("| " + " | ".join(head) + " |")
        self.line("|" + "|".join([" --- "] + [" ---: "] * (len(head) - 1)) + "|")
        for row in rows:
            self.line("| " + " | ".join(text(cell) for cell in row) + " |")
        self.line()

    def goal(self, what, value, limit, unit=""):
        """Reached when value <= limit; a value that could not be measured is not reached."""
        verdict = "reached" if value is not None and value <= limit else "missed" if value is not None else "not measured"
        self.goals.append((what, text(value) + unit, text(limit) + unit, verdict))

    def verdicts(self):
        if not self.goals:
            return True
        self.table("Goals", ["goal", "measured", "at most", "result"], self.goals)
        return all(verdict == "reached" for *_, verdict in self.goals)

    def write(self, part):
        """What was printed becomes the part of docs/performance.md that bears this program's name."""
        begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->\n"
        page = PAGE.read_text()
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        PAGE.write_text(before + begin + "\n".join(self.lines) + "\n" + end + after)

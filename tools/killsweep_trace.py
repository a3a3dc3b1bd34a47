"""What a run does to the disk and the network, call by call, and runs in which one call goes wrong.

strace counts the calls of each name by itself, so a point is (name, n-th call of that name).
"""
import os
import re
import signal
import subprocess
from dataclasses import dataclass

CHANGING = """
open openat openat2 creat write pwrite64 writev pwritev pwritev2 copy_file_range sendfile truncate
ftruncate fallocate fsync fdatasync sync_file_range syncfs rename renameat renameat2 link linkat
symlink symlinkat unlink unlinkat mkdir mkdirat rmdir mknod mknodat chmod fchmod fchmodat chown
fchown lchown fchownat utime utimes futimesat utimensat setxattr fsetxattr lsetxattr
""".split()
SENDING = ["sendto", "sendmsg", "connect"]
OPENS = ("open", "openat", "openat2")
STDOUT = "standard output"
# 1: pid, 2: call, 3: arguments, 4: result, 5: what strace says of it; it pads before the equals sign.
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (\S+)(.*)")
UNFINISHED = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (\S+)(.*)")
FD = re.compile(r"^(\d+)<(.*?)>(?:,|$)")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
AT = re.compile(r'(?:AT_FDCWD|\d+)<(.*?)>, "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Point:
    """The n-th call of this name; path: what it works on; where: disk, net or stdout."""
    call: str
    n: int
    path: str
    where: str

    def __str__(self):
        return f"{self.call}#{self.n} {self.path}"


def subject(call, args, cwd):
    """The path (or socket) a call works on; None when that is nothing that lasts."""
    match = FD.match(args)
    if match and match.group(1) == "1" and call in ("write", "writev"):
        return STDOUT
    if match and call not in ("openat", "openat2") and not AT.match(args):
        return match.group(2)
    at = AT.findall(args)
    if at:
        return os.path.normpath(os.path.join(at[-1][0], at[-1][1]))
    quoted = QUOTED.findall(args)
    return os.path.normpath(os.path.join(cwd, quoted[-1])) if quoted else None


def place(call, args, path, top):
    """disk, net, stdout or None (pipes, /proc, reading)."""
    if path is None:
        return None
    if path == STDOUT:
        return "stdout"
    if call in OPENS and not re.search(r"O_(CREAT|TRUNC|WRONLY|RDWR)", args):
        return None
    if path.startswith(("TCP", "socket:", "UDP", "NETLINK")):
        return "net"
    return "disk" if path == top or path.startswith(top + "/") else None


def threads(text):
    """For each process and thread of a trace, the one that ran first first, its calls: (name, arguments, was it made to fail)."""
    pending, found = {}, {}
    for line in text.splitlines():
        if match := UNFINISHED.match(line):
            pending[match.group(1)] = match.group(3)
            continue
        if match := RESUMED.match(line):
            pid, call, rest, _, remark = match.groups()
            args = pending.pop(pid, "") + rest
        elif match := LINE.match(line):
            pid, call, args, _, remark = match.groups()
        else:
            continue
        found.setdefault(pid, []).append((call, args, remark.endswith("(INJECTED)")))
    return list(found.values())


def calls(text):
    """Of the first process alone."""
    return (threads(text) or [[]])[0]


def numbered(text, top, cwd):
    """(point, was it made to fail) of each call of a trace; where: None for what changes nothing."""
    counts = {}
    for call, args, injected in calls(text):
        counts[call] = counts.get(call, 0) + 1
        path = subject(call, args, cwd)
        yield Point(call, counts[call], path, place(call, args, path, top)), injected


def parse(text, top, cwd):
    """The points of a trace, in the order of the calls."""
    return [point for point, _ in numbered(text, top, cwd) if point.where]


def made_to_fail(text, top, cwd):
    """The point that strace let fail; None: the run did not get there."""
    return next((point for point, injected in numbered(text, top, cwd) if injected), None)


def wakeup_failed(text, top, cwd):
    """Did strace, which counts for each thread, let one fail to wake another? That cannot happen."""
    return any(line.endswith("(INJECTED)") and "anon_inode:[eventfd]" in line for line in text.splitlines())


class Tracer:
    """argv and env of the run; top: the directory under which changes count."""

    def __init__(self, argv, env, cwd, top, log):
        self.argv, self.cwd, self.top, self.log = argv, str(cwd), str(top), str(log)
        # LeakSanitizer cannot run under ptrace.
        options = [env["ASAN_OPTIONS"]] if env.get("ASAN_OPTIONS") else []
        self.env = {**env, "ASAN_OPTIONS": ":".join([*options, "detect_leaks=0"])}

    def strace(self, *options, timeout=60):
        # -b: threads are followed, other programs are not, which strace would kill in our place.
        argv = ["strace", "-f", "-b", "execve", "-qq", "-yy", "-s", "0", "-o", self.log, *options, *self.argv]
        process = subprocess.Popen(argv, env=self.env, cwd=self.cwd, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"no end after {timeout} s: {' '.join(argv)}\n"
                                 f"{err.decode(errors='replace')}") from None
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def points(self):
        """Run undisturbed -> all points; the run must succeed."""
        # strace 6.1 shortens no path with -s 0, only data.
        code, out, err = self.strace("-e", "trace=" + ",".join(CHANGING + SENDING))
        assert code == 0, f"the undisturbed run failed: {code}\n{out}\n{err}"
        return self.read(parse)

    def read(self, reader):
        with open(self.log, errors="replace") as f:
            return reader(f.read(), self.top, self.cwd)

    def kill_at(self, point):
        """SIGKILL instead of the call. True when the run got that far."""
        code, _, _ = self.strace("-e", f"trace={point.call}", "-e",
                                 f"inject={point.call}:signal=SIGKILL:when={point.n}")
        return code in (-signal.SIGKILL, 128 + signal.SIGKILL)

    def fail_at(self, point, error):
        """
        The call fails with error -> (the point that did, exit status, stdout, stderr). It is another one than asked for when the
        CA let the run take another way (Pebble spares a name its proof once in a hundred times), None when there were fewer.
        """
        result = self.strace("-e", f"trace={point.call}", "-e",
                             f"inject={point.call}:error={error}:when={point.n}")
        return self.read(made_to_fail), *result


def sample(points, count):
    """count of the points, evenly spaced, first and last among them."""
    if count is None or count >= len(points):
        return list(points)
    if count < 2:
        return points[:count]
    step = (len(points) - 1) / (count - 1)
    return [points[round(i * step)] for i in range(count)]

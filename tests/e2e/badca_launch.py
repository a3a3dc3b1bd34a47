"""FILE PROGRAM ARGUMENTS...: run it, write its peak memory in KiB to FILE, end as it ended.

A process of its own, so that the peak is the program's and not that of the Python that tests it.
"""
import os
import signal
import sys


def main(report, *argv):
    pid = os.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    _, status, usage = os.wait4(pid, 0)
    with open(report, "w") as f:
        f.write(str(usage.ru_maxrss))
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Free TCP ports below the kernel's ephemeral range, of blocks that each process of this network has for itself.

A port may be given out long before something listens there: that nothing does is no sign that no other worker has been given it.
"""
import random
import socket
import threading

_LOW, _HIGH, _BLOCK = 18000, 32000, 50
_claims = []


def _claim(first):
    """The name of an abstract socket is ours until we end."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0signet-test-ports-{first}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _ours():
    for first in random.sample(range(_LOW, _HIGH, _BLOCK), (_HIGH - _LOW) // _BLOCK):
        if _claim(first):
            yield from range(first, first + _BLOCK)
    raise RuntimeError("all ports are given out")


_ports, _lock = _ours(), threading.Lock()


def _is_free(port):
    for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(family, kind) as s:
                if family == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                try:
                    s.bind((host, port))
                except OSError:
                    return False
    return True


def free_port():
    """A port free for TCP and UDP, on IPv4 and IPv6, that has not been handed out yet."""
    with _lock:
        return next(filter(_is_free, _ports))

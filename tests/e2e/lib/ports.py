"""Free TCP ports, chosen at run time below the kernel's ephemeral range."""
import random
import socket

_LOW, _HIGH = 18000, 32000
_given = set()


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
    """A port free for TCP and UDP, on IPv4 and IPv6, that this run has not handed out yet."""
    while True:
        port = random.randrange(_LOW, _HIGH)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port

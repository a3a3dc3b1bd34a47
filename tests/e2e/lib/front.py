"""A program that has a port in front of a server, as haproxy or sslh do."""
import contextlib
import socket
import socketserver
import threading

from .proxy import pump


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        if self.server.to is None:
            return
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.to), timeout=10) as there:
            pump(self.request, there)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def front(port, to=None):
    """Passes connections to a port of this machine; to None: ends them."""
    with _Server(("0.0.0.0", port), _Handler) as server:
        server.to = to
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join(10)

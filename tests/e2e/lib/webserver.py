"""A small HTTP server for a document root; each root by the Host of the request."""
import functools
import http.server
import socket
import threading
from pathlib import Path


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, server_object, *args):
        self.site = server_object
        super().__init__(*args)

    def do_GET(self):
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].strip("[]")
        self.site.requests.append((host, self.path))
        self.directory = str(self.site.roots.get(host, self.site.default))
        if self.site.watch:
            self.site.watch(Path(self.translate_path(self.path)))
        super().do_GET()

    def log_message(self, *args):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]


class WebServer:
    """requests: (host, path) of everything asked for. watch: called with each file's path."""

    def __init__(self, port, default, roots=None):
        self.default, self.roots, self.requests = default, roots or {}, []
        self.watch = None
        self.server = _Server(("::", port), functools.partial(_Handler, self))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

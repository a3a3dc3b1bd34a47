"""An HTTP proxy that knows CONNECT alone (RFC 9110 §9.3.6)."""
import base64
import select
import socket
import socketserver
import threading

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def pump(a, b):
    """Bytes in both directions until one side ends."""
    while True:
        for ready in select.select([a, b], [], [], 60)[0]:
            data = ready.recv(65536)
            if not data:
                return
            (b if ready is a else a).sendall(data)


class _Handler(socketserver.StreamRequestHandler):
    rbufsize = 0  # what follows the head is the tunnel's

    def handle(self):
        lines = []
        while line := self.rfile.readline().strip():
            lines.append(line.decode())
        if not lines:
            return
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        given = next((line.split(": ", 1)[1] for line in lines[1:]
                      if line.lower().startswith("proxy-authorization: ")), None)
        proxy = self.server.proxy
        proxy.asked.append((lines[0], headers, given))
        if proxy.credentials and given != proxy.credentials:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                             b"Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
            return
        self.wfile.write(proxy.answer)
        if proxy.answer.startswith(b"HTTP/1.1 200"):
            with socket.create_connection(proxy.upstream, timeout=10) as there:
                try:
                    pump(self.connection, there)
                except OSError:
                    pass


class _Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    daemon_threads = True


class Proxy:
    """Tunnels everything to upstream (host, port). asked: [(request line, headers, authorization)]."""

    def __init__(self, upstream, user=None, answer=ESTABLISHED):
        self.upstream, self.answer, self.asked = upstream, answer, []
        self.credentials = user and "Basic " + base64.b64encode(user.encode()).decode()
        self.server = _Server(("::1", 0), _Handler)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def url(self, userinfo=""):
        return f"http://{userinfo}[::1]:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

"""A TLS server that shows for each server name the certificate that a hook has put into its directory."""
import socket
import ssl
import threading
from pathlib import Path

from cryptography import x509


_COPY = """
import shutil
base = os.path.join(%r, os.environ["CERTBOT_SNI_DOMAIN"])
modes = [os.stat(os.environ[v]).st_mode & 0o777 for v in ("CERTBOT_CERT_PATH", "CERTBOT_KEY_PATH")]
assert modes == [0o600, 0o600], modes
shutil.copy(os.environ["CERTBOT_CERT_PATH"], base + ".crt")
shutil.copy(os.environ["CERTBOT_KEY_PATH"], base + ".pem")
"""


def copying_hook(directory):
    """The body of an auth hook that takes over what the manual plugin made."""
    return _COPY % str(directory)


class TlsServer:
    """directory: <server name>.crt and .pem; names without them are refused."""

    def __init__(self, port, directory, protocol="acme-tls/1"):
        self.directory, self.protocol = Path(directory), protocol
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.sni_callback = self.choose
        self.listener = socket.create_server(("::", port), family=socket.AF_INET6,
                                             dualstack_ipv6=True)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def choose(self, connection, name, _context):
        cert = self.directory / f"{name}.crt"
        if not cert.exists():
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, cert.with_suffix(".pem"))
        context.set_alpn_protocols([self.protocol])
        connection.context = context
        return None

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            try:
                with peer:
                    peer.settimeout(10)
                    self.context.wrap_socket(peer, server_side=True).close()
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)


def shown_serial(port, name, host="127.0.0.1", ciphers=None):
    """The serial of the certificate that a server shows for a name, whoever has signed it; ciphers: to who takes only these (TLS 1.2)."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    with socket.create_connection((host, port), timeout=20) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
        return x509.load_der_x509_certificate(tls.getpeercert(True)).serial_number

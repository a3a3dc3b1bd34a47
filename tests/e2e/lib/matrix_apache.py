"""Kinds of site that Apache serves: what the files say, by kind."""
from .matrix_site import Site, huge

WWW = "DocumentRoot @dir/www"
OWN_TLS = ("SSLEngine on", "SSLCertificateFile @cert", "SSLCertificateKeyFile @key")
HTTPS = ("RewriteEngine On", "RewriteCond %{HTTPS} off", "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]")


def vhost(name, *body, address="*:@port", alias=None):
    names = ([f"ServerName {name}"] if name else []) + ([f"ServerAlias {alias}"] if alias else [])
    lines = "".join(f"\t{line}\n" for line in (*names, *body))
    return f"<VirtualHost {address}>\n{lines}</VirtualHost>\n"


def says(text):
    """The same words whatever is asked for."""
    return f'ErrorDocument 403 "{text}"'


def at(name):
    return f"sites-available/{name}.conf"


def enabled(**sites):
    """Files as a2ensite leaves them."""
    return {path: text for name, body in sites.items()
            for path, text in ((at(name), body), (f"sites-enabled/{name}.conf", f"-> ../sites-available/{name}.conf"))}


def tls(*body, **more):
    return vhost("a.mx.test", *OWN_TLS, *body, address="*:@tls", **more)


BYSTANDER = enabled(bystander=vhost("bystander.mx.test", "Header always set X-Kind bystander", says("bystander")))
LISTEN = "Listen 127.0.0.1:@tls\nListen [::1]:@tls\n"
FRONT = ("RewriteEngine On", "RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f", "RewriteRule ^ /index.html [L]")

SITES = {
    "plain": Site(enabled(a=vhost("a.mx.test", WWW, alias="www.a.mx.test")), ("a.mx.test", "www.a.mx.test")),
    "redirect": Site(enabled(a=vhost("a.mx.test", "Redirect 302 / https://elsewhere.test/")), ("a.mx.test",)),
    "redirect-if": Site(enabled(a=vhost("a.mx.test", WWW, *HTTPS)), ("a.mx.test",), redirects=True),
    "proxy": Site(enabled(a=vhost("a.mx.test", "ProxyPreserveHost On", "ProxyPass / http://127.0.0.1:@backend/")), ("a.mx.test",)),
    "front": Site(enabled(a=vhost("a.mx.test", WWW, *FRONT)), ("a.mx.test",)),
    "default": Site(enabled(a=vhost(None, says("default"))), ("a.mx.test", "b.mx.test"), ("nobody.mx.test",), alone=True),
    "ipv6": Site({**enabled(a=vhost("a.mx.test", says("six"), address="[::1]:@port"),
                            b=vhost("b.mx.test", says("b"), address="[::1]:@port")), "ports.conf": "Listen [::1]:@port\n"},
                 ("a.mx.test",), ("b.mx.test",), unrelated=(at("b"),), family="ipv6", alone=True),
    "several": Site(enabled(a=vhost("a.mx.test", says("a")), b=vhost("b.mx.test", says("b"), alias="c.mx.test"),
                            d=vhost("d.mx.test", says("d")) + vhost("f.mx.test", says("f")), e=vhost("e.mx.test", says("e"))),
                    ("a.mx.test", "c.mx.test", "d.mx.test"), ("b.mx.test", "e.mx.test", "f.mx.test"), unrelated=(at("e"),)),
    "wildcard": Site(enabled(a=vhost("wild.mx.test", says("wild"), alias="*.wild.mx.test"), A=vhost("own.wild.mx.test", says("own"))),
                     ("x.wild.mx.test", "y.wild.mx.test"), ("own.wild.mx.test",), unrelated=(at("A"),)),
    "catch-all": Site(enabled(**{"000-all": vhost("all.mx.test", says("all"), alias="*"), "a": vhost("a.mx.test", says("a"))}),
                      ("all.mx.test",), ("nobody.mx.test",)),
    "tls": Site({**enabled(a=vhost("a.mx.test", says("plain")) + "\n" + tls(says("tls"))), "ports.conf": "@listen" + LISTEN}, ("a.mx.test",)),
    "tls-wrapped": Site({**enabled(a=vhost("a.mx.test", says("plain")), b="<IfModule mod_ssl.c>\n" + tls(says("tls")) + "</IfModule>\n"),
                         "ports.conf": "@listen<IfModule ssl_module>\n" + LISTEN + "</IfModule>\n"}, ("a.mx.test",)),
    "tls-snippet": Site({**enabled(a=vhost("a.mx.test", "Include snippets/own.conf", says("a"), address="*:@tls"),
                                   b=vhost("b.mx.test", "Include snippets/own.conf", says("b"), address="*:@tls"),
                                   c=vhost("a.mx.test", says("plain"))),
                         "snippets/own.conf": "\n".join(OWN_TLS) + "\n", "ports.conf": "@listen" + LISTEN},
                        ("a.mx.test",), ("b.mx.test",), unrelated=(at("b"),)),
    "http2": Site({**enabled(a=vhost("a.mx.test", says("plain")) + tls("Protocols h2 http/1.1", says("two"))), "ports.conf": "@listen" + LISTEN},
                  ("a.mx.test",)),
    "snippets": Site({**enabled(a="Define A_NAME a.mx.test\n" + vhost("${A_NAME}", "Include snippets/common.conf", says("a")),
                                b=vhost("b.mx.test", "IncludeOptional snippets/common*.conf", says("b"))),
                      "snippets/common.conf": "Header always set X-Common yes\n"},
                     ("a.mx.test",), ("b.mx.test",), unrelated=(at("b"), "snippets/common.conf")),
    "links": Site({"sites-enabled/a.conf": "-> ../elsewhere/a.vhost", "elsewhere/a.vhost": vhost("a.mx.test", says("a"))}, ("a.mx.test",)),
    "huge": Site(enabled(a=huge(lambda n: vhost(f"n{n}.mx.test", says(n)))), ("n7.mx.test", "n1999.mx.test"), ("n0.mx.test", "n8.mx.test")),
}

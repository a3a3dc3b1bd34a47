"""Kinds of site that nginx serves: what the files say, by kind."""
from .matrix_site import Site, huge

DUAL = "listen @port;\n    listen [::]:@port;"
OWN_TLS = "listen @tls ssl;\n    listen [::]:@tls ssl;\n    ssl_certificate @cert;\n    ssl_certificate_key @key;"
WWW = "root @dir/www;"
HTTPS = "return 301 https://$host$request_uri;"


def server(names, *body, listen=DUAL):
    lines = "".join(f"    {line}\n" for line in (listen, *([f"server_name {names};"] if names else []), *body))
    return f"server {{\n{lines}}}\n"


def says(text):
    return f'location / {{ return 200 "{text} $request_uri"; }}'


BYSTANDER = {"sites/bystander": server("bystander.mx.test", "add_header X-Kind bystander;", says("bystander"))}

SITES = {
    "plain": Site({"sites/a": server("a.mx.test www.a.mx.test", WWW, "index index.html;")}, ("a.mx.test", "www.a.mx.test")),
    "redirect": Site({"sites/a": server("a.mx.test", "return 302 https://elsewhere.test$request_uri;")}, ("a.mx.test",)),
    "redirect-if": Site({"sites/a": server("a.mx.test", f"if ($scheme = http) {{ {HTTPS} }}", WWW)}, ("a.mx.test",), redirects=True),
    "proxy": Site({"sites/a": server("a.mx.test", "location / {\n        proxy_set_header Host $host;\n"
                                     "        proxy_pass http://127.0.0.1:@backend;\n    }")}, ("a.mx.test",)),
    "front": Site({"sites/a": server("a.mx.test", WWW, "location / { try_files $uri $uri/ /index.php?$args; }",
                                     'location ~ \\.php$ { return 200 "front $uri $args"; }',
                                     "location ~ /\\. { deny all; }")}, ("a.mx.test",)),
    "default": Site({"sites/a": server(None, says("default"), listen="listen @port default_server;\n    listen [::]:@port default_server;")},
                    ("a.mx.test", "b.mx.test"), ("nobody.mx.test",)),
    "ipv6": Site({"sites/a": server("a.mx.test", says("six"), listen="listen [::]:@port ipv6only=on;"),
                  "sites/b": server("b.mx.test", says("b"), listen="listen [::]:@port;")},
                 ("a.mx.test",), ("b.mx.test",), unrelated=("sites/b",), family="ipv6", alone=True),
    "several": Site({"sites/a": server("a.mx.test", says("a")), "sites/b": server("b.mx.test c.mx.test", says("b")),
                     "sites/d": server("d.mx.test", says("d"), listen="listen @port;"), "sites/e": server("e.mx.test", says("e"))},
                    ("a.mx.test", "c.mx.test", "d.mx.test"), ("b.mx.test", "e.mx.test"), unrelated=("sites/e",), strays=(("::1", "d.mx.test"),)),
    "wildcard": Site({"sites/a": server("*.wild.mx.test", says("wild")), "sites/b": server("own.wild.mx.test", says("own"))},
                     ("x.wild.mx.test", "y.wild.mx.test"), ("own.wild.mx.test",), unrelated=("sites/b",)),
    "regex": Site({"sites/a": server("~^(?<user>\\w+)\\.re\\.mx\\.test$", says("hello $user"))}, ("joe.re.mx.test",), ("jim.re.mx.test",)),
    "catch-all": Site({"sites/a": server("a.mx.test", says("a")), "sites/all": server(
        "_", "return 404;", listen="listen @port default_server;\n    listen [::]:@port default_server;")},
                      ("a.mx.test",), ("nobody.mx.test",), unrelated=("sites/all",)),
    "tls": Site({"sites/a": server("a.mx.test", says("plain")) + "\n" + server("a.mx.test", says("tls"), listen=OWN_TLS)}, ("a.mx.test",)),
    "tls-same-block": Site({"sites/a": server("a.mx.test", says("$scheme"), listen=f"{DUAL}\n    {OWN_TLS}")}, ("a.mx.test",)),
    "tls-snippet": Site({"sites/a": server("a.mx.test", "include snippets/own.conf;", says("a")),
                         "sites/b": server("b.mx.test", "include snippets/own.conf;", says("b")), "snippets/own.conf": f"{OWN_TLS}\n"},
                        ("a.mx.test",), ("b.mx.test",), unrelated=("sites/b", "snippets/own.conf")),
    "http2": Site({"sites/a": server("a.mx.test", says("plain")) + server(
        "a.mx.test", says("two"), listen=OWN_TLS.replace(" ssl;", " ssl http2;"))}, ("a.mx.test",)),
    "snippets": Site({"sites/a": server("", "include snippets/a.conf;", says("a"), listen="include snippets/listen.conf;"),
                      "sites/b": server("b.mx.test", says("b"), listen="include snippets/listen.conf;"),
                      "snippets/listen.conf": f"{DUAL}\n", "snippets/a.conf": "server_name a.mx.test;\n"},
                     ("a.mx.test",), ("b.mx.test",), unrelated=("sites/b", "snippets/listen.conf")),
    "links": Site({"available/a": server("a.mx.test", says("a")), "sites/a": "-> ../available/a"}, ("a.mx.test",)),
    "huge": Site({"sites/a": "server_names_hash_max_size 8192;\nserver_names_hash_bucket_size 128;\n\n" + huge(
        lambda n: server(f"n{n}.mx.test", says(n)))}, ("n7.mx.test", "n1999.mx.test"), ("n0.mx.test", "n8.mx.test")),
}

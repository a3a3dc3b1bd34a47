"""Configurations by chance, the same for the same seed: files in files, globs, conditions, odd ways to write the same."""
import random

LISTEN = range(601, 640)     # below 1024, where no test has a server: nginx -T opens them for a moment
ADDRESSES = ("127.77.0.1", "127.77.0.2", "[::1]", "[0:0:0:0:0:0:0:1]", "*", "[::]")


class Made:
    """A server's directory. write(): a file below it, told by its path."""
    main, deepest = "", 3

    def __init__(self, root, seed):
        self.root, self.chance, self.count = root, random.Random(seed), 0
        self.write(self.main, self.whole())

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def number(self):
        self.count += 1
        return self.count

    def some(self, most, make, *args):
        return [make(*args) for _ in range(self.chance.randint(0, most))]

    def one(self, *choices):
        return self.chance.choice(choices)

    def blank(self):
        return self.one(" ", "  ", "\t", " \t ")

    def comment(self):
        return self.one("# a comment { } ; \" '\n", "\n", "\t\n", "#\n", "# <VirtualHost *:1> server {\n")

    def name(self):
        n = self.number()
        return self.one(f"a{n}.hosts.test", f"*.b{n}.hosts.test", f"C{n}.Hosts.test", f"xn--d{n}.test")


class MadeNginx(Made):
    main = "nginx.conf"

    def __init__(self, root, seed):
        self.defaults = set()
        super().__init__(root, seed)

    def whole(self):
        return "\n".join([f"pid {self.root}/pid;", "events { }", *self.some(1, self.comment), "http {", "access_log off;", self.items(0),
                          *self.some(1, self.include, self.items, 0), "}", ""])

    def items(self, depth):
        makers = [self.server, self.server, self.comment, self.map, self.types, self.upstream]
        makers += [lambda: self.include(self.items, depth), lambda: self.folder(self.items, depth)] * (depth < self.deepest)
        return "\n".join(self.one(*makers)() for _ in range(self.chance.randint(1, 5)))

    def include(self, make, depth):
        n = self.number()
        path = self.one(f"f{n}", f"sub/f{n}.conf", f"{self.root}/f{n}.inc", f"with blank/f{n}")
        self.write(path, make(depth + 1))
        word = f'"{path}"' if " " in str(path) else path
        return f"{self.one('include', 'include', chr(34) + 'include' + chr(34))}{self.blank()}{word}{self.one('', ' ')};"

    def folder(self, make, depth):
        """A glob; names that sort in an odd way, hidden ones, and what does not fit."""
        n = self.number()
        for name in self.chance.sample(["a/x.conf", "a-b/x.conf", "a/y.conf", "b/x.conf", "B/x.conf", "c/_.conf", "a/.hidden.conf", "a/z.off", "aa/10.conf",
                                        "aa/9.conf"], self.chance.randint(0, 6)):
            self.write(f"d{n}/{name}", make(depth + 1))
        return f"include d{n}/{self.one('*/*.conf', 'a/*', '*/x.conf', '[ab]/?.conf', 'a*/*')};"

    def map(self):
        return f'map $host $m{self.number()} {{ default 0; ~^server\\d+ "server {{"; include_me 1; }}'

    def types(self):
        return "types { server text/listen; server_name/x include; }"

    def upstream(self):
        return f"upstream u{self.number()} {{ server 127.0.0.1:9; server unix:/x weight=2; }}"

    def server(self):
        head = self.one("server {", "server\n{", "server{", "\"server\" {", "server # comment {\n{")
        return "\n".join([head, self.inside(0), "}"])

    def inside(self, depth):
        makers = [self.listen, self.listen, self.server_name, self.server_name, self.location, self.comment]
        makers += [lambda: self.include(self.inside, self.deepest - 1 + depth)] * (depth < 1)
        return "\n".join(self.one(*makers)() for _ in range(self.chance.randint(0, 6)))

    def listen(self):
        host, port = self.one(*ADDRESSES, ""), self.one(*LISTEN)
        if self.chance.random() < 0.1:
            return f"listen unix:{self.root}/s{self.number()};"
        word = f"{host}:{port}" if host else str(port)
        default = self.default(host, port)
        return f"{self.one('listen', 'listen' + chr(10))}{self.blank()}{self.one(word, chr(34) + word + chr(34))}{default};"

    def default(self, host, port):
        """One default at most of each socket, by whatever name."""
        key = ({"": "*", "[0:0:0:0:0:0:0:1]": "[::1]"}.get(host, host), port)
        if key in self.defaults or self.chance.random() < 0.8:
            return ""
        self.defaults.add(key)
        return self.one(" default_server", " default", "\n default_server")

    def server_name(self):
        n = self.number()
        names = [self.one(self.name(), self.name(), f'"q{n}.hosts.test"', f"'s{n}.hosts.test'", f".dot{n}.test", f"~^r{n}\\.(?<x>\\w+)\\.test$",
                          f'"~^w{n}[a-z]{{2,3}}\\.test$"', f"tail{n}.*", f"esc{n}\\.test", '""', "_", "$hostname", f"ü{n}.test")
                 for _ in range(self.chance.randint(1, 4))]
        return f"server_name{self.blank()}{self.one(' ', chr(10)).join(names)};"

    def location(self):
        n = self.number()
        return self.one(f"location /{n} {{ return 200 \"listen 1; server_name x; }}\"; }}", f"location ~ \\.{n}$ {{ location ~ x {{ return 204; }} }}",
                        f"set $v{n} 'server {{ listen 80; }}';", f"add_header X{n} \"a\\\"b;{{\";", "if ($host = x) { return 301 https://$host$uri; }",
                        f"location = /a{n} {{ server_name_in_redirect off; }}", f"set $w{n} ${{host}}x;")


class MadeApache(Made):
    main = "made.conf"

    def whole(self):
        return "\n".join([*self.some(2, self.define), self.items(0), *self.some(1, self.include, self.items, 0), ""])

    def items(self, depth):
        makers = [self.host, self.host, self.comment, self.define, self.directory, self.macro]
        makers += [lambda: self.condition(self.items, depth), lambda: self.include(self.items, depth),
                   lambda: self.folder(self.items, depth)] * (depth < self.deepest)
        return "\n".join(self.one(*makers)() for _ in range(self.chance.randint(1, 5)))

    def define(self):
        n = self.chance.randint(1, 4)
        return self.one(f"Define V{n}", f"Define V{n} value{n}.test", f'Define V{n} "quoted{self.number()}"', f"UnDefine V{n}", f"define V{n} ${{V{n % 4 + 1}}}x")

    def condition(self, make, depth):
        n = self.chance.randint(1, 4)
        test = self.one(f"IfDefine V{n}", f"IfDefine !V{n}", "IfModule mod_alias.c", "IfModule alias_module", "IfModule !mod_alias.c", "IfModule mod_none.c",
                        "IfVersion >= 2.4", "IfVersion < 2.4", "IfVersion ~ ^2\\.4", "IfFile made.conf", "IfFile !none", "ifmodule \"mod_macro.c\"")
        return f"<{test}{self.one('', ' ')}>\n{make(depth + 1)}\n</{test.split()[0]}>"

    def include(self, make, depth):
        n = self.number()
        path = self.one(f"f{n}", f"sub/f{n}.conf", f"{self.root}/f{n}.inc", f"with blank/f{n}")
        self.write(path, make(depth + 1))
        return f"{self.one('Include', 'IncludeOptional', 'include')}{self.blank()}{chr(34) + path + chr(34) if ' ' in str(path) else path}"

    def folder(self, make, depth):
        n = self.number()
        for name in self.chance.sample(["a/x.conf", "a-b/x.conf", "a/y.conf", "b/x.conf", "B/x.conf", "c/_.conf", "a/.hidden.conf", "a/deep/z.conf",
                                        "aa/10.conf", "aa/9.conf"], self.chance.randint(0, 6)):
            self.write(f"d{n}/{name}", make(depth + 1))
        return f"IncludeOptional d{n}{self.one('/*/*.conf', '/a/*', '/*/x.conf', '/[ab]/?.conf', '/a*/*', '/a*', '/*')}"

    def directory(self):
        n = self.number()
        return self.one(f"<Directory /{n}>\nOptions None\n</Directory>", f"<Location \"/{n}>\">\n</Location>", f"Alias /{n} \\\n/x",
                        f"<FilesMatch \"\\.{n}$\">\nSetHandler none\n</FilesMatch>")

    def macro(self):
        n = self.number()
        text = f"<Macro M{n} $name $port>\n<VirtualHost 127.77.0.3:$port>\nServerName $name.m{n}.test\n</VirtualHost>\n</Macro>\n"
        return text + "\n".join(self.some(2, lambda: f"Use M{n} u{self.number()} {self.one(*LISTEN)}"))

    def host(self):
        where = self.one(" ", "  ").join(self.address() for _ in range(self.one(1, 1, 1, 2)))
        return "\n".join([f"{self.one('<VirtualHost ', '<virtualhost ', '  <VirtualHost ' + chr(92) + chr(10))}{where}{self.one('>', ' >')}", self.inside(0),
                          self.one("</VirtualHost>", "\t</virtualhost>")])

    def address(self):
        host = self.one(*ADDRESSES, "_default_")
        return f"{host}:{self.one(*LISTEN, '*')}"

    def inside(self, depth):
        makers = [self.server_name, self.server_alias, self.server_alias, self.directory, self.comment, self.define]
        makers += [lambda: self.condition(self.inside, self.deepest - 1 + depth), lambda: self.include(self.inside, self.deepest - 1 + depth)] * (depth < 1)
        return "\n".join(self.one(*makers)() for _ in range(self.chance.randint(0, 6)))

    def server_name(self):
        n = self.number()
        return self.one(f"ServerName n{n}.hosts.test", f"servername\tN{n}.hosts.test", f"ServerName https://n{n}.hosts.test:443", f'ServerName "q{n}.hosts.test"',
                        f"ServerName \\\n   cont{n}.test", f"ServerName ${{V{self.chance.randint(1, 4)}}}.n{n}.test", f"ServerName n{n}.test:8443")

    def server_alias(self):
        n = self.number()
        return f"ServerAlias {self.name()} {self.one('', self.name(), chr(34) + self.name() + chr(34), f'w?{n}.test', f'{chr(92)}{chr(10)} next{n}.test')}"

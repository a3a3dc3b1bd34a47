"""Tokens become a file name and a URL path. RFC 8555 8.1 allows the base64url alphabet only."""
from badca_cases import DELETE, case, challenge

UP = "../" * 8


NUL = ("token", "\\u0000")         # the JSON reader may refuse it before anybody sees a token


def token(name, value, says="token", **more):
    return case(f"token-{name}", "authz", challenge(token=value), says, **more)


CASES = [
    token("slash", "abc/defghijklmnopqrstuvwxyz"),
    token("dotdot", f"{UP}escaped"),
    token("dotdot-encoded", "%2e%2e%2f%2e%2e%2fescaped"),
    token("dotdot-alone", ".."),
    token("dot-alone", "."),
    token("dotdot-in-name", "aaaa..aaaa"),
    token("backslash", "..\\..\\escaped"),
    token("absolute", lambda ca: f"{ca.directory}/escaped"),
    token("nul", "abcdefgh\0ijklmnopqrstuvwxyz", says=NUL),
    token("nul-first", "\0abcdefghijklmnopqrstuvwxyz", says=NUL),
    token("newline", "abcdefgh\nijklmnopqrstuvwxyz"),
    token("crlf-header", "abc\r\nSet-Cookie: a=b\r\n\r\nx"),
    token("100k", "A" * 100_000),
    token("300-bytes", "A" * 300),          # longer than a file name can be
    token("empty", ""),
    token("missing", DELETE),
    token("null", None),
    token("number", 17),
    token("list", ["abcdefghijklmnopqrstuvwxyz"]),
    token("padding", "YWJjZGVmZ2hpamtsbW5vcA=="),
    token("plus", "abcdefghijklmnop+qrstuv"),
    token("space", "abcdefgh ijklmnopqrstuv"),
    token("query", "abcdefghijklmnop?x=y"),
    token("fragment", "abcdefghijklmnop#x"),
    token("non-ascii", "\u00fcber-abcdefghijklmnop"),
    token("shell", "$(touch escaped)`touch escaped`"),
    token("escape-sequence", "\x1b[2J\x1b]0;owned\x07abcdefghijkl"),
    token("dotfile", ".htaccess"),
]

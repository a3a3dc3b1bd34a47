"""What can be wrong about a CA: one row a case, grouped by subject in badca_<subject>.py.

A case changes the answers of one resource and says what becomes of the run.
"""
import json
from dataclasses import dataclass
from typing import Callable

from badca import URN, problem

DELETE = object()


@dataclass(frozen=True)
class Case:
    """One misbehaviour.

    at       resources whose answer is changed ("tcp": before TLS)
    change   (ca, request, reply) -> another reply, or None after changing reply in place
    says     words of which the error must have one (any case); naming the thing is the contract
    outcome  error: exit 1; ok: exit 0; any: a right client may do either
    times    strikes so often, then the CA is correct (0: for ever)
    account  the tree has an account and a lineage already
    hides    text that must not be printed
    limit    seconds the run may take
    visits   the trap may be talked to
    """
    name: str
    at: tuple
    change: Callable
    says: tuple = ()
    outcome: str = "error"
    times: int = 0
    account: bool = True
    hides: tuple = ()
    verb: str = "certonly"
    visits: bool = False
    names: tuple = ("good.test",)
    limit: float = 30

    def __repr__(self):
        return self.name


def case(name, at, change, says=(), **more):
    at, says = ((x,) if isinstance(x, str) else tuple(x) for x in (at, says))
    if "newAccount" in at:
        more.setdefault("account", False)
    return Case(name, at, change, says, **more)


# Changes. Each gives a function (ca, request, reply).

def field(**values):
    """Members of the JSON object set, or with DELETE taken out. A callable gets the CA."""
    def change(ca, request, reply):
        body = json.loads(reply.body)
        for key, value in values.items():
            if value is DELETE:
                body.pop(key, None)
            else:
                body[key] = value(ca) if callable(value) else value
        reply.body = json.dumps(body).encode()
    return change


def challenge(**values):
    """Like field, in the first challenge of an authorization."""
    def change(ca, request, reply):
        body = json.loads(reply.body)
        for key, value in values.items():
            if value is DELETE:
                body["challenges"][0].pop(key, None)
            else:
                body["challenges"][0][key] = value(ca) if callable(value) else value
        reply.body = json.dumps(body).encode()
    return change


def header(name, value):
    def change(ca, request, reply):
        reply.set(name, value(ca) if callable(value) else value)
    return change


def no_header(name):
    def change(ca, request, reply):
        reply.drop(name)
    return change


def body(data, kind=None, status=None):
    """Another body; a callable gets (ca, good body)."""
    def change(ca, request, reply):
        reply.body = data(ca, reply.body) if callable(data) else data
        reply.status = status or reply.status
        if kind:
            reply.set("Content-Type", kind)
    return change


def refuse(kind, detail, status=400, headers=(), **more):
    """An ACME problem. badNonce and the like keep the fresh nonce."""
    def change(ca, request, reply):
        answer = problem(kind, detail, status, **more)
        answer.headers += [(k, v) for k, v in reply.headers if k == "Replay-Nonce"]
        answer.headers += headers
        answer.head = reply.head
        return answer
    return change


def pieces(make):
    """What goes over the wire: make(reply) -> pieces."""
    def change(ca, request, reply):
        reply.pieces = make(reply)
    return change


def both(*changes):
    def change(ca, request, reply):
        for one in changes:
            reply = one(ca, request, reply) or reply
        return reply
    return change


def when(test, then):
    """Only for some of the answers: test(body)."""
    def change(ca, request, reply):
        try:
            value = json.loads(reply.body)
        except ValueError:
            return None
        return then(ca, request, reply) if test(value) else None
    return change


__all__ = ["Case", "DELETE", "URN", "body", "both", "case", "challenge", "field", "header",
           "no_header", "pieces", "problem", "refuse", "when"]

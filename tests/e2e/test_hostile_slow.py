"""Servers that answer slowly or never. Each request has 45 s in all; no drip extends it.

The cases wait side by side, each client with a CA and a tree of its own, so that together they
take as long as one.
"""
from concurrent.futures import ThreadPoolExecutor

from badca import BadCA
from badca_cases import Case, case, pieces
from badca_http import Wait, drip
from badca_run import Stage, check_terminal, error_lines, is_certbot

REQUEST_SECONDS = 45
SLACK = 20                              # a loaded machine
NEVER = 600
WORDS = ("time", "timed out", "not done within", "no answer", "deadline")


def head(reply):
    return reply.status_line() + reply.fields()


def silent_handshake(ca, connection, _):
    connection.raw.recv(65536)
    return not ca.stopping.wait(NEVER)


CASES = [
    Case("slow-handshake-never", ("tcp",), silent_handshake, WORDS),
    case("slow-answer-never-directory", "directory", pieces(lambda r: [Wait(NEVER)]), WORDS),
    case("slow-answer-never-newOrder", "newOrder", pieces(lambda r: [Wait(NEVER)]), WORDS,
         outcome="any"),                # the order can be found in the account's list
    case("slow-head-drips", "directory", pieces(lambda r: drip(head(r) + r.body, 1)), WORDS),
    case("slow-body-drips", "cert", pieces(
        lambda r: (p for part in ([head(r)], drip(r.body, 0.5)) for p in part)), WORDS),
    case("slow-body-stops", "newOrder", pieces(
        lambda r: [head(r) + r.body[:20], Wait(NEVER)]), WORDS, outcome="any"),
]


def one_run(root, slow):
    """A stage of its own -> (result, seconds, what is wrong afterwards)."""
    (root / "ca").mkdir(parents=True)
    stage = Stage(root, lambda validate: BadCA(root / "ca", validate))
    try:
        kept = stage.kept()
        stage.ca.misbehave(slow)
        result = stage.certonly("--force-renewal", "--cert-name", "good.test", "-d", "good.test",
                                timeout=3 * REQUEST_SECONDS)
        stage.nothing_published()
        assert result.code == 0 or stage.kept() == kept, "account or lineage changed"
        return slow, result
    finally:
        stage.ca.stop()
        stage.ca.trap.stop()


def test_slow_servers(tmp_path):
    with ThreadPoolExecutor(len(CASES)) as pool:
        runs = [pool.submit(one_run, tmp_path / c.name, c) for c in CASES]
        results = [run.result() for run in runs]
    for slow, result in results:
        assert result.code == 1 or (slow.outcome, result.code) == ("any", 0), (slow, result)
        assert result.seconds < REQUEST_SECONDS + SLACK, (slow, result.seconds, result)
        check_terminal(result)
        said = "\n".join(error_lines(result)).lower()
        assert result.code == 0 or is_certbot() or any(w in said for w in WORDS), \
            f"{slow}{result!r}"

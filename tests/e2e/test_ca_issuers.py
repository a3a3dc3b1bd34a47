"""A configuration that would hide revocations: its issuers are not those of certificates that stand."""
import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "conformance"))

from ca.lib.ca import Ca, program  # noqa: E402
from ca.rows_finalize import csr  # noqa: E402
from lib.ca_files import Issuers, render  # noqa: E402


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    """One certificate was issued by [issuer main], in the last of its shards."""
    issuer = {**Issuers(tmp_path_factory.mktemp("issuers"), 1).paths, "crl_url": "http://ca.test/crl/main", "crl_shards": 2}
    server = Ca(tmp_path_factory.mktemp("ca"), {"issuer main": issuer, "policy": {"private_names": True},
                                                "test": {"always_valid": True}})
    order = server.account.order("standing.test")
    order.authorizations[0].challenge("http-01").judged()
    order.certificate(csr("standing.test"))
    wait_for(server, "crl_made", 2)
    with server.database() as db:
        db.execute("UPDATE certificates SET shard = 1")
    yield server
    server.stop()
    text = server.log_text()
    assert "AddressSanitizer" not in text and "runtime error" not in text, text[-4000:]


def wait_for(ca, event, count):
    end = time.monotonic() + 20
    while ca.log_text().count(f'"{event}"') < count:
        assert time.monotonic() < end, ca.log_text()[-2000:]
        time.sleep(0.02)


def run(*words):
    return subprocess.run([program(), *map(str, words)], capture_output=True, text=True, timeout=30)


@contextlib.contextmanager
def configured(ca, issuer_name, **changes):
    sections = dict(ca.sections)
    sections[f"issuer {issuer_name}"] = {**sections.pop("issuer main"), **changes}
    ca.config.write_text(render(sections))
    try:
        yield
    finally:
        ca.config.write_text(render(ca.sections))


def reload(ca, event):
    count = ca.log_text().count(f'"{event}"')
    ca.daemon.process.send_signal(signal.SIGHUP)
    wait_for(ca, event, count + 1)


@pytest.mark.parametrize("name, changes, why", [
    ("other", {}, "there is no [issuer main]"),
    ("main", {"crl_shards": 1}, "[issuer main]: with 1 crl_shards"),
    ("main", {"crl_url": None}, "[issuer main] has no crl_url")])
def test_refused_while_certificates_stand(ca, name, changes, why):
    with configured(ca, name, **changes):
        for words in (["check-config", ca.config], ["serve", "--config", ca.config]):
            refused = run(*words)
            assert refused.returncode == 1 and why in refused.stdout + refused.stderr, refused
        reload(ca, "configuration_refused")
        assert why in ca.log_text().splitlines()[-1]
        assert ca.run("list", "certificates")  # commands still work


def test_taken_when_they_have_ended(ca):
    with configured(ca, "main", active=False, crl_shards=3):
        reload(ca, "configuration_loaded")
    with ca.database() as db:
        ends = db.execute("SELECT not_after FROM certificates").fetchone()[0]
        db.execute("UPDATE certificates SET not_after = 1")
    with configured(ca, "other"):
        assert run("check-config", ca.config).returncode == 0
        reload(ca, "configuration_loaded")
    with ca.database() as db:
        db.execute("UPDATE certificates SET not_after = ?", [ends])

"""--dry-run and --staging (spec 2.4, 11.4, 12): nothing is kept, and which CA is asked."""
import socketserver
import threading

import pytest

from lib import lineages
from lib.client import NEW_ACCOUNT


def everything(tree):
    """The tree without logs, accounts, and the retry time that any check writes down."""
    return {k: v for k, v in tree.snapshot(skip=("accounts",)).items()
            if not k.startswith("renewal-hooks")}


def test_certonly_dry_run_writes_no_lineage(client):
    result = client.standalone("--dry-run", "-d", "dry.dr.test").ok()
    assert "The dry run was successful." in result.out, result
    assert "Simulating a certificate request for dry.dr.test" in result.out, result
    assert client.tree.lineages() == []
    assert not client.tree.live("dry.dr.test").exists()
    assert not client.tree.archive("dry.dr.test").exists()


def test_certonly_dry_run_leaves_a_lineage_as_it_is(client):
    client.standalone("-d", "as.dr.test").ok()
    before = everything(client.tree)
    result = client.standalone("--dry-run", "-d", "as.dr.test").ok()
    assert "Simulating renewal of an existing certificate for as.dr.test" in result.out, result
    assert everything(client.tree) == before


def test_dry_run_of_what_is_not_due_goes_to_the_ca(door, door_client):
    door_client.standalone("-d", "go.dr.test").ok()
    door.requests.clear()
    door_client.standalone("--dry-run", "-d", "go.dr.test").ok()
    assert len(door.orders()) == 1


def test_dry_run_proves_control_anew(door, door_client):
    """Spec 7.5: authorizations that are valid already are given up first."""
    door_client.standalone("-d", "new.dr.test").ok()
    door.requests.clear()
    door_client.standalone("--dry-run", "-d", "new.dr.test").ok()
    assert door.paths(door.at("challenge"))


@pytest.mark.parametrize("mode", [(), ("--dry-run",)])
def test_broken_interval_is_found_by_a_dry_run_too(door, door_client, mode):
    lineages.add(door_client.tree, "int.dr.test", params=lineages.renewable(door_client), top={"renew_before_expiry": "soon"})
    result = door_client.renew(*mode, "--server", door.url).failed()
    result.says("Failed to renew certificate int.dr.test with error: renew_before_expiry in",
                "'soon' is no interval such as \"30 days\"")
    assert door.orders() == []


def test_failed_dry_run_exits_1(client):
    client.certonly("--standalone", "--dry-run", "--http-01-port", 1, "-d", "f.dr.test").failed()
    assert client.tree.lineages() == []


def test_renew_dry_run_says_simulated(client):
    client.standalone("-d", "sim.dr.test").ok()
    before = everything(client.tree)
    result = client.renew("--dry-run", "--server", client.pebble.url).ok()
    assert "all simulated renewals succeeded: " in result.out, result
    assert f"  {client.tree.live('sim.dr.test', 'fullchain')} (success)" in result.out, result
    assert everything(client.tree) == before


def test_renew_dry_run_that_fails(client):
    client.standalone("-d", "bad.dr.test").ok()
    result = client.renew("--dry-run", "--http-01-port", 1, "--server", client.pebble.url).failed()
    assert "All simulated renewals failed." in result.err, result
    assert client.tree.version("bad.dr.test") == 1


class _Connect(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.asked.append(self.rfile.readline().decode().split()[1])
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def proxy():
    """A proxy that refuses every CONNECT and remembers it in .asked."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Connect)
    server.daemon_threads, server.asked = True, []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    server.env = {"https_proxy": f"http://127.0.0.1:{server.server_address[1]}"}
    yield server
    server.shutdown(), server.server_close(), thread.join()


PRODUCTION = "acme-v02.api.letsencrypt.org:443"
STAGING = "acme-staging-v02.api.letsencrypt.org:443"


@pytest.mark.parametrize("args,host", [
    ((), PRODUCTION), (("--staging",), STAGING), (("--test-cert",), STAGING),
    (("--dry-run",), STAGING),
    (("--staging", "--server", "https://acme-v02.api.letsencrypt.org/directory"), STAGING)])
def test_which_ca_is_asked(offline, proxy, args, host):
    result = offline.certonly("--standalone", "-d", "ca.dr.test", *args, env=proxy.env).failed()
    assert set(proxy.asked) == {host}, result
    assert offline.tree.account_dirs() == []


def test_dry_run_keeps_another_server(client, proxy):
    client.standalone("--dry-run", "-d", "ks.dr.test",
                      env={**proxy.env, "no_proxy": "localhost"}).ok()
    assert proxy.asked == []


def test_renew_dry_run_asks_the_staging_ca_for_what_the_real_one_issued(offline, proxy):
    lineages.add(offline.tree, "le.dr.test", params={
        "server": "https://acme-v02.api.letsencrypt.org/directory",
        "authenticator": "standalone"})
    offline.renew("--dry-run", *NEW_ACCOUNT, env=proxy.env).failed()
    assert set(proxy.asked) == {STAGING}


def test_staging_and_another_server_contradict(client):
    client.standalone("--staging", "-d", "st.dr.test").failed().says("--staging")


@pytest.mark.parametrize("verb", ["register", "show_account", "certificates", "plugins"])
def test_dry_run_is_refused_with_other_verbs(offline, verb):
    offline.run(verb, "--dry-run").failed().says("--dry-run")

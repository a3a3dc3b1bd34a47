"""What goes over the wire for one certificate (RFC 8555; issue: speed)."""
import pytest

from lib import lineages
from lib.door import Reply


def signed(door):
    return [r for r in door.requests if r.protected is not None]


@pytest.mark.parametrize("count", [1, 3])
def test_few_requests_over_one_connection(door, door_client, count):
    door_client.register().ok()
    door.requests.clear()
    door.connections = 0
    names = ",".join(f"n{i}.wire.test" for i in range(count))
    door_client.standalone("-d", names).ok()
    if not door.rejects_nonces:
        # Directory and first nonce counted; the order is polled, not each authorization. A poll or
        # two more is the machine's load, not ours.
        polls = len(door.paths(door.at("order"))) - 2
        assert len(door.requests) - max(0, polls) <= 2 * count + 7, door.paths()
    assert door.connections == 1


def test_every_signed_request_names_its_url_and_a_nonce_of_its_own(door, door_client):
    door_client.standalone("-d", "url.wire.test").ok()
    assert signed(door)
    for r in signed(door):
        assert r.method == "POST"
        assert r.protected["url"] == f"https://localhost:{door.port}{r.path}"
        assert ("jwk" in r.protected) == (r.path == door.at("newAccount"))
    nonces = [r.protected["nonce"] for r in signed(door)]
    assert len(nonces) == len(set(nonces))


def test_one_order_with_all_identifiers(door, door_client):
    door_client.standalone("-d", "a.wire.test,b.wire.test").ok()
    order, = door.orders()
    assert order == {"identifiers": [{"type": "dns", "value": "a.wire.test"},
                                     {"type": "dns", "value": "b.wire.test"}]}


def test_existing_account_is_not_registered_again(door, door_client):
    door_client.register().ok()
    door.requests.clear()
    door_client.standalone("-d", "acct.wire.test").ok()
    assert door.paths(door.at("newAccount")) == []


def test_bad_nonce_is_retried(door, door_client):
    refused = []

    def refuse(request):
        if request.path == door.at("newOrder") and len(refused) < 3:
            refused.append(1)
            return Reply.problem("badNonce", "JWS has an invalid anti-replay nonce",
                                 Replay_Nonce=door.fresh_nonce())
        return None

    door.before_hook = refuse
    door_client.standalone("-d", "nonce.wire.test").ok()
    assert len(refused) == 3


def test_user_agent_names_the_program(door, door_client):
    agents = set()
    door.see_headers = lambda headers: agents.add(headers.get("User-Agent"))
    door_client.standalone("-d", "ua.wire.test").ok()
    agent, = agents
    assert door_client.name in agent.lower()


def test_user_agent_can_be_replaced(door, door_client):
    agents = set()
    door.see_headers = lambda headers: agents.add(headers.get("User-Agent"))
    door_client.standalone("-d", "ua2.wire.test", "--user-agent", "my, agent/1").ok()
    assert agents == {"my, agent/1"}
    text = door_client.tree.conf("ua2.wire.test").read_text()
    assert 'user_agent = "my, agent/1"\n' in text


def test_preferred_profile_is_sent_when_the_directory_lists_it(door, door_client):
    door.meta = {"profiles": {"shortlived": "https://ca.test/shortlived"}}
    door_client.standalone("-d", "p1.wire.test", "--preferred-profile", "shortlived").ok()
    door_client.standalone("-d", "p2.wire.test", "--preferred-profile", "other").ok()
    assert [o.get("profile") for o in door.orders()] == ["shortlived", None]
    params = lineages.read_conf(door_client.tree.conf("p1.wire.test"))["renewalparams"]
    assert params["preferred_profile"] == "shortlived"


def test_required_profile_is_always_sent(door, door_client):
    door_client.standalone("-d", "p3.wire.test", "--required-profile", "tls").ok()
    assert door.orders()[0]["profile"] == "tls"


def test_untrusted_ca_is_refused(client, pebble):
    result = client.standalone("-d", "tls.wire.test", env={"REQUESTS_CA_BUNDLE": None}).failed()
    assert "certificate" in result.err.lower() and "localhost" in result.err, result
    assert client.tree.account_dirs() == []


def test_no_verify_ssl_trusts_any_ca(client):
    client.standalone("-d", "nv.wire.test", "--no-verify-ssl",
                      env={"REQUESTS_CA_BUNDLE": None}).ok()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_trust_by_environment(client, pebble, variable):
    client.run("register", "-n", "--agree-tos", "--register-unsafely-without-email",
               env={"REQUESTS_CA_BUNDLE": None, variable: pebble.ca_file}).ok()

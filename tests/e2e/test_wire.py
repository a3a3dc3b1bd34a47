"""What goes over the wire for one certificate (RFC 8555; issue: speed)."""
import json

import pytest

from lib import lineages
from lib.differences import differs
from lib.door import Reply


def signed(door):
    return [r for r in door.requests if r.protected is not None]


def issue_and_count(door, door_client, names):
    """-> (connections, requests); a poll or two more is the machine's load, not ours."""
    door.requests.clear()
    door.connections = 0
    door_client.standalone("-d", ",".join(names)).ok()
    polls = len(door.paths(door.at("order"))) - 2
    return door.connections, len(door.requests) - max(0, polls)


@pytest.mark.parametrize("count", [1, 3])
def test_few_requests_over_one_connection(door, door_client, count):
    """Where the machine is so busy that the CA seems to be far away, there are more of both: then again."""
    door_client.register().ok()
    for again in range(5):
        connections, requests = issue_and_count(door, door_client, [f"n{i}.a{again}.wire.test" for i in range(count)])
        # Directory and first nonce counted; the order is polled, not each authorization.
        if connections == 1 and (door.rejects_nonces or requests <= 2 * count + 7):
            return
    raise AssertionError((connections, requests, door.paths()))


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


@pytest.mark.parametrize("hook", ["--pre-hook", "--manual-cleanup-hook"])
def test_user_agent_comment_is_added(door, door_client, hook):
    agents = set()
    door.see_headers = lambda headers: agents.add(headers.get("User-Agent"))
    door_client.standalone("-d", "ua3.wire.test", "--user-agent-comment", "of the night shift", "--force-renewal",
                           hook, "true").ok()
    agent, = agents
    assert "; of the night shift)" in agent and "flags: frn n hook)" in agent


def offer_profiles(door, names, answered=None):
    """A CA that lists these profiles; its orders name the one that was asked for, or the one given by `answered`."""
    door.meta = {"profiles": {name: f"https://ca.test/{name}" for name in names}}

    def name_profile(request, reply):
        if request.path == door.at("newOrder") and reply.status == 201:
            order = {k: v for k, v in json.loads(reply.body).items() if k != "profile"}
            profile = request.payload.get("profile") if answered is None else answered(request)
            reply.body = json.dumps({**order, **({"profile": profile} if profile else {})}).encode()

    door.after_hook = name_profile


@differs("profiles")
def test_preferred_profile_is_sent_when_the_directory_lists_it(door, door_client):
    offer_profiles(door, ["shortlived"])
    door_client.standalone("-d", "p1.wire.test", "--preferred-profile", "shortlived").ok().never_says("was asked for")
    door_client.standalone("-d", "p2.wire.test", "--preferred-profile", "other").ok()
    assert [o.get("profile") for o in door.orders()] == ["shortlived", None]
    params = lineages.read_conf(door_client.tree.conf("p1.wire.test"))["renewalparams"]
    assert params["preferred_profile"] == "shortlived"


def test_preferred_profile_that_the_order_does_not_name_is_a_warning(door, door_client):
    offer_profiles(door, ["shortlived"], answered=lambda request: "classic")
    result = door_client.standalone("-d", "p4.wire.test", "--preferred-profile", "shortlived").ok()
    assert "The profile 'shortlived' was asked for, but the CA's order names classic." in result.err, result


def test_required_profile_is_sent(door, door_client):
    offer_profiles(door, ["classic", "tls"])
    door_client.standalone("-d", "p3.wire.test", "--required-profile", "tls").ok()
    assert [o["profile"] for o in door.orders()] == ["tls"]
    params = lineages.read_conf(door_client.tree.conf("p3.wire.test"))["renewalparams"]
    assert params["required_profile"] == "tls"


@pytest.mark.parametrize("offered, words", [([], "it offers no profiles"),
                                            (["classic", "short"], "it offers classic, short")])
def test_required_profile_that_is_not_offered_is_not_asked_for(door, door_client, offered, words):
    offer_profiles(door, offered)
    result = door_client.standalone("-d", "p5.wire.test", "--required-profile", "tls").failed()
    assert "'tls'" in result.err and "--required-profile" in result.err and words in result.err, result
    assert door.orders() == []
    assert not door_client.tree.conf("p5.wire.test").exists()


@pytest.mark.parametrize("answer", [None, "classic"])
def test_order_without_the_required_profile_is_not_gone_on_with(door, door_client, answer):
    offer_profiles(door, ["classic", "tls"], answered=lambda request: answer or "")
    result = door_client.standalone("-d", "p6.wire.test", "--required-profile", "tls").failed()
    assert "the profile 'tls' is required, but the CA's order" in result.err, result
    assert f"names {answer or 'none'}" in result.err, result
    assert door.paths(door.at("challenge")) == []
    offer_profiles(door, ["classic", "tls"])
    door_client.standalone("-d", "p6.wire.test", "--required-profile", "tls").ok()
    assert door_client.tree.version("p6.wire.test") == 1


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

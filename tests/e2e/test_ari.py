"""Renewal information, RFC 9773, and how it goes with the stored retry time (spec 12.2)."""
import base64
import contextlib
import datetime
import socket
import threading

import pytest
from cryptography import x509

from lib import lineages
from lib.door import Reply, ari_window

OLD, FRESH = {"start": -80, "end": 10}, {"start": -10, "end": 80}


def certificate_id(leaf):
    """RFC 9773 section 4.1: base64url(AKI) . base64url(serial), unpadded."""
    aki = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    serial = leaf.serial_number
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return ".".join(base64.urlsafe_b64encode(b).decode().rstrip("=") for b in (aki, octets))


@pytest.fixture
def add(door_client):
    """add(name, **age): a lineage whose CA is the door -> its certificate id."""
    params = lineages.renewable(door_client)

    def make(name, **more):
        return certificate_id(lineages.add(door_client.tree, name, params=params, **more))
    return make


def answer(door, reply):
    """Every question about renewal gets this reply; -> the list of ids asked about."""
    asked = []
    door.ari = lambda certificate: asked.append(certificate) or reply
    return asked


def retry_after(client, name):
    text = lineages.read_conf(client.tree.conf(name))["acme_renewal_info"]["ari_retry_after"]
    return datetime.datetime.strptime(text.split(",")[0], "%Y-%m-%dT%H:%M:%S")


def seconds_from_now(when):
    return (when - datetime.datetime.utcnow()).total_seconds()


def test_window_in_the_past_renews_a_fresh_certificate(door, door_client, add):
    asked = answer(door, ari_window(-2, -1))
    certificate = add("past.ari.test", **FRESH)
    door_client.renew().ok()
    assert asked[0] == certificate
    assert door_client.tree.version("past.ari.test") == 2


@pytest.mark.parametrize("serial", [0x7F, 0x80, 0x00FF00, 2 ** 158 - 1])
def test_certificate_id_keeps_the_sign_octet(door, door_client, add, serial):
    asked = answer(door, ari_window(30, 40))
    certificate = add("sn.ari.test", serial=serial, **FRESH)
    door_client.renew().ok()
    assert asked == [certificate]


def test_window_in_the_future_keeps_an_old_certificate(door, door_client, add):
    answer(door, ari_window(3, 5))
    add("future.ari.test", **OLD)
    door_client.renew().ok()
    assert door_client.tree.version("future.ari.test") == 1


def test_the_question_is_an_unsigned_get(door, door_client, add):
    answer(door, ari_window(3, 5))
    add("get.ari.test", **FRESH)
    door_client.renew().ok()
    question, = [r for r in door.requests if r.path.startswith("/ari/")]
    assert question.method == "GET" and question.protected is None


def test_retry_after_is_stored_and_obeyed(door, door_client, add):
    asked = answer(door, ari_window(30, 40, retry_after=7200))
    add("mute.ari.test", **FRESH)
    door_client.renew().ok()
    assert 7000 < seconds_from_now(retry_after(door_client, "mute.ari.test")) <= 7200
    door_client.renew().ok()
    assert len(asked) == 1


def test_retry_time_that_has_passed_is_asked_again(door, door_client, add):
    asked = answer(door, ari_window(30, 40))
    add("again.ari.test", sections="[acme_renewal_info]\nari_retry_after = 2020-01-01T00:00:00\n",
        **FRESH)
    door_client.renew().ok()
    assert len(asked) == 1
    assert seconds_from_now(retry_after(door_client, "again.ari.test")) > 3600


def test_an_answer_is_remembered_while_muted(door, door_client, add):
    """Quirk 6, fixed: a window that has come is not forgotten because asking is not yet allowed."""
    answer(door, ari_window(3, 5, retry_after=86400))
    add("mem.ari.test", **OLD)
    door_client.renew().ok()
    door_client.renew().ok()
    assert door_client.tree.version("mem.ari.test") == 1


@pytest.mark.parametrize("reply", [
    Reply(500, {}, b"oops"), Reply(404), Reply(200, {"Content-Type": "application/json"}, b"{}"),
    Reply(200, {"Content-Type": "application/json"}, b"<html>"),
    Reply.json({"suggestedWindow": {"start": "2030-01-02T00:00:00Z",
                                    "end": "2030-01-01T00:00:00Z"}})])
def test_useless_answer_falls_back_to_the_age(door, door_client, add, reply):
    answer(door, reply)
    add("old.ari.test", **OLD), add("new.ari.test", **FRESH)
    door_client.renew().ok()
    assert door_client.tree.version("old.ari.test") == 2
    assert door_client.tree.version("new.ari.test") == 1


def test_ca_without_renewal_information_falls_back_to_the_age(door, door_client, add):
    add("no1.ari.test", **OLD), add("no2.ari.test", **FRESH)
    door_client.renew().ok()
    assert door_client.tree.version("no1.ari.test") == 2
    assert door_client.tree.version("no2.ari.test") == 1


@pytest.mark.parametrize("hook", [None, lambda request: Reply(503)], ids=["without", "silent"])
def test_ca_without_advice_is_not_asked_again_soon(door, door_client, add, hook):
    """RFC 9773 4.3: a client waits. Where we remember it is ours to choose: Certbot's tree need not hold it."""
    door.before_hook = hook
    add("soon.ari.test", **FRESH)
    door_client.renew().ok()
    assert door.requests
    door.requests.clear()
    door_client.run("certificates").ok()  # learns more of it, and forgets nothing
    door_client.renew().ok()
    assert door.requests == []


def test_a_ca_without_advice_is_asked_once_for_many(door, door_client, add):
    """Those of which there is nothing to say are told of in one piece, in the same words and in their turn."""
    names = [f"many{i}.ari.test" for i in range(4)]
    for name in names:
        add(name, **FRESH)
    door_client.tree.conf(names[2]).write_text("no sense\n")
    door.requests.clear()
    result = door_client.renew()
    assert result.code == 1
    assert len(door.paths("/dir")) == 1
    told = [line for line in result.out.splitlines() if line.startswith(("Processing", "Certificate not yet"))]
    expected = []
    for name in names:
        expected.append(f"Processing {door_client.tree.conf(name)}")
        if name != names[2]:
            expected.append("Certificate not yet due for renewal")
    assert told == expected, result


def test_unreachable_ca_is_no_failure_while_nothing_is_due(door, door_client, add):
    add("down.ari.test", **FRESH)
    door.before_hook = lambda request: Reply(503)
    door_client.renew().ok()
    assert door_client.tree.version("down.ari.test") == 1


def test_expired_certificate_needs_no_question(door, door_client, add):
    asked = answer(door, ari_window(30, 40))
    add("exp.ari.test", start=-100, end=-1)
    door_client.renew().ok()
    assert door_client.tree.version("exp.ari.test") == 2
    assert asked == []


def test_renew_before_expiry_goes_with_a_future_window(door, door_client, add):
    """Spec 12.2: the interval of the conf is a reason of its own."""
    answer(door, ari_window(30, 40))
    add("rbe.ari.test", top={"renew_before_expiry": "85 days"}, **FRESH)
    door_client.renew().ok()
    assert door_client.tree.version("rbe.ari.test") == 2


def test_order_says_what_it_replaces(door, door_client, add):
    """RFC 9773 section 5."""
    answer(door, ari_window(-2, -1))
    certificate = add("rep.ari.test", **FRESH)
    door_client.renew().ok()
    order = door.orders()[0]  # a CA that does not know the certificate is asked once more without
    assert order["replaces"] == certificate
    assert order["identifiers"] == [{"type": "dns", "value": "rep.ari.test"}]


def test_no_replaces_for_a_ca_without_renewal_information(door, door_client, add):
    add("norep.ari.test", **OLD)
    door_client.renew().ok()
    assert "replaces" not in door.orders()[0]


def test_first_order_replaces_nothing(door, door_client):
    answer(door, ari_window(30, 40))
    door_client.standalone("-d", "first.ari.test").ok()
    assert "replaces" not in door.orders()[0]


def test_refused_replaces_is_ordered_again_without(door, door_client, add):
    """RFC 9773 section 5: alreadyReplaced must not keep a certificate from being renewed."""
    answer(door, ari_window(-2, -1))
    add("already.ari.test", **FRESH)

    def refuse(request):
        if request.path == door.at("newOrder") and "replaces" in (request.payload or {}):
            return Reply.problem("alreadyReplaced", "certificate has been replaced", 409,
                                 Replay_Nonce=door.fresh_nonce())
        return None

    door.before_hook = refuse
    door_client.renew().ok()
    assert door_client.tree.version("already.ari.test") == 2


def test_explanation_url_is_shown(door, door_client, add):
    """RFC 9773 section 4.2."""
    answer(door, ari_window(-2, -1, explanationURL="https://ca.test/incident/17"))
    add("why.ari.test", **FRESH)
    door_client.renew().ok().says("https://ca.test/incident/17")


def test_many_are_asked_side_by_side(door, door_client, add):
    """From afar: no question is answered before another one has come."""
    names = [f"beside{i}.ari.test" for i in range(8)]
    asked, pairs = [], threading.Barrier(2)

    def ask(certificate):
        asked.append(certificate)
        pairs.wait(30)
        return ari_window(-2, -1) if certificate == ids[names[3]] else ari_window(30, 40)

    def far_away(request):
        threading.Event().wait(0.05)

    door.ari, door.before_hook = ask, far_away
    ids = {name: add(name, **FRESH) for name in names}
    result = door_client.renew("--jobs", "2").ok()
    assert sorted(asked[:8]) == sorted(ids.values())
    assert [name for name in names if door_client.tree.version(name) == 2] == [names[3]]
    told = [line for line in result.out.splitlines() if line.startswith("Processing")]
    assert told == [f"Processing {door_client.tree.conf(name)}" for name in names], result


def test_a_silent_server_is_tried_for_one_lineage_only(offline):
    """Thousands of lineages do not each wait for the same dead CA; each of them goes by its dates."""
    offline.env["no_proxy"] = "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/dir"
        taken = []

        def hang_up():
            while not done.is_set():
                with contextlib.suppress(TimeoutError):
                    listener.accept()[0].close()
                    taken.append(1)

        done, once = threading.Event(), None
        thread = threading.Thread(target=hang_up)
        thread.start()
        try:
            for count in (1, 6):
                for number in range(count):
                    lineages.add(offline.tree, f"n{number}.test", start=-10, end=80,
                                 params={"server": url, "authenticator": "standalone", "key_type": "ecdsa"})
                taken.clear()
                offline.run("renew", "--no-random-sleep-on-renew").ok().says("not answered" if count > 1 else "skipped")
                once = once or len(taken)
            assert len(taken) == once > 0
        finally:
            done.set()
            thread.join()

"""renew after a failure: who is tried again, when, and what is said of it (docs/certbot-differences.md)."""
import datetime
import json

import pytest

from lib import lineages
from lib.differences import differs
from lib.door import Reply
from lib.ports import free_port
from lib.tree import mode_of

NAME = "p.po.test"


def stamp(seconds):
    return f"{datetime.datetime.utcnow() + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


class Lineage:
    """One that is due, and whose challenge nobody answers."""

    def __init__(self, client, **more):
        self.client, self.file = client, client.tree.work / "signet" / "setbacks" / f"{NAME}.json"
        params = lineages.renewable(client)
        self.port = params["http01_port"]
        lineages.add(client.tree, NAME, start=-80, end=10, params={**params, "http01_port": free_port(), **more})

    def remembered(self):
        return json.loads(self.file.read_text())

    def change(self, **values):
        self.file.write_text(json.dumps({**self.remembered(), **values}))

    def fail(self, *args):
        self.client.renew(*args).failed().says("1 renew failure(s)", f"{self.client.tree.live(NAME, 'fullchain')} (failure)")
        return self

    def version(self):
        return self.client.tree.version(NAME)


@pytest.fixture
def lineage(client):
    return Lineage(client)


@differs("put-off")
def test_after_a_failure_the_ca_is_not_asked(door_client, door):
    lineage = Lineage(door_client).fail()
    before, remembered = len(door.requests), lineage.remembered()
    result = door_client.renew().failed()
    assert len(door.requests) == before
    assert lineage.remembered() == remembered and mode_of(lineage.file) == 0o600
    until = remembered["next_try"].replace("T", " ").replace("Z", "+00:00")
    result.says(f"{door_client.tree.live(NAME, 'fullchain')} (put off until {until})", "1 renew failure(s), 0 parse failure(s)")
    assert f"is not tried before {until}: renewing it has failed once. The last error: " in result.err, result
    result.never_says("--force-renewal", "(failure)")


def test_quiet_says_why_the_run_fails(client, lineage):
    lineage.fail()
    result = client.renew("-q").failed()
    assert result.out == "" and "is not tried before" in result.err, result


def test_who_names_it_is_told_the_way_out(client, lineage):
    lineage.fail()
    client.renew("--cert-name", NAME).failed().says(f"`signet renew --cert-name {NAME} --force-renewal` tries at once")


def test_when_its_time_has_come_it_is_tried_and_waits_longer(lineage):
    lineage.fail().change(next_try=stamp(-1), failed_at=stamp(-61))
    lineage.fail()
    assert lineage.remembered()["failures"] == 2


def test_force_renewal_tries_and_success_is_the_end_of_it(client, lineage):
    lineage.fail()
    lineage.fail("--force-renewal")
    assert lineage.remembered()["failures"] == 2
    client.renew("--force-renewal", "--http-01-port", lineage.port).ok()
    assert lineage.version() == 2 and not lineage.file.exists()


def test_another_configuration_is_tried_at_once(client, lineage):
    lineage.fail()
    client.renew("--http-01-port", lineage.port).ok()
    assert lineage.version() == 2


def test_a_renewal_file_changed_by_hand_is_tried_at_once(client, lineage):
    lineage.fail()
    conf = client.tree.conf(NAME)
    port = lineages.read_conf(conf)["renewalparams"]["http01_port"]
    conf.write_text(conf.read_text().replace(port, str(lineage.port)))
    client.renew().ok()


def test_certonly_is_tried_at_once_and_ends_it(client, lineage):
    lineage.fail()
    client.standalone("-d", NAME, "--cert-name", NAME).ok()
    assert lineage.version() == 2 and not lineage.file.exists()


def test_dry_run_neither_reads_nor_writes_it(client, lineage):
    rehearsal = ("--dry-run", "--server", client.pebble.url)
    client.renew(*rehearsal).failed()
    assert not lineage.file.exists()
    lineage.fail()
    before = lineage.file.read_bytes()
    client.renew(*rehearsal).failed().says("(failure)")
    client.renew(*rehearsal, "--http-01-port", lineage.port).ok()
    assert lineage.file.read_bytes() == before


def test_a_failure_of_the_future_does_not_count(lineage):
    """The clock was set back."""
    lineage.fail().change(failed_at=stamp(7200), next_try=stamp(9000))
    lineage.fail()
    assert lineage.remembered()["failures"] == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"failures": "two"}'])
def test_what_cannot_be_read_does_not_count(lineage, text):
    lineage.fail().file.write_text(text)
    lineage.fail()
    assert lineage.remembered()["failures"] == 1


def test_a_failed_forced_renewal_is_no_failure_of_the_runs_after_it(client, lineage):
    lineages.add(client.tree, "idle.po.test", start=-1, end=89,
                 params=lineages.renewable(client, http01_port=free_port()))
    client.renew("--force-renewal", "--cert-name", "idle.po.test").failed()
    client.renew("--cert-name", "idle.po.test").ok().says("(skipped)")


def test_the_time_that_the_ca_names_is_kept(door_client, door):
    lineage = Lineage(door_client)
    door.before_hook = lambda r: Reply.problem("rateLimited", "too many", 429, Retry_After=7200) \
        if r.path == door.pebble.paths["newOrder"] else None
    lineage.fail()
    seen, remembered = len(door.requests), lineage.remembered()
    waits = [datetime.datetime.strptime(remembered[k], "%Y-%m-%dT%H:%M:%SZ") for k in ("failed_at", "next_try")]
    assert waits[1] - waits[0] == datetime.timedelta(hours=2), remembered
    assert remembered["reason"] == "rateLimited" and remembered["type"] == "urn:ietf:params:acme:error:rateLimited"
    door_client.renew().failed().says("put off until")
    assert len(door.requests) == seen


def test_post_hooks_are_told_of_what_was_put_off(client, hooks, lineage):
    lineage.fail()
    lineages.add(client.tree, "good.po.test", ["good.po.test", "127.0.0.1"], start=-80, end=10,
                 params=lineages.renewable(client, post_hook=hooks.script("post")))
    client.renew().failed().says("The following renewals succeeded:").never_says("Congratulations")
    env = dict(hooks.calls())["post"]
    assert sorted(env["RENEWED_DOMAINS"].split()) == ["127.0.0.1", "good.po.test"]
    assert env["FAILED_DOMAINS"] == NAME


def test_delete_forgets(client, lineage):
    lineage.fail()
    client.run("delete", "-n", "--cert-name", NAME).ok()
    assert not lineage.file.exists()

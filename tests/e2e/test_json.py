"""--json on every subcommand: standard output is what docs/events.schema.json says, for good runs and for bad ones."""
import jsonschema
import pytest

from lib import lineages, schema
from lib.ports import free_port

CA = {"server": "https://ca.test/dir", "authenticator": "standalone"}


def kinds(lines):
    return [line["event"] for line in lines]


def one(lines, kind):
    found = [line for line in lines if line["event"] == kind]
    assert len(found) == 1, kinds(lines)
    return found[0]


def said(client, verb, *args, code=0, **run):
    result = client.run(verb, "--json", *args, **run)
    assert result.code == code, result
    return schema.events(result)


def test_schema_is_one_and_refuses():
    jsonschema.Draft202012Validator.check_schema(schema.SCHEMA)
    for wrong in ({}, {"event": "nothing", "level": "info", "time": "2026-11-21T23:09:46Z"},
                  {"event": "waiting", "level": "info", "time": "yesterday", "activity": "x", "subject": None},
                  {"event": "waiting", "level": "info", "time": "2026-11-21T23:09:46Z", "activity": 1, "subject": None},
                  {"event": "waiting", "level": "info", "time": "2026-11-21T23:09:46Z", "activity": "x"}):
        assert not schema.VALIDATOR.is_valid(wrong), wrong


def test_life_of_an_account_and_a_certificate(client, hooks):
    port = ("--standalone", "--http-01-port", client.pebble.http_port)
    assert "account.registered" in kinds(said(client, "register", "--agree-tos", "-m", "me@json.test"))
    assert one(said(client, "show_account"), "account.shown")["url"].startswith("https://")
    said(client, "update_account", "-m", "you@json.test")
    loud = hooks.script("deploy", output="hello")
    made = said(client, "certonly", *port, "-d", "a.json.test", "--deploy-hook", loud, "-vv")
    assert one(made, "certificate.saved")["lineage"] == "a.json.test" and one(made, "hook.output")["hook"] == "deploy-hook"
    said(client, "certonly", *port, "-d", "a.json.test", "--keep")
    said(client, "run", *port, "-i", "null", "-d", "b.json.test")
    assert said(client, "install", "-i", "null", "--cert-name", "b.json.test")[-1]["event"] == "certificate.installed"
    assert one(said(client, "renew", "--no-random-sleep-on-renew"), "renew.summary")["renewed"] == []
    said(client, "renew", "--no-random-sleep-on-renew", "--force-renewal", "--cert-name", "a.json.test")
    assert one(said(client, "reconfigure", "--cert-name", "a.json.test", "--pre-hook", "true"), "lineage.reconfigured")["changed"]
    listed = said(client, "certificates", "--cert-name", "a.json.test")
    assert one(listed, "certificate.listed")["pre_hook"] == "true"
    said(client, "revoke", "--cert-name", "b.json.test", "--delete-after-revoke")
    assert one(said(client, "delete", "--cert-name", "a.json.test"), "certificate.deleted")["lineage"] == "a.json.test"
    said(client, "unregister", server=True)


@pytest.mark.parametrize("args", [["plugins"], ["plugins", "--init", "--prepare"], ["help"], ["help", "renew"], ["--version"], ["certificates"]])
def test_what_only_shows(offline, args):
    said(offline, *args)


@pytest.mark.parametrize("code, error, args", [
    (2, "usage", ["--no-such-option"]), (2, "usage", ["certonly", "--key-type", "dsa"]), (1, "config", ["renew", "--cert-name", "absent.test"]),
    (1, None, ["rollback"]), (1, None, ["enhance"]), (1, None, ["install", "--cert-name", "absent.test"]), (1, None, ["show_account"]),
    (1, None, ["revoke", "--cert-name", "absent.test"]), (1, None, ["delete", "--cert-name", "absent.test"]),
    (2, "usage", ["certonly", "--csr", "absent.csr"]), (1, None, ["run", "-d", "a.json.test"]), (1, None, ["unregister"]),
    (1, None, ["update_account", "-m", "me@json.test"]), (1, None, ["reconfigure", "--cert-name", "absent.test"]), (2, "usage", ["frobnicate"])])
def test_errors(offline, code, error, args):
    lines = said(offline, *args, code=code)
    assert lines[-1] == one(lines, "failed") and lines[-1]["error"]["message"] in lines[-1]["message"]
    failed = lines[-1]["error"]
    assert failed["code"] == (error or failed["code"]) and failed["message"] == ": ".join(failed["causes"])


@pytest.mark.parametrize("code, line, args", [(2, "", ["--no-such-option"]), (2, "no-such-key = 1", []), (1, "", ["renew", "--force-interactive"])])
def test_json_in_a_file(offline, tmp_path, code, line, args):
    (tmp_path / "json.ini").write_text(f"json = true\n{line}\n")
    result = offline.run("certificates" if not args or code == 2 else args[0], *(args if code == 2 else args[1:]), "-c", tmp_path / "json.ini").failed(code)
    assert schema.events(result)[-1]["exit_status"] == code


def test_challenges_that_fail(client):
    lines = said(client, "certonly", "--standalone", "--agree-tos", "--register-unsafely-without-email", "--http-01-port", free_port(),
                 "-d", "c.json.test", code=1)
    failed, = one(lines, "failed")["error"]["subproblems"]
    assert one(lines, "challenge.withdrawn")["message"] == "http-01 challenge for c.json.test withdrawn"
    assert failed["identifier"] == "c.json.test" and failed["type"].startswith("urn:ietf:params:acme:error:") and failed["hint"]


def test_challenge_that_was_not_published_is_not_withdrawn(client, tmp_path):
    (tmp_path / ".well-known").write_text("in the way")
    lines = said(client, "certonly", "--webroot", "-w", tmp_path, "--agree-tos", "--register-unsafely-without-email", "-d", "p.json.test", code=1)
    assert not {"challenge.published", "challenge.withdrawn"} & set(kinds(lines))


def test_renewals_that_fail_and_are_put_off(client):
    lineages.add(client.tree, "d.json.test", start=-80, end=10, params=lineages.renewable(client, http01_port=free_port()))
    client.tree.conf("e.json.test").write_text("[x\n")
    renew = ("renew", "--no-random-sleep-on-renew")
    failed = one(said(client, *renew, code=1), "lineage.failed")["error"]
    put_off = one(said(client, *renew, code=1), "lineage.put_off")
    assert put_off["failures"] == 1 and put_off["last_error"]["message"].startswith(failed["message"])
    lines = said(client, "certificates")
    listed = one(lines, "certificate.listed")
    assert (listed["failures"], listed["next_try"], listed["failed_at"]) == (1, put_off["next_try"], put_off["failed_at"])
    assert listed["last_error"] == put_off["last_error"] and listed["last_error"]["type"].startswith("urn:")
    assert one(lines, "lineage.broken")["lineage"] == "e.json.test" and one(lines, "lineage.broken")["error"]["message"]


def test_inventory(offline):
    window = {"ari_certificate": "abc", "ari_window_start": "2027-01-02T03:04:05Z", "ari_window_end": "2027-01-03T03:04:05Z"}
    section = "[acme_renewal_info]\n" + "".join(f"{k} = {v}\n" for k, v in window.items())
    leaf = lineages.add(offline.tree, "i.json.test", ["i.json.test", "192.0.2.1"], serial=0xabc, sections=section,
                        params={**CA, "account": "4f2a", "installer": "null", "renew_hook": "reload", "autorenew": "False"})
    for _ in range(2):      # the second run has the first one's index
        listed = one(said(offline, "certificates"), "certificate.listed")
        live = offline.tree.live("i.json.test")
        assert listed["identifiers"] == ["i.json.test", "192.0.2.1"] and listed["serial"] == "abc"
        assert listed["not_before"] == f"{leaf.not_valid_before:%Y-%m-%dT%H:%M:%SZ}" and listed["days_left"] == 88
        assert (listed["window_start"], listed["window_end"]) == ("2027-01-02T03:04:05Z", "2027-01-03T03:04:05Z")
        assert (listed["certificate_path"], listed["chain_path"]) == (f"{live}/fullchain.pem", f"{live}/chain.pem")
        assert (listed["authenticator"], listed["installer"], listed["deploy_hook"]) == ("standalone", "null", "reload")
        assert (listed["account"], listed["server"], listed["autorenew"], listed["pre_hook"]) == ("4f2a", CA["server"], False, None)
        assert (listed["failures"], listed["next_try"], listed["last_error"]) == (0, None, None)

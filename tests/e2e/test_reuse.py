"""Which lineage a certonly is for, and whether it is renewed (spec 6.2, 6.3)."""
import re

import pytest

from lib import lineages, pki

NOT_DUE = "Certificate not yet due for renewal; no action taken."


@pytest.fixture
def have(client):
    """have(names...): a lineage on disk, not due, named by its first name; a registered client."""
    def make(*names, **more):
        params = lineages.renewable(client)
        lineages.add(client.tree, more.pop("name", names[0]), names, params=params, **more)
    return make


def test_same_names_are_kept(client, have):
    have("keep.test", "www.keep.test")
    conf = client.tree.conf("keep.test").read_text()
    before = client.tree.snapshot(skip=("accounts", "renewal-hooks", "renewal"))
    client.standalone("-d", "keep.test,www.keep.test").ok().says(NOT_DUE)
    assert client.tree.snapshot(skip=("accounts", "renewal-hooks", "renewal")) == before
    # the CA was asked when to renew, which is remembered (spec 12.2)
    assert client.tree.conf("keep.test").read_text().startswith(conf + "[acme_renewal_info]\n")


def test_same_names_in_another_order_and_case_are_the_same(client, have):
    have("ord.test", "www.ord.test")
    client.standalone("--keep-until-expiring", "-d", "WWW.ord.test.", "-d", "Ord.Test").ok() \
        .says(NOT_DUE)
    assert client.tree.lineages() == ["ord.test"]


def test_same_names_are_renewed_when_due(client, have):
    have("due.test", start=-80, end=10)
    client.standalone("-d", "due.test").ok().says("Renewing an existing certificate for due.test")
    assert client.tree.version("due.test") == 2
    assert client.tree.lineages() == ["due.test"]


@pytest.mark.parametrize("flag", ["--force-renewal", "--renew-by-default", "--force-renew"])
def test_force_renewal_renews_what_is_not_due(client, have, flag):
    have("force.test")
    client.standalone("-d", "force.test", flag).ok()
    assert client.tree.version("force.test") == 2


def test_duplicate_makes_another_lineage(client, have):
    have("dup.test")
    client.standalone("-d", "dup.test", "--duplicate").ok()
    assert client.tree.lineages() == ["dup.test", "dup.test-0001"]
    assert client.tree.version("dup.test") == client.tree.version("dup.test-0001") == 1


def test_suffix_counts_up(client, have):
    have("suf.test")
    have("suf.test", name="suf.test-0001")
    client.standalone("-d", "suf.test", "--duplicate").ok()
    assert client.tree.lineages() == ["suf.test", "suf.test-0001", "suf.test-0002"]


def test_superset_needs_expand_and_the_error_names_it(client, have):
    have("exp.test")
    client.standalone("-d", "exp.test,www.exp.test").failed().says("--expand")
    assert client.tree.version("exp.test") == 1
    assert client.tree.lineages() == ["exp.test"]


@pytest.mark.parametrize("flag", ["--expand", "--force-renewal"])
def test_expand_replaces_the_smaller_certificate(client, have, flag):
    have("exp.test")
    client.standalone("-d", "exp.test,www.exp.test", flag).ok()
    assert client.tree.lineages() == ["exp.test"]
    assert client.tree.version("exp.test") == 2
    assert sorted(pki.names_of(client.tree.live("exp.test", "cert"))) == \
        ["exp.test", "www.exp.test"]


def test_expand_takes_the_largest_subset(client, have):
    have("l1.test")
    have("l2.test", "l1.test")
    client.standalone("-d", "l1.test,l2.test,l3.test", "--expand").ok()
    assert client.tree.version("l2.test") == 2
    assert client.tree.version("l1.test") == 1


def test_expand_question_on_a_terminal_can_be_declined(client, have):
    have("ask.test")
    run = client.pty("certonly", "--standalone", "--http-01-port", client.pebble.http_port,
                     "-d", "ask.test,www.ask.test", "--agree-tos")
    try:
        run.expect("ask.test")
        run.expect("ancel").send("c\n")
        result = run.wait().failed()
    finally:
        run.close()
    assert "--duplicate" in result.out, result
    assert client.tree.version("ask.test") == 1


def test_overlapping_names_make_a_new_lineage(client, have):
    have("x.test", "y.test")
    client.standalone("-d", "y.test,z.test").ok()
    assert client.tree.lineages() == ["x.test", "y.test"]
    assert client.tree.version("x.test") == 1


def test_cert_name_names_a_new_lineage(client):
    client.standalone("-d", "real.test", "--cert-name", "My Chosen_name").ok()
    assert client.tree.lineages() == ["My Chosen_name"]
    assert client.tree.version("My Chosen_name") == 1


def test_cert_name_changes_the_names_of_a_lineage(client, have):
    have("chg.test", "old.test")
    client.standalone("--cert-name", "chg.test", "-d", "chg.test,new.test").ok()
    assert client.tree.version("chg.test") == 2
    assert sorted(pki.names_of(client.tree.live("chg.test", "cert"))) == ["chg.test", "new.test"]


def test_renew_with_new_domains_asks_nothing(client, have):
    have("rwnd.test")
    run = client.pty("certonly", "--standalone", "--http-01-port", client.pebble.http_port,
                     "--cert-name", "rwnd.test", "-d", "other.test", "--renew-with-new-domains")
    run.wait(60).ok()
    assert client.tree.version("rwnd.test") == 2
    assert pki.names_of(client.tree.live("rwnd.test", "cert")) == ["other.test"]


def test_cert_name_alone_uses_the_names_of_the_certificate(client, have):
    have("cn.test", "www.cn.test")
    client.standalone("--cert-name", "cn.test", "--force-renewal").ok()
    assert client.tree.version("cn.test") == 2
    assert sorted(pki.names_of(client.tree.live("cn.test", "cert"))) == ["cn.test", "www.cn.test"]


def test_cert_name_alone_of_no_lineage_is_an_error(client):
    result = client.standalone("--cert-name", "nothing").failed()
    assert re.search("nothing|--domains", result.err), result
    assert client.tree.lineages() == []


def test_cert_name_with_a_slash_is_refused(client):
    result = client.standalone("-d", "s.test", "--cert-name", "../s")
    assert result.code in (1, 2), result
    assert client.tree.lineages() == [] and client.tree.account_dirs() == []


def test_no_names_and_no_questions_is_an_error(client):
    client.standalone().failed().says("--domains")


@pytest.mark.parametrize("where", ["live", "archive"])
def test_a_directory_in_the_way_is_not_overwritten(client, where):
    d = client.tree.config / where / "way.test"
    d.mkdir(parents=True)
    (d / "precious").write_text("x")
    result = client.standalone("-d", "way.test").failed()
    assert f"{where} directory" in result.err and "way.test" in result.err, result
    assert (d / "precious").read_text() == "x"
    assert client.tree.lineages() == []


def test_a_broken_conf_is_passed_over_but_its_name_stays_taken(client):
    client.tree.conf("brk.test").parent.mkdir(parents=True)
    client.tree.conf("brk.test").write_text("this is [not\n")
    client.standalone("-d", "brk.test").ok()
    assert client.tree.lineages() == ["brk.test", "brk.test-0001"]
    assert client.tree.version("brk.test-0001") == 1
    assert client.tree.conf("brk.test").read_text() == "this is [not\n"


def test_live_links_behind_the_archive_are_moved_up_and_kept(client, have):
    have("lag.test")
    key = pki.make_key()
    leaf = lineages.authority().issue(["lag.test"], key)
    lineages.write_version(client.tree, "lag.test", 2, leaf, key)
    client.standalone("-d", "lag.test", "--force-renewal").ok()
    assert client.tree.version("lag.test") == 2
    assert not client.tree.archive("lag.test", "cert", 3).exists()


def test_next_version_is_one_above_the_highest_file_of_any_kind(client, have):
    have("hi.test")
    client.tree.archive("hi.test", "chain", 7).write_text("left over\n")
    client.standalone("-d", "hi.test", "--force-renewal").ok()
    assert client.tree.version("hi.test") == 8


def test_certonly_rewrites_the_stored_options(client, have, hooks):
    """Quirk 3: only this command line counts, unlike renew."""
    have("opt.test")
    hook = hooks.script("deploy")
    client.standalone("-d", "opt.test", "--force-renewal", "--deploy-hook", hook).ok()
    assert lineages.read_conf(client.tree.conf("opt.test"))["renewalparams"]["renew_hook"] == \
        str(hook)
    client.standalone("-d", "opt.test", "--force-renewal").ok()
    assert "renew_hook" not in lineages.read_conf(client.tree.conf("opt.test"))["renewalparams"]
    assert hooks.names() == ["deploy"]

"""certificates: the listing (spec 13.1). No CA is asked."""
import datetime
import os
import re
import shutil

import pytest
from cryptography import x509

from lib import lineages, pki
from lib.ports import free_port
from lib.differences import differs

SERVER = {"server": "https://ca.test/dir", "authenticator": "standalone"}


def add(client, name, names=None, **more):
    return lineages.add(client.tree, name, names, params={**SERVER, **more.pop("params", {})},
                        **more)


def entry(result, name):
    """{field: value} of one listed lineage."""
    block = result.out.split(f"  Certificate Name: {name}\n")[1].split("  Certificate Name: ")[0]
    lines = [line.strip().split(": ", 1) for line in block.splitlines() if ": " in line]
    return dict(lines)


def test_nothing_found(offline):
    result = offline.run("certificates").ok()
    assert "No certificates found." in result.out, result


def test_fields_of_a_certificate(offline):
    leaf = add(offline, "a.ls.test", ["a.ls.test", "www.a.ls.test"], serial=0x1ff4e90263eeb013)
    result = offline.run("certificates").ok()
    assert "Found the following certs:\n" in result.out, result
    fields = entry(result, "a.ls.test")
    assert fields["Serial Number"] == "1ff4e90263eeb013"
    assert fields["Key Type"] == "ECDSA"
    assert fields.get("Identifiers", fields.get("Domains")) == "a.ls.test www.a.ls.test"
    assert fields["Expiry Date"] == f"{leaf.not_valid_after}+00:00 (VALID: 88 days)"
    assert fields["Certificate Path"] == str(offline.tree.live("a.ls.test", "fullchain"))
    assert fields["Private Key Path"] == str(offline.tree.live("a.ls.test", "privkey"))


@differs("identifiers")
def test_label_is_the_one_since_5_2(offline):
    add(offline, "id.ls.test")
    assert "    Identifiers: id.ls.test\n" in offline.run("certificates").ok().out


def test_layout_is_the_one_scripts_read(offline):
    leaf = add(offline, "lay.ls.test", key="rsa", serial=0xabc)
    out = offline.run("certificates").ok().out.replace("Domains:", "Identifiers:")
    rule = "- " * 39 + "-"
    live = offline.tree.live("lay.ls.test")
    assert out.strip("\n") == f"""{rule}
Found the following certs:
  Certificate Name: lay.ls.test
    Serial Number: abc
    Key Type: RSA
    Identifiers: lay.ls.test
    Expiry Date: {leaf.not_valid_after}+00:00 (VALID: 88 days)
    Certificate Path: {live}/fullchain.pem
    Private Key Path: {live}/privkey.pem
{rule}"""


@pytest.mark.parametrize("end,text", [
    (1.5, "VALID: 1 day"), (0.52, "VALID: 12 hour(s)"), (-1, "INVALID: EXPIRED")])
def test_status_by_time_left(offline, end, text):
    add(offline, "t.ls.test", end=end, start=-50)
    assert f"({text})" in entry(offline.run("certificates").ok(), "t.ls.test")["Expiry Date"]


def test_staging_server_is_a_test_cert(offline):
    add(offline, "s.ls.test", params={"server": "https://staging.ca.test/dir"})
    add(offline, "e.ls.test", params={"server": "https://staging.ca.test/dir"}, start=-9, end=-1)
    result = offline.run("certificates").ok()
    assert "(INVALID: TEST_CERT)" in entry(result, "s.ls.test")["Expiry Date"]
    assert "(INVALID: TEST_CERT, EXPIRED)" in entry(result, "e.ls.test")["Expiry Date"]


def test_cert_name_filters(offline):
    add(offline, "f1.ls.test"), add(offline, "f2.ls.test")
    result = offline.run("certificates", "--cert-name", "f2.ls.test").ok()
    assert "f2.ls.test" in result.out and "f1.ls.test" not in result.out, result
    assert "Found the following matching certs:" in result.out, result


def test_domains_filter_wants_all_of_them(offline):
    add(offline, "g1.ls.test", ["g1.ls.test", "x.ls.test"])
    add(offline, "g2.ls.test", ["g2.ls.test", "x.ls.test", "y.ls.test"])
    result = offline.run("certificates", "-d", "x.ls.test,y.ls.test").ok()
    assert "g2.ls.test" in result.out and "g1.ls.test" not in result.out, result
    result = offline.run("certificates", "-d", "x.ls.test").ok()
    assert "Certificate Name: g1.ls.test" in result.out
    assert "Certificate Name: g2.ls.test" in result.out
    assert "Certificate Name" not in offline.run("certificates", "-d", "z.ls.test").ok().out


def test_broken_confs_are_listed_apart(offline):
    add(offline, "good.ls.test")
    offline.tree.conf("bad.ls.test").write_text("[x\n")
    result = offline.run("certificates").ok()
    assert "Certificate Name: good.ls.test" in result.out
    assert "The following renewal configurations were invalid:" in result.out, result
    assert str(offline.tree.conf("bad.ls.test")) in result.out


@pytest.mark.parametrize("harm", ["key", "fullchain", "chain"])
def test_parts_that_do_not_fit_are_invalid(offline, harm):
    add(offline, "h.ls.test")
    t = offline.tree
    if harm == "key":
        t.archive("h.ls.test", "privkey", 1).write_bytes(pki.key_pem(pki.make_key()))
    elif harm == "fullchain":
        t.archive("h.ls.test", "fullchain", 1).write_bytes(
            t.archive("h.ls.test", "cert", 1).read_bytes())
    else:
        other = pki.cert_pem(pki.Authority("Another CA").cert)
        t.archive("h.ls.test", "chain", 1).write_bytes(other)
        t.archive("h.ls.test", "fullchain", 1).write_bytes(
            t.archive("h.ls.test", "cert", 1).read_bytes() + other)
    result = offline.run("certificates").ok()
    assert "Certificate Name: h.ls.test" not in result.out, result
    assert "The following renewal configurations were invalid:" in result.out, result


def test_listing_is_in_the_order_of_file_names(offline):
    for name in ("c.ls.test", "a.ls.test-0001", "a.ls.test", "B.ls.test"):
        add(offline, name, ["n.ls.test"])
    out = offline.run("certificates").ok().out
    names = [x.split(": ")[1] for x in out.splitlines() if "Certificate Name" in x]
    assert names == ["B.ls.test", "a.ls.test-0001", "a.ls.test", "c.ls.test"]


def test_ip_addresses_are_listed(offline):
    add(offline, "ip.ls.test", ["ip.ls.test", "192.0.2.7", "2001:db8::7"])
    fields = entry(offline.run("certificates").ok(), "ip.ls.test")
    assert fields["Identifiers"] == "ip.ls.test 192.0.2.7 2001:db8::7"


def test_moved_archive_is_followed(offline):
    add(offline, "mv.ls.test")
    t = offline.tree
    elsewhere = t.root / "elsewhere"
    t.archive("mv.ls.test").rename(elsewhere)
    for kind in ("cert", "privkey", "chain", "fullchain"):
        t.live("mv.ls.test", kind).unlink()
        os.symlink(elsewhere / f"{kind}1.pem", t.live("mv.ls.test", kind))
    conf = t.conf("mv.ls.test")
    conf.write_text(conf.read_text().replace(str(t.archive("mv.ls.test")), str(elsewhere)))
    assert "Certificate Name: mv.ls.test" in offline.run("certificates").ok().out


def test_links_outside_the_archive_are_named_each_time(offline):
    """It is listed, as Certbot does; and no cache hides it from the next run."""
    add(offline, "out.ls.test"), add(offline, "fit.ls.test")
    t = offline.tree
    elsewhere = t.root / "elsewhere"
    t.archive("out.ls.test").rename(elsewhere)
    t.live("out.ls.test", "cert").unlink()
    os.symlink(elsewhere / "cert1.pem", t.live("out.ls.test", "cert"))
    os.symlink(elsewhere, t.archive("out.ls.test"))
    offline.run("certificates").ok().never_says("do not fit")       # two names of one directory
    t.archive("out.ls.test").unlink()
    shutil.copytree(elsewhere, t.archive("out.ls.test"))
    for _ in range(2):
        result = offline.run("certificates").ok()
        assert "Certificate Name: out.ls.test" in result.out, result
        assert f"{t.live('out.ls.test', 'cert')} points to {elsewhere}/cert1.pem, outside the archive" in result.err, result
        assert result.err.count("do not fit") == 1, result
    offline.run("certificates", "--cert-name", "fit.ls.test").ok().never_says("do not fit")


def test_listing_changes_no_lineage(offline):
    add(offline, "ro.ls.test")
    what = ("archive", "live", "renewal")
    before = [offline.tree.snapshot(offline.tree.config / d) for d in what]
    offline.run("certificates").ok()
    assert [offline.tree.snapshot(offline.tree.config / d) for d in what] == before


def test_certificate_made_now_is_listed(client):
    client.standalone("-d", "now.ls.test").ok()
    cert = client.tree.live("now.ls.test", "cert")
    leaf = x509.load_pem_x509_certificate(cert.read_bytes())
    fields = entry(client.run("certificates").ok(), "now.ls.test")
    assert fields["Serial Number"] == f"{leaf.serial_number:x}"
    days = (leaf.not_valid_after - datetime.datetime.utcnow()).days
    assert fields["Expiry Date"].endswith(f"(VALID: {days} days)")


def behind(result, name):
    """The lines behind Certbot's seven."""
    lines = result.out.split(f"  Certificate Name: {name}\n")[1].split("  Certificate Name: ")[0].splitlines()[6:]
    return [line.strip() for line in lines if line.startswith("    ")]


def test_renewal_window_of_the_ca_is_shown(offline):
    window = {"ari_certificate": "abc", "ari_window_start": "2027-01-02T03:04:05Z", "ari_window_end": "2027-01-03T03:04:05Z"}
    text = "[acme_renewal_info]\n" + "".join(f"{k} = {v}\n" for k, v in window.items())
    add(offline, "w.ls.test", serial=0xabc, sections=text)
    add(offline, "x.ls.test", serial=0xdef, sections=text)      # it is another certificate's
    for _ in range(2):      # the second time from the index
        result = offline.run("certificates").ok()
        assert behind(result, "w.ls.test") == ["Renewal Window: 2027-01-02 03:04:05+00:00 to 2027-01-03 03:04:05+00:00"]
        assert behind(result, "x.ls.test") == []


def test_days_that_a_test_certificate_has_left(offline):
    add(offline, "s.ls.test", params={"server": "https://staging.ca.test/dir"})
    assert behind(offline.run("certificates").ok(), "s.ls.test") == ["Days Left: 88"]


def test_last_error_and_next_try(client):
    lineages.add(client.tree, "e.ls.test", start=-80, end=10, params=lineages.renewable(client, http01_port=free_port()))
    client.renew().failed()
    error, next_try = behind(client.run("certificates").ok(), "e.ls.test")
    assert re.fullmatch(r"Last Error: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00: \w+ \(e\.ls\.test\)", error)
    assert re.fullmatch(r"Next Try: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", next_try)
    lineages.add(client.tree, "f.ls.test", params=lineages.renewable(client, http01_port=free_port()))
    client.renew("--cert-name", "f.ls.test", "--force-renewal").failed()
    assert behind(client.run("certificates").ok(), "f.ls.test")[1] == "Next Try: when it is due for renewal"
    state = client.tree.work / "signet" / "setbacks" / "e.ls.test.json"
    state.write_text(re.sub(r'"next_try":"\d{4}', '"next_try":"2020', state.read_text()))
    assert behind(client.run("certificates").ok(), "e.ls.test")[1] == "Next Try: with the next `renew`"
    client.tree.conf("e.ls.test").write_text(client.tree.conf("e.ls.test").read_text().replace("http01_port", "http01_portt"))
    assert behind(client.run("certificates").ok(), "e.ls.test") == []

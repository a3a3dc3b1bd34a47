"""Internationalized names: typed as people write them, asked for by their A-labels, and shown both ways."""
import pytest

from lib import lineages, pki
from lib.differences import differs

ASCII = "xn--bcher-kva.idn.test"


@pytest.mark.parametrize("typed, ascii_form, shown", [
    ("bücher.idn.test", ASCII, "bücher.idn.test"),
    ("BÜCHER.idn.test.", ASCII, "bücher.idn.test"),
    ("faß.idn.test", "xn--fa-hia.idn.test", "faß.idn.test"),
    ("例え。idn.test", "xn--r8jz45g.idn.test", "例え.idn.test"),
])
def test_unicode_is_converted(client, typed, ascii_form, shown):
    client.standalone("-d", typed).ok().says(f"Requesting a certificate for {ascii_form} ({shown})")
    assert set(pki.names_of(client.tree.live(ascii_form, "cert"))) == {ascii_form}


def test_a_label_is_shown_both_ways_and_is_the_same_name(client):
    client.standalone("-d", ASCII).ok().says(f"{ASCII} (bücher.idn.test)")
    client.standalone("-d", "bücher.idn.test", "--keep").ok().says("not yet due")
    client.run("certificates", "-d", "bücher.idn.test").ok().says(f"Identifiers: {ASCII}\n")


def test_wildcard(offline):
    lineages.add(offline.tree, ASCII, ["*." + ASCII])
    offline.run("certificates", "-d", "*.bücher.idn.test").ok().says(f"Identifiers: *.{ASCII}\n")
    offline.run("certificates", "-d", "bücher.idn.test").ok().never_says("Identifiers:")


@pytest.mark.parametrize("typed", ["☃.idn.test", "a\u200b.idn.test", "bü cher.idn.test"])
def test_what_no_name_can_hold_is_refused(offline, typed):
    offline.run("certonly", "-n", "--standalone", "-d", typed).failed()


def test_false_a_label_is_shown_as_it_is(client):
    client.standalone("-d", "xn--a-0ga0h.idn.test", "--dry-run").says("for xn--a-0ga0h.idn.test\n")


@differs("unicode")
def test_certbot_wants_the_a_label(certbot):
    """docs/certbot-differences.md lists it; when this fails, that entry has to go."""
    certbot.run("certonly", "-n", "--standalone", "-d", "bücher.idn.test").failed()

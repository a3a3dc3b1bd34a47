"""Names that are beside those of a certificate in the same host keep theirs, or somebody has said that they need not."""
import pytest

from lib import lineages, pki
from lib.differences import differs
from lib.either_server import OnApache, OnNginx, running

A, B, C, M, X, Y, NOBODY = (f"{letter}.bs.test" for letter in "abcmxyn")


class Sites:
    """a and b are one plain host; x and y too, but y has a TLS host of its own, which is read behind what becomes of that.

    That of m is read behind what becomes of c, and before all others.
    """

    def begin(self, directory):
        for name, names in ((Y, [Y]), (M, [M, NOBODY])):
            leaf, key = lineages.made(names)
            (directory / f"{name}.pem").write_bytes(pki.cert_pem(leaf) + pki.key_pem(key))
        self.server.site("0c", self.plain.format(C, f"www.{C}"))
        self.server.site("0m", self.tls.replace("$", M))
        self.server.site("a", self.plain.format(A, B))
        self.server.site("x", self.plain.format(X, Y))
        self.server.site("z", self.tls.replace("$", Y))


class OfApache(Sites, OnApache):
    plain = '<VirtualHost *:@port>\n\tServerName {0}\n\tServerAlias {1}\n\tErrorDocument 403 "{0}"\n</VirtualHost>\n'
    tls = "<VirtualHost *:@tls>\n\tServerName $\n\tSSLEngine on\n\tSSLCertificateFile @dir/$.pem\n</VirtualHost>\n"
    place = "a-le-ssl.conf:2"


class OfNginx(Sites, OnNginx):
    plain = "server {{\n    listen {{port}};\n    listen [::1]:{{port}};\n    server_name {0} {1};\n    location / {{ return 200 {0}; }}\n}}\n"
    tls = "server {\n    listen {tls} ssl;\n    server_name $;\n    ssl_certificate {d}/$.pem;\n    ssl_certificate_key {d}/$.pem;\n}\n"
    place = "sites/a:1"


@pytest.fixture(scope="module", params=["apache", "nginx"])
def machine(request, tmp_path_factory, pebble):
    yield from running(request.param, {"apache": OfApache, "nginx": OfNginx}, tmp_path_factory, pebble)


def contents(site):
    return {path: about if isinstance(about, str) else [part for part in about if isinstance(part, bytes)] for path, about in site.server.files().items()}


@pytest.fixture
def site(machine, offline):
    """Afterwards everything is as before."""
    before = contents(machine)
    yield machine
    offline.run("rollback", "-n", "-i", machine.options[0].strip("-"), *machine.options[1:], "--checkpoints", 10).ok()
    assert contents(machine) == before


def install(client, site, lineage, *args, start=None):
    return (start or client.run)("install", *site.options, "--cert-name", lineage, "--no-redirect", *args)


@differs("names-beside")
def test_nobody_to_ask(offline, site):
    both, one = lineages.add(offline.tree, "both", [A, B]), lineages.add(offline.tree, "one", [B])
    install(offline, site, "both", "-n").ok()
    installed = contents(site)
    mend = f"--cert-name one -d {B} -d {A} --expand"
    for dry in ([], ["--dry-run"]):
        install(offline, site, "one", "-n", *dry).failed().says(f"{A} (", site.place, "the new one is not for it", mend)
        assert contents(site) == installed and site.served(A) == both.serial_number
    install(offline, site, "one", "-n", "--allow-subset-of-names").ok().says(f"{A} (", site.place, "is not for this name", mend)
    assert site.served(A) == site.served(B) == one.serial_number
    install(offline, site, "both", "-n").ok().never_says("is not for")
    assert site.served(A) == both.serial_number


def test_a_person_is_asked(offline, site):
    both, one = lineages.add(offline.tree, "both", [A, B]), lineages.add(offline.tree, "one", [B])
    install(offline, site, "both", "-n").ok()
    for answer, code, shown in (("n", 1, both), ("y", 0, one)):
        run = install(offline, site, "one", start=offline.pty)
        try:
            run.expect("(Y)es/(N)o: ")
            assert f"  {A} (" in run.text
            assert (run.send(f"{answer}\n").wait().code, site.served(A)) == (code, shown.serial_number)
        finally:
            run.close()


def test_a_host_that_would_take_anothers_name(offline, site):
    """nginx is known to; of Apache it is seen, and undone."""
    before, old = contents(site), site.served(Y)
    lineages.add(offline.tree, "x", [X])
    done = install(offline, site, "x", "-n").failed().says(Y)
    assert (done.out + done.err).count("Undoing") == (site.options[0] == "--apache")
    assert contents(site) == before and site.served(Y) == old


@differs("names-beside")
@pytest.mark.parametrize("machine", ["nginx"], indirect=True)
def test_a_name_that_no_host_has(offline, site):
    """The default answers for it, with a certificate that has it: another block may come to be that."""
    before, old = contents(site), site.served(NOBODY)
    new = lineages.add(offline.tree, "c", [C])
    install(offline, site, "c", "-n").failed().says(f"{NOBODY} (", "0m", "names that no host has", "server_name, ServerAlias")
    assert contents(site) == before and old == site.served(M) == site.served(NOBODY)
    install(offline, site, "c", "-n", "--allow-subset-of-names").ok().says(f"{NOBODY} (", "is the first of the address now")
    assert site.served(NOBODY) == site.served(C) == new.serial_number and site.served(M) == old


@differs("names-narrowed")
def test_a_certificate_that_loses_a_name(client, site):
    """The files keep their paths: it is told before they have new content, by which any reload would end the site."""
    old = lineages.add(client.tree, "both", [A, B], params=lineages.renewable(client))
    install(client, site, "both", "-n").ok()
    installed, mend = contents(site), f"--cert-name both -d {A} -d {B} --expand"

    def narrow(*args):
        return client.run("run", "-n", *site.options, "--cert-name", "both", "-d", A, "--no-redirect", *args)

    for more in ([], ["--dry-run"], ["--renew-with-new-domains", "--force-renewal"]):
        narrow(*more).failed().says(f"{B} (", site.place, "the new one is not for it", mend)
        assert contents(site) == installed and client.tree.version("both") == 1
    narrow("--allow-subset-of-names").ok().says(f"{B} (", site.place, "is not for this name", mend)
    assert client.tree.version("both") == 2 and site.served(A) == site.served(B) != old.serial_number
    narrow().ok().never_says("is not for")


@differs("names-narrowed")
def test_a_certificate_that_loses_a_name_by_certonly(client, site):
    """It goes on, as Certbot's does, but names what the reload takes from whom."""
    old, plugin = lineages.add(client.tree, "both", [A, B], params=lineages.renewable(client)), site.options[0]
    install(client, site, "both", "-n").ok()
    done = client.run("certonly", "-n", *site.options, "--cert-name", "both", "-d", A, "--renew-with-new-domains")
    done.ok().says(f"{B} (", site.place, "is not for this name", f"signet run {plugin} --cert-name both -d {A} -d {B} --expand")
    assert client.tree.version("both") == 2 and site.served(A) == site.served(B) != old.serial_number


@pytest.mark.parametrize("machine", ["apache"], indirect=True)
def test_the_tls_host_of_a_plain_one_is_not_chosen_for_another_name(offline, site):
    both, other = lineages.add(offline.tree, "both", [A, B]), lineages.add(offline.tree, "other", ["other.bs.test"])
    install(offline, site, "both", "-n").ok()
    run = install(offline, site, "other", start=offline.pty)
    try:
        run.expect("(press 'c' to cancel): ")
        number, = (line.split(":")[0] for line in run.text.splitlines() if "a.conf:1)" in line)
        run.send(f"{number}\n").wait().failed()
        assert "would conflict with other HTTPS VirtualHosts" in run.text and f"-d {A} -d other.bs.test --expand" in run.text
    finally:
        run.close()
    assert site.served(A) == both.serial_number != other.serial_number

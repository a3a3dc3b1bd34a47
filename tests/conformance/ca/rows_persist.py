"""dns-persist-01 (draft-ietf-acme-dns-persist)."""
import time

from .lib.acme import Key
from .lib.lab import ISSUER_DOMAIN
from .lib.rows import row

PASS, WRONG, BROKEN = None, "unauthorized", "malformed"

# id: (record, verdict, words of its text); {issuer}, {url}: what is right. Of a list: several records. A wildcard is asked
# for where the id says so.
RECORDS = {
    "DNSP-001": ("{issuer}; accounturi={url}", PASS),
    "DNSP-002": ("{ISSUER}.; accounturi={url}", PASS),
    "DNSP-004": ("{issuer}; accounturi={url}; policy=wildcard", PASS),
    "DNSP-005": ("{issuer}; accounturi={url}; policy=wIlDcArD", PASS),
    "DNSP-007": ("{issuer}; accounturi={url}", WRONG, "policy"),
    "DNSP-009": ("{issuer}; accounturi={url}; policy=notwildcard", PASS),
    "DNSP-010": ("{issuer}; accounturi={url}0", WRONG, "accounturi"),
    "DNSP-013": ("{issuer}; accounturi=", BROKEN),
    "DNSP-014": ("{issuer}; accounturi={url}; ACCOUNTURI={url}", BROKEN, "accounturi"),
    "DNSP-017": ("{issuer}; accounturi={url}; persistUntil=0", WRONG),
    "DNSP-020": ("{issuer}; accounturi={url}; persistUntil=", BROKEN),
    "DNSP-021": ("{issuer}; accounturi={url}; unknown=value", PASS),
    "DNSP-022": ("{issuer}; accounturi={url}; unknown=value; unknown=value", PASS),
    "DNSP-023": ("{issuer}; accounturi={url}; unknown=", PASS),
    "DNSP-024": ("{issuer}; accounturi={url}; unknown", BROKEN),
    "DNSP-025": ("{issuer}; accounturi={url}; =value", BROKEN),
    "DNSP-026": ("{issuer}; accounturi={url}; unknown=a value", BROKEN),
    "DNSP-027": ("{issuer}; accounturi={url};", BROKEN),
    "DNSP-029": ("other.example.net; accounturi={url}", WRONG, "no valid"),
    "DNSP-032": (["{issuer}; accounturi={url}0", "other.example.net", "{issuer}; accounturi={url}"], PASS),
}
WILDCARDS = {"DNSP-004", "DNSP-005", "DNSP-007"}


def persist(lab, *records, wildcard=False, **more):
    name = lab.name()
    t = lab.trial("dns-persist-01", name=f"*.{name}" if wildcard else name)
    facts = {"issuer": ISSUER_DOMAIN, "ISSUER": ISSUER_DOMAIN.upper(), "url": t.authz.account.url, **more}
    if records:
        t.dns.set(f"_validation-persist.{name}", "TXT", *(r.format(**facts) for r in records))
    return t


def judged(lab, records, kind, *texts, **how):
    verdict = persist(lab, *([records] if isinstance(records, str) else records), **how).judge()
    return verdict.failed(kind, *texts) if kind else verdict.passed()


@row(*RECORDS)
def record(lab, one):
    judged(lab, *RECORDS[one], wildcard=one in WILDCARDS)


@row("DNSP-011")
def account_is_exact(lab):
    for value in ("{url}/", "HTTP{url_rest}"):
        rest = lab.ca().account.url.removeprefix("http")
        judged(lab, "{issuer}; accounturi=" + value.replace("{url_rest}", rest), WRONG)
    # What lies around it is not part of it, and a time to come is fine.
    later = int(time.time()) + 1000
    judged(lab, "  {issuer}\t;  accounturi = {url} ;persistuntil=" + str(later), PASS)


@row("DNSP-033")
def nothing(lab):
    persist(lab).judge().failed("unauthorized", "no TXT")


@row("DNSP-036")
def not_before_it_is_asked_for(lab):
    t = persist(lab, "{issuer}; accounturi={url}")
    challenge = t.challenge.body
    assert "token" not in challenge and challenge["accounturi"] == t.authz.account.url
    assert challenge["issuer-domain-names"] == [ISSUER_DOMAIN]
    time.sleep(0.1)
    assert t.authz.read()["status"] == "pending" and not lab.dns.asked(kind="TXT")


@row("DNSP-037")
def never_taken_again(lab):
    account = lab.ca().acme.account(Key())
    name = lab.name()
    t = lab.trial("dns-persist-01", name=name, account=account)
    t.dns.set(f"_validation-persist.{name}", "TXT", f"{ISSUER_DOMAIN}; accounturi={account.url}")
    t.judge().passed()
    second = account.order(name, lab.name())
    assert not set(t.order.body["authorizations"]) & set(second.body["authorizations"])
    assert [a.body["status"] for a in second.authorizations] == ["pending", "pending"]

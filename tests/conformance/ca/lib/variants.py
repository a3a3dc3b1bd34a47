"""The configurations of signet-ca that rows need, as changes to Lab.sections()."""
from .lab import REGIONS, SOURCES


def perspectives(count, **va):
    def make(lab):
        sections = {"va": {"source_v4": SOURCES["primary"], **va}}
        for n in range(1, count + 1):
            sections[f"perspective remote{n}"] = {
                "region": REGIONS[n - 1], "resolvers": lab.dns.address(f"remote{n}"),
                "user_agent": f"conformance remote{n}", "source_v4": SOURCES[f"remote{n}"]}
        return sections
    return make


def remotes(lab):
    """Perspectives elsewhere: lab.remotes."""
    return {f"perspective {r.name}": {"region": r.region, "url": r.url, **lab.mutual.keys} for r in lab.remotes}


LIMITS = {
    "on": True, "help_url": "http://127.0.0.1/limits", "unpause_url": "http://127.0.0.1/unpause",
    **{name: "off" for name in ("accounts_per_address", "accounts_per_network", "orders_per_account",
                                "certificates_per_domain", "certificates_per_set", "failures_per_name",
                                *(f"requests_{what}" for what in ("directory", "new_nonce", "new_account", "new_order",
                                                                  "revoke_cert", "renewal_info", "other")))}}

VARIANTS = {
    "plain": {},
    "rfc": {"policy": {"quirks": "rfc"}},
    "legacy redirects": {"va": {"redirect_to_ip": False}},
    "two resolvers": lambda lab: {"va": {
        "resolvers": [lab.dns.address("remote1"), lab.dns.address("remote2")]}},
    "labs": {"policy": {"challenges": "http-01, tls-sni-01, tls-sni-02"}, "va": {"tls_sni": True}},
    "mpic3": perspectives(3),
    "mpic6": perspectives(6),
    "mpic remotes": remotes,
    "private": {"va": {"allow": "127.0.0.0/8, ::1"}, "policy": {"allow_ip": "127.0.0.0/8, ::1", "private_names": True}},
    "verbose": {"va": {"verbose": True}},
    "no resolver": lambda lab: {"va": {"resolvers": f"127.0.0.1:{lab.dns.port}"}},
    "trusted resolver": {"va": {"trust_ad": True}},
    "lists": {
        "policy": {"deny": "suffix.example.net, blockedtoo.example.net", "deny_exact": "exact.blocked.example.org"},
        "profile members": {"accounts": "987654321", "lifetime": "1d"}},
    "dates": {"policy": {"not_before_after": True}},
    "public suffix": {"accounts": {"require_public_suffix": True}},
    "p521": {"accounts": {"allow_p521": True}},
    "eab": {"accounts": {"eab_required": True}},
    "strict": {"test": {"strict": True, "need_user_agent": True}},
    "behind a proxy": {"server": {"trust_forwarded": True}},
    # Stopped, reconfigured and damaged by rows.
    "breakable": {"accounts": {"key_cache": "0s"}},
    "changing": {},
    "limits": {"limits": {**LIMITS, "failures_per_name": "5 / 1h"}},
    "few accounts": {"limits": {**LIMITS, "accounts_per_address": "3 / 3h"}},
    "few accounts of a network": {"server": {"trust_forwarded": True},
                                  "limits": {**LIMITS, "accounts_per_network": "3 / 3h"}},
    "few certificates": {"limits": {**LIMITS, "certificates_per_domain": "2 / 7d"}},
    "few orders": {"limits": {**LIMITS, "orders_per_account": "3 / 3h"}, "policy": {"deny": "blocked.example.org"}},
    "few orders of one life": {"limits": {**LIMITS, "orders_per_account": "1 / 3h"}},
    "few requests": {"limits": {**LIMITS, "requests_new_nonce": "3 / 1h", "requests_other": "5 / 1h"}},
    "impatient": {"limits": {**LIMITS, "pause_after": 2}},
    "no nonce": {"test": {"nonce_reject_percent": 100}},
    "busy": {"test": {"busy_percent": 100}},
    "always valid": {"test": {"always_valid": True}},
    "moved": {"server": {"former_urls": "https://old.example.net, http://older.example.net:8080"}},
    "hasty": {"va": {"timeout": "2s"}},
}

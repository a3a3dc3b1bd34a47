#include "ca/setup/warnings.h"

#include "base/clock.h"
#include "ca/setup/server_cert.h"
#include "ca/sign/sign.h"

#define DAY_S ((time_t)24 * 60 * 60)
#define NOTICE_S (30 * DAY_S)

struct warnings {
	const struct ca_config *config;
	const struct sign *sign;
	time_t server_end; /* 0: it has no certificate, or one that check-config says more of */
};

struct warnings *warnings_new(const struct ca_config *config, const struct sign *sign)
{
	struct warnings *w = xcalloc(1, sizeof(*w));

	w->config = config;
	w->sign = sign;
	if (config->server.tls_certificate != NULL)
		err_ignore(server_cert_end(&w->server_end, config));
	return w;
}

void warnings_free(struct warnings *w)
{
	free(w);
}

static void warn_of_server(struct strlist *out, const struct warnings *w, time_t now)
{
	time_t left = w->server_end - now;
	AUTO(free) char *end = time_utc_long(w->server_end);

	if (w->server_end == 0 || left >= NOTICE_S)
		return;
	AUTO(free)
	char *when = left < 0 ? xstrdup("") : str_fmt(", in %lld days", (long long)(left / DAY_S));

	strlist_take(out, str_fmt("%s %s on %s%s: `signet-ca server-cert` and a reload renew it",
				  w->config->server.tls_certificate, left < 0 ? "ended" : "ends",
				  end, when));
}

void warnings_of_ends(struct strlist *out, const struct warnings *w, time_t now)
{
	sign_warnings(out, w->sign, now);
	warn_of_server(out, w, now);
}

/* RFC 8659 §3: a CA must look, and not issue where others are named. Without a name of its own it cannot judge. */
static void warn_of_caa(struct strlist *out, const struct ca_config *c)
{
	if (c->va.caa && !c->test.always_valid && c->directory.caa_identities.count == 0)
		strlist_add(out, "CAA records are not looked at (RFC 8659): name this CA in "
				 "caa_identities of [directory], or set caa = no in [va]");
}

static void warn_of_labs(struct strlist *out, const struct ca_config *c)
{
	if (c->test.always_valid)
		strlist_add(out,
			    "nothing is judged, so anybody gets any name: always_valid of [test] "
			    "is for tests of clients");
	if (c->va.tls_sni && strlist_has(&c->policy.challenges, "tls-sni-01"))
		strlist_add(out,
			    "tls-sni-01 is judged, by which one customer of a shared host gets "
			    "certificates of another: tls_sni of [va] is for labs");
}

static bool is_signed_for(const struct ca_config *c, const struct profile_config *p)
{
	for (size_t n = 0; n < c->issuer_count; n++)
		if (c->issuers[n].active &&
		    (p->issuers.count == 0 || strlist_has(&p->issuers, c->issuers[n].name)))
			return true;
	return false;
}

static void warn_of_profiles(struct strlist *out, const struct ca_config *c)
{
	for (size_t n = 0; n < c->profile_count; n++)
		if (!is_signed_for(c, &c->profiles[n]))
			strlist_take(out,
				     str_fmt("no issuer of profile %s is active: nothing can be "
					     "ordered by it",
					     c->profiles[n].name));
}

void warnings_all(struct strlist *out, const struct warnings *w, time_t now)
{
	warnings_of_ends(out, w, now);
	warn_of_profiles(out, w->config);
	warn_of_caa(out, w->config);
	warn_of_labs(out, w->config);
}

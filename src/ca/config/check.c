#include "ca/config/check.h"

#include "ca/policy/profiles.h"
#include "va/quorum.h"

static unsigned line_of(const struct config_reader *r, const struct config_section *section,
			size_t index)
{
	return config_begin_line(r, section, index);
}

static struct err *check_endpoints(const struct config_reader *r)
{
	const struct ca_config *c = r->config;
	AUTO(strlist_release) struct strlist seen = { 0 };

	strlist_add_all(&seen, &c->server.listen);
	strlist_add_all(&seen, &c->server.http_listen);
	for (size_t i = 0; i < seen.count; i++)
		for (size_t k = 0; k < i; k++)
			if (streq(seen.items[i], seen.items[k]) && !str_ends(seen.items[i], ":0"))
				return config_refuse(
					r, line_of(r, &config_section_server, 0),
					"%s stands twice among the addresses to listen at",
					seen.items[i]);
	return NULL;
}

static struct err *check_server(const struct config_reader *r)
{
	const struct server_config *s = &r->config->server;

	if (s->listen.count == 0)
		return config_refuse(r, line_of(r, &config_section_server, 0),
				     "[server] listen: no client could reach the CA");
	TRY(check_endpoints(r));
	if ((s->tls_certificate == NULL) != (s->tls_key == NULL))
		return config_refuse(r, line_of(r, &config_section_server, 0),
				     "[server] needs tls_certificate and tls_key, or neither");
	return NULL;
}

static struct err *check_directory(const struct config_reader *r)
{
	const char *name = r->config->directory.default_profile;

	if (name == NULL || profile_by_name(r->config, name) != NULL)
		return NULL;
	return config_refuse(r, line_of(r, &config_section_directory, 0),
			     "default_profile: there is no [profile %s]", name);
}

static struct err *check_store(const struct config_reader *r)
{
	const struct store_config *s = &r->config->store;
	const char *needed = s->backend == STORE_PGSQL ? "connection" : "path";

	if ((s->backend == STORE_PGSQL ? s->connection : s->path) != NULL)
		return NULL;
	return config_refuse(r, line_of(r, &config_section_store, 0),
			     "this backend of [store] needs %s", needed);
}

static struct err *check_policy(const struct config_reader *r)
{
	if (r->config->policy.challenges.count > 0)
		return NULL;
	return config_refuse(r, line_of(r, &config_section_policy, 0),
			     "[policy] challenges: no client could prove anything");
}

static struct err *check_profile(const struct config_reader *r, size_t index)
{
	const struct profile_config *p = &r->config->profiles[index];
	unsigned line = line_of(r, &config_section_profile, index);

	if (!p->dns && !p->ip)
		return config_refuse(r, line, "[profile %s] has neither dns nor ip: of no use",
				     p->name);
	if (p->backdate_s >= p->lifetime_s)
		return config_refuse(r, line, "[profile %s]: backdate is not shorter than lifetime",
				     p->name);
	for (size_t i = 0; i < p->issuers.count; i++)
		if (issuer_by_name(r->config, p->issuers.items[i]) == NULL)
			return config_refuse(r, line, "[profile %s]: there is no [issuer %s]",
					     p->name, p->issuers.items[i]);
	return NULL;
}

static struct err *check_issuer(const struct config_reader *r, size_t index)
{
	const struct issuer_config *i = &r->config->issuers[index];
	unsigned line = line_of(r, &config_section_issuer, index);

	if (i->certificate == NULL || i->key == NULL)
		return config_refuse(r, line, "[issuer %s] needs certificate and key", i->name);
	if (i->crl_refresh_s >= i->crl_lifetime_s)
		return config_refuse(r, line,
				     "[issuer %s]: crl_refresh is not shorter than crl_lifetime",
				     i->name);
	return NULL;
}

static struct err *check_perspective(const struct config_reader *r, size_t index)
{
	const struct perspective_config *p = &r->config->perspectives[index];
	unsigned line = line_of(r, &config_section_perspective, index);

	if (p->url == NULL)
		return NULL;
	if (p->certificate == NULL || p->key == NULL || p->ca == NULL)
		return config_refuse(r, line, "[perspective %s]: url needs certificate, key and ca",
				     p->name);
	if (p->user_agent || p->source_v4 || p->source_v6 || p->resolvers.count > 0)
		return config_refuse(
			r, line,
			"[perspective %s]: resolvers, user_agent, source_v4 and source_v6 are said there, not here",
			p->name);
	return NULL;
}

static struct err *check_va(const struct config_reader *r)
{
	const struct va_config *v = &r->config->va;

	if (v->dnssec || v->trust_anchors.count == 0)
		return NULL;
	return config_refuse(r, line_of(r, &config_section_va, 0),
			     "trust_anchors of [va] need dnssec = yes: nothing would be validated");
}

/* Would all of them together be enough? */
static struct err *check_quorum(const struct config_reader *r)
{
	const struct ca_config *c = r->config;
	unsigned line = line_of(r, &config_section_perspective, 0);
	int failures = (int)c->va.quorum_failures;
	struct quorum q;

	if (c->perspective_count > 0 && !quorum_is_possible(c->perspective_count, failures))
		return config_refuse(
			r, line,
			"fewer than %d perspectives: nothing could pass, unless [va] quorum_failures says how many may fail",
			QUORUM_REMOTES_MIN);
	quorum_init(&q, c->perspective_count, failures);
	for (size_t i = 0; i < c->perspective_count; i++) {
		quorum_expect(&q, c->perspectives[i].region);
		quorum_hear(&q, true, c->perspectives[i].region);
	}
	if (quorum_spans_regions(&q))
		return NULL;
	return config_refuse(r, line,
			     "the perspectives are in fewer than %d regions: nothing could pass",
			     QUORUM_REGIONS_MIN);
}

static struct err *check_each(const struct config_reader *r, size_t count,
			      struct err *(*check)(const struct config_reader *r, size_t index))
{
	for (size_t i = 0; i < count; i++)
		TRY(check(r, i));
	return NULL;
}

struct err *config_check(const struct config_reader *r)
{
	const struct ca_config *c = r->config;

	TRY(check_server(r));
	TRY(check_directory(r));
	TRY(check_store(r));
	TRY(check_policy(r));
	TRY(check_va(r));
	TRY(check_each(r, c->profile_count, check_profile));
	TRY(check_each(r, c->issuer_count, check_issuer));
	TRY(check_each(r, c->perspective_count, check_perspective));
	return check_quorum(r);
}

#include "ca/dcv/vantage.h"

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/dcv/endpoint.h"
#include "dns/resolve.h"
#include "net/mutual_tls.h"
#include "va/address.h"

#define DNS_PORT 53

struct vantage {
	struct dns_resolver *resolver; /* of one that is here */
	struct va *va;
	SSL_CTX *tls; /* of one that is elsewhere */
};

struct vantages {
	const struct ca_loop *loop;
	struct address_policy *addresses;
	struct vantage *items; /* the primary, then the others as configured */
	size_t count;
	struct perspective_options *remotes;
	struct perspectives *perspectives;
};

/* What of a perspective is its own. */
struct place {
	const char *name, *region, *user_agent, *source_v4, *source_v6;
	const struct strlist *resolvers;
};

static const struct ca_config *config_of(const struct vantages *v)
{
	return v->loop->ca->config;
}

static struct err *read_servers(struct address_list *out, const struct strlist *texts)
{
	if (texts->count == 0)
		return NULL;
	out->items = xcalloc(texts->count, sizeof(*out->items));
	for (; out->count < texts->count; out->count++)
		TRY_WRAP(
			endpoint_parse(&out->items[out->count], texts->items[out->count], DNS_PORT),
			"resolver of a perspective");
	return NULL;
}

static struct err *read_source(struct address *out, bool *has, const struct place *p)
{
	const char *text = p->source_v4 != NULL ? p->source_v4 : p->source_v6;

	*has = text != NULL;
	if (text != NULL && !address_parse(out, text, 0))
		return err_new(ERR_CONFIG, "\"%s\" is no IP address to validate from", text);
	return NULL;
}

static struct err *make_resolver(struct dns_resolver **out, const struct vantages *v,
				 const struct place *p)
{
	const struct va_config *c = &config_of(v)->va;
	AUTO(address_list_release) struct address_list servers = { 0 };
	struct address source = { 0 };
	bool has_source = false;

	TRY(read_servers(&servers, p->resolvers));
	TRY(read_source(&source, &has_source, p));
	const struct dns_options o = {
		.world = v->loop->ca->world,
		.servers = servers.count > 0 ? &servers : NULL,
		.source = has_source ? &source : NULL,
		.trust_ad = c->trust_ad,
		.validate = c->dnssec,
		.trust_anchors = c->trust_anchors.count > 0 ? &c->trust_anchors : NULL,
	};

	return dns_resolver_new(out, v->loop->base, &o);
}

static struct err *make_va(struct va **out, const struct vantages *v, const struct place *p,
			   struct dns_resolver *resolver)
{
	const struct va_config *c = &config_of(v)->va;
	const struct strlist *issuers = &config_of(v)->directory.caa_identities;
	const struct va_options o = {
		.base = v->loop->base,
		.clock = v->loop->ca->world->clock,
		.resolver = resolver,
		.addresses = v->addresses,
		.perspective = p->name,
		.region = p->region,
		.user_agent = p->user_agent,
		.source_v4 = p->source_v4,
		.source_v6 = p->source_v6,
		.http_port = (unsigned)c->http_port,
		.https_port = (unsigned)c->https_port,
		.tls_port = (unsigned)c->tls_port,
		.timeout_ms = (int)c->timeout_s * 1000,
		.no_redirect_to_ip = !c->redirect_to_ip,
		.any_redirect_name = c->redirect_to_any_name,
		.verbose = c->verbose,
		.tls_sni = c->tls_sni,
		.max_open = (size_t)c->max_open,
		.max_per_address = (size_t)c->max_per_address,
		.max_per_domain = (size_t)c->max_per_domain,
		.issuer_domains = issuers->count > 0 ? issuers : NULL,
	};

	return va_new(out, &o);
}

static struct err *add_here(struct vantages *v, const struct place *p)
{
	struct vantage *one = &v->items[v->count++];

	TRY_WRAP(make_resolver(&one->resolver, v, p), "perspective %s", p->name);
	TRY_WRAP(make_va(&one->va, v, p, one->resolver), "perspective %s", p->name);
	return NULL;
}

static struct err *add_primary(struct vantages *v)
{
	const struct va_config *c = &config_of(v)->va;
	const struct place p = {
		.name = "primary",
		.user_agent = c->user_agent,
		.source_v4 = c->source_v4,
		.source_v6 = c->source_v6,
		.resolvers = &c->resolvers,
	};

	return add_here(v, &p);
}

static struct err *add_elsewhere(struct vantages *v, const struct perspective_config *c)
{
	const struct mutual_tls files = { c->certificate, c->key, c->ca };
	struct vantage *one = &v->items[v->count++];

	TRY_WRAP(mutual_tls_client(&one->tls, &files), "perspective %s", c->name);
	return NULL;
}

static struct err *add_simulated(struct vantages *v, const struct perspective_config *c)
{
	const struct va_config *primary = &config_of(v)->va;
	const struct place p = {
		.name = c->name,
		.region = c->region,
		.user_agent = c->user_agent != NULL ? c->user_agent : primary->user_agent,
		.source_v4 = c->source_v4,
		.source_v6 = c->source_v6,
		.resolvers = c->resolvers.count > 0 ? &c->resolvers : &primary->resolvers,
	};

	return add_here(v, &p);
}

static struct err *add_perspective(struct vantages *v, const struct perspective_config *c)
{
	struct perspective_options *o = &v->remotes[v->count - 1];

	TRY(c->url != NULL ? add_elsewhere(v, c) : add_simulated(v, c));
	*o = (struct perspective_options){
		.name = c->name,
		.region = c->region,
		.va = v->items[v->count - 1].va,
		.url = c->url,
		.tls = v->items[v->count - 1].tls,
	};
	return NULL;
}

static struct err *gather(struct vantages *v)
{
	const struct ca_config *c = config_of(v);
	const struct world *world = v->loop->ca->world;
	const struct perspectives_options o = {
		.base = v->loop->base,
		.clock = world->clock,
		.random = world->random,
		.resolver = world->resolver,
		.primary = v->items[0].va,
		.remotes = v->remotes,
		.remote_count = c->perspective_count,
		.failures_allowed = (int)c->va.quorum_failures,
		.timeout_ms = (int)c->va.timeout_s * 1000,
	};

	return perspectives_new(&v->perspectives, &o);
}

struct err *vantages_new(struct vantages **out, const struct ca_loop *loop)
{
	AUTO(vantages_free) struct vantages *v = xcalloc(1, sizeof(*v));
	const struct ca_config *c = loop->ca->config;

	v->loop = loop;
	v->items = xcalloc(c->perspective_count + 1, sizeof(*v->items));
	v->remotes = xcalloc(c->perspective_count + 1, sizeof(*v->remotes));
	TRY_WRAP(address_policy_new(&v->addresses, &c->va.allow), "[va] allow");
	TRY(add_primary(v));
	for (size_t i = 0; i < c->perspective_count; i++)
		TRY(add_perspective(v, &c->perspectives[i]));
	TRY(gather(v));
	*out = MOVE(v);
	return NULL;
}

void vantages_free(struct vantages *v)
{
	if (v == NULL)
		return;
	perspectives_free(v->perspectives);
	for (size_t i = 0; i < v->count; i++) {
		va_free(v->items[i].va);
		dns_resolver_free(v->items[i].resolver);
		SSL_CTX_free(v->items[i].tls);
	}
	free(v->items);
	free(v->remotes);
	address_policy_free(v->addresses);
	free(v);
}

struct perspectives *vantages_perspectives(const struct vantages *v)
{
	return v->perspectives;
}

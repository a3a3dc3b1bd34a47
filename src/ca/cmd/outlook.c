#include "ca/cmd/outlook.h"

#include <event2/event.h>
#include <sys/socket.h>

#include "ca/dcv/endpoint.h"
#include "dns/resolve.h"
#include "va/address.h"

enum { DNS_PORT = 53, TIMEOUT_MAX_S = 300 };

struct outlook {
	const struct world *world;
	struct event_base *base;
	struct strlist servers, allow, sources, issuers, anchors;
	struct dns_resolver *resolver;
	struct address_policy *policy;
	struct va *va;
};

/* --- options --- */

static void all_values(struct strlist *out, const struct command_run *r, const char *option)
{
	for (size_t i = 0; i < r->options->count; i++)
		if (r->options->items[i].kind == OPT_OPTION &&
		    streq(r->options->items[i].name, option))
			strlist_add(out, r->options->items[i].text);
}

/* Not given: 0. */
static struct err *number(int64_t *out, const struct command_run *r, const char *option,
			  int64_t max)
{
	const char *text = command_value(r, option);

	*out = 0;
	if (text == NULL || str_to_int(text, 1, max, out))
		return NULL;
	return err_new(ERR_USAGE, "%s \"%s\" is not between 1 and %lld", option, text,
		       (long long)max);
}

static struct err *port(unsigned *out, const struct command_run *r, const char *option)
{
	int64_t n = 0;

	TRY(number(&n, r, option, UINT16_MAX));
	*out = (unsigned)n;
	return NULL;
}

static struct err *ports_and_time(struct va_options *out, const struct command_run *r)
{
	int64_t seconds = 0;

	TRY(port(&out->http_port, r, "--http-port"));
	TRY(port(&out->https_port, r, "--https-port"));
	TRY(port(&out->tls_port, r, "--tls-port"));
	TRY(number(&seconds, r, "--timeout", TIMEOUT_MAX_S));
	out->timeout_ms = (int)seconds * 1000;
	return NULL;
}

static struct err *sources(struct va_options *out, const struct outlook *o)
{
	for (size_t i = 0; i < o->sources.count; i++) {
		const char *text = o->sources.items[i];
		struct address a;

		if (!address_parse(&a, text, 0))
			return err_new(ERR_USAGE, "--source \"%s\" is no IP address", text);
		*(a.addr.ss_family == AF_INET ? &out->source_v4 : &out->source_v6) = text;
	}
	return NULL;
}

/* --- parts --- */

static struct err *open_resolver(struct outlook *o, const struct command_run *r)
{
	AUTO(address_list_release) struct address_list servers = { 0 };
	const struct dns_options options = {
		.world = o->world,
		.servers = o->servers.count > 0 ? &servers : NULL,
		.validate = command_has(r, "--dnssec"),
		.trust_anchors = o->anchors.count > 0 ? &o->anchors : NULL,
	};

	servers.items = xcalloc(o->servers.count + 1, sizeof(*servers.items));
	for (; servers.count < o->servers.count; servers.count++) {
		struct err *e = endpoint_parse(&servers.items[servers.count],
					       o->servers.items[servers.count], DNS_PORT);

		if (e != NULL)
			return err_wrap_as(ERR_USAGE, e, "--resolver");
	}
	return dns_resolver_new(&o->resolver, o->base, &options);
}

static struct err *open_policy(struct outlook *o)
{
	struct err *e = address_policy_new(&o->policy, &o->allow);

	return e == NULL ? NULL : err_wrap_as(ERR_USAGE, e, "--allow");
}

static struct err *open_va(struct outlook *o, const struct command_run *r, const char *name,
			   const char *region)
{
	struct va_options options = {
		.base = o->base,
		.clock = o->world->clock,
		.resolver = o->resolver,
		.addresses = o->policy,
		.perspective = name,
		.region = region,
		.user_agent = command_value(r, "--user-agent"),
		.no_redirect_to_ip = command_has(r, "--no-redirect-to-ip"),
		.any_redirect_name = command_has(r, "--any-redirect-name"),
		.verbose = command_has(r, "--verbose"),
		.tls_sni = command_has(r, "--tls-sni"),
		.issuer_domains = o->issuers.count > 0 ? &o->issuers : NULL,
	};

	TRY(ports_and_time(&options, r));
	TRY(sources(&options, o));
	return va_new(&o->va, &options);
}

/* --- the loop --- */

void outlook_end(struct outlook *o)
{
	(void)event_base_loopbreak(o->base);
}

struct err *outlook_run(struct outlook *o)
{
	if (event_base_dispatch(o->base) < 0)
		return err_new(ERR_INTERNAL, "the event loop broke");
	return NULL;
}

/* --- life --- */

struct err *outlook_open(struct outlook **out, const struct command_run *r, const char *name,
			 const char *region)
{
	AUTO(outlook_close) struct outlook *o = xcalloc(1, sizeof(*o));

	o->world = r->world;
	o->base = event_base_new();
	if (o->base == NULL)
		return err_new(ERR_INTERNAL, "no event loop can be made");
	all_values(&o->servers, r, "--resolver");
	all_values(&o->allow, r, "--allow");
	all_values(&o->sources, r, "--source");
	all_values(&o->issuers, r, "--issuer");
	all_values(&o->anchors, r, "--trust-anchor");
	TRY(open_resolver(o, r));
	TRY(open_policy(o));
	TRY(open_va(o, r, name, region));
	*out = MOVE(o);
	return NULL;
}

void outlook_close(struct outlook *o)
{
	if (o == NULL)
		return;
	va_free(o->va);
	dns_resolver_free(o->resolver);
	address_policy_free(o->policy);
	if (o->base != NULL)
		event_base_free(o->base);
	strlist_release(&o->servers);
	strlist_release(&o->allow);
	strlist_release(&o->sources);
	strlist_release(&o->issuers);
	strlist_release(&o->anchors);
	free(o);
}

struct va *outlook_va(const struct outlook *o)
{
	return o->va;
}

struct event_base *outlook_base(const struct outlook *o)
{
	return o->base;
}

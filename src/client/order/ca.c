#include "client/order/ca.h"

#include "client/order/account.h"
#include "client/order/agent.h"
#include "net/http_client.h"

struct pooled_ca {
	struct ca ca; /* first: what callers hold */
	struct world world;
	struct ui *ui;
	struct pooled_ca *next;
};

struct ca_pool {
	struct pooled_ca *first;
};

struct ca_pool *ca_pool_new(void)
{
	return xcalloc(1, sizeof(struct ca_pool));
}

static void pooled_free(struct pooled_ca *p)
{
	acme_session_free(p->ca.session);
	stored_account_free(p->ca.account);
	if (p->world.transport != NULL)
		transport_free(p->world.transport);
	free(p->ca.server);
	free(p);
}

void ca_pool_free(struct ca_pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->first != NULL) {
		struct pooled_ca *p = pool->first;

		pool->first = p->next;
		pooled_free(p);
	}
	free(pool);
}

static void trace_http(void *ctx, const char *line)
{
	ui_emit(ctx, EVENT_HTTP, NO_FIELDS, "%s", line);
}

static void show_progress(void *ctx, const char *activity, const char *subject, int64_t waited_ms)
{
	ui_progress(ctx, activity, subject, waited_ms);
}

static struct err *connect_to(struct pooled_ca *p, struct client *c, const struct options *opt)
{
	AUTO(free) char *agent = user_agent(opt);
	const struct http_client_options o = {
		.user_agent = agent,
		.no_verify = opt->no_verify_ssl,
		.resolver = c->world->resolver,
		.clock = c->world->clock,
		.trace = trace_http,
		.trace_ctx = c->ui,
	};

	p->world = *c->world;
	p->world.transport = NULL;
	p->ca.server = xstrdup(opt->server);
	TRY(http_client_new(&p->world.transport, &o));
	TRY(session_new(&p->ca.session, opt->server, &p->world));
	session_set_progress(p->ca.session, show_progress, c->ui);
	return NULL;
}

/* wanted NULL: any entry for the server will do. */
static struct pooled_ca *find(const struct ca_pool *pool, const char *server, const char *account)
{
	for (struct pooled_ca *p = pool->first; p != NULL; p = p->next) {
		if (!streq(p->ca.server, server))
			continue;
		if (account == NULL || p->ca.account == NULL || streq(p->ca.account->id, account))
			return p;
	}
	return NULL;
}

static struct err *open_pooled(struct pooled_ca **out, struct client *c, const struct options *opt,
			       const char *account)
{
	struct pooled_ca *p = find(c->cas, opt->server, account);

	if (p == NULL) {
		p = xcalloc(1, sizeof(*p));
		struct err *e = connect_to(p, c, opt);

		if (e != NULL) {
			pooled_free(p);
			return e;
		}
		p->next = c->cas->first;
		c->cas->first = p;
	}
	*out = p;
	return NULL;
}

struct err *ca_open(struct ca **out, struct client *c, const struct options *opt)
{
	struct pooled_ca *p = NULL;

	TRY(open_pooled(&p, c, opt, NULL));
	*out = &p->ca;
	return NULL;
}

const struct ca *ca_known(const struct client *c, const char *server)
{
	const struct pooled_ca *p = find(c->cas, server, NULL);

	return p != NULL ? &p->ca : NULL;
}

struct err *ca_open_with_account(struct ca **out, struct client *c, struct options *opt)
{
	struct pooled_ca *p = NULL;

	TRY(open_pooled(&p, c, opt, opt->account));
	if (p->ca.account == NULL) {
		AUTO(stored_account_free) struct stored_account *a = NULL;

		TRY(account_choose(&a, c, opt));
		if (a == NULL)
			TRY_WRAP(account_register(&a, c, opt, p->ca.session),
				 "registering an account with %s", opt->server);
		session_set_signer(p->ca.session, a->signer, a->url);
		p->ca.account = MOVE(a);
	}
	options_set_runtime(opt, &opt->account, p->ca.account->id);
	*out = &p->ca;
	return NULL;
}

struct err *ca_open_existing(struct ca **out, struct client *c, struct options *opt)
{
	AUTO(strlist_release) struct strlist ids = { 0 };

	TRY(accounts_list(&ids, c->tree, opt->server));
	if (ids.count == 0)
		return err_new(
			ERR_CONFIG,
			"Could not find an existing account for server %s. `signet register` makes one.",
			opt->server);
	return ca_open_with_account(out, c, opt);
}

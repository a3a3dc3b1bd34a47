#include "client/order/ca.h"

#include <pthread.h>

#include "base/limits.h"
#include "client/order/account.h"
#include "client/order/agent.h"
#include "net/http_client.h"

struct pooled_ca {
	struct ca ca; /* first: what callers hold */
	struct world world;
	struct ui *ui; /* of whom it works for */
	struct pooled_ca *next;
};

struct ca_pool {
	struct pooled_ca *first;
	struct ca_pool *main;     /* NULL: this is it */
	pthread_mutex_t accounts; /* of the main one: while an account is chosen or registered */
	size_t connections;       /* that a session may have */
};

struct ca_pool *ca_pool_new(void)
{
	struct ca_pool *pool = xcalloc(1, sizeof(*pool));

	if (pthread_mutex_init(&pool->accounts, NULL) != 0)
		abort();
	pool->connections = LIMIT_CONNECTIONS;
	return pool;
}

struct ca_pool *ca_pool_new_beside(struct ca_pool *main, unsigned lanes)
{
	struct ca_pool *pool = ca_pool_new();

	pool->main = main;
	pool->connections = lanes < LIMIT_CONNECTIONS ? LIMIT_CONNECTIONS / lanes : 1;
	return pool;
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
	(void)pthread_mutex_destroy(&pool->accounts);
	free(pool);
}

static void trace_http(void *ctx, const char *line)
{
	const struct pooled_ca *p = ctx;

	ui_emit(p->ui, EVENT_HTTP, NO_FIELDS, "%s", line);
}

static void show_progress(void *ctx, const char *activity, const char *subject, int64_t waited_ms)
{
	const struct pooled_ca *p = ctx;

	ui_progress(p->ui, activity, subject, waited_ms);
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
		.trace_ctx = p,
	};

	p->world = *c->world;
	p->world.transport = NULL;
	p->ca.server = xstrdup(opt->server);
	TRY(http_client_new(&p->world.transport, &o));
	TRY(session_new(&p->ca.session, opt->server, &p->world));
	session_set_progress(p->ca.session, show_progress, p);
	session_set_width(p->ca.session, c->cas->connections);
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
		p->ui = c->ui;
		struct err *e = connect_to(p, c, opt);

		if (e != NULL) {
			pooled_free(p);
			return e;
		}
		p->next = c->cas->first;
		c->cas->first = p;
	}
	p->ui = c->ui;
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

static struct err *choose_account(struct stored_account **out, struct client *c,
				  struct options *opt, struct acme_session *s)
{
	TRY(account_choose(out, c, opt));
	if (*out == NULL)
		TRY_WRAP(account_register(out, c, opt, s), "registering an account with %s",
			 opt->server);
	return NULL;
}

/* One at a time: the account that one registers is there for the next. */
static struct err *choose_in_turn(struct stored_account **out, struct client *c,
				  struct options *opt, struct acme_session *s)
{
	struct ca_pool *main = c->cas->main != NULL ? c->cas->main : c->cas;

	(void)pthread_mutex_lock(&main->accounts);
	struct err *e = choose_account(out, c, opt, s);

	(void)pthread_mutex_unlock(&main->accounts);
	return e;
}

struct err *ca_open_with_account(struct ca **out, struct client *c, struct options *opt)
{
	struct pooled_ca *p = NULL;

	TRY(open_pooled(&p, c, opt, opt->account));
	if (p->ca.account == NULL) {
		AUTO(stored_account_free) struct stored_account *a = NULL;

		TRY(choose_in_turn(&a, c, opt, p->ca.session));
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

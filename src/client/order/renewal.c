#include "client/order/renewal.h"

#include <string.h>

#include "acme/cert.h"
#include "client/order/ca.h"
#include "client/order/revocation.h"

struct asker {
	struct client *c;
	const struct options *opt;
};

/* The CA to ask is the one that issued: its URL is in the renewal file. NULL: that of the options. */
static struct err *other_server(char **out, const struct options *opt, const struct lineage *l)
{
	AUTO(free) char *server = NULL;

	TRY(ini_get(&server, l->conf, "renewalparams", "server"));
	*out = server != NULL && !streq(server, opt->server) ? MOVE(server) : NULL;
	return NULL;
}

static struct err *open_issuer(struct ca **out, const struct asker *a, const struct lineage *l)
{
	AUTO(options_free) struct options *opt = NULL;
	AUTO(free) char *server = NULL;

	TRY(other_server(&server, a->opt, l));
	if (server == NULL)
		return ca_open(out, a->c, a->opt);
	opt = options_copy(a->opt);
	options_set_runtime(opt, &opt->server, server);
	return ca_open(out, a->c, opt);
}

static void window_release(struct acme_window *w)
{
	free(w->explanation_url);
}

AUTO_RELEASE(struct acme_window, window_release)

static void report_window(struct ui *ui, const struct lineage *l, const struct acme_window *w)
{
	AUTO(free) char *start = time_rfc3339(w->start);
	AUTO(free) char *end = time_rfc3339(w->end);
	AUTO(free)
	char *why = w->explanation_url != NULL ? str_printable(w->explanation_url, 512) : NULL;

	if (w->end == 0)
		return;
	ui_emit(ui, EVENT_RENEWAL_INFO,
		FIELDS(STR("lineage", l->name), TIME("start", w->start), TIME("end", w->end),
		       STR("explanation_url", why)),
		"The CA asks for the renewal of %s between %s and %s%s%s.", l->name, start, end,
		why != NULL ? "; see " : "", why != NULL ? why : "");
}

static struct err *ask_ca(struct ca *ca, const char *pem, size_t len, struct acme_window *w)
{
	if (ca->silent)
		return err_new(ERR_NETWORK, "%s has not answered in this run", ca->server);
	if (ca->adviceless)
		return NULL;
	struct err *e = acme_renewal_info(ca->session, pem, len, w);

	ca->silent = err_is(e, ERR_NETWORK) || err_is(e, ERR_TIMEOUT);
	ca->adviceless = e == NULL && w->end == 0;
	return e;
}

static struct err *ask(void *ctx, const struct lineage *l, time_t *start, time_t *end,
		       unsigned *retry_after_s)
{
	const struct asker *a = ctx;
	AUTO(window_release) struct acme_window w = { 0 };
	struct ca *ca = NULL;

	TRY(open_issuer(&ca, a, l));
	TRY(ask_ca(ca, l->cert_pem, strlen(l->cert_pem), &w));
	report_window(a->c->ui, l, &w);
	*start = w.start;
	*end = w.end;
	*retry_after_s = w.retry_after_s;
	return NULL;
}

static struct err *ask_responder(void *ctx, const struct lineage *l, bool *revoked)
{
	const struct asker *a = ctx;

	if (!revocation_is_known_of(l, world_now(a->c->world)))
		return NULL;
	TRY(revocation_ask(a->c, a->opt, &l, revoked, 1));
	if (*revoked)
		ui_emit(a->c->ui, EVENT_NOTICE_TEXT, FIELDS(STR("lineage", l->name)),
			"The CA says that the certificate of %s is revoked.", l->name);
	return NULL;
}

struct err *renewal_due(enum due_reason *reason, enum due_news *news, struct client *c,
			const struct options *opt, const struct lineage *l)
{
	struct asker asker = { .c = c, .opt = opt };
	AUTO(err_free) struct err *ari_failure = NULL;
	const struct due_query q = {
		.world = c->world,
		.now = world_now(c->world),
		.forced = opt->force_renewal,
		.rehearsed = opt->dry_run,
		.renewal_info = ask,
		.revoked = ask_responder,
		.ctx = &asker,
	};

	TRY(lineage_due(reason, &ari_failure, l, &q, news));
	if (ari_failure != NULL && err_is(ari_failure, ERR_INTERRUPTED))
		return MOVE(ari_failure);
	if (ari_failure != NULL) {
		AUTO(free) char *text = err_text(ari_failure);

		ui_emit(c->ui, EVENT_WARNING_TEXT,
			FIELDS(STR("lineage", l->name), ERROR("error", ari_failure)),
			"The CA's renewal information for %s is not available (%s); going by the certificate's dates.",
			l->name, text);
	}
	return NULL;
}

struct err *renewal_due_unasked(enum due_reason *reason, const struct client *c,
				const struct lineage *l)
{
	const struct due_query q = { .world = c->world, .now = world_now(c->world) };
	enum due_news news = DUE_NO_NEWS;
	struct err *unasked = NULL;

	return lineage_due(reason, &unasked, l, &q, &news);
}

bool renewal_is_quiet(const struct client *c, const struct options *opt, const struct lineage *l)
{
	time_t now = world_now(c->world);
	AUTO(free) char *server = NULL;

	if (lineage_nothing_till(l, now) > now)
		return true;
	struct err *e = other_server(&server, opt, l);
	const struct ca *ca = e == NULL ? ca_known(c, server != NULL ? server : opt->server) : NULL;

	err_ignore(e);
	return ca != NULL && ca->adviceless;
}

struct err *renewal_due_now(struct client *c, const struct lineage *l, bool *due)
{
	enum due_reason reason = DUE_NOT;
	enum due_news news = DUE_NO_NEWS;

	TRY(renewal_due(&reason, &news, c, c->opt, l));
	*due = reason != DUE_NOT;
	return news != DUE_NO_NEWS ? lineage_save_conf(l) : NULL;
}

#include "client/order/renewal.h"

#include <string.h>

#include "client/order/issuer.h"
#include "client/order/revocation.h"

struct asker {
	struct client *c;
	const struct options *opt;
	struct foresight *foresight; /* NULL: nothing was asked ahead */
};

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

static struct err *ask_now(struct acme_window *w, const struct asker *a, const struct lineage *l)
{
	struct ca *ca = NULL;

	TRY(issuer_open(&ca, a->c, a->opt, l));
	if (ca->silent)
		return err_new(ERR_NETWORK, "%s has not answered in this run", ca->server);
	if (ca->adviceless)
		return NULL;
	struct err *e = acme_renewal_info(ca->session, l->cert_pem, strlen(l->cert_pem), w);

	issuer_note(ca, e, w);
	return e;
}

static struct err *ask(void *ctx, const struct lineage *l, time_t *start, time_t *end,
		       unsigned *retry_after_s)
{
	const struct asker *a = ctx;
	AUTO(foresight_release) struct foresight f = { 0 };

	if (a->foresight != NULL && a->foresight->asked)
		f = foresight_take(a->foresight);
	else
		f.failure = ask_now(&f.window, a, l);
	TRY(MOVE(f.failure));
	report_window(a->c->ui, l, &f.window);
	*start = f.window.start;
	*end = f.window.end;
	*retry_after_s = f.window.retry_after_s;
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
			const struct options *opt, const struct lineage *l, struct foresight *f)
{
	struct asker asker = { .c = c, .opt = opt, .foresight = f };
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
	struct err *e = issuer_server(&server, opt, l);
	const struct ca *ca = e == NULL ? ca_known(c, server != NULL ? server : opt->server) : NULL;

	err_ignore(e);
	return ca != NULL && ca->adviceless;
}

struct err *renewal_due_now(struct client *c, const struct lineage *l, bool *due)
{
	enum due_reason reason = DUE_NOT;
	enum due_news news = DUE_NO_NEWS;

	TRY(renewal_due(&reason, &news, c, c->opt, l, NULL));
	*due = reason != DUE_NOT;
	return news != DUE_NO_NEWS ? lineage_save_conf(l) : NULL;
}

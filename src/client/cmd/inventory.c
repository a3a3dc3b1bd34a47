#include "client/cmd/inventory.h"

#include "client/order/renewal.h"
#include "client/order/setback.h"

#define DAY_S (24 * 60 * 60)

/* Failed by --force-renewal, it is not tried before it is due. An error is told by the next renewal. */
static bool waits_to_be_due(const struct client *c, const struct lineage *l)
{
	enum due_reason reason = DUE_NOT;
	struct err *e = renewal_due_unasked(&reason, c, l);
	bool waits = e == NULL && reason == DUE_NOT;

	err_ignore(e);
	return waits;
}

static const char *next_try(const struct client *c, const struct lineage *l,
			    const struct setback *s, const char *put_off_till)
{
	if (waits_to_be_due(c, l))
		return "when it is due for renewal";
	return s->next_try > world_now(c->world) ? put_off_till : "with the next `renew`";
}

static int64_t days_left(const struct client *c, const struct listing *l)
{
	return ((int64_t)(l->not_after - world_now(c->world)) - 1) / DAY_S;
}

static void add_setback(struct buf *out, const struct client *c, const struct lineage *l)
{
	AUTO(setback_free) struct setback *s = setback_of(c->tree, l, world_now(c->world));

	if (s == NULL)
		return;
	AUTO(free) char *when = time_utc_long(s->failed_at);
	AUTO(free) char *next = time_utc_long(s->next_try);

	buf_addf(out, "    Last Error: %s: %s\n", when, s->reason);
	buf_addf(out, "    Next Try: %s\n", next_try(c, l, s, next));
}

void inventory_add_text(struct buf *out, const struct client *c, const struct listing *l,
			const struct strlist *setbacks)
{
	AUTO(free) char *start = time_utc_long(l->window.start);
	AUTO(free) char *end = time_utc_long(l->window.end);

	if ((l->is_test || l->is_revoked) && !l->is_expired) /* the status says something else */
		buf_addf(out, "    Days Left: %lld\n", (long long)days_left(c, l));
	if (l->window.end != 0)
		buf_addf(out, "    Renewal Window: %s to %s\n", start, end);
	if (!strlist_has(setbacks, l->name))
		return;
	AUTO(lineage_free) struct lineage *full = NULL;
	struct err *e = lineage_load(&full, c->tree, l->name);

	if (e == NULL)
		add_setback(out, c, full);
	err_ignore(e); /* what is broken was told already */
}

static void emit(const struct client *c, const struct listing *l, const struct lineage *full)
{
	time_t now = world_now(c->world);
	AUTO(setback_free) struct setback *s = setback_of(c->tree, full, now);
	bool put_off = s != NULL && s->next_try > now && !waits_to_be_due(c, full);
	AUTO(free) char *status = listing_status(l, now);
	AUTO(free) char *server = lineage_param(full, "server");
	AUTO(free) char *account = lineage_param(full, "account");
	AUTO(free) char *authenticator = lineage_param(full, "authenticator");
	AUTO(free) char *installer = lineage_param(full, "installer");
	AUTO(free) char *pre = lineage_param(full, "pre_hook");
	AUTO(free) char *post = lineage_param(full, "post_hook");
	AUTO(free) char *deploy = lineage_param(full, "renew_hook");

	ui_emit(c->ui, EVENT_CERTIFICATE_LISTED,
		FIELDS(STR("lineage", l->name), STR("serial", l->serial),
		       STR("key_type", l->key_type), LIST("identifiers", &l->identifiers),
		       TIME("not_before", full->cert->not_before), TIME("not_after", l->not_after),
		       INT("days_left", days_left(c, l)), BOOL("test", l->is_test),
		       BOOL("expired", l->is_expired), BOOL("revoked", l->is_revoked),
		       STR("status", status), STR("issuer", full->cert->issuer_cn),
		       STR("certificate_path", l->fullchain_path),
		       STR("private_key_path", l->privkey_path),
		       STR("chain_path", full->live[KIND_CHAIN]),
		       STR("leaf_path", full->live[KIND_CERT]), STR("path", l->conf_path),
		       STR("server", server), STR("account", account),
		       STR("authenticator", authenticator), STR("installer", installer),
		       STR("pre_hook", pre), STR("post_hook", post), STR("deploy_hook", deploy),
		       BOOL("autorenew", lineage_autorenew(full)),
		       TIME("window_start", l->window.start), TIME("window_end", l->window.end),
		       INT("failures", s != NULL ? s->failures : 0),
		       TIME("failed_at", s != NULL ? s->failed_at : 0),
		       TIME("next_try", put_off ? s->next_try : 0),
		       ERROR("last_error", s != NULL ? s->error : NULL)),
		NULL);
}

void inventory_report(const struct client *c, const struct listing *l)
{
	AUTO(lineage_free) struct lineage *full = NULL;
	AUTO(err_free) struct err *e = lineage_load(&full, c->tree, l->name);

	if (e == NULL)
		emit(c, l, full);
	else
		ui_emit(c->ui, EVENT_LINEAGE_BROKEN,
			FIELDS(STR("lineage", l->name), STR("path", l->conf_path),
			       ERROR("error", e)),
			NULL);
}

#include "client/cmd/put_off.h"

#include "base/shell.h"

struct setback *put_off_by(const struct client *c, const struct lineage *l)
{
	if (c->opt->force_renewal || c->opt->dry_run)
		return NULL;
	AUTO(setback_free) struct setback *s = setback_of(c->tree, l, world_now(c->world));

	return s != NULL && setback_holds(s, c, l) ? MOVE(s) : NULL;
}

static char *times(int64_t n)
{
	return n == 1 ? xstrdup("once") : str_fmt("%lld times", (long long)n);
}

/* For whoever asked for this one: it is likely that the cause is mended. */
static char *way_out(const struct client *c, const struct lineage *l)
{
	if (c->opt->cert_name == NULL)
		return xstrdup("");
	AUTO(free) char *name = shell_word(l->name);

	return str_fmt(
		"\nWhen what the error says is set right, `signet renew --cert-name %s --force-renewal` "
		"tries at once.",
		name);
}

void put_off_report(const struct client *c, const struct lineage *l, const struct setback *s)
{
	AUTO(free) char *next = time_utc_long(s->next_try);
	AUTO(free) char *count = times(s->failures);
	AUTO(free) char *why = err_text(s->error);
	AUTO(free) char *way = way_out(c, l);

	ui_emit(c->ui, EVENT_LINEAGE_PUT_OFF,
		FIELDS(STR("lineage", l->name), TIME("next_try", s->next_try),
		       INT("failures", s->failures), TIME("failed_at", s->failed_at),
		       ERROR("last_error", s->error)),
		"Certificate %s is not tried before %s: renewing it has failed %s. The last error: %s%s",
		l->name, next, count, why, way);
}

char *put_off_line(const struct lineage *l, const struct setback *s)
{
	AUTO(free) char *next = time_utc_long(s->next_try);

	return str_fmt("%s (put off until %s)", l->live[KIND_FULLCHAIN], next);
}

void put_off_after(const struct client *c, const struct lineage *l, const struct err *why)
{
	if (c->opt->dry_run)
		return;
	AUTO(err_free) struct err *e = setback_note(c, l, why);

	if (e == NULL)
		return;
	AUTO(free) char *text = err_text(e);

	ui_emit(c->ui, EVENT_DEBUG_TEXT, FIELDS(STR("lineage", l->name), ERROR("error", e)),
		"The failure is not remembered: %s", text);
}

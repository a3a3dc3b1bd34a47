#include "client/cmd/summary.h"

#include "base/limits.h"
#include "client/cmd/put_off.h"
#include "client/hook/hook.h"

void summary_release(struct summary *s)
{
	struct strlist *lists[] = { &s->skipped, &s->renewed,       &s->failed,      &s->put_off,
				    &s->broken,  &s->renewed_names, &s->failed_names };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		strlist_release(lists[i]);
}

static void add_names(struct strlist *out, const struct lineage *l)
{
	strlist_add_all(out, &l->cert->names.dns);
	strlist_add_all(out, &l->cert->names.ip);
}

void summary_skipped(struct summary *s, const char *fullchain, time_t not_after)
{
	AUTO(free) char *day = time_utc_day(not_after);

	strlist_take(&s->skipped, str_fmt("%s expires on %s (skipped)", fullchain, day));
}

void summary_renewed(struct summary *s, const struct lineage *l)
{
	strlist_take(&s->renewed, str_fmt("%s (success)", l->live[KIND_FULLCHAIN]));
	add_names(&s->renewed_names, l);
}

void summary_failed(struct summary *s, const struct lineage *l)
{
	strlist_take(&s->failed, str_fmt("%s (failure)", l->live[KIND_FULLCHAIN]));
	add_names(&s->failed_names, l);
}

void summary_put_off(struct summary *s, const struct lineage *l, const struct setback *why)
{
	strlist_take(&s->put_off, put_off_line(l, why));
	add_names(&s->failed_names, l);
}

void summary_broken(struct summary *s, const char *conf)
{
	strlist_take(&s->broken, str_fmt("%s (parsefail)", conf));
}

static void add_section(struct buf *b, const char *heading, const struct strlist *lines)
{
	if (lines->count == 0)
		return;
	buf_addf(b, "%s\n", heading);
	for (size_t i = 0; i < lines->count; i++)
		buf_addf(b, "  %s\n", lines->items[i]);
}

static void add_successes(struct buf *b, const struct summary *s, const struct options *opt,
			  const char *what)
{
	AUTO(free) char *heading = str_fmt("%s, all %ss succeeded: ", "Congratulations", what);
	AUTO(free) char *partly = str_fmt("The following %ss succeeded:", what);

	add_section(b, "The following certificates are not due for renewal yet:", &s->skipped);
	if (s->renewed.count + s->failed.count == 0) {
		buf_addf(b, "No %ss were attempted.\n", what);
		if (hook_is_set(opt->pre_hook) || hook_is_set(opt->post_hook) ||
		    hook_is_set(opt->deploy_hook))
			buf_adds(b, "No hooks were run.\n");
	}
	add_section(b, s->failed.count + s->put_off.count == 0 ? heading : partly, &s->renewed);
}

static void add_failures(struct buf *b, const struct summary *s, const char *what)
{
	AUTO(free)
	char *all = str_fmt("All %ss failed. The following certificates could not be renewed:",
			    what);
	AUTO(free) char *some = str_fmt("The following %ss failed:", what);

	add_section(b, s->renewed.count == 0 ? all : some, &s->failed);
	add_section(b,
		    "The following certificates failed not long ago and were not tried again yet:",
		    &s->put_off);
}

void summary_tell(const struct summary *s, const struct client *c)
{
	const char *what = c->opt->dry_run ? "simulated renewal" : "renewal";
	AUTO(buf_release) struct buf good = BUF_INIT(LIMIT_MIB(16));
	AUTO(buf_release) struct buf bad = BUF_INIT(LIMIT_MIB(16));

	add_successes(&good, s, c->opt, what);
	add_section(&good, "\nAdditionally, the following renewal configurations were invalid: ",
		    &s->broken);
	add_failures(&bad, s, what);
	ui_emit(c->ui, EVENT_RENEW_SUMMARY,
		FIELDS(LIST("skipped", &s->skipped), LIST("renewed", &s->renewed),
		       LIST("failed", &s->failed), LIST("put_off", &s->put_off),
		       LIST("broken", &s->broken)),
		"%.*s", (int)(good.len > 0 ? good.len - 1 : 0), buf_str(&good));
	if (bad.len > 0)
		ui_emit(c->ui, EVENT_ERROR_TEXT, NO_FIELDS, "%.*s", (int)bad.len - 1,
			buf_str(&bad));
}

struct err *summary_verdict(const struct summary *s)
{
	size_t failed = s->failed.count + s->put_off.count;

	if (failed + s->broken.count > 0)
		return err_new(ERR_CONFIG, "%zu renew failure(s), %zu parse failure(s)", failed,
			       s->broken.count);
	return NULL;
}

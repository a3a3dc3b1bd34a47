#include "client/cmd/progress.h"

#include "base/limits.h"

#define IDLE_TEXT_MAX LIMIT_KIB(64)

static const char not_due[] = "Certificate not yet due for renewal";

struct progress progress_init(void)
{
	return (struct progress){ .idle = BUF_INIT(IDLE_TEXT_MAX) };
}

void progress_release(struct progress *p)
{
	buf_release(&p->idle);
}

void progress_next(struct progress *p)
{
	p->announced = false;
}

static void report_processing(const struct client *c, const char *name, const char *conf)
{
	AUTO(free) char *shown = str_printable(conf, LIMIT_PATH);

	ui_emit(c->ui, EVENT_LINEAGE_PROCESSING, FIELDS(STR("lineage", name), STR("path", conf)),
		"Processing %s", shown);
}

static void report_skipped(const struct client *c, const char *name, time_t not_after)
{
	ui_emit(c->ui, EVENT_LINEAGE_SKIPPED,
		FIELDS(STR("lineage", name), TIME("not_after", not_after)), "%s", not_due);
}

void progress_flush(struct progress *p, const struct client *c)
{
	if (p->idle.len > 0)
		ui_emit(c->ui, EVENT_LINEAGE_SKIPPED, NO_FIELDS, "%s", buf_str(&p->idle));
	buf_reset(&p->idle);
}

void progress_announce(struct progress *p, const struct client *c, const char *name,
		       const char *conf)
{
	if (p->announced)
		return;
	progress_flush(p, c);
	report_processing(c, name, conf);
	p->announced = true;
}

/* The same words as for each alone; a program gets each alone. */
static void report_idle(struct progress *p, const struct client *c, const char *name,
			const char *conf, time_t not_after)
{
	if (c->opt->json) {
		report_processing(c, name, conf);
		report_skipped(c, name, not_after);
		return;
	}
	AUTO(free) char *processing = str_fmt("Processing %s", conf);
	AUTO(free) char *framed = ui_framed(processing);

	buf_addf(&p->idle, "%s%s%s", p->idle.len > 0 ? "\n" : "", framed, not_due);
	if (p->idle.len > IDLE_TEXT_MAX / 2)
		progress_flush(p, c);
}

void progress_skipped(struct progress *p, const struct client *c, const char *name,
		      const char *conf, time_t not_after)
{
	if (p->announced)
		report_skipped(c, name, not_after);
	else
		report_idle(p, c, name, conf, not_after);
}

#include "client/cmd/outcome.h"

#include "base/limits.h"
#include "client/cmd/broken.h"
#include "client/cmd/put_off.h"
#include "client/order/report.h"

void outcome_renewed(struct summary *s, const struct client *c, const struct lineage *l)
{
	summary_renewed(s, l);
	ui_emit(c->ui, EVENT_LINEAGE_RENEWED,
		FIELDS(STR("lineage", l->name), BOOL("dry_run", c->opt->dry_run)), NULL);
}

void outcome_failed(struct summary *s, const struct client *c, const struct lineage *l,
		    const struct err *e)
{
	AUTO(free) char *text = failure_line(e);

	summary_failed(s, l);
	ui_emit(c->ui, EVENT_LINEAGE_FAILED, FIELDS(STR("lineage", l->name), ERROR("error", e)),
		"Failed to renew certificate %s with error: %s", l->name, text);
	put_off_after(c, l, e);
}

void outcome_put_off(struct summary *s, const struct client *c, const struct lineage *l,
		     const struct setback *why)
{
	summary_put_off(s, l, why);
	put_off_report(c, l, why);
}

void outcome_broken(struct summary *s, const struct client *c, const char *lineage,
		    const struct err *e)
{
	AUTO(free) char *relative = str_fmt("renewal/%s.conf", lineage);
	AUTO(free) char *conf = tree_path(c->tree, relative);
	AUTO(free) char *why = broken_why(e, lineage, conf);
	AUTO(free) char *shown = str_printable(conf, LIMIT_PATH);

	summary_broken(s, shown);
	ui_emit(c->ui, EVENT_LINEAGE_BROKEN,
		FIELDS(STR("lineage", lineage), STR("path", conf), ERROR("error", e)),
		"Renewal configuration file %s is broken.\nThe error was: %s\nSkipping.", shown,
		why);
}

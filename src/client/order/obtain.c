#include "client/order/obtain.h"

#include "client/hook/hook.h"
#include "client/order/issue.h"
#include "client/order/report.h"

void obtain_report(struct client *c)
{
	if (c->opt->dry_run)
		ui_emit(c->ui, EVENT_DRY_RUN_DONE, NO_FIELDS, "The dry run was successful.");
	report_next_step(c->ui, c->opt);
}

struct err *obtain(struct lineage **saved, struct client *c, const struct reuse_decision *d,
		   const struct cert_names *names)
{
	AUTO(strlist_release) struct strlist renewed = { 0 };
	AUTO(strlist_release) struct strlist failed = { 0 };
	const struct issue_request r = { .name = d->name, .existing = d->lineage, .names = names };
	AUTO(issued_release) struct issued i = { 0 };
	struct err *e = issue(&i, c, c->opt, &r);

	*saved = e == NULL ? MOVE(i.lineage) : NULL;
	if (*saved != NULL && d->lineage == NULL) {
		strlist_add_all(&renewed, &(*saved)->cert->names.dns);
		strlist_add_all(&renewed, &(*saved)->cert->names.ip);
	}
	if (i.begun)
		hooks_run_post(c, c->opt, &renewed, &failed);
	return e;
}

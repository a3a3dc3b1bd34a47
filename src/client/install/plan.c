#include "client/install/plan.h"

#include "base/limits.h"

/* For people the diff is printed as it is: `patch` and `less` take it. */
static void tell(struct client *c, const char *server, const struct change *change)
{
	AUTO(buf_release) struct buf diff = BUF_INIT(LIMIT_MIB(16));
	AUTO(strlist_release) struct strlist paths = { 0 };

	if (change != NULL) {
		change_diff(change, &diff);
		change_paths(change, &paths);
	}
	ui_emit(c->ui, EVENT_SERVER_PLANNED,
		FIELDS(STR("installer", server), LIST("files", &paths),
		       STR("diff", buf_str(&diff))),
		change != NULL ? "This would be changed in the configuration of %s:"
			       : "Nothing would be changed in the configuration of %s.",
		server);
	if (change != NULL && !c->opt->json && !c->opt->quiet)
		ui_print(c->ui, buf_str(&diff));
}

struct err *plan_tell(const struct installer *i, struct client *c)
{
	const struct opened *o = i->open;
	const struct change *change = NULL;

	if (o->plugin->server == NULL)
		return NULL;
	TRY(i->ops->plan(o->state, &change));
	tell(c, o->plugin->name, change);
	return i->ops->reread(o->state);
}

/* Taking back what was installed. */
#include <string.h>

#include "client/install/installer.h"
#include "srv/take_back.h"

/* By the places where systems keep them. */
static const char *unit_of(const struct strlist *paths)
{
	static const char *const units[] = { "nginx", "apache2", "httpd" };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		for (size_t k = 0; k < paths->count; k++)
			if (strstr(paths->items[k], units[i]) != NULL)
				return units[i];
	return NULL;
}

static void tell_unreloaded(struct client *c, const struct checkpoint_report *r)
{
	const char *unit = unit_of(r->restored.count > 0 ? &r->restored : &r->removed);

	ui_emit(c->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
		"Nothing was reloaded: have the server of these files take them%s%s%s",
		unit != NULL ? ", perhaps by `systemctl reload " : "", unit != NULL ? unit : "",
		unit != NULL ? "`" : "");
}

static struct err *take_again(const struct installer *i, struct client *c,
			      const struct checkpoint_report *r)
{
	const struct opened *o = i->open;
	enum webserver_outcome outcome;

	if (r->checkpoints == 0)
		return NULL;
	if (o->plugin->server == NULL) {
		tell_unreloaded(c, r);
		return NULL;
	}
	TRY_WRAP(
		webserver_take_back(o->plugin->server(o->state), &o->world, &outcome),
		"the files are rolled back, but %s goes on with what it had (noted in %s/IN_PROGRESS); correct what it names, "
		"and have it reload",
		o->plugin->server(o->state)->name, o->env.checkpoints.work_dir);
	tell_revived(c, o->plugin->server(o->state), outcome);
	return i->ops->reread(o->state);
}

static struct err *put_back(const struct checkpoints *at, struct client *c, int64_t checkpoints,
			    struct checkpoint_report *report)
{
	struct err *e = checkpoints_rollback(at, checkpoints, report);

	tell_restored(c, report, "The server's configuration is rolled back");
	TRY(e);
	if ((int64_t)report->checkpoints < checkpoints)
		ui_emit(c->ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"%lld checkpoints were to be rolled back, but there were %zu",
			(long long)checkpoints, report->checkpoints);
	return NULL;
}

/* Its files would be put back, and it would go on with what it has. */
static struct err *check_owner(const struct checkpoints *at, const struct client *c,
			       const struct plugin *p, int64_t checkpoints)
{
	AUTO(strlist_release) struct strlist own = { 0 };
	AUTO(free) char *test = NULL;

	if (p->test == NULL)
		return NULL;
	p->test(&own, c->opt);
	TRY(checkpoints_find_foreign(&test, at, &own, checkpoints));
	if (test == NULL)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"nothing is rolled back: there is a change of another server, whose test is `%s`. Name that one by -i, "
		"--%s-server-root and --%s-ctl, as when it was changed; -i null puts the files back and reloads nothing",
		test, p->name, p->name);
}

struct err *installer_rollback(const struct installer *i, struct client *c, int64_t checkpoints)
{
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };

	TRY(check_owner(&i->open->env.checkpoints, c, i->open->plugin, checkpoints));
	TRY(put_back(&i->open->env.checkpoints, c, checkpoints, &report));
	TRY(take_again(i, c, &report));
	return checkpoints_settle(&i->open->env.checkpoints);
}

struct err *rollback_unloadable(struct client *c, int64_t checkpoints, struct err *why)
{
	AUTO(err_free) struct err *before = why;
	AUTO(installer_free) struct installer *i = NULL;
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	const struct checkpoints at = { .world = c->world, .work_dir = c->opt->work_dir };

	TRY(check_owner(&at, c, plugin_by_name(c->opt->installer), checkpoints));
	TRY(put_back(&at, c, checkpoints, &report));
	if (report.checkpoints == 0)
		return MOVE(before);
	TRY_WRAP(
		installer_for(&i, c, c->opt),
		"the files are rolled back, but the server does not take them yet; correct what it names, and have it reload");
	TRY(take_again(i, c, &report));
	return checkpoints_settle(&i->open->env.checkpoints);
}

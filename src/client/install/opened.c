#include "client/install/opened.h"

#include <pthread.h>
#include <unistd.h>

#include "client/auth/commons.h"
#include "srv/transaction.h"

/* Lineages side by side have options of their own, so that only the list is shared between threads. */
struct opened_list {
	pthread_mutex_t lock;
	struct opened *first;
};

struct opened_list *opened_list_new(void)
{
	struct opened_list *l = xcalloc(1, sizeof(*l));

	if (pthread_mutex_init(&l->lock, NULL) != 0)
		abort();
	return l;
}

void opened_list_free(struct opened_list *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* One more user of it, if it is there. */
static struct opened *find(struct opened_list *l, const struct options *opt, const struct plugin *p)
{
	struct opened *o = NULL;

	if (l == NULL)
		return NULL;
	(void)pthread_mutex_lock(&l->lock);
	for (o = l->first; o != NULL; o = o->next)
		if (o->plugin == p && o->env.opt == opt)
			break;
	if (o != NULL)
		o->users++;
	(void)pthread_mutex_unlock(&l->lock);
	return o;
}

static void enter(struct opened_list *l, struct opened *o)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_lock(&l->lock);
	o->list = l;
	o->next = l->first;
	l->first = o;
	(void)pthread_mutex_unlock(&l->lock);
}

/* One user less; true: it was the last one, and it is off the list. */
static bool leave(struct opened *o)
{
	struct opened_list *l = o->list;

	if (l == NULL)
		return true;
	(void)pthread_mutex_lock(&l->lock);
	bool last = --o->users == 0;
	struct opened **at = &l->first;

	while (last && *at != NULL && *at != o)
		at = &(*at)->next;
	if (last && *at != NULL)
		*at = o->next;
	(void)pthread_mutex_unlock(&l->lock);
	return last;
}

static void warn(void *ctx, const char *text)
{
	ui_emit(ctx, EVENT_WARNING_TEXT, NO_FIELDS, "%s", text);
}

static struct opened *make(struct client *c, struct options *opt, const struct plugin *p)
{
	struct opened *o = xcalloc(1, sizeof(*o));

	o->world = *c->world;
	o->env = (struct plugin_env){ .world = &o->world,
				      .ui = c->ui,
				      .opt = opt,
				      .tree = c->tree,
				      .checkpoints = { .world = &o->world,
						       .work_dir = c->opt->work_dir,
						       .complain = warn,
						       .ctx = c->ui },
				      .common = commons_of(c->commons, p),
				      .started = &o->started };
	return o;
}

/* The server runs with what a killed run had made of its configuration. */
static struct err *reload_recovered(struct client *c, const struct opened *o)
{
	enum webserver_outcome outcome;

	if (!c->recovered || o->plugin->server == NULL)
		return NULL;
	TRY(transaction_reload(&o->env.checkpoints, o->plugin->server(o->state), &outcome));
	tell_revived(c, o->plugin->server(o->state), outcome);
	c->recovered = false;
	return NULL;
}

/* Takes why. */
static struct err *not_working(const struct plugin *p, struct err *why)
{
	if (p->server != NULL && err_is(why, ERR_PERMISSION) && geteuid() != 0)
		return err_wrap(
			why,
			"The %s plugin is not working; run signet as root, it is to change and reload a server",
			p->name);
	return err_wrap(
		why,
		"The %s plugin is not working; there may be problems with your existing configuration",
		p->name);
}

static struct err *start(struct opened *o, struct client *c, const struct plugin *p)
{
	TRY(not_working(p, p->open(&o->state, &o->env)));
	o->plugin = p;
	if (p->server != NULL)
		o->env.checkpoints.server = p->server(o->state);
	return reload_recovered(c, o);
}

struct err *opened_get(struct opened **out, struct client *c, struct options *opt,
		       const struct plugin *p)
{
	struct opened *o = find(c->opened, opt, p);

	if (o == NULL) {
		AUTO(opened_put) struct opened *fresh = make(c, opt, p);

		TRY(start(fresh, c, p));
		fresh->users = 1;
		enter(c->opened, fresh);
		o = MOVE(fresh);
	}
	*out = o;
	return NULL;
}

void opened_settle(struct opened *o, struct client *c)
{
	if (!o->env.reload_follows || o->plugin->server == NULL)
		return;
	AUTO(err_free)
	struct err *e = transaction_settle(&o->env.checkpoints, o->plugin->server(o->state));

	o->env.reload_follows = false;
	if (e == NULL)
		return;
	AUTO(free) char *text = err_text(e);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", e)),
		"cleaning up after the challenges: %s", text);
}

/* As it was found. Nobody can stop this. */
static void stop_again(struct opened *o)
{
	const struct webserver *s = o->plugin->server(o->state);

	o->world.stop = NULL;
	AUTO(err_free) struct err *e = webserver_stop(s, &o->world);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (e != NULL)
		ui_emit(o->env.ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", e)),
			"%s runs, though it was started for the challenges alone: %s", s->name, text);
	else
		ui_emit(o->env.ui, EVENT_NOTICE_TEXT, FIELDS(STR("server", s->name)),
			"%s is stopped again, as it was found", s->name);
}

void opened_put(struct opened *o)
{
	if (o == NULL || !leave(o))
		return;
	if (o->started && !o->env.reload_follows)
		stop_again(o);
	if (o->plugin != NULL)
		o->plugin->close(o->state);
	free(o);
}

void tell_restored(struct client *c, const struct checkpoint_report *r, const char *why)
{
	AUTO(free) char *files = strlist_join(&r->restored, ", ");
	AUTO(free) char *removed = strlist_join(&r->removed, ", ");

	for (size_t i = 0; i < r->complaints.count; i++)
		ui_emit(c->ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s", r->complaints.items[i]);
	if (r->restored.count + r->removed.count == 0)
		return;
	ui_emit(c->ui, EVENT_SERVER_RESTORED,
		FIELDS(LIST("restored", &r->restored), LIST("removed", &r->removed)), "%s%s%s%s%s",
		why, r->restored.count > 0 ? "; restored: " : "", files,
		r->removed.count > 0 ? "; removed: " : "", removed);
}

void tell_revived(struct client *c, const struct webserver *s, enum webserver_outcome outcome)
{
	if (outcome == WEBSERVER_NOT_RUNNING)
		ui_emit(c->ui, EVENT_NOTICE_TEXT, FIELDS(STR("server", s->name)),
			"%s does not run: it takes what was put back when it is started", s->name);
	if (outcome == WEBSERVER_REVIVED)
		ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("server", s->name)),
			"%s ended when it took its configuration back, and was started again",
			s->name);
}

struct err *recover_configuration(struct client *c)
{
	const struct checkpoints place = { .world = c->world, .work_dir = c->opt->work_dir };
	AUTO(checkpoint_report_release) struct checkpoint_report report = { 0 };
	struct err *e = checkpoints_recover(&place, &report);

	tell_restored(
		c, &report,
		"A change of the server's configuration that did not come to its end is undone");
	c->recovered = report.checkpoints > 0;
	return e;
}

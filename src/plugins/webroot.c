/*
 * webroot: files below the directories that a running web server serves (certbot.md 14.2).
 *
 * What is going to be put there is recorded in <work-dir>/signet/webroot.json first, and cleared by the next run if this
 * one is killed: a later run may find the order proved already, and would publish nothing that it could clean up after.
 * It is cleared at that run's end: the CA may be looking for these very files, for the order that the run goes on with.
 */
#include <string.h>

#include "base/buf.h"
#include "plugins/plugins.h"
#include "plugins/webroot_place.h"
#include "plugins/webroot_record.h"
#include "plugins/webroot_root.h"

struct webroot {
	const struct plugin_env *env;
	struct places own;
};

/* Of all instances. What several of them put below one root is one place: who leaves it last takes its directories away. */
struct outside {
	size_t users;
	struct places out;   /* what is there of this run */
	struct places left;  /* by an interrupted one */
	struct places stuck; /* could not be removed: for the next run */
};

static struct outside *outside_of(const struct webroot *s)
{
	return s->env->common->data;
}

static void keep_first(struct err **first, struct err *e)
{
	if (*first == NULL)
		*first = e;
	else
		err_ignore(e);
}

static struct err *clear_place(struct outside *o, struct place *p)
{
	struct err *e = place_clear(p);

	if (e != NULL)
		places_add(&o->stuck, p);
	return e;
}

static struct err *clear_left(struct outside *o)
{
	struct err *first = NULL;

	for (size_t i = 0; i < o->left.count; i++)
		keep_first(&first, clear_place(o, &o->left.items[i]));
	places_release(&o->left);
	return first;
}

/* What could not be removed is tried again by the next run. */
static struct err *save_record(const struct webroot *s)
{
	const struct outside *o = outside_of(s);
	const struct places *const lists[] = { &o->out, &o->left, &o->stuck };

	return webroot_record_save(s->env->opt, lists, ARRAY_LEN(lists));
}

static void warn(const struct plugin_env *env, const struct err *e)
{
	AUTO(free) char *why = e != NULL ? err_text(e) : NULL;

	if (why != NULL)
		ui_emit(env->ui, EVENT_WARNING_TEXT, NO_FIELDS,
			"removing what an interrupted run left: %s", why);
}

static void read_record(struct webroot *s)
{
	AUTO(err_free)
	struct err *not_ours = webroot_record_read(&outside_of(s)->left, s->env->opt);

	warn(s->env, not_ours);
}

static void remove_token(struct place *p, const char *token)
{
	struct strlist rest = { 0 };

	for (size_t i = 0; i < p->tokens.count; i++)
		if (!streq(p->tokens.items[i], token))
			strlist_add(&rest, p->tokens.items[i]);
	strlist_release(&p->tokens);
	p->tokens = rest;
}

/* The files are ours alone; the directories go with the last of them. */
static struct err *leave(struct outside *o, struct place *own)
{
	struct place *shared = places_at(&o->out, own->root);

	for (size_t i = 0; i < own->tokens.count; i++)
		remove_token(shared, own->tokens.items[i]);
	bool last = shared->tokens.count == 0;

	for (size_t i = 0; i < ARRAY_LEN(own->made); i++)
		own->made[i] = last && shared->made[i];
	struct err *e = clear_place(o, own);

	if (last) {
		place_release(shared);
		*shared = o->out.items[--o->out.count];
	}
	return e;
}

/* What was left goes behind ours, which may have made the directories, and when nobody can be in need of it. */
static struct err *clear_all(struct webroot *s)
{
	struct outside *o = outside_of(s);
	struct err *first = NULL;

	for (size_t i = 0; i < s->own.count; i++)
		keep_first(&first, leave(o, &s->own.items[i]));
	places_release(&s->own);
	if (o->users <= 1)
		keep_first(&first, clear_left(o));
	keep_first(&first, save_record(s));
	return first;
}

/* --- the plugin --- */

static void enter(struct webroot *s)
{
	struct plugin_common *common = s->env->common;

	(void)pthread_mutex_lock(&common->lock);
	if (common->data == NULL) {
		common->data = xcalloc(1, sizeof(struct outside));
		read_record(s);
	}
	outside_of(s)->users++;
	(void)pthread_mutex_unlock(&common->lock);
}

static struct err *open_webroot(void **state, const struct plugin_env *env)
{
	bool can_ask = prompt_possible(env->ui, true);

	TRY(webroot_check_names(env->opt, &env->opt->domains, can_ask));
	TRY(webroot_check_names(env->opt, &env->opt->ip_addresses, can_ask));
	struct webroot *s = xcalloc(1, sizeof(*s));

	s->env = env;
	enter(s);
	*state = s;
	return NULL;
}

/* Where nothing had to be published, nothing has been withdrawn either. */
static void exit_last(struct webroot *s)
{
	struct outside *o = outside_of(s);
	AUTO(err_free) struct err *e = NULL;

	if (o->out.count == 0 && o->left.count > 0)
		e = clear_all(s);
	warn(s->env, e);
	places_release(&o->out);
	places_release(&o->left);
	places_release(&o->stuck);
	free(MOVE(s->env->common->data));
}

static void close_webroot(void *state)
{
	struct webroot *s = state;
	struct plugin_common *common = s->env->common;

	(void)pthread_mutex_lock(&common->lock);
	if (--outside_of(s)->users == 0)
		exit_last(s);
	(void)pthread_mutex_unlock(&common->lock);
	places_release(&s->own);
	free(s);
}

/* Each place gets its tasks' tokens. */
static struct err *sort_tasks(struct webroot *s, const struct task *tasks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(free) char *root = NULL;

		TRY(webroot_root_for(&root, s->env, tasks[i].identifier));
		strlist_add(&places_at(&s->own, root)->tokens, tasks[i].token);
	}
	return NULL;
}

static const char *body_of(const struct task *tasks, size_t n, const char *token)
{
	for (size_t i = 0; i < n; i++)
		if (streq(tasks[i].token, token))
			return tasks[i].proof.http_body;
	return "";
}

/* Known to all before anything is made. */
static struct err *plan(struct webroot *s)
{
	for (size_t i = 0; i < s->own.count; i++) {
		TRY(place_plan(&s->own.items[i]));
		places_add(&outside_of(s)->out, &s->own.items[i]);
	}
	return save_record(s);
}

/* Directories that somebody else made before we could are not ours to remove. */
static void correct(struct place *shared, const struct place *planned, const struct place *done)
{
	for (size_t i = 0; i < ARRAY_LEN(shared->made); i++)
		if (planned->made[i] && !done->made[i])
			shared->made[i] = false;
}

static struct err *fill(struct webroot *s, struct place *p, const struct task *tasks, size_t n)
{
	AUTO(strlist_release) struct strlist bodies = { 0 };
	AUTO(err_free) struct err *warning = NULL;

	for (size_t i = 0; i < p->tokens.count; i++)
		strlist_add(&bodies, body_of(tasks, n, p->tokens.items[i]));
	const struct place planned = *p;
	struct err *e = place_fill(p, &bodies, &warning);

	correct(places_at(&outside_of(s)->out, p->root), &planned, p);

	if (warning != NULL) {
		AUTO(free) char *text = err_text(warning);

		ui_emit(s->env->ui, EVENT_WARNING_TEXT, NO_FIELDS, "%s", text);
	}
	return e;
}

static struct err *put_out(struct webroot *s, const struct task *tasks, size_t n)
{
	TRY(plan(s));
	for (size_t i = 0; i < s->own.count; i++)
		TRY(fill(s, &s->own.items[i], tasks, n));
	return NULL;
}

static struct err *publish(void *state, struct task *tasks, size_t n)
{
	struct webroot *s = state;

	TRY(sort_tasks(s, tasks, n));
	(void)pthread_mutex_lock(&s->env->common->lock);
	struct err *e = put_out(s, tasks, n);

	(void)pthread_mutex_unlock(&s->env->common->lock);
	TRY(e);
	for (size_t i = 0; i < n; i++)
		tasks[i].published = true;
	return NULL;
}

static struct err *withdraw(void *state, struct task *tasks, size_t n)
{
	struct webroot *s = state;

	for (size_t i = 0; i < n; i++)
		tasks[i].published = false;
	(void)pthread_mutex_lock(&s->env->common->lock);
	struct err *e = clear_all(s);

	(void)pthread_mutex_unlock(&s->env->common->lock);
	return e;
}

static void hint(const void *state, struct buf *out)
{
	(void)state;
	buf_adds(
		out,
		"the CA could not fetch the files that were put below the web roots. Does each -w directory belong to the server "
		"that answers for its names on port 80, and does that server serve .well-known/acme-challenge from it?");
}

static const struct authenticator_ops authenticator = {
	.media = 1u << MEDIUM_HTTP,
	.side_by_side = true,
	.preference = { MEDIUM_HTTP, MEDIUM_COUNT },
	.publish = publish,
	.withdraw = withdraw,
	.hint = hint,
};

const struct plugin plugin_webroot = {
	.name = "webroot",
	.description =
		"Answers HTTP challenges by files that your web server serves from its document root",
	.open = open_webroot,
	.close = close_webroot,
	.authenticator = &authenticator,
};

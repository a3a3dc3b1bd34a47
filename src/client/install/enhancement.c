#include "client/install/enhancement.h"

#include <assert.h>

#include "client/cmd/cmd.h"
#include "client/install/plan.h"

/* In the order in which Certbot tells of them. */
static const struct {
	const char *name;
	size_t member;
} enhancements[] = {
	[ENHANCE_HSTS] = { "hsts", offsetof(struct options, hsts) },
	[ENHANCE_REDIRECT] = { "redirect", offsetof(struct options, redirect) },
	[ENHANCE_STAPLE] = { "staple", offsetof(struct options, staple_ocsp) },
	[ENHANCE_UIR] = { "uir", offsetof(struct options, uir) },
};
static_assert(ARRAY_LEN(enhancements) == ENHANCEMENT_COUNT, "a row for each enhancement");

static bool is_asked(const struct options *opt, size_t i)
{
	return *(const bool *)((const char *)opt + enhancements[i].member);
}

bool enhancements_asked(const struct options *opt)
{
	bool asked = opt->auto_hsts;

	for (size_t i = 0; i < ARRAY_LEN(enhancements); i++)
		asked |= is_asked(opt, i);
	return asked;
}

static bool can(const struct installer *i, size_t n)
{
	return (i->ops->enhancements & 1u << n) != 0;
}

static struct err *no_auto_hsts(const struct installer *i)
{
	AUTO(strlist_release) struct strlist able = { 0 };

	for (size_t n = 0; n < plugin_count; n++)
		if (plugins[n]->installer != NULL && plugins[n]->installer->auto_hsts != NULL)
			strlist_add(&able, plugins[n]->name);
	AUTO(free) char *names = strlist_join(&able, ", ");

	return err_new(
		ERR_CONFIG,
		"One or more of the requested enhancements are not supported by the selected installer (%s): --auto-hsts is for %s; "
		"--hsts sets the time for good at once",
		i->open->plugin->name, names);
}

struct err *enhancements_check(const struct installer *i, struct options *opt)
{
	if (opt->auto_hsts && i->ops->auto_hsts == NULL)
		return no_auto_hsts(i);
	if (!opt->must_staple)
		return NULL;
	opt->staple_ocsp = true;
	if (can(i, ENHANCE_STAPLE))
		return NULL;
	return err_new(
		ERR_CONFIG,
		"--must-staple asks for a certificate that is only valid with a stapled OCSP answer, but the "
		"selected installer (%s) cannot set stapling up. Leave --must-staple out, or get the certificate "
		"by certonly and configure the server yourself.",
		i->open->plugin->name);
}

/* Where nobody said otherwise, a site that is installed is redirected to (certbot.md 13.5); `enhance` does what it is told. */
static bool is_wanted(const struct client *c, const struct installer *i, size_t n)
{
	const struct options *opt = c->opt;

	if (n == ENHANCE_REDIRECT && !opt->redirect)
		return can(i, n) && !streq(opt->verb->name, "enhance") &&
		       !options_set_by_user(opt, &opt->redirect);
	return is_asked(opt, n);
}

/* What nobody asked for is no reason to fail. */
static struct err *excuse(struct err *why, struct client *c, const char *name)
{
	AUTO(err_free) struct err *e = why;
	AUTO(free) char *text = err_text(e);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", e)),
		"plain HTTP of %s is not redirected to HTTPS: %s", name, text);
	return NULL;
}

/* *any: it is for one of the names. */
static struct err *plan_one(bool *any, const struct installer *i, struct client *c,
			    const struct installation *what, enum enhancement n)
{
	*any = false;
	for (size_t k = 0; k < what->names->count; k++) {
		const char *name = what->names->items[k];
		struct err *e = i->ops->enhance(i->open->state, name, n, what->files);

		*any |= e == NULL;
		if (e != NULL && !is_asked(c->opt, n) && err_is(e, ERR_CONFIG))
			e = excuse(e, c, name);
		TRY_WRAP(e, "enhancing %s by %s", name, enhancements[n].name);
	}
	return NULL;
}

struct err *enhancements_plan(struct strlist *planned, const struct installer *i, struct client *c,
			      const struct installation *what)
{
	for (size_t n = 0; n < ARRAY_LEN(enhancements); n++) {
		bool any = false;

		if (!is_wanted(c, i, n))
			continue;
		if (!can(i, n)) {
			ui_emit(c->ui, EVENT_WARNING_TEXT, NO_FIELDS,
				"Option %s is not supported by the selected installer. Skipping enhancement.",
				enhancements[n].name);
			continue;
		}
		TRY(plan_one(&any, i, c, what, (enum enhancement)n));
		if (any)
			strlist_add(planned, enhancements[n].name);
	}
	if (!c->opt->auto_hsts)
		return NULL;
	strlist_add(planned, "auto-hsts");
	return i->ops->auto_hsts->enable(i->open->state, what->names);
}

struct err *enhancements_excuse(struct err *why, struct client *c, const struct installation *what)
{
	AUTO(free) char *names = strlist_join(what->names, ", ");

	if (why == NULL || enhancements_asked(c->opt) || err_is(why, ERR_INTERRUPTED))
		return why;
	return excuse(why, c, names);
}

void enhancements_tell_idle(const struct strlist *planned, struct client *c)
{
	AUTO(free) char *names = strlist_join(planned, ", ");

	if (planned->count > 0)
		ui_emit(c->ui, EVENT_NOTICE_TEXT, NO_FIELDS,
			"Nothing to enhance by %s: the server's configuration says it already",
			names);
}

struct err *enhancements_apply(const struct installer *i, struct client *c,
			       const struct installation *what)
{
	AUTO(strlist_release) struct strlist planned = { 0 };
	const struct change *change = NULL;

	TRY(enhancements_plan(&planned, i, c, what));
	if (c->opt->dry_run)
		return plan_tell(i, c);
	if (planned.count == 0)
		return NULL;
	TRY(i->ops->plan(i->open->state, &change));
	if (change == NULL) {
		enhancements_tell_idle(&planned, c);
		return NULL;
	}
	AUTO(free) char *names = strlist_join(&planned, ", ");
	AUTO(free) char *title = str_fmt("Add enhancement %s", names);

	return installer_commit(i, c, what, title);
}

#include "client/install/reload.h"

#include "base/limits.h"
#include "client/install/installer.h"
#include "client/install/plan.h"
#include "client/install/standing.h"

static const char lost[] = "the certificate is saved, but the server does not serve it";

/* A server that was reloaded. */
struct reloaded {
	struct installer *installer;
	bool serves;
	bool renewed;
	int64_t until_ms; /* how long it may take to show what it has; for all its certificates together */
};

static void reloaded_release(struct reloaded *r)
{
	installer_free(r->installer);
}

AUTO_RELEASE(struct reloaded, reloaded_release)

bool reload_is_owed(const struct options *opt)
{
	return opt->installer != NULL && plugin_by_name(opt->installer) != NULL;
}

/* The certificates of one server. */
struct fresh {
	const struct lineage **items;
	size_t count;
};

static void fresh_release(struct fresh *f)
{
	free(f->items);
}

AUTO_RELEASE(struct fresh, fresh_release)

static void fresh_add(struct fresh *f, const struct lineage *l)
{
	f->items = xrealloc(f->items, f->count + 1, sizeof(*f->items));
	f->items[f->count++] = l;
}

/* The plan becomes part of what the reload carries out; without it the certificates are to be served all the same. */
static void finish_auto_hsts(const struct installer *i, struct client *c, const struct options *opt,
			     const struct fresh *f)
{
	const struct auto_hsts_ops *ops = i->ops->auto_hsts;
	AUTO(err_free) struct err *e = NULL;

	for (size_t n = 0; n < f->count && ops != NULL && !opt->disable_renew_updates && e == NULL;
	     n++)
		e = ops->renewed(i->open->state, f->items[n]->live[KIND_PRIVKEY]);
	if (e == NULL)
		return;
	AUTO(free) char *text = err_text(e);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(ERROR("error", e)),
		"the time of Strict-Transport-Security is left as it is: %s", text);
}

/* Nobody can stop this: what was renewed is to be served. Its time is limited. */
static struct err *reload(struct reloaded *out, struct client *c, struct options *opt,
			  const struct fresh *f)
{
	struct world world = *c->world;
	struct client calm = *c;

	world.stop = NULL;
	calm.world = &world;
	TRY(installer_for(&out->installer, &calm, opt));
	c->recovered = calm.recovered;
	finish_auto_hsts(out->installer, c, opt, f);
	TRY(installer_reload(&out->serves, out->installer, &calm, out->renewed));
	out->until_ms = world_monotonic_ms(c->world) + installer_proof_ms(out->installer);
	return NULL;
}

/* What the renewed certificate would not come to. */
static struct err *foresee(const struct installer *i, struct client *c, const struct lineage *l)
{
	const struct deployment files = deployment_of(l);
	const struct installation what = { .names = &l->cert->names.dns, .files = &files };
	AUTO(endpoints_release) struct endpoints at = { 0 };

	TRY(installer_places(&at, i, &what));
	return standing_foresee(c, i->open->plugin->name, &at, l);
}

static struct err *rehearse(struct client *c, struct options *opt, const struct fresh *f)
{
	AUTO(installer_free) struct installer *i = NULL;

	TRY(installer_for(&i, c, opt));
	finish_auto_hsts(i, c, opt, f);
	for (size_t n = 0; n < f->count; n++)
		TRY(foresee(i, c, f->items[n]));
	return plan_tell(i, c);
}

static struct err *prove(const struct reloaded *s, struct client *c, const struct lineage *l)
{
	const struct deployment files = deployment_of(l);
	const struct installation what = { .names = &l->cert->names.dns, .files = &files };

	AUTO(endpoints_release) struct endpoints at = { 0 };

	if (!s->serves)
		return NULL;
	TRY_WRAP(installer_prove(&at, s->installer, c, &what, s->until_ms), "%s", lost);
	return err_wrap(standing_check(c, s->installer->open->plugin->name, &at, l, s->renewed),
			"%s", lost);
}

struct err *reload_for(struct client *c, struct options *opt, const struct lineage *l, bool renewed)
{
	AUTO(reloaded_release) struct reloaded s = { .renewed = renewed };

	if (!reload_is_owed(opt))
		return NULL;
	TRY_WRAP(reload(&s, c, opt, &(struct fresh){ &l, 1 }), "%s", lost);
	return prove(&s, c, l);
}

struct err *reload_rehearse(struct client *c, struct options *opt, const struct lineage *existing)
{
	return reload_is_owed(opt) ? rehearse(c, opt, &(struct fresh){ &existing, existing != NULL })
				   : NULL;
}

void reloads_add(struct reloads *r, struct lineage *l, const struct options *opt)
{
	r->items = xrealloc(r->items, r->count + 1, sizeof(*r->items));
	r->items[r->count++] = (struct reload){ .lineage = l, .opt = options_copy(opt) };
}

void reloads_release(struct reloads *r)
{
	for (size_t i = 0; i < r->count; i++) {
		lineage_free(r->items[i].lineage);
		options_free(r->items[i].opt);
	}
	free(r->items);
	*r = (struct reloads){ 0 };
}

static bool same_server(const struct options *a, const struct options *b)
{
	return streq(a->installer, b->installer) && options_agree_on(a, b, a->installer);
}

/* All of the server that the first is on. */
static void settle_server(struct reloads *r, size_t first, struct client *c,
			  reload_outcome_fn *outcome, void *ctx)
{
	struct options *opt = r->items[first].opt;
	AUTO(reloaded_release) struct reloaded s = { .renewed = true };
	AUTO(fresh_release) struct fresh f = { 0 };

	for (size_t i = first; i < r->count; i++)
		if (!r->items[i].settled && same_server(opt, r->items[i].opt))
			fresh_add(&f, r->items[i].lineage);
	AUTO(err_free)
	struct err *refused = opt->dry_run ? rehearse(c, opt, &f)
					   : err_wrap(reload(&s, c, opt, &f), "%s", lost);

	for (size_t i = first; i < r->count; i++) {
		struct reload *one = &r->items[i];

		if (one->settled || !same_server(opt, one->opt))
			continue;
		AUTO(err_free)
		struct err *unproved = refused == NULL ? prove(&s, c, one->lineage) : NULL;

		one->settled = true;
		outcome(ctx, one->lineage, refused != NULL ? refused : unproved);
	}
}

void reloads_run(struct reloads *r, struct client *c, reload_outcome_fn *outcome, void *ctx)
{
	for (size_t i = 0; i < r->count; i++)
		if (!r->items[i].settled)
			settle_server(r, i, c, outcome, ctx);
}

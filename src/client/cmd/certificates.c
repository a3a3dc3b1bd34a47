#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/broken.h"
#include "client/cmd/cmd.h"
#include "client/cmd/inventory.h"
#include "client/cmd/registry.h"
#include "client/lineage/listing.h"
#include "client/lineage/misfit.h"
#include "client/order/revocation.h"
#include "client/order/setback.h"

/* Room for a hundred thousand of them. */
#define LIST_TEXT_MAX LIMIT_MIB(64)

static bool is_filtered(const struct options *o)
{
	return o->cert_name != NULL || o->domains.count + o->ip_addresses.count > 0;
}

static bool is_wanted(const struct listing *l, const struct options *o)
{
	if (l->broken != NULL)
		return false;
	if (o->cert_name != NULL && !streq(o->cert_name, l->name))
		return false;
	return strlist_subset(&o->domains, &l->identifiers) &&
	       strlist_subset(&o->ip_addresses, &l->identifiers);
}

/* Lineages whose CA is asked, side by side, whether it has revoked them. */
struct suspects {
	struct lineage **lineages;
	struct listing **listings;
	bool *revoked;
	size_t count;
};

static void suspects_release(struct suspects *s)
{
	for (size_t i = 0; i < s->count; i++)
		lineage_free(s->lineages[i]);
	free(s->lineages);
	free(s->listings);
	free(s->revoked);
}

AUTO_RELEASE(struct suspects, suspects_release)

static void suspect(struct suspects *s, const struct client *c, struct listing *l)
{
	struct err *e = lineage_load(&s->lineages[s->count], c->tree, l->name);

	if (e == NULL)
		s->listings[s->count++] = l;
	err_ignore(e); /* it was whole a moment ago; its state is unknown */
}

static struct err *find_revoked(struct client *c, struct listings *all)
{
	AUTO(suspects_release)
	struct suspects s = {
		.lineages = xcalloc(all->count + 1, sizeof(struct lineage *)),
		.listings = xcalloc(all->count + 1, sizeof(struct listing *)),
		.revoked = xcalloc(all->count + 1, sizeof(bool)),
	};

	for (size_t i = 0; i < all->count; i++)
		if (is_wanted(&all->items[i], c->opt) && all->items[i].may_be_revoked)
			suspect(&s, c, &all->items[i]);
	TRY(revocation_ask(c, c->opt, (const struct lineage *const *)s.lineages, s.revoked, s.count));
	for (size_t i = 0; i < s.count; i++)
		s.listings[i]->is_revoked = s.revoked[i];
	return NULL;
}

static void report_broken(struct ui *ui, const struct listing *l, struct buf *invalid)
{
	AUTO(free) char *text = broken_why(l->broken, l->name, l->conf_path);
	AUTO(free) char *shown = str_printable(l->conf_path, LIMIT_PATH);

	buf_addf(invalid, "\n  %s", shown);
	ui_emit(ui, EVENT_LINEAGE_BROKEN,
		FIELDS(STR("lineage", l->name), STR("path", l->conf_path),
		       ERROR("error", l->broken)),
		"Renewal configuration file %s produced an unexpected error: %s. Skipping.", shown,
		text);
}

struct counts {
	size_t loaded, shown, broken;
};

/* Programs get each alone; people, and the log, the whole list in one piece. */
static void report_one(struct client *c, const struct listing *l, const struct strlist *setbacks,
		       struct buf *text)
{
	listing_add_text(text, l, world_now(c->world));
	inventory_add_text(text, c, l, setbacks);
	if (c->opt->json)
		inventory_report(c, l);
}

static struct counts report_each(struct client *c, const struct listings *all,
				 const struct strlist *setbacks, struct buf *text,
				 struct buf *invalid)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		const struct listing *l = &all->items[i];

		if (l->broken != NULL || is_wanted(l, c->opt))
			misfit_report(c->ui, l->name, l->misfit);
		if (l->broken != NULL) {
			n.broken++;
			report_broken(c->ui, l, invalid);
		} else {
			n.loaded++;
		}
		if (!is_wanted(l, c->opt))
			continue;
		n.shown++;
		report_one(c, l, setbacks, text);
	}
	return n;
}

static void report_all(struct client *c, const struct counts *n, const struct buf *text,
		       const struct buf *invalid)
{
	AUTO(buf_release) struct buf all = BUF_INIT(2 * LIST_TEXT_MAX);

	if (n->loaded + n->broken == 0)
		buf_adds(&all, "No certificates found.");
	if (n->loaded > 0)
		buf_addf(&all, "Found the following %scerts:\n%.*s",
			 is_filtered(c->opt) ? "matching " : "",
			 (int)(text->len > 0 ? text->len - 1 : 0), buf_str(text));
	if (n->broken > 0)
		buf_addf(&all, "%s\nThe following renewal configurations were invalid:%s",
			 n->loaded > 0 ? "\n" : "", buf_str(invalid));
	ui_emit(c->ui, EVENT_CERTIFICATES_LISTED,
		FIELDS(INT("count", (int64_t)n->shown), INT("invalid", (int64_t)n->broken)), "%s",
		buf_str(&all));
}

static struct err *certificates(struct client *c)
{
	AUTO(listings_release) struct listings all = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT(LIST_TEXT_MAX);
	AUTO(buf_release) struct buf invalid = BUF_INIT(LIST_TEXT_MAX);
	AUTO(strlist_release) struct strlist setbacks = { 0 };

	TRY(setback_names(&setbacks, c->tree));
	TRY(listings_make(&all, c->tree, c->world->clock));
	TRY(find_revoked(c, &all));
	const struct counts n = report_each(c, &all, &setbacks, &text, &invalid);

	TRY(buf_check(&text, "list of certificates"));
	TRY(buf_check(&invalid, "list of invalid renewal files"));
	report_all(c, &n, &text, &invalid);
	return NULL;
}

const struct subcommand subcommand_certificates = {
	.name = "certificates",
	.summary = "List the certificates managed here",
	.needs_tree = true,
	.run = certificates,
};

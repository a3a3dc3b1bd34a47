#include "base/limits.h"
#include "client/client.h"
#include "client/cmd/cmd.h"
#include "client/cmd/registry.h"
#include "client/lineage/listing.h"
#include "client/lineage/misfit.h"

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

static void report_broken(struct ui *ui, const struct listing *l)
{
	AUTO(free) char *text = err_text(l->broken);

	ui_emit(ui, EVENT_LINEAGE_BROKEN,
		FIELDS(STR("lineage", l->name), STR("path", l->conf_path),
		       ERROR("error", l->broken)),
		"Renewal configuration file %s produced an unexpected error: %s. Skipping.",
		l->conf_path, text);
}

/* For programs; people, and the log, get the whole list in one piece. */
static void report_listed(struct client *c, const struct listing *l, time_t now)
{
	AUTO(free) char *status = listing_status(l, now);

	if (!c->opt->json)
		return;
	ui_emit(c->ui, EVENT_CERTIFICATE_LISTED,
		FIELDS(STR("lineage", l->name), STR("serial", l->serial),
		       STR("key_type", l->key_type), LIST("identifiers", &l->identifiers),
		       TIME("not_after", l->not_after), BOOL("test", l->is_test),
		       BOOL("expired", l->is_expired), STR("status", status),
		       STR("certificate_path", l->fullchain_path),
		       STR("private_key_path", l->privkey_path)),
		NULL);
}

struct counts {
	size_t loaded, shown, broken;
};

static struct counts report_each(struct client *c, const struct listings *all, time_t now,
				 struct buf *text, struct buf *invalid)
{
	struct counts n = { 0 };

	for (size_t i = 0; i < all->count; i++) {
		const struct listing *l = &all->items[i];

		if (l->broken != NULL || is_wanted(l, c->opt))
			misfit_report(c->ui, l->name, l->misfit);
		if (l->broken != NULL) {
			n.broken++;
			buf_addf(invalid, "\n  %s", l->conf_path);
			report_broken(c->ui, l);
		} else {
			n.loaded++;
		}
		if (!is_wanted(l, c->opt))
			continue;
		n.shown++;
		listing_add_text(text, l, now);
		report_listed(c, l, now);
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
	time_t now = world_now(c->world);

	TRY(listings_make(&all, c->tree, c->world->clock));
	const struct counts n = report_each(c, &all, now, &text, &invalid);

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

#include "client/install/standing.h"

#include <sys/stat.h>

#include "base/shell.h"
#include "client/lineage/served.h"
#include "srv/chain_file.h"

static struct err *stale(const char *installer, const struct endpoint *at, const struct lineage *l,
			 const struct cert *shown)
{
	AUTO(free) char *where = address_port_text(&at->address);
	AUTO(free) char *name = shell_word(l->name);

	return err_new(
		ERR_CONFIG,
		"%s at %s shows the older certificate %s, for %s is a copy of it: `signet install -i %s --cert-name %s` has it use %s",
		at->name, where, shown->serial_hex, at->fullchain, installer, name,
		l->live[KIND_FULLCHAIN]);
}

/* *is_new: it is l's certificate that is there. */
static struct err *look(bool *is_new, const char *installer, const struct endpoint *at,
			const struct lineage *l)
{
	AUTO(cert_free) struct cert *there = NULL;
	bool older = false;

	TRY(cert_file_load(&there, at->fullchain));
	*is_new = cert_same(there, l->cert);
	if (!*is_new)
		TRY(served_is_older(&older, l, there));
	return older ? stale(installer, at, l, there) : NULL;
}

static bool was_looked_at(const struct endpoints *at, size_t i)
{
	return i > 0 && at->items[i - 1].fullchain != NULL &&
	       streq(at->items[i - 1].fullchain, at->items[i].fullchain);
}

static void tell_unused(struct client *c, const char *installer, const struct lineage *l)
{
	AUTO(free) char *name = shell_word(l->name);

	ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", l->name)),
		"%s shows the certificate %s for none of its names. Is it for another program? `signet reconfigure --cert-name %s -i null` "
		"ends this warning; `signet install -i %s --cert-name %s` puts it where the names are served.",
		installer, l->name, name, installer, name);
}

struct err *standing_check(struct client *c, const char *installer, const struct endpoints *at,
			   const struct lineage *l, bool renewed)
{
	bool used = at->unseen;

	for (size_t i = 0; i < at->count; i++) {
		bool is_new = at->items[i].fullchain == NULL;

		if (!is_new && !was_looked_at(at, i))
			TRY(look(&is_new, installer, &at->items[i], l));
		used |= is_new;
	}
	if (!used && renewed)
		tell_unused(c, installer, l);
	return NULL;
}

/* Not by a path that leads to the lineage's own file. */
static bool is_copy_of(const struct lineage *l, const char *path)
{
	struct stat there, own;

	return stat(path, &there) == 0 && stat(l->live[KIND_FULLCHAIN], &own) == 0 &&
	       (there.st_dev != own.st_dev || there.st_ino != own.st_ino);
}

static struct err *look_ahead(struct client *c, const char *installer, const struct endpoint *at,
			      const struct lineage *l)
{
	AUTO(cert_free) struct cert *there = NULL;
	AUTO(free) char *name = shell_word(l->name);
	AUTO(free) char *where = address_port_text(&at->address);
	bool older = false;

	TRY(cert_file_load(&there, at->fullchain));
	if (!cert_same(there, l->cert))
		TRY(served_is_older(&older, l, there));
	if (older || cert_same(there, l->cert))
		ui_emit(c->ui, EVENT_WARNING_TEXT, FIELDS(STR("lineage", l->name)),
			"%s at %s shows %s, a copy of this certificate: unless a deploy hook copies it anew, a renewal fails to be served "
			"there; `signet install -i %s --cert-name %s` has it use %s",
			at->name, where, at->fullchain, installer, name, l->live[KIND_FULLCHAIN]);
	return NULL;
}

struct err *standing_foresee(struct client *c, const char *installer, const struct endpoints *at,
			     const struct lineage *l)
{
	for (size_t i = 0; i < at->count; i++)
		if (at->items[i].fullchain != NULL && !was_looked_at(at, i) &&
		    is_copy_of(l, at->items[i].fullchain))
			TRY(look_ahead(c, installer, &at->items[i], l));
	return NULL;
}

#include "client/lineage/served.h"

#include <assert.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/archive.h"
#include "srv/chain_file.h"
#include "srv/vouch.h"

const char *const served_state_names[] = {
	[SERVED_CURRENT] = "current",       [SERVED_OUTDATED] = "outdated",
	[SERVED_INCOMPLETE] = "incomplete", [SERVED_OTHER] = "other",
	[SERVED_WRONG] = "wrong",           [SERVED_OTHER_KIND] = "other_kind",
	[SERVED_SILENT] = "silent",
};
static_assert(ARRAY_LEN(served_state_names) == SERVED_STATE_COUNT, "a name for each state");

/* A wildcard is seen by a name that it covers. */
static char *name_to_ask(const char *name)
{
	return str_starts(name, "*.") ? str_fmt("signet-served%s", name + 1) : xstrdup(name);
}

static struct err *add_listener(struct endpoints *out, const char *name, const struct address *at,
				unsigned port)
{
	AUTO(free) char *host = address_text(at);

	/* "::" mostly takes IPv4 too; what does not answer is silent */
	return endpoints_add(out, name, streq(host, "::") ? "*" : host, port, NULL);
}

static struct err *add_looked_up(struct endpoints *out, const struct world *w, const char *name,
				 unsigned port)
{
	AUTO(address_list_release) struct address_list found = { 0 };
	struct err *e = w->resolver->lookup(w->resolver, name, port, &found);

	if (e != NULL && err_is(e, ERR_INTERRUPTED))
		return e;
	err_ignore(e);
	for (size_t i = 0; i < found.count; i++)
		endpoints_add_address(out, name, &found.items[i], NULL);
	return NULL;
}

struct err *served_places(struct endpoints *out, const struct world *w, const struct lineage *l,
			  unsigned port)
{
	AUTO(address_list_release) struct address_list listeners = { 0 };

	process_listeners(&listeners, port);
	for (size_t i = 0; i < l->cert->names.dns.count; i++) {
		AUTO(free) char *name = name_to_ask(l->cert->names.dns.items[i]);

		for (size_t n = 0; n < listeners.count; n++)
			TRY(add_listener(out, name, &listeners.items[n], port));
		if (listeners.count == 0)
			TRY(add_looked_up(out, w, name, port));
	}
	return NULL;
}

static struct err *is_in(bool *yes, const char *path, const struct cert *shown)
{
	AUTO(cert_free) struct cert *old = NULL;

	TRY(cert_file_load(&old, path));
	*yes = cert_same(old, shown);
	return NULL;
}

struct err *served_is_older(bool *yes, const struct lineage *l, const struct cert *shown)
{
	AUTO(archive_release) struct archive a = { 0 };

	*yes = false;
	TRY(archive_scan(&a, l->archive_dir));
	for (size_t i = a.count; i > 0 && !*yes; i--) {
		AUTO(free)
		char *path = archive_path(l->archive_dir, KIND_CERT, a.items[i - 1].number);

		if ((a.items[i - 1].kinds & 1u << KIND_CERT) != 0)
			TRY(is_in(yes, path, shown));
	}
	return NULL;
}

struct err *served_judge(enum served_state *out, const struct sight *s, const struct lineage *l,
			 const struct chain *chain, const struct served_question *q)
{
	static const enum served_state states[] = {
		[SHOWS_EXPECTED] = SERVED_CURRENT,
		[SHOWS_SHORT_CHAIN] = SERVED_INCOMPLETE,
		[SHOWS_OTHER] = SERVED_OTHER,
		[SHOWS_NOTHING] = SERVED_SILENT,
	};
	enum showing showing = sight_showing(s, chain);
	bool older = false;

	if (showing == SHOWS_OTHER)
		TRY(served_is_older(&older, l, s->chain->certs[0]));
	*out = older ? SERVED_OUTDATED : states[showing];
	if (*out == SERVED_OTHER && !cert_vouches(s->chain->certs[0], q->name, q->now))
		*out = SERVED_WRONG;
	return NULL;
}

struct err *served_former_family(const char **out, const struct lineage *l)
{
	AUTO(archive_release) struct archive a = { 0 };
	AUTO(cert_free) struct cert *before = NULL;

	*out = NULL;
	TRY(archive_scan(&a, l->archive_dir));
	for (size_t i = a.count; i > 0 && before == NULL; i--) {
		AUTO(free)
		char *path = archive_path(l->archive_dir, KIND_CERT, a.items[i - 1].number);

		if (a.items[i - 1].number < l->version &&
		    (a.items[i - 1].kinds & 1u << KIND_CERT) != 0)
			TRY(cert_file_load(&before, path));
	}
	if (before != NULL && !streq(cert_key_family(before), cert_key_family(l->cert)))
		*out = cert_key_family(before);
	return NULL;
}

struct err *served_instead(char **other, const struct sight *any, const struct tree *t,
			   const struct lineage *l)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	*other = NULL;
	TRY(lineage_names(&names, t));
	for (size_t i = 0; i < names.count && any->chain != NULL && *other == NULL; i++) {
		AUTO(lineage_free) struct lineage *one = NULL;

		if (streq(names.items[i], l->name))
			continue;
		err_ignore(lineage_load(&one, t, names.items[i]));
		if (one != NULL && cert_same(one->cert, any->chain->certs[0]))
			*other = xstrdup(one->name);
	}
	return NULL;
}

#include "client/lineage/listing.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "client/lineage/advice.h"
#include "client/lineage/index.h"
#include "client/lineage/issuers.h"
#include "client/lineage/share.h"

#define HOUR_S (60 * 60)
#define DAY_S (24 * HOUR_S)

static void listing_release(struct listing *l)
{
	free(l->name);
	free(l->conf_path);
	err_free(l->broken);
	err_free(l->misfit);
	free(l->serial);
	free(l->key_type);
	strlist_release(&l->identifiers);
	free(l->fullchain_path);
	free(l->privkey_path);
}

void listings_release(struct listings *l)
{
	for (size_t i = 0; i < l->count; i++)
		listing_release(&l->items[i]);
	free(l->items);
	*l = (struct listings){ 0 };
}

struct work {
	const struct tree *tree;
	struct listings *out;
	time_t now;
	struct issuers *issuers[SHARE_THREADS];
	struct lineage_index *index;
	pthread_mutex_t adding; /* to the index */
};

static char *live_path(const struct work *w, const char *name, enum lineage_kind kind)
{
	return str_fmt("%s/live/%s/%s.pem", w->tree->config_dir, name, lineage_kind_names[kind]);
}

static void describe_by_facts(struct listing *out, const struct work *w,
			      const struct lineage_facts *f)
{
	out->serial = xstrdup(f->serial);
	out->key_type = xstrdup(f->key_type);
	strlist_split(&out->identifiers, f->identifiers, ' ');
	out->not_after = f->not_after;
	out->window = f->window;
	out->is_test = f->is_test;
	out->fullchain_path = live_path(w, out->name, KIND_FULLCHAIN);
	out->privkey_path = live_path(w, out->name, KIND_PRIVKEY);
}

/* Takes what it can from l, which is freed next. */
static void describe(struct listing *out, struct lineage *l)
{
	(void)advice_window(l, &out->window);
	out->serial = MOVE(l->cert->serial_hex);
	out->key_type = xstrdup(cert_key_family(l->cert));
	out->not_after = l->cert->not_after;
	out->may_be_revoked = l->cert->ocsp_urls.count > 0;
	out->fullchain_path = MOVE(l->live[KIND_FULLCHAIN]);
	out->privkey_path = MOVE(l->live[KIND_PRIVKEY]);
	out->identifiers = l->cert->names.dns;
	l->cert->names.dns = (struct strlist){ 0 };
	strlist_add_all(&out->identifiers, &l->cert->names.ip);
}

static void remember(struct work *w, const struct lineage *l, const struct look *look)
{
	if (pthread_mutex_lock(&w->adding) != 0)
		return;
	(void)index_put(w->index, l, look, INDEX_READ, true);
	(void)pthread_mutex_unlock(&w->adding);
}

static struct err *examine(struct listing *out, struct work *w, struct issuers *i)
{
	AUTO(lineage_free) struct lineage *l = NULL;
	struct look look;
	bool complete = index_look(&look, w->index, out->name, LOOK_COUNT);
	const struct lineage_facts *f = complete
					      ? index_find(w->index, out->name, &look, LOOK_COUNT)
					      : NULL;

	if (f != NULL && f->verified) {
		describe_by_facts(out, w, f);
		return NULL;
	}
	TRY(lineage_load(&l, w->tree, out->name));
	out->misfit = MOVE(l->misfit);
	TRY(lineage_verify_with(i, l));
	TRY(lineage_is_test(&out->is_test, l));
	if (complete && out->misfit == NULL)
		remember(w, l, &look);
	describe(out, l);
	return NULL;
}

static void examine_part(void *ctx, unsigned thread, size_t from, size_t to)
{
	struct work *w = ctx;

	for (size_t i = from; i < to; i++) {
		struct listing *l = &w->out->items[i];

		l->broken = examine(l, w, w->issuers[thread]);
		l->is_expired = l->broken == NULL && l->not_after <= w->now;
	}
}

static void name_all(struct listings *out, const struct tree *t, const struct strlist *names)
{
	out->items = xcalloc(names->count + 1, sizeof(*out->items));
	out->count = names->count;
	for (size_t i = 0; i < names->count; i++) {
		out->items[i].name = xstrdup(names->items[i]);
		out->items[i].conf_path = str_fmt("%s/renewal/%s.conf", t->config_dir,
						  out->items[i].name);
	}
}

static void examine_all(struct work *w)
{
	for (size_t i = 0; i < SHARE_THREADS; i++)
		w->issuers[i] = issuers_new();
	share_work(w->out->count, examine_part, w);
	for (size_t i = 0; i < SHARE_THREADS; i++)
		issuers_free(w->issuers[i]);
}

struct err *listings_make(struct listings *out, const struct tree *t, const struct clock *clock)
{
	AUTO(strlist_release) struct strlist names = { 0 };
	AUTO(index_free) struct lineage_index *index = index_open(t, clock);
	struct work w = { .tree = t, .out = out, .now = clock->now(clock), .index = index };

	TRY(lineage_names(&names, t));
	name_all(out, t, &names);
	w.adding = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	examine_all(&w);
	err_ignore(index_save(index, &names)); /* the next run reads it all again */
	return NULL;
}

static char *time_left(int64_t seconds)
{
	long long days = (long long)(seconds / DAY_S), hours = (long long)(seconds / HOUR_S);

	if (days == 0)
		return str_fmt("VALID: %lld hour(s)", hours);
	return str_fmt("VALID: %lld day%s", days, days == 1 ? "" : "s");
}

char *listing_status(const struct listing *l, time_t now)
{
	const char *ended = l->is_expired ? "EXPIRED" : l->is_revoked ? "REVOKED" : NULL;

	if (l->is_test || ended != NULL)
		return str_fmt("INVALID: %s%s%s", l->is_test ? "TEST_CERT" : "",
			       l->is_test && ended != NULL ? ", " : "", ended != NULL ? ended : "");
	return time_left((int64_t)(l->not_after - now) -
			 1); /* of the second that now is cut to, a part has gone */
}

void listing_add_text(struct buf *out, const struct listing *l, time_t now)
{
	AUTO(free) char *names = strlist_join(&l->identifiers, " ");
	AUTO(free) char *expiry = time_utc_long(l->not_after);
	AUTO(free) char *status = listing_status(l, now);

	buf_addf(out,
		 "  Certificate Name: %s\n"
		 "    Serial Number: %s\n"
		 "    Key Type: %s\n"
		 "    Identifiers: %s\n"
		 "    Expiry Date: %s (%s)\n"
		 "    Certificate Path: %s\n"
		 "    Private Key Path: %s\n",
		 l->name, l->serial, l->key_type, names, expiry, status, l->fullchain_path,
		 l->privkey_path);
}

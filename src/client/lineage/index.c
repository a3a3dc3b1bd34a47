#include "client/lineage/index.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/advice.h"
#include "client/lineage/due.h"
#include "client/lineage/index_line.h"
#include "client/lineage/place.h"
#include "client/lineage/share.h"

#define INDEX_FILE "index"
#define INDEX_HEAD "signet lineage index 3\n"
#define INDEX_MAX LIMIT_MIB(64)

struct lineage_index {
	const struct tree *tree;
	const struct clock *clock;
	struct lookout lookout;
	char *text;                  /* of the file; the entries' strings are in it */
	struct lineage_facts *known; /* by name */
	size_t known_count;
	struct lineage_facts *added; /* in the order of arrival; own their strings */
	size_t added_count;
};

static int order(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	int way = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return way != 0 ? way : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b)
{
	return order(((const struct lineage_facts *)a)->name,
		     ((const struct lineage_facts *)b)->name);
}

/* A line that is wrong spoils the file: who wrote it is not who we think. */
static bool read_entries(struct lineage_index *i, char *at)
{
	size_t room = 0;

	while (*at != '\0') {
		if (i->known_count == room) {
			room = room * 2 + 64;
			i->known = xrealloc(i->known, room, sizeof(*i->known));
		}
		if (!index_line_read(&i->known[i->known_count], &at))
			return false;
		i->known_count++;
	}
	return true;
}

/* Only what we wrote ourselves, for this directory. */
static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static char *head_of(const struct tree *t)
{
	return str_fmt(INDEX_HEAD "%s\n", t->config_dir);
}

struct lineage_index *index_open(const struct tree *t, const struct clock *clock)
{
	struct lineage_index *i = xcalloc(1, sizeof(*i));
	AUTO(free) char *path = tree_state_path(t, INDEX_FILE);
	AUTO(free) char *head = head_of(t);
	size_t len = 0;

	i->tree = t;
	i->clock = clock;
	lookout_open(&i->lookout, t);
	if (is_ours(path))
		err_ignore(fs_read_if_exists(&i->text, &len, path, INDEX_MAX));
	if (i->text == NULL || strlen(i->text) != len || !str_starts(i->text, head) ||
	    !read_entries(i, i->text + strlen(head)))
		i->known_count = 0;
	if (i->known_count > 1)
		qsort(i->known, i->known_count, sizeof(*i->known), by_name);
	return i;
}

static void facts_release(struct lineage_facts *f)
{
	free(f->name);
	free(f->serial);
	free(f->key_type);
	free(f->identifiers);
}

void index_free(struct lineage_index *i)
{
	if (i == NULL)
		return;
	for (size_t n = 0; n < i->added_count; n++)
		facts_release(&i->added[n]);
	lookout_release(&i->lookout);
	free(i->added);
	free(i->known);
	free(i->text);
	free(i);
}

static const struct lineage_facts *search(const struct lineage_facts *items, size_t count,
					  const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int way = order(name, items[middle].name);

		if (way == 0)
			return &items[middle];
		if (way < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool index_look(struct look *out, const struct lineage_index *i, const char *name, size_t count)
{
	return look_at(out, &i->lookout, name, count, clock_now_ms(i->clock));
}

const struct lineage_facts *index_find(const struct lineage_index *i, const char *name,
				       const struct look *now, size_t count)
{
	const struct lineage_facts *f = search(i->known, i->known_count, name);

	return f != NULL && look_same(&f->look, now, count) ? f : NULL;
}

struct idle_scan {
	time_t *not_after;
	const struct lineage_index *index;
	const struct strlist *names;
	time_t now;
};

static void scan_part(void *ctx, unsigned thread, size_t from, size_t to)
{
	const struct idle_scan *s = ctx;

	(void)thread;
	for (size_t i = from; i < to; i++) {
		const char *name = s->names->items[i];
		const struct lineage_facts *f = search(s->index->known, s->index->known_count,
						       name);
		struct look look;

		s->not_after[i] = 0;
		if (f != NULL && s->now < f->nothing_till &&
		    index_look(&look, s->index, name, LOOK_BRIEF) &&
		    look_same(&f->look, &look, LOOK_BRIEF))
			s->not_after[i] = f->not_after;
	}
}

void index_idle(time_t *not_after, const struct lineage_index *i, const struct strlist *names)
{
	struct idle_scan scan = {
		.not_after = not_after, .index = i, .names = names, .now = i->clock->now(i->clock)
	};

	share_work(names->count, scan_part, &scan);
}

static bool is_at_default_places(const struct tree *t, const struct lineage *l)
{
	AUTO(lineage_free) struct lineage *places = place_of(t, l->name);
	bool same = streq(l->archive_dir, places->archive_dir) &&
		    streq(l->conf_path, places->conf_path);

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		same &= streq(l->live[kind], places->live[kind]);
	return same;
}

static bool is_memorable(const struct lineage_index *i, const struct lineage *l)
{
	bool lagging = false;

	for (enum lineage_kind kind = 0; kind < KIND_COUNT; kind++)
		lagging |= l->versions[kind] < l->complete;
	/* whether it is revoked has to be asked each time */
	return !lagging && l->cert->ocsp_urls.count == 0 && l->misfit == NULL &&
	       index_line_can_hold(l->name) && is_at_default_places(i->tree, l);
}

/* Takes f. */
static void add(struct lineage_index *i, const struct lineage_facts *f)
{
	if ((i->added_count & (i->added_count + 1)) == 0)
		i->added = xrealloc(i->added, 2 * i->added_count + 2, sizeof(*i->added));
	i->added[i->added_count++] = *f;
}

/* What an earlier run learned from the CA is not in the files: it stays true while they are the same. */
static time_t nothing_till(const struct lineage_index *i, const struct lineage *l,
			   const struct look *look)
{
	time_t till = lineage_nothing_till(l, i->clock->now(i->clock));
	const struct lineage_facts *f = index_find(i, l->name, look, LOOK_COUNT);

	return f != NULL && f->nothing_till > till ? f->nothing_till : till;
}

bool index_put(struct lineage_index *i, const struct lineage *l, const struct look *look,
	       enum index_source source, bool verified)
{
	AUTO(strlist_release) struct strlist identifiers = { 0 };
	bool is_test = false;

	if ((source == INDEX_READ && !look->settled) || !is_memorable(i, l))
		return false;
	strlist_add_all(&identifiers, &l->cert->names.dns);
	strlist_add_all(&identifiers, &l->cert->names.ip);
	AUTO(free) char *joined = strlist_join(&identifiers, " ");
	struct err *e = lineage_is_test(&is_test, l);

	if (e != NULL || !index_line_can_hold(joined)) {
		err_ignore(e);
		return false;
	}
	struct ari_window window = { 0 };

	(void)advice_window(l, &window);
	const struct lineage_facts f = {
		.name = xstrdup(l->name),
		.look = *look,
		.source = source,
		.verified = verified,
		.is_test = is_test,
		.not_after = l->cert->not_after,
		.nothing_till = nothing_till(i, l, look),
		.window = window,
		.serial = xstrdup(l->cert->serial_hex),
		.key_type = xstrdup(cert_key_family(l->cert)),
		.identifiers = MOVE(joined),
	};

	add(i, &f);
	return true;
}

static bool is_still_so(const struct lineage_index *i, const struct lineage_facts *f)
{
	struct look now;

	return f->source == INDEX_READ || (index_look(&now, i, f->name, LOOK_COUNT) &&
					   now.settled && look_same(&now, &f->look, LOOK_COUNT));
}

static void add_new(struct buf *out, const struct lineage_index *i)
{
	for (size_t n = 0; n < i->added_count; n++)
		if (is_still_so(i, &i->added[n]))
			index_line_add(out, &i->added[n]);
}

/* What is still true of lineages that were not read anew. */
static void add_known(struct buf *out, const struct lineage_index *i, const struct strlist *names)
{
	for (size_t n = 0; n < names->count; n++) {
		const char *name = names->items[n];
		const struct lineage_facts *f = search(i->known, i->known_count, name);

		if (f != NULL && search(i->added, i->added_count, name) == NULL)
			index_line_add(out, f);
	}
}

struct err *index_save(struct lineage_index *i, const struct strlist *names)
{
	AUTO(buf_release) struct buf out = BUF_INIT(INDEX_MAX);
	AUTO(free) char *path = tree_state_path(i->tree, INDEX_FILE);
	AUTO(free) char *dir = tree_state_path(i->tree, "");
	AUTO(free) char *head = head_of(i->tree);

	if (i->added_count == 0)
		return NULL;
	qsort(i->added, i->added_count, sizeof(*i->added), by_name);
	buf_adds(&out, head);
	add_new(&out, i);
	add_known(&out, i, names);
	TRY(buf_check(&out, "index of the lineages"));
	TRY(fs_mkdirs(dir, 0700));
	return fs_replace(path, out.data, out.len, 0600, false);
}

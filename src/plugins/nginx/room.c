#include "plugins/nginx/room.h"

#include <string.h>

#include "plugins/nginx/insert.h"
#include "plugins/nginx/install.h"

#define BUCKET "server_names_hash_bucket_size"

enum { WORD = 8, BUCKET_SIZE = 64 };

/* A bucket has the name, two bytes of length and a pointer to the block, and a pointer at its end. */
static int64_t size_for(const char *name)
{
	size_t element = WORD + (strlen(name) + 2 + WORD - 1) / WORD * WORD;
	int64_t size = BUCKET_SIZE;

	while (size < (int64_t)(element + WORD))
		size *= 2;
	return size;
}

static struct err *visit(void *found, struct directive *d)
{
	struct directive **out = found;

	if (directive_is(d, BUCKET) && d->word_count == 2)
		*out = d;
	return NULL;
}

/* "1k" is no number, and enough. */
static bool is_too_small(const struct directive *there, int64_t wanted)
{
	int64_t size = BUCKET_SIZE;

	return there == NULL
		     ? size < wanted
		     : str_to_int(there->words[1].value, 0, INT32_MAX, &size) && size < wanted;
}

struct err *room_make(struct edits *e, struct config *c, struct directive *http, const char *name)
{
	int64_t wanted = size_for(name);
	struct directive *there = NULL;
	AUTO(strlist_release) struct strlist line = { 0 };
	AUTO(free) char *size = str_fmt("%d", (int)wanted);

	TRY(config_each(c, http, visit, &there));
	if (!is_too_small(there, wanted))
		return NULL;
	if (there != NULL) {
		splices_replace(edits_in(e, there->doc), there->words[1].start, there->words[1].end,
				size);
		return NULL;
	}
	strlist_take(&line, managed_line(BUCKET " %s;", size));
	insert_first(edits_in(e, http->doc), http, &line);
	return NULL;
}

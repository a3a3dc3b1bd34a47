/*
 * A file as it was, as we wrote it and as somebody has it now, each ended by a line "%%". What nobody else has changed comes back byte for
 * byte, and nothing of what somebody else wrote is thrown away where we wrote nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "srv/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static struct buf next(const char **at, const char *end)
{
	const char *stop = memmem(*at, (size_t)(end - *at), "%%\n", 3);
	struct buf b = BUF_INIT(LIMIT_KIB(64));

	buf_add(&b, *at, (size_t)((stop != NULL ? stop : end) - *at));
	*at = stop != NULL ? stop + 3 : end;
	return b;
}

/* -> disputed places */
static size_t merge(struct buf *out, const struct buf *old, const struct buf *fresh,
		    const struct buf *now)
{
	AUTO(strlist_release) struct strlist disputed = { 0 };

	*out = BUF_INIT(LIMIT_MIB(1));
	need(merge_back(&disputed, out, old, fresh, now) == NULL);
	return disputed.count;
}

static void check(const struct buf *old, const struct buf *fresh, const struct buf *now,
		  const struct buf *wanted)
{
	AUTO(buf_release) struct buf out = { 0 };
	size_t disputed = merge(&out, old, fresh, now);

	if (wanted == NULL)
		need(out.len <= old->len + now->len);
	else
		need(disputed == 0 && buf_same(&out, wanted));
}

/* Lines that differ in blanks or in their end alone are the same to one of the two comparisons, which may pair them otherwise. */
static bool is_ambiguous(const struct buf *b)
{
	return strcspn(buf_str(b), " \t\r") < b->len || (b->len > 0 && b->data[b->len - 1] != '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;

	if (size > LIMIT_KIB(16))
		return 0;
	AUTO(buf_release) struct buf old = next(&at, end);
	AUTO(buf_release) struct buf fresh = next(&at, end);
	AUTO(buf_release) struct buf now = next(&at, end);

	check(&old, &fresh, &fresh, &old);
	check(&old, &fresh, &old, is_ambiguous(&old) || is_ambiguous(&fresh) ? NULL : &old);
	check(&old, &old, &now, &now);
	check(&old, &fresh, &now, NULL);
	return 0;
}

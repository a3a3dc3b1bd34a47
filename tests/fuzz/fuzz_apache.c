/* What is accepted is written back byte for byte; a line put into each section and taken out again leaves no trace. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "plugins/apache/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void need_written(const struct apache_file *f, const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));

	apache_write(f, &b);
	need(b.len == size && (size == 0 || memcmp(b.data, data, size) == 0));
}

static void need_added(struct apache_file *f, struct apache_node *section)
{
	struct err *e = apache_add_last(f, section, "SignetFuzz on\n");

	need(e == NULL && section->last != NULL && apache_is(section->last, "SignetFuzz"));
}

/* Read again, the new line is a line of its own in the same section. */
static void need_read_again(const struct apache_file *f)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_MIB(1));
	AUTO(apache_file_free) struct apache_file *again = NULL;
	bool found = false;

	apache_write(f, &b);
	struct err *e = apache_parse(&again, "fuzz", buf_str(&b), b.len);

	need(e == NULL);
	for (const struct apache_node *n = again->root; n != NULL; n = apache_next(n, again->root))
		found = found || apache_is(n, "SignetFuzz");
	need(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(apache_file_free) struct apache_file *f = NULL;
	size_t sections = 0;

	if (size > LIMIT_KIB(16))
		return 0;
	err_ignore(apache_parse(&f, "fuzz", (const char *)data, size));
	if (f == NULL)
		return 0;
	need_written(f, data, size);
	for (struct apache_node *n = f->root; n != NULL && sections < 20;
	     n = apache_next(n, f->root)) {
		if (n->kind != APACHE_SECTION || (n->tail.len == 0 && n != f->root))
			continue;
		sections++;
		need_added(f, n);
		need_read_again(f);
		if (n != f->root)
			apache_remove(f, n->last);
	}
	return 0;
}

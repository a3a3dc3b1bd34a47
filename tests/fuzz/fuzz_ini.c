/* What is accepted is written back byte for byte (but for a missing last line end), and is read the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static struct ini *parsed(const char *text, size_t len)
{
	struct ini *f = NULL;
	struct err *e = ini_parse(&f, text, len);

	need((e == NULL) == (f != NULL));
	err_free(e);
	return f;
}

static void read_everything(const struct ini *f, const char *section)
{
	AUTO(strlist_release) struct strlist keys = { 0 };

	ini_keys(&keys, f, section);
	for (size_t i = 0; i < keys.count; i++) {
		AUTO(free) char *value = NULL;

		err_ignore(ini_get(&value, f, section, keys.items[i]));
	}
}

/* Setting every key to its own raw value changes nothing; a new value comes back as it was set. */
static void edit(struct ini *f, const char *value)
{
	AUTO(buf_release) struct buf b = BUF_INIT(4 * LIMIT_FILE);
	AUTO(free) char *back = NULL;

	if (strstr(value, "'''") != NULL || strstr(value, "\"\"\"") != NULL ||
	    strpbrk(value, "\r%") != NULL)
		return; /* not every such text can be written; what holds % is interpolated */
	ini_set(f, "new", "key", value);
	ini_write(f, &b);
	AUTO(ini_free) struct ini *again = parsed(buf_str(&b), b.len);

	need(again != NULL);
	struct err *e = ini_get(&back, again, "new", "key");

	need(e == NULL && back != NULL && streq(back, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf b = BUF_INIT(4 * LIMIT_FILE);
	AUTO(strlist_release) struct strlist sections = { 0 };
	const char *text = (const char *)data;
	AUTO(ini_free) struct ini *f = size < LIMIT_KIB(16) ? parsed(text, size) : NULL;

	if (f == NULL)
		return 0;
	ini_write(f, &b);
	need(b.len >= size && b.len <= size + 2 && (size == 0 || memcmp(b.data, data, size) == 0));
	ini_sections(&sections, f, "");
	read_everything(f, "");
	for (size_t i = 0; i < sections.count; i++)
		read_everything(f, sections.items[i]);
	AUTO(free) char *value = xstrndup(text, size);

	if (!ini_has(f, "", "new") && !ini_has(f, "new", "key"))
		edit(f, value);
	return 0;
}

#include "ca/policy/incidents.h"

#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "ca/store/object.h"

#define BLANKS " \t\r"

struct incident {
	char *serial, *url;
};

struct incidents {
	struct incident *items; /* sorted by serial */
	size_t count;
};

static int by_serial(const void *a, const void *b)
{
	return strcmp(((const struct incident *)a)->serial, ((const struct incident *)b)->serial);
}

static bool is_serial(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= SERIAL_TEXT_MAX && strspn(text, "0123456789abcdef") == len;
}

static struct err *read_line(struct incidents *i, const char *line, size_t number)
{
	AUTO(free) char *whole = str_trimmed(line);
	size_t len = strcspn(whole, BLANKS);
	struct incident *one = &i->items[i->count];

	if (*whole == '\0' || *whole == '#')
		return NULL;
	i->count++;
	one->serial = xstrndup(whole, len);
	str_lower(one->serial);
	one->url = str_trimmed(whole + len);
	if (!is_serial(one->serial) || *one->url == '\0' || strpbrk(one->url, BLANKS) != NULL)
		return err_new(ERR_CONFIG, "line %zu: not a serial number and a URL", number);
	return NULL;
}

struct err *incidents_parse(struct incidents **out, const char *text)
{
	AUTO(incidents_free) struct incidents *i = xcalloc(1, sizeof(*i));
	AUTO(strlist_release) struct strlist lines = { 0 };

	strlist_split(&lines, text, '\n');
	i->items = xcalloc(lines.count + 1, sizeof(*i->items));
	for (size_t n = 0; n < lines.count; n++)
		TRY(read_line(i, lines.items[n], n + 1));
	qsort(i->items, i->count, sizeof(*i->items), by_serial);
	*out = MOVE(i);
	return NULL;
}

struct err *incidents_load(struct incidents **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_INCIDENTS_BYTES));
	TRY_WRAP(incidents_parse(out, text), "%s", path);
	return NULL;
}

const char *incidents_url(const struct incidents *i, const char *serial)
{
	AUTO(free) char *wanted = xstrdup(serial);
	const struct incident key = { .serial = wanted };

	if (i == NULL)
		return NULL;
	const struct incident *found = bsearch(&key, i->items, i->count, sizeof(key), by_serial);

	return found != NULL ? found->url : NULL;
}

void incidents_free(struct incidents *i)
{
	if (i == NULL)
		return;
	for (size_t n = 0; n < i->count; n++) {
		free(i->items[n].serial);
		free(i->items[n].url);
	}
	free(i->items);
	free(i);
}

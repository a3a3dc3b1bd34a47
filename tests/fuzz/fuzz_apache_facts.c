/* What any program behind --apache-ctl may print: each fact has its form, and lists are sorted, each entry once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "plugins/apache/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

/* Of the beginning of each: strlist_sort() goes by bytes. */
static void check_sorted(const struct strlist *l)
{
	for (size_t i = 1; i < l->count; i++)
		need(strcoll(l->items[i - 1], l->items[i]) < 0);
}

static void check_paths(const struct strlist *l)
{
	for (size_t i = 0; i < l->count; i++)
		need(l->items[i][0] == '/');
	check_sorted(l);
}

static void check_words(const struct strlist *l, const char *forbidden)
{
	for (size_t i = 0; i < l->count; i++)
		need(strpbrk(l->items[i], forbidden) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(apache_facts_release) struct apache_facts f = { 0 };
	AUTO(free) char *text = xstrndup((const char *)data, size);

	if (size > LIMIT_KIB(64))
		return 0;
	apache_facts_parse(&f, text);
	apache_facts_version(&f, text);
	need(f.root_file == NULL || strlist_has(&f.includes, f.root_file));
	need(f.version == NULL || f.version[strspn(f.version, "0123456789.")] == '\0');
	check_paths(&f.includes);
	check_paths(&f.vhosts);
	check_words(&f.vhosts, "\"\n");
	check_words(&f.modules, " \n");
	check_words(&f.defines, "\n");
	return 0;
}

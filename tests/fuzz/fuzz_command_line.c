/*
 * argv, a word a line. Whatever is accepted can be kept in a renewal file: what `renew` reads from it is what was said, so that writing
 * it once more changes nothing.
 */
#include "renewal_twice.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Options that name files (-c, --csr, -w) find at most what lies in the working directory; nobody's cli.ini is read. */
static bool is_harmless(const char *text)
{
	if (setenv("HOME", "/nonexistent", 1) != 0 || unsetenv("XDG_CONFIG_HOME") != 0)
		abort();
	return strchr(text, '/') == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(strlist_release) struct strlist argv = { 0 };
	AUTO(options_free) struct options *o = NULL;
	AUTO(free) char *topic = NULL;
	enum options_action action = OPTIONS_HELP;

	if (size >= LIMIT_KIB(16) || !is_harmless(text))
		return 0;
	strlist_add(&argv, "signet");
	strlist_split(&argv, text, '\n');
	err_free(options_parse(&o, &action, &topic, (int)argv.count, argv.items));
	if (o != NULL)
		renewal_twice(o);
	return 0;
}

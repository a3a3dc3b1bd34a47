/* What url_parse() takes, it gives back so that it reads the same again; references resolve to URLs that do. */
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "net/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_stable(const struct url *u)
{
	AUTO(free) char *text = url_text(u);
	AUTO(url_release) struct url again = { 0 };

	if (strpbrk(text, " \r\n\t#\"<>\\") != NULL || u->target[0] != '/')
		abort();
	if (url_parse(&again, text) != NULL || !url_same_origin(u, &again) ||
	    !streq(u->target, again.target))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	AUTO(url_release) struct url u = { 0 };
	AUTO(url_release) struct url base = { 0 };
	AUTO(url_release) struct url resolved = { 0 };
	AUTO(url_release) struct url proxy = { 0 };
	struct err *e = url_parse(&u, text);

	if (e == NULL)
		check_stable(&u);
	err_free(e);
	e = url_parse(&base, "https://ca.test:14000/a/b/c?d");
	err_free(e);
	e = url_resolve(&resolved, &base, text);
	if (e == NULL)
		check_stable(&resolved);
	err_free(e);
	err_free(url_parse_proxy(&proxy, text));
	return 0;
}

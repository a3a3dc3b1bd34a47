#include "proto/link.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/str.h"
#include "net/url.h"

static bool is_downgrade(const char *base, const struct url *u)
{
	return strncasecmp(base, "https:", 6) == 0 && !streq(u->scheme, "https");
}

struct err *link_check(const char *base, const char *url, const char *what)
{
	AUTO(url_release) struct url u = { 0 };
	AUTO(free) char *shown = str_printable(url, 200);

	if (strlen(url) > LIMIT_URL)
		return err_new(ERR_PROTOCOL, "the CA's %s URL is longer than %d bytes", what,
			       LIMIT_URL);
	struct err *e = url_parse(&u, url);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "the CA's %s URL", what);
	if (is_downgrade(base, &u))
		return err_new(ERR_PROTOCOL, "the CA's %s URL %s is not https", what, shown);
	return NULL;
}

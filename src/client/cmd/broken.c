#include "client/cmd/broken.h"

#include "base/str.h"

char *broken_why(const struct err *e, const char *lineage, const char *conf)
{
	AUTO(free) char *named = str_fmt("certificate %s", lineage);
	AUTO(free) char *placed = str_fmt("renewal configuration file %s", conf);

	while (e->cause != NULL && (streq(e->msg, named) || streq(e->msg, placed)))
		e = e->cause;
	return err_text(e);
}

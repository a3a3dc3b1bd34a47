/* Whatever a Location says: where we go is http or https, port 80 or 443, a name or an address that may be talked to. */
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "net/grammar.h"
#include "va/redirect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What another reader of URLs takes for the host must be what we connect to. */
static void check_reading(const struct url *u)
{
	AUTO(free) char *text = url_text(u);
	AUTO(url_release) struct url again = { 0 };
	struct err *e = url_parse(&again, text);

	if (e == NULL && (!streq(again.host, u->host) || again.port != u->port ||
			  !streq(again.target, u->target)))
		abort();
	err_free(e);
}

static void check_target(const struct url *u)
{
	struct address a;

	if (!streq(u->scheme, "http") && !streq(u->scheme, "https"))
		abort();
	if ((u->port != 80 && u->port != 443) || u->target[0] != '/' ||
	    !is_request_target(u->target))
		abort();
	if (address_parse(&a, u->host, u->port)) {
		if (address_refused(NULL, &a) != NULL)
			abort();
	} else if (strspn(u->host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(u->host)) {
		abort();
	}
	check_reading(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct redirect_rules rules[] = {
		{ .http_port = 80, .https_port = 443 },
		{ .http_port = 80, .https_port = 443, .any_name = true },
	};
	AUTO(free) char *location = xstrndup((const char *)data, size);
	AUTO(url_release) struct url from = { 0 };

	err_free(url_parse(&from, "http://www.example.org/.well-known/acme-challenge/x?y"));
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		AUTO(url_release) struct url to = { 0 };
		struct err *e = redirect_target(&to, &rules[i], &from, 301, location);

		if (e == NULL)
			check_target(&to);
		err_free(e);
	}
	return 0;
}

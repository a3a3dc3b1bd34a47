/* A request's target and Host, by lines: what is routed is what was written, and what goes into URLs cannot leave their authority. */
#include <stdint.h>
#include <string.h>

#include "ca/config/config.h"
#include "ca/http/base_url.h"
#include "ca/http/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void nobody(struct ca_request *r)
{
	(void)r;
}

static const struct resource top = { .path = "/", .get = nobody };
static const struct resource account = {
	.path = "/acme/acct", .min_ids = 1, .max_ids = 1, .post = nobody
};
static const struct resource cert = {
	.path = "/acme/cert", .min_ids = 1, .max_ids = 2, .post = nobody
};
static const struct resource *const all[] = { &top, &account, &cert };

/* The path and the ids joined again are the path that was asked for. */
static void try_route(const char *target)
{
	static const struct ca_config config = { 0 };
	const struct route_table table = { all, ARRAY_LEN(all) };
	AUTO(strlist_release) struct strlist ids = { 0 };
	AUTO(free) char *path = route_path(target);
	const struct resource *r = path != NULL ? route_find(&ids, &table, path, &config) : NULL;

	if (r == NULL)
		return;
	AUTO(free) char *joined = strlist_join(&ids, "/");
	AUTO(free) char *again = str_fmt("%s%s%s", r->path, ids.count > 0 ? "/" : "", joined);

	if (!streq(again, path) || ids.count < r->min_ids || ids.count > r->max_ids ||
	    strpbrk(joined, "%?#;\\\"") != NULL)
		abort();
}

static void try_base(const char *target, const char *host)
{
	const struct server_config config = { 0 };
	AUTO(http_message_release) struct http_message m = { 0 };
	AUTO(free) char *base = NULL;

	m.target = xstrdup(target);
	http_headers_add(&m.headers, "Host", host);
	AUTO(err_free) struct err *e = base_url_of(&base, &config, &m, true);

	if (e == NULL && (!str_starts(base, "https://") || base[8] == '\0' ||
			  strpbrk(base + 8, "/?#@\\\"<> \t\r\n") != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = xstrndup((const char *)data, size);
	char *end = strchr(text, '\n');

	if (end != NULL)
		*end = '\0';
	try_route(text);
	try_base(text, end != NULL ? end + 1 : "");
	return 0;
}

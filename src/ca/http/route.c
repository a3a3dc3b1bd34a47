#include "ca/http/route.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "ca/config/config.h"

/* RFC 9112 §3.2.2: a server takes the absolute form too. */
static const char *behind_authority(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (str_starts(target, schemes[i]))
			return strchr(target + strlen(schemes[i]), '/');
	return target;
}

char *route_path(const char *target)
{
	const char *path = behind_authority(target);

	if (path == NULL || *path != '/')
		return NULL;
	return xstrndup(path, strcspn(path, "?"));
}

/* RFC 3986 §2.3 */
static bool is_id(const char *text, size_t len)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	return len > 0 && len <= LIMIT_CA_ID && strspn(text, unreserved) >= len;
}

static bool split_ids(struct strlist *ids, const char *rest, size_t max)
{
	while (*rest == '/') {
		size_t len = strcspn(++rest, "/");

		if (ids->count == max || !is_id(rest, len))
			return false;
		strlist_take(ids, xstrndup(rest, len));
		rest += len;
	}
	return *rest == '\0';
}

static bool is_meant(struct strlist *ids, const struct resource *r, const char *path)
{
	return str_starts(path, r->path) && split_ids(ids, path + strlen(r->path), r->max_ids) &&
	       ids->count >= r->min_ids;
}

const struct resource *route_find(struct strlist *ids, const struct route_table *t,
				  const char *path, const struct ca_config *c)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct resource *r = t->resources[i];
		AUTO(strlist_release) struct strlist found = { 0 };

		if ((r->is_off != NULL && r->is_off(c)) || !is_meant(&found, r, path))
			continue;
		*ids = found;
		found = (struct strlist){ 0 };
		return r;
	}
	return NULL;
}

bool route_has_get(const struct resource *r, const struct ca_config *c)
{
	return r->get != NULL && (!r->get_by_quirk || c->policy.quirks == QUIRKS_LETSENCRYPT);
}

char *route_methods(const struct resource *r, const struct ca_config *c)
{
	bool get = route_has_get(r, c);

	return str_fmt("%s%s%s", get ? "GET, HEAD" : "", get && r->post != NULL ? ", " : "",
		       r->post != NULL ? "POST" : "");
}

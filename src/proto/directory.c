#include "proto/directory.h"

#include <stddef.h>

#include "base/limits.h"
#include "proto/link.h"

/* RFC 8555 §9.7.5 and RFC 9773 §4.1: one row a resource. */
static const struct {
	const char *key;
	size_t offset;
	enum json_need need;
} resources[] = {
	{ "newNonce", offsetof(struct directory, new_nonce), JSON_REQUIRED },
	{ "newAccount", offsetof(struct directory, new_account), JSON_REQUIRED },
	{ "newOrder", offsetof(struct directory, new_order), JSON_REQUIRED },
	{ "newAuthz", offsetof(struct directory, new_authz), JSON_OPTIONAL },
	{ "revokeCert", offsetof(struct directory, revoke_cert), JSON_REQUIRED },
	{ "keyChange", offsetof(struct directory, key_change), JSON_OPTIONAL },
	{ "renewalInfo", offsetof(struct directory, renewal_info), JSON_OPTIONAL },
};

static char **field(struct directory *d, size_t row)
{
	return (char **)((char *)d + resources[row].offset);
}

static struct err *get_resource(struct directory *d, size_t row, const char *base_url,
				const json_t *obj)
{
	const char *url = NULL;

	TRY(json_get_string(&url, obj, resources[row].key, resources[row].need));
	if (url == NULL)
		return NULL;
	TRY(link_check(base_url, url, resources[row].key));
	*field(d, row) = xstrdup(url);
	return NULL;
}

static struct err *get_text(char **out, const json_t *obj, const char *key)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, key, JSON_OPTIONAL));
	*out = text != NULL ? str_printable(text, LIMIT_URL) : NULL;
	return NULL;
}

static struct err *get_profiles(struct strlist *out, const json_t *meta)
{
	json_t *profiles = NULL;
	const char *name;
	json_t *description;

	TRY(json_get_object(&profiles, meta, "profiles", JSON_OPTIONAL));
	json_object_foreach(profiles, name, description) strlist_add(out, name);
	return NULL;
}

static struct err *get_meta(struct directory *d, const json_t *obj)
{
	json_t *meta = NULL;

	TRY(json_get_object(&meta, obj, "meta", JSON_OPTIONAL));
	if (meta == NULL)
		return NULL;
	TRY(get_text(&d->terms, meta, "termsOfService"));
	TRY(get_text(&d->website, meta, "website"));
	TRY(json_get_strings(&d->caa_identities, meta, "caaIdentities", JSON_OPTIONAL));
	TRY(json_get_bool(&d->eab_required, meta, "externalAccountRequired", JSON_OPTIONAL));
	return get_profiles(&d->profiles, meta);
}

static struct err *parse(struct directory *d, const char *base_url, const json_t *obj)
{
	for (size_t i = 0; i < ARRAY_LEN(resources); i++)
		TRY(get_resource(d, i, base_url, obj));
	return get_meta(d, obj);
}

struct err *directory_parse(struct directory **out, const char *base_url, const json_t *obj)
{
	AUTO(directory_free) struct directory *d = xcalloc(1, sizeof(*d));
	struct err *e = parse(d, base_url, obj);

	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "directory %s", base_url);
	*out = MOVE(d);
	return NULL;
}

void directory_free(struct directory *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(resources); i++)
		free(*field(d, i));
	free(d->terms);
	free(d->website);
	strlist_release(&d->caa_identities);
	strlist_release(&d->profiles);
	free(d);
}

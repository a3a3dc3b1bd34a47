/* directory (RFC 8555 §7.1.1): where everything is, and what the CA wants one to know. */
#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/http/request.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "jose/base64url.h"

static const char surprise_url[] =
	"https://community.letsencrypt.org/t/adding-random-entries-to-the-directory/33417";

static void set_text(json_t *obj, const char *key, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(obj, key, json_string(text));
}

static void add_resources(json_t *document, const struct ca_request *r)
{
	for (size_t i = 0; i < resource_count; i++) {
		const struct resource *one = resources[i];

		if (one->field == NULL || (one->is_off != NULL && one->is_off(r->ca->config)))
			continue;
		AUTO(free) char *url = ca_url(r, "%s", one->path);

		set_text(document, one->field, url);
	}
}

static json_t *texts(const struct strlist *l)
{
	json_t *array = json_array();

	for (size_t i = 0; i < l->count; i++)
		(void)json_array_append_new(array, json_string(l->items[i]));
	return array;
}

/* draft-ietf-acme-profiles-01 §3 */
static json_t *profiles(const struct ca_config *c)
{
	json_t *all = json_object();

	for (size_t i = 0; i < c->profile_count; i++) {
		const struct profile_config *p = &c->profiles[i];

		set_text(all, p->name, p->description != NULL ? p->description : p->name);
	}
	return all;
}

static json_t *meta(const struct ca_config *c)
{
	json_t *obj = json_object();

	set_text(obj, "termsOfService", c->directory.terms_of_service);
	set_text(obj, "website", c->directory.website);
	if (c->directory.caa_identities.count > 0)
		(void)json_object_set_new(obj, "caaIdentities",
					  texts(&c->directory.caa_identities));
	if (c->accounts.eab_required)
		(void)json_object_set_new(obj, "externalAccountRequired", json_true());
	if (c->profile_count > 0)
		(void)json_object_set_new(obj, "profiles", profiles(c));
	return obj;
}

/* A field that no client can know, so that clients learn to skip such (as Let's Encrypt does). */
static void add_surprise(json_t *document, const struct world *world)
{
	unsigned char bytes[8];

	world->random->bytes(world->random, bytes, sizeof(bytes));
	AUTO(free) char *name = base64url_encode(bytes, sizeof(bytes));

	set_text(document, name, surprise_url);
}

static void show(struct ca_request *r)
{
	struct err *e = res_payload_empty(r);

	if (e != NULL) {
		res_end(r, e);
		return;
	}

	json_t *document = json_object();

	add_surprise(document, r->ca->world);
	add_resources(document, r);
	(void)json_object_set_new(document, "meta", meta(r->ca->config));
	ca_answer_json(r, 200, document);
}

const struct resource resource_directory = {
	.path = DIRECTORY_PATH,
	.get = show,
	.post = show,
};

#include "ca/res/authz_view.h"

#include "base/rand.h"
#include "ca/config/config.h"
#include "ca/res/url.h"
#include "proto/authz.h"
#include "proto/problem.h"

bool challenge_view_has(const struct store_authz *a, const char *type)
{
	if (a->validated != 0)
		return a->attempt != NULL && streq(a->attempt, type);
	return strlist_has(&a->offered, type);
}

/* Let's Encrypt shows one that is being worked on as pending (ca.md 5.15). */
static enum challenge_status status_of(const struct ca_request *r, const struct store_authz *a,
				       const char *type)
{
	bool letsencrypt = r->ca->config->policy.quirks == QUIRKS_LETSENCRYPT;

	if (a->attempt == NULL || !streq(a->attempt, type))
		return CHALLENGE_PENDING;
	if (a->validated == 0)
		return letsencrypt ? CHALLENGE_PENDING : CHALLENGE_PROCESSING;
	return a->error != NULL ? CHALLENGE_INVALID : CHALLENGE_VALID;
}

static json_t *stored(const char *json)
{
	return json != NULL ? json_loads(json, 0, NULL) : NULL;
}

json_t *challenge_view(const struct ca_request *r, const struct store_authz *a, const char *type)
{
	const struct challenge_type *known = challenge_type_by_name(type);
	bool is_matched = known != NULL && known->match != NULL;
	bool judged = a->validated != 0 && a->attempt != NULL && streq(a->attempt, type);
	AUTO(json_release) json_t *problem = judged ? stored(a->error) : NULL;
	AUTO(json_release) json_t *record = judged ? stored(a->record) : NULL;
	AUTO(err_free) struct err *error = problem != NULL ? problem_object_to_err(problem) : NULL;
	AUTO(free) char *url = url_challenge(r, a, type);
	AUTO(free) char *account = url_account(r, a->account_id);
	AUTO(free) char *name = xstrdup(type);
	struct challenge c = {
		.type = name,
		.url = url,
		.token = is_matched ? NULL : a->token,
		.status = status_of(r, a, type),
		.error = error,
		.validated = judged ? a->validated : 0,
		.validation_record = record,
	};

	if (is_matched) {
		c.account_uri = account;
		c.issuer_domains = r->ca->config->directory.caa_identities;
	}
	return challenge_render(&c);
}

/* In random order, so that no client relies on one (ca.md 2.6). */
static void shuffle(const char **types, size_t count, const struct rand_source *random)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)rand_below(random, i);
		const char *moved = types[i - 1];

		types[i - 1] = types[other];
		types[other] = moved;
	}
}

static json_t *challenges(const struct ca_request *r, const struct store_authz *a)
{
	AUTO(free) const char **types = xcalloc(a->offered.count + 1, sizeof(*types));
	json_t *array = json_array();
	size_t count = 0;

	for (size_t i = 0; i < a->offered.count; i++)
		if (challenge_view_has(a, a->offered.items[i]))
			types[count++] = a->offered.items[i];
	shuffle(types, count, r->ca->world->random);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, challenge_view(r, a, types[i]));
	return array;
}

json_t *authz_view(const struct ca_request *r, const struct store_authz *a)
{
	const struct authz v = {
		.ident = a->ident,
		.wildcard = a->wildcard,
		.status = store_authz_status(a, ca_now(r)),
		.expires = a->expires,
	};
	json_t *obj = authz_render(&v);

	json_object_set_new(obj, "challenges", challenges(r, a));
	return obj;
}

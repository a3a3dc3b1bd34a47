/* Authorizations (RFC 8555 §7.5). */
#include "acme/steps.h"

/* Whoever answers for another name could make us publish proofs for it. */
static struct err *belongs(const struct order *o, const struct authz *a)
{
	AUTO(free) char *name = authz_name(a);
	struct ident wanted = { .type = a->ident.type, .value = name };

	for (size_t i = 0; i < o->idents.count; i++)
		if (ident_same(&o->idents.items[i], &wanted))
			return NULL;
	return err_new(ERR_PROTOCOL, "the CA's authorization %s is for %s, which was not ordered",
		       a->url, name);
}

static void set_challenges(struct acme_authz *a)
{
	a->challenges = xcalloc(a->first->challenge_count, sizeof(*a->challenges));
	for (size_t i = 0; i < a->first->challenge_count; i++)
		a->challenges[i] = (struct acme_challenge){ .authz = a,
							    .data = &a->first->challenges[i] };
}

static struct err *accept(const struct order *o, struct acme_authz *a, const struct request *r,
			  const char *url)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(authz_free) struct authz *fresh = NULL;

	TRY(request_json(&obj, r));
	TRY(authz_parse(&fresh, url, obj));
	TRY(belongs(o, fresh));
	if (a->first != a->data)
		authz_free(a->data);
	a->data = MOVE(fresh);
	if (a->first == NULL) {
		a->first = a->data;
		set_challenges(a);
	}
	if (a->data->status == AUTHZ_VALID) {
		err_free(a->failure);
		a->failure = NULL;
	}
	return NULL;
}

/* Fetches those that `want` it, side by side where that saves time. */
typedef bool authz_filter(const struct acme_authz *a);

static struct err *take_answers(struct acme_order *o, struct request *r, const size_t *which,
				size_t n)
{
	for (size_t i = 0; i < n; i++) {
		TRY(MOVE(r[i].err));
		TRY(accept(o->data, &o->authzs[which[i]], &r[i], r[i].url));
	}
	return NULL;
}

static struct err *fetch(struct acme_session *s, struct acme_order *o, authz_filter *want)
{
	AUTO(free) struct request *r = xcalloc(o->authz_count, sizeof(*r));
	AUTO(free) size_t *which = xcalloc(o->authz_count, sizeof(*which));
	size_t n = 0;

	for (size_t i = 0; i < o->authz_count; i++) {
		if (!want(&o->authzs[i]))
			continue;
		r[n] = (struct request){ .what = "authorization",
					 .url = o->data->authz_urls.items[i] };
		which[n++] = i;
	}
	struct err *e = request_run(s, r, n);
	if (e == NULL)
		e = take_answers(o, r, which, n);
	for (size_t i = 0; i < n; i++)
		request_release(&r[i]);
	return e;
}

static bool is_unknown(const struct acme_authz *a)
{
	return a->data == NULL;
}

bool authz_is_undecided(const struct acme_authz *a)
{
	return a->data == NULL || a->data->status == AUTHZ_PENDING;
}

struct err *acme_order_authorizations(struct acme_session *s, struct acme_order *o, size_t *count)
{
	if (o->authzs == NULL) {
		o->authz_count = o->data->authz_urls.count;
		o->authzs = xcalloc(o->authz_count, sizeof(*o->authzs));
		for (size_t i = 0; i < o->authz_count; i++)
			o->authzs[i].order = o;
	}
	TRY(request_warm_up(s, o->authz_count));
	TRY(fetch(s, o, is_unknown));
	*count = o->authz_count;
	return NULL;
}

struct acme_authz *acme_order_authz(struct acme_order *o, size_t i)
{
	return i < o->authz_count ? &o->authzs[i] : NULL;
}

const char *acme_authz_identifier(const struct acme_authz *a)
{
	return a->data->ident.value;
}

bool acme_authz_is_wildcard(const struct acme_authz *a)
{
	return a->data->wildcard;
}

const char *acme_authz_status(const struct acme_authz *a)
{
	return authz_status_name(a->data->status);
}

size_t acme_authz_challenge_count(const struct acme_authz *a)
{
	return a->first->challenge_count;
}

struct acme_challenge *acme_authz_challenge(struct acme_authz *a, size_t i)
{
	return i < a->first->challenge_count ? &a->challenges[i] : NULL;
}

/* RFC 8555 §7.5.2 */
struct err *acme_authz_deactivate(struct acme_session *s, struct acme_authz *a)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(authz_free) struct authz *fresh = NULL;
	AUTO(json_release) json_t *wish = json_object();

	json_object_set_new(wish, "status", json_string("deactivated"));
	AUTO(free) char *payload = json_compact(wish);
	AUTO(request_release)
	struct request r = { .what = "deactivating the authorization",
			     .url = a->data->url,
			     .payload = payload };
	TRY(request_one(s, &r));
	TRY(request_json(&obj, &r));
	TRY(authz_parse(&fresh, a->data->url, obj));
	a->data->status = fresh->status;
	return NULL;
}

struct err *authzs_refresh(struct acme_session *s, struct acme_order *o)
{
	return fetch(s, o, authz_is_undecided);
}

struct err *authzs_look(struct acme_session *s, struct acme_order *o)
{
	size_t count = 0;

	TRY(acme_order_authorizations(s, o, &count));
	return authzs_refresh(s, o);
}

const struct authz *authz_of(const struct acme_authz *a)
{
	return a->data;
}

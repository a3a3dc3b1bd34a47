#include "ca/policy/order_request.h"

#include "base/clock.h"
#include "ca/policy/identifiers.h"
#include "ca/policy/offer.h"
#include "ca/policy/profiles.h"
#include "proto/problem.h"

/* *out NULL: absent. */
static struct err *read_text(const char **out, const json_t *payload, const char *key)
{
	const json_t *value = json_object_get(payload, key);

	*out = json_string_value(value);
	if (value != NULL && *out == NULL)
		return problem_new("malformed", "\"%s\" is no text", key);
	return NULL;
}

static struct err *read_time(time_t *out, const struct policy *p, const json_t *payload,
			     const char *key)
{
	const char *text = NULL;

	TRY(read_text(&text, payload, key));
	if (text == NULL)
		return NULL;
	if (!p->config->policy.not_before_after)
		return problem_new("malformed", "\"%s\" cannot be chosen here", key);
	if (!time_parse_rfc3339(text, out) || *out <= 0)
		return problem_new("malformed", "\"%s\" is no date of RFC 3339", key);
	return NULL;
}

static struct err *check_dates(const struct order_asked *a, time_t now)
{
	time_t begin = a->not_before != 0 ? a->not_before : now;
	time_t last = now + a->profile->lifetime_s;
	time_t end = a->not_after != 0 ? a->not_after : last;

	if (begin < now - a->profile->backdate_s)
		return problem_new("malformed", "\"notBefore\" is in the past");
	if (a->not_after != 0 && (end <= begin || end <= now))
		return problem_new("malformed", "\"notAfter\" is not after the beginning");
	if (end > last || begin >= last)
		return problem_new(
			"malformed",
			"the dates reach beyond what profile \"%s\" allows, %lld s from now",
			a->profile->name, (long long)a->profile->lifetime_s);
	return NULL;
}

static struct err *read_replaces(struct order_asked *a, const json_t *payload)
{
	TRY(read_text(&a->replaces_text, payload, "replaces"));
	if (a->replaces_text == NULL)
		return NULL;
	AUTO(err_free) struct err *e = ari_id_parse(&a->replaces, a->replaces_text);

	if (e == NULL)
		return NULL;
	AUTO(free) char *text = err_text(e);

	return problem_new("malformed", "in \"replaces\": %s", text);
}

static struct err *read_profile(struct order_asked *a, const struct policy *p,
				const json_t *payload)
{
	const char *name = NULL;

	TRY(read_text(&name, payload, "profile"));
	return profile_choose(&a->profile, p, name);
}

/* In the order in which Boulder looks (ca.md 5.6). */
static struct err *read(struct order_asked *a, const struct policy *p, const json_t *payload,
			int64_t account_id, time_t now)
{
	TRY(identifiers_read(&a->idents, payload));
	TRY(read_time(&a->not_before, p, payload, "notBefore"));
	TRY(read_time(&a->not_after, p, payload, "notAfter"));
	TRY(identifiers_check_form(p, &a->idents));
	TRY(read_replaces(a, payload));
	TRY(read_profile(a, p, payload));
	TRY(profile_check(a->profile, account_id, &a->idents));
	TRY(identifiers_check_lists(p, &a->idents));
	TRY(identifiers_check_overlap(&a->idents));
	TRY(offer_check(p, &a->idents));
	return check_dates(a, now);
}

struct err *order_asked_read(struct order_asked *out, const struct policy *p, const json_t *payload,
			     int64_t account_id, time_t now)
{
	AUTO(order_asked_release) struct order_asked a = { 0 };

	TRY(read(&a, p, payload, account_id, now));
	*out = a;
	a = (struct order_asked){ 0 };
	return NULL;
}

void order_asked_release(struct order_asked *a)
{
	idents_release(&a->idents);
	ari_id_release(&a->replaces);
}

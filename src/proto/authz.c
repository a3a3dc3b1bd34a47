#include "proto/authz.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "proto/field.h"
#include "proto/link.h"
#include "proto/problem.h"

static struct err *get_identifier(struct authz *a, const json_t *obj)
{
	json_t *ident = NULL;

	TRY(json_get_object(&ident, obj, "identifier", JSON_REQUIRED));
	TRY(ident_parse(&a->ident, ident));
	TRY(json_get_bool(&a->wildcard, obj, "wildcard", JSON_OPTIONAL));
	if (a->ident.type == IDENT_DNS && str_starts(a->ident.value, "*."))
		return err_new(ERR_PROTOCOL, "identifier with \"*.\" (RFC 8555 §7.1.4)");
	return NULL;
}

static struct err *get_expires(struct authz *a, const json_t *obj)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, "expires", JSON_OPTIONAL));
	if (text == NULL || time_parse_rfc3339(text, &a->expires))
		return NULL;
	return err_new(ERR_PROTOCOL, "field \"expires\" is no RFC 3339 date");
}

static struct err *get_challenge(struct authz *a, const json_t *obj)
{
	struct challenge *c = &a->challenges[a->challenge_count];

	TRY(challenge_parse(c, obj));
	a->challenge_count++;
	return c->url != NULL ? link_check(a->url, c->url, "challenge") : NULL;
}

static struct err *get_challenges(struct authz *a, const json_t *obj)
{
	json_t *array = NULL;

	TRY(json_get_array(&array, obj, "challenges", JSON_REQUIRED));
	size_t count = json_array_size(array);
	if (count > LIMIT_CHALLENGES)
		return err_new(ERR_LIMIT, "%zu challenges, at most %d are taken", count,
			       LIMIT_CHALLENGES);
	a->challenges = xcalloc(count, sizeof(*a->challenges));
	for (size_t i = 0; i < count; i++)
		TRY(get_challenge(a, json_array_get(array, i)));
	return NULL;
}

static struct err *parse(struct authz *a, const json_t *obj)
{
	const char *status = NULL;

	TRY(json_get_string(&status, obj, "status", JSON_REQUIRED));
	TRY(authz_status_parse(&a->status, status));
	TRY(get_identifier(a, obj));
	TRY(get_expires(a, obj));
	return get_challenges(a, obj);
}

struct err *authz_parse(struct authz **out, const char *url, const json_t *obj)
{
	AUTO(authz_free) struct authz *a = xcalloc(1, sizeof(*a));

	a->url = xstrdup(url);
	struct err *e = parse(a, obj);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "authorization %s", url);
	*out = MOVE(a);
	return NULL;
}

json_t *authz_render(const struct authz *a)
{
	json_t *obj = json_object();
	json_t *challenges = json_array();

	field_text(obj, "status", authz_status_name(a->status));
	field_time(obj, "expires", a->expires);
	json_object_set_new(obj, "identifier", ident_render(&a->ident));
	if (a->wildcard)
		json_object_set_new(obj, "wildcard", json_true());
	for (size_t i = 0; i < a->challenge_count; i++)
		json_array_append_new(challenges, challenge_render(&a->challenges[i]));
	json_object_set_new(obj, "challenges", challenges);
	return obj;
}

char *authz_name(const struct authz *a)
{
	return str_fmt("%s%s", a->wildcard ? "*." : "", a->ident.value);
}

struct err *authz_failure(const struct authz *a)
{
	AUTO(free) char *name = authz_name(a);

	for (size_t i = 0; i < a->challenge_count; i++) {
		const struct challenge *c = &a->challenges[i];

		if (c->status == CHALLENGE_INVALID && c->error != NULL)
			return problem_about(c->error, name);
	}
	return NULL;
}

void authz_free(struct authz *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->challenge_count; i++)
		challenge_release(&a->challenges[i]);
	free(a->challenges);
	ident_release(&a->ident);
	free(a->url);
	free(a);
}

#include "proto/challenge.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "proto/field.h"
#include "proto/keyauth.h"
#include "proto/problem.h"

#define SHOWN 60

void proof_release(struct proof *p)
{
	free(p->http_path);
	free(p->http_body);
	free(p->dns_owner);
	free(p->dns_txt);
	free(p->tls_server_name);
	free(p->tls_protocol);
	cert_names_release(&p->tls_names);
	free(p->key_authorization);
	*p = (struct proof){ 0 };
}

const struct challenge_type *challenge_type_by_name(const char *name)
{
	for (size_t i = 0; i < challenge_type_count; i++)
		if (streq(challenge_types[i]->name, name) || streq(challenge_types[i]->alias, name))
			return challenge_types[i];
	return NULL;
}

/* By the protocol's name alone: an alias is our users' word. */
static const struct challenge_type *known_type(const char *name)
{
	const struct challenge_type *type = challenge_type_by_name(name);

	return type != NULL && streq(type->name, name) ? type : NULL;
}

static struct err *get_status(struct challenge *c, const json_t *obj)
{
	const char *status = NULL;

	TRY(json_get_string(&status, obj, "status", JSON_REQUIRED));
	return challenge_status_parse(&c->status, status);
}

/* RFC 8555 §8.3, §8.4: base64url. It becomes a file name, so nothing else is let through. */
static struct err *get_token(struct challenge *c, const json_t *obj)
{
	const char *token = NULL;

	TRY(json_get_string(&token, obj, "token", JSON_REQUIRED));
	if (!token_is_valid(token)) {
		AUTO(free) char *shown = str_printable(token, SHOWN);

		return err_new(ERR_PROTOCOL, "token \"%s\" is not 1 to %d characters of base64url",
			       shown, LIMIT_TOKEN);
	}
	c->token = xstrdup(token);
	return NULL;
}

/* draft-ietf-acme-dns-persist-01 §3.1 */
static struct err *get_match(struct challenge *c, const json_t *obj)
{
	const char *uri = NULL;

	TRY(json_get_string(&uri, obj, "accounturi", JSON_OPTIONAL));
	c->account_uri = uri != NULL ? xstrdup(uri) : NULL;
	return json_get_strings(&c->issuer_domains, obj, "issuer-domain-names", JSON_OPTIONAL);
}

static struct err *get_validated(struct challenge *c, const json_t *obj)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, "validated", JSON_OPTIONAL));
	if (text == NULL || time_parse_rfc3339(text, &c->validated))
		return NULL;
	return err_new(ERR_PROTOCOL, "field \"validated\" is no RFC 3339 date");
}

static struct err *get_error(struct challenge *c, const json_t *obj)
{
	json_t *error = NULL;

	TRY(json_get_object(&error, obj, "error", JSON_OPTIONAL));
	if (error != NULL)
		c->error = problem_object_to_err(error);
	return NULL;
}

static struct err *parse_known(struct challenge *c, const json_t *obj)
{
	const char *url = NULL;

	TRY(json_get_string(&url, obj, "url", JSON_REQUIRED));
	c->url = xstrdup(url);
	TRY(get_status(c, obj));
	TRY(c->known->match != NULL ? get_match(c, obj) : get_token(c, obj));
	TRY(get_validated(c, obj));
	return get_error(c, obj);
}

struct err *challenge_parse(struct challenge *out, const json_t *obj)
{
	struct challenge c = { 0 };
	const char *type = NULL;

	TRY_WRAP(json_get_string(&type, obj, "type", JSON_REQUIRED), "challenge");
	c.type = str_printable(type, SHOWN);
	c.known = known_type(type);
	struct err *e = c.known != NULL ? parse_known(&c, obj) : NULL;

	/* Nobody who skips them anyway is to stumble over a draft that has moved on. */
	if (e != NULL && c.known->match != NULL) {
		err_ignore(MOVE(e));
		c.known = NULL;
	}
	if (e != NULL) {
		e = err_wrap_as(ERR_PROTOCOL, e, "challenge %s", c.type);
		challenge_release(&c);
		return e;
	}
	*out = c;
	return NULL;
}

static json_t *strings(const struct strlist *l)
{
	json_t *array = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, json_string(l->items[i]));
	return array;
}

json_t *challenge_render(const struct challenge *c)
{
	json_t *obj = json_object();

	field_text(obj, "type", c->type);
	field_text(obj, "url", c->url);
	field_text(obj, "status", challenge_status_name(c->status));
	field_text(obj, "token", c->token);
	field_text(obj, "accounturi", c->account_uri);
	if (c->issuer_domains.count > 0)
		json_object_set_new(obj, "issuer-domain-names", strings(&c->issuer_domains));
	field_time(obj, "validated", c->validated);
	if (c->error != NULL)
		json_object_set_new(obj, "error", problem_render(c->error));
	if (c->validation_record != NULL)
		json_object_set(obj, "validationRecord", c->validation_record);
	return obj;
}

void challenge_release(struct challenge *c)
{
	free(c->type);
	free(c->url);
	free(c->token);
	free(c->account_uri);
	strlist_release(&c->issuer_domains);
	err_free(c->error);
	json_decref(c->validation_record);
	*c = (struct challenge){ 0 };
}

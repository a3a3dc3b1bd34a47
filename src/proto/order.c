#include "proto/order.h"

#include "base/clock.h"
#include "base/limits.h"
#include "proto/field.h"
#include "proto/link.h"
#include "proto/problem.h"

char *order_request_render(const struct order_request *r)
{
	AUTO(json_release) json_t *obj = json_object();

	json_object_set_new(obj, "identifiers", idents_render(&r->idents));
	field_time(obj, "notBefore", r->not_before);
	field_time(obj, "notAfter", r->not_after);
	field_text(obj, "profile", r->profile);
	field_text(obj, "replaces", r->replaces);
	return json_compact(obj);
}

static struct err *get_text(char **out, const json_t *obj, const char *key)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, key, JSON_OPTIONAL));
	*out = text != NULL ? xstrdup(text) : NULL;
	return NULL;
}

static struct err *get_link(char **out, const struct order *o, const json_t *obj, const char *key)
{
	AUTO(free) char *url = NULL;

	TRY(get_text(&url, obj, key));
	if (url != NULL)
		TRY(link_check(o->url, url, key));
	*out = MOVE(url);
	return NULL;
}

static struct err *get_expires(time_t *out, const json_t *obj)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, "expires", JSON_OPTIONAL));
	if (text == NULL || time_parse_rfc3339(text, out))
		return NULL;
	return err_new(ERR_PROTOCOL, "field \"expires\" is no RFC 3339 date");
}

static struct err *get_identifiers(struct order *o, const json_t *obj)
{
	json_t *array = NULL;

	TRY(json_get_array(&array, obj, "identifiers", JSON_REQUIRED));
	TRY(idents_parse(&o->idents, array));
	if (o->idents.count == 0)
		return err_new(ERR_PROTOCOL, "no identifiers");
	return NULL;
}

static struct err *get_authorizations(struct order *o, const json_t *obj)
{
	TRY(json_get_strings(&o->authz_urls, obj, "authorizations", JSON_REQUIRED));
	if (o->authz_urls.count == 0)
		return err_new(ERR_PROTOCOL, "no authorizations");
	if (o->authz_urls.count > LIMIT_IDENTIFIERS)
		return err_new(ERR_LIMIT, "%zu authorizations, at most %d are taken",
			       o->authz_urls.count, LIMIT_IDENTIFIERS);
	for (size_t i = 0; i < o->authz_urls.count; i++)
		TRY(link_check(o->url, o->authz_urls.items[i], "authorization"));
	return NULL;
}

static struct err *get_error(struct order *o, const json_t *obj)
{
	json_t *problem = NULL;

	TRY(json_get_object(&problem, obj, "error", JSON_OPTIONAL));
	if (problem != NULL)
		o->error = problem_object_to_err(problem);
	return NULL;
}

static struct err *get_status(struct order *o, const json_t *obj)
{
	const char *status = NULL;

	TRY(json_get_string(&status, obj, "status", JSON_REQUIRED));
	return order_status_parse(&o->status, status);
}

/* RFC 8555 §7.1.3: required fields, and those that a status requires (§7.4). */
static struct err *parse(struct order *o, const json_t *obj)
{
	TRY(get_status(o, obj));
	TRY(get_expires(&o->expires, obj));
	TRY(get_identifiers(o, obj));
	TRY(get_authorizations(o, obj));
	TRY(get_link(&o->finalize_url, o, obj, "finalize"));
	TRY(get_link(&o->certificate_url, o, obj, "certificate"));
	TRY(get_text(&o->profile, obj, "profile"));
	TRY(get_text(&o->replaces, obj, "replaces"));
	TRY(get_error(o, obj));
	if (o->finalize_url == NULL)
		return err_new(ERR_PROTOCOL, "no \"finalize\" URL");
	if (o->status == ORDER_VALID && o->certificate_url == NULL)
		return err_new(ERR_PROTOCOL, "valid, but without a \"certificate\" URL");
	return NULL;
}

struct err *order_parse(struct order **out, const char *url, const json_t *obj)
{
	AUTO(order_free) struct order *o = xcalloc(1, sizeof(*o));

	o->url = xstrdup(url);
	struct err *e = parse(o, obj);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "order %s", url);
	*out = MOVE(o);
	return NULL;
}

json_t *order_render(const struct order *o)
{
	json_t *obj = json_object();
	json_t *authzs = json_array();

	field_text(obj, "status", order_status_name(o->status));
	field_time(obj, "expires", o->expires);
	json_object_set_new(obj, "identifiers", idents_render(&o->idents));
	field_time(obj, "notBefore", o->not_before);
	field_time(obj, "notAfter", o->not_after);
	field_text(obj, "profile", o->profile);
	field_text(obj, "replaces", o->replaces);
	for (size_t i = 0; i < o->authz_urls.count; i++)
		json_array_append_new(authzs, json_string(o->authz_urls.items[i]));
	json_object_set_new(obj, "authorizations", authzs);
	field_text(obj, "finalize", o->finalize_url);
	field_text(obj, "certificate", o->certificate_url);
	if (o->error != NULL)
		json_object_set_new(obj, "error", problem_render(o->error));
	return obj;
}

void order_free(struct order *o)
{
	if (o == NULL)
		return;
	free(o->url);
	idents_release(&o->idents);
	strlist_release(&o->authz_urls);
	free(o->finalize_url);
	free(o->certificate_url);
	err_free(o->error);
	free(o->profile);
	free(o->replaces);
	free(o);
}

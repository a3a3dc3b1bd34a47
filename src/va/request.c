#include "va/request.h"

#include "base/limits.h"
#include "proto/problem.h"

static struct err *text_into(char **out, const json_t *obj, const char *key, enum json_need need)
{
	const char *text = NULL;

	TRY(json_get_string(&text, obj, key, need));
	*out = text != NULL ? xstrdup(text) : NULL;
	return NULL;
}

static struct err *parse(struct va_request *q, const json_t *obj)
{
	json_t *ident = NULL;

	if (!json_is_object(obj))
		return err_new(ERR_PARSE, "a request for a validation is an object");
	TRY(json_get_object(&ident, obj, "identifier", JSON_REQUIRED));
	TRY(ident_parse(&q->ident, ident));
	TRY(json_get_bool(&q->wildcard, obj, "wildcard", JSON_OPTIONAL));
	TRY(text_into(&q->challenge, obj, "challenge", JSON_REQUIRED));
	TRY(text_into(&q->token, obj, "token", JSON_OPTIONAL));
	TRY(text_into(&q->thumbprint, obj, "thumbprint", JSON_OPTIONAL));
	TRY(text_into(&q->account_url, obj, "accountUrl", JSON_OPTIONAL));
	TRY(json_get_strings(&q->account_aliases, obj, "accountAliases", JSON_OPTIONAL));
	TRY(json_get_strings(&q->issuer_domains, obj, "issuerDomains", JSON_OPTIONAL));
	return json_get_bool(&q->check_caa, obj, "checkCaa", JSON_OPTIONAL);
}

struct err *va_request_parse(struct va_request *out, const json_t *obj)
{
	struct va_request q = { 0 };
	struct err *e = parse(&q, obj);

	if (e != NULL)
		va_request_release(&q);
	else
		*out = q;
	return e;
}

static void set_text(json_t *obj, const char *key, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(obj, key, json_string(text));
}

static json_t *render_list(const struct strlist *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->count; i++)
		(void)json_array_append_new(list, json_string(l->items[i]));
	return list;
}

json_t *va_request_render(const struct va_request *q)
{
	json_t *obj = json_object();

	(void)json_object_set_new(obj, "identifier", ident_render(&q->ident));
	(void)json_object_set_new(obj, "wildcard", json_boolean(q->wildcard));
	set_text(obj, "challenge", q->challenge);
	set_text(obj, "token", q->token);
	set_text(obj, "thumbprint", q->thumbprint);
	set_text(obj, "accountUrl", q->account_url);
	(void)json_object_set_new(obj, "accountAliases", render_list(&q->account_aliases));
	(void)json_object_set_new(obj, "issuerDomains", render_list(&q->issuer_domains));
	(void)json_object_set_new(obj, "checkCaa", json_boolean(q->check_caa));
	return obj;
}

static char *copy(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

void va_request_copy(struct va_request *out, const struct va_request *q)
{
	*out = (struct va_request){
		.ident = { .type = q->ident.type, .value = copy(q->ident.value) },
		.wildcard = q->wildcard,
		.challenge = copy(q->challenge),
		.token = copy(q->token),
		.thumbprint = copy(q->thumbprint),
		.account_url = copy(q->account_url),
		.check_caa = q->check_caa,
	};
	strlist_add_all(&out->account_aliases, &q->account_aliases);
	strlist_add_all(&out->issuer_domains, &q->issuer_domains);
}

void va_request_release(struct va_request *q)
{
	ident_release(&q->ident);
	free(q->challenge);
	free(q->token);
	free(q->thumbprint);
	free(q->account_url);
	strlist_release(&q->account_aliases);
	strlist_release(&q->issuer_domains);
	*q = (struct va_request){ 0 };
}

json_t *va_verdict_render(const struct err *problem, const struct va_record *record)
{
	json_t *obj = json_object();

	(void)json_object_set_new(obj, "status",
				  json_string(problem == NULL ? "valid" : "invalid"));
	if (problem != NULL)
		(void)json_object_set_new(obj, "problem", problem_render(problem));
	(void)json_object_set_new(obj, "record", va_record_render(record));
	return obj;
}

static struct err *parse_problem(struct err **problem, const json_t *obj, const char *status)
{
	json_t *document = NULL;

	TRY(json_get_object(&document, obj, "problem", JSON_OPTIONAL));
	if (streq(status, "valid") && document == NULL)
		return NULL;
	if (!streq(status, "invalid") || document == NULL)
		return err_new(ERR_PARSE, "a verdict that is neither valid nor invalid");
	*problem = problem_object_to_err(document);
	return NULL;
}

struct err *va_verdict_parse(struct err **problem, struct va_record **record, const json_t *obj)
{
	AUTO(va_record_free) struct va_record *r = NULL;
	AUTO(err_free) struct err *p = NULL;
	const char *status = NULL;
	json_t *seen = NULL;

	if (!json_is_object(obj))
		return err_new(ERR_PARSE, "a verdict is an object");
	TRY(json_get_string(&status, obj, "status", JSON_REQUIRED));
	TRY(json_get_object(&seen, obj, "record", JSON_REQUIRED));
	TRY_WRAP(va_record_parse(&r, seen), "the record of a verdict");
	TRY(parse_problem(&p, obj, status));
	*problem = MOVE(p);
	*record = MOVE(r);
	return NULL;
}

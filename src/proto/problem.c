#include "proto/problem.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static const char acme_urn[] = "urn:ietf:params:acme:error:";

#define BODY_SHOWN 200
#define TYPE_SHOWN 200
#define NAME_SHOWN 300

/* RFC 8555 §6.7, RFC 8739 §6.4, RFC 9115 §6.5, RFC 9773 §7.4, RFC 9799 §9.3, draft-ietf-acme-profiles §6.3; conflict: Boulder. */
static const struct problem_type rows[] = {
	{ "accountDoesNotExist", 400, false, "the CA knows no such account",
	  "register an account with this CA first" },
	{ "alreadyReplaced", 409, false, "an order that replaces this certificate exists already",
	  "order again without naming the certificate to be replaced" },
	{ "alreadyRevoked", 400, false, "the certificate is revoked already", NULL },
	{ "autoRenewalCanceled", 403, false, "the auto-renewal order was cancelled", NULL },
	{ "autoRenewalCancellationInvalid", 400, false,
	  "the auto-renewal order cannot be cancelled now", NULL },
	{ "autoRenewalExpired", 403, false, "the auto-renewal order has ended", NULL },
	{ "autoRenewalRevocationNotSupported", 403, false,
	  "certificates of an auto-renewal order are not revoked", NULL },
	{ "badAttestationStatement", 400, false, "the attestation statement is not accepted",
	  NULL },
	{ "badCSR", 400, false, "the certificate request is not accepted",
	  "try another key type or size" },
	{ "badNonce", 400, true, "the anti-replay nonce is not accepted", NULL },
	{ "badPublicKey", 400, false, "the CA does not take this public key",
	  "try another key type or size" },
	{ "badRevocationReason", 400, false, "the CA does not take this reason for revocation",
	  NULL },
	{ "badSignatureAlgorithm", 400, false, "the CA does not take signatures of this algorithm",
	  "use an account key of another type" },
	{ "caa", 403, false, "CAA records forbid this CA to issue",
	  "add the CA to the domain's CAA records (DNS), or remove them" },
	{ "compound", 400, false, "several errors", NULL },
	{ "conflict", 409, false, "another request is being worked on, or the key is in use",
	  NULL },
	{ "connection", 400, false, "the CA could not connect to the server to be validated",
	  "check that the name's A and AAAA records lead to this machine and that no firewall is in between" },
	{ "dns", 400, false, "the CA got no usable DNS answer",
	  "check that the name exists and that its DNS servers answer" },
	{ "externalAccountRequired", 403, false, "the CA wants an account with it to be named",
	  "get a key identifier and an HMAC key from the CA (--eab-kid, --eab-hmac-key)" },
	{ "incorrectResponse", 403, false, "what the CA found is not what the challenge wants",
	  "check that the name leads to this machine and that nothing else answers there" },
	{ "invalidContact", 400, false, "a contact address is not accepted",
	  "give another e-mail address" },
	{ "invalidProfile", 400, false,
	  "the CA does not know this profile, or does not offer it to you",
	  "choose one of the profiles of the CA's directory" },
	{ "malformed", 400, false, "the request is malformed", NULL },
	{ "onionCAARequired", 403, false, "the onion service's CAA records are needed", NULL },
	{ "orderNotReady", 403, false, "the order is not ready", NULL },
	{ "rateLimited", 429, true, "a rate limit was reached",
	  "wait until the time that the CA gives" },
	{ "rejectedIdentifier", 400, false, "the CA does not issue for this name", NULL },
	{ "serverInternal", 500, true, "the CA had an error of its own", "try again later" },
	{ "tls", 400, false, "the CA met a TLS error at the server to be validated", NULL },
	{ "unauthorized", 403, false, "not authorized",
	  "check that the name leads to this machine and that nothing else answers there" },
	{ "unknownDelegation", 400, false, "the CA knows no such delegation", NULL },
	{ "unsupportedContact", 400, false, "the CA does not take contacts of this kind",
	  "give an e-mail address" },
	{ "unsupportedIdentifier", 400, false, "the CA does not take this kind of name", NULL },
	{ "userActionRequired", 403, false,
	  "the CA wants you to do something first, such as to agree to new terms",
	  "follow the link that the CA gives" },
};

const struct problem_type *problem_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (streq(rows[i].type, type))
			return &rows[i];
	return NULL;
}

struct err *problem_new(const char *type, const char *fmt, ...)
{
	const struct problem_type *row = problem_type(type);
	struct err *e = err_new(ERR_PROBLEM, "%s", "");
	va_list args;

	va_start(args, fmt);
	e->detail = str_vfmt(fmt, args);
	va_end(args);
	e->urn = str_fmt("%s%s", acme_urn, type);
	e->http_status = row != NULL ? row->http_status : 500;
	free(e->msg);
	e->msg = str_fmt("%s (%s)", e->detail, type);
	return e;
}

/* A string field made printable, NULL when it is absent or something else. */
static char *text_field(const json_t *obj, const char *key, size_t max)
{
	const char *text = json_string_value(json_object_get(obj, key));

	return text != NULL ? str_printable(text, max) : NULL;
}

/* The name in {"type": "dns", "value": "example.org"} (RFC 8555 §6.7.1). */
static char *identifier_field(const json_t *obj)
{
	return text_field(json_object_get(obj, "identifier"), "value", NAME_SHOWN);
}

static const char *meaning(const struct err *e)
{
	const char *type = err_type(e);
	const struct problem_type *row = type != NULL ? problem_type(type) : NULL;

	return row != NULL ? row->meaning : "the CA refuses, without a reason";
}

static void describe(struct err *e)
{
	const char *type = err_type(e);
	const char *text = e->detail != NULL && e->detail[0] != '\0' ? e->detail : meaning(e);
	const char *name = e->identifier != NULL ? e->identifier : "";

	free(e->msg);
	e->msg = str_fmt("%s%s%s (%s)", name, *name != '\0' ? ": " : "", text,
			 type != NULL ? type : e->urn);
}

/* Has {"type", "detail", "status"} at least in parts: RFC 7807 §3.1 makes all of them optional. */
static bool is_problem(const json_t *obj)
{
	return json_is_string(json_object_get(obj, "type")) ||
	       json_is_string(json_object_get(obj, "detail"));
}

/* RFC 8555 §7.3.3: where people are to go and do something. */
static void add_instance(struct err *e, const json_t *obj)
{
	AUTO(free) char *url = text_field(obj, "instance", TYPE_SHOWN);

	if (url == NULL || (!str_starts(url, "https://") && !str_starts(url, "http://")))
		return;
	char *msg = str_fmt("%s, see %s", e->msg, url);
	free(e->msg);
	e->msg = msg;
}

static int status_field(const json_t *obj)
{
	json_int_t status = json_integer_value(json_object_get(obj, "status"));

	return status >= 100 && status <= 599 ? (int)status : 0;
}

static struct err *one(const json_t *obj)
{
	struct err *e = err_new(ERR_PROBLEM, "problem");

	e->urn = text_field(obj, "type", TYPE_SHOWN);
	if (e->urn == NULL)
		e->urn = xstrdup("about:blank");
	e->detail = text_field(obj, "detail", LIMIT_PROBLEM_DETAIL);
	e->identifier = identifier_field(obj);
	e->http_status = status_field(obj);
	describe(e);
	add_instance(e, obj);
	return e;
}

/* RFC 8555 §6.7.1: subproblems have none of their own. */
struct err *problem_object_to_err(const json_t *obj)
{
	struct err *e = one(obj);
	const json_t *subs = json_object_get(obj, "subproblems");
	size_t count = json_array_size(subs);

	if (count > LIMIT_PROBLEM_SUBPROBLEMS)
		count = LIMIT_PROBLEM_SUBPROBLEMS;
	for (size_t i = 0; i < count; i++) {
		const json_t *sub = json_array_get(subs, i);

		if (is_problem(sub))
			err_add_subproblem(e, one(sub));
	}
	return e;
}

static struct err *no_problem_document(int http_status, const char *body, size_t len)
{
	AUTO(free) char *start = xstrndup(body, len < BODY_SHOWN * 2 ? len : BODY_SHOWN * 2);
	AUTO(free) char *shown = str_printable(start, BODY_SHOWN);
	struct err *e;

	if (len == 0)
		e = err_new(ERR_PROTOCOL, "HTTP status %d and nothing else", http_status);
	else
		e = err_new(ERR_PROTOCOL, "HTTP status %d without a problem document: %s",
			    http_status, shown);
	e->http_status = http_status;
	return e;
}

struct err *problem_to_err(int http_status, const char *body, size_t len)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(err_free) struct err *broken = json_parse(&obj, body, len, "problem document");

	if (broken != NULL || !is_problem(obj))
		return no_problem_document(http_status, len > 0 ? body : "", len);
	struct err *e = problem_object_to_err(obj);
	e->http_status = http_status;
	return e;
}

struct err *problem_copy(const struct err *e)
{
	struct err *c = err_new(e->code, "%s", e->msg);

	c->urn = e->urn != NULL ? xstrdup(e->urn) : NULL;
	c->detail = e->detail != NULL ? xstrdup(e->detail) : NULL;
	c->identifier = e->identifier != NULL ? xstrdup(e->identifier) : NULL;
	c->identifier_type = e->identifier_type;
	c->http_status = e->http_status;
	c->retry_after_s = e->retry_after_s;
	for (size_t i = 0; i < e->subproblem_count; i++)
		err_add_subproblem(c, problem_copy(e->subproblems[i]));
	return c;
}

struct err *problem_about(const struct err *e, const char *identifier)
{
	struct err *c = problem_copy(e);

	free(c->identifier);
	c->identifier = xstrdup(identifier);
	c->identifier_type = NULL;
	if (c->urn != NULL) {
		describe(c);
		return c;
	}
	free(c->msg);
	c->msg = str_fmt("%s: %s", identifier, e->msg);
	return c;
}

static const char *urn_of(const struct err *e)
{
	const struct err *problem = err_problem(e);

	return problem != NULL ? problem->urn : NULL;
}

int problem_http_status(const struct err *e)
{
	const struct err *problem = err_problem(e);
	const char *type = problem != NULL ? err_type(problem) : NULL;
	const struct problem_type *row = type != NULL ? problem_type(type) : NULL;

	if (problem != NULL && problem->http_status != 0)
		return problem->http_status;
	return row != NULL ? row->http_status : 500;
}

static void set_text(json_t *obj, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(obj, key, json_string(value));
}

static const char *type_by_look(const char *name)
{
	bool ip = strchr(name, ':') != NULL || name[strspn(name, "0123456789.")] == '\0';

	return ip ? "ip" : "dns";
}

static void set_identifier(json_t *obj, const char *name, const char *type)
{
	if (name == NULL)
		return;
	json_t *ident = json_object();

	set_text(ident, "type", type != NULL ? type : type_by_look(name));
	set_text(ident, "value", name);
	json_object_set_new(obj, "identifier", ident);
}

/* What is no problem of the client's making stays inside: details of ours go to the log, not to a peer. */
static json_t *render_one(const struct err *e)
{
	json_t *obj = json_object();
	const struct err *problem = err_problem(e);

	if (problem == NULL) {
		AUTO(free) char *urn = str_fmt("%sserverInternal", acme_urn);

		set_text(obj, "type", urn);
		return obj;
	}
	set_text(obj, "type", urn_of(e));
	set_text(obj, "detail", problem->detail);
	set_identifier(obj, problem->identifier, problem->identifier_type);
	return obj;
}

json_t *problem_render(const struct err *e)
{
	json_t *obj = render_one(e);
	const struct err *problem = err_problem(e);

	json_object_set_new(obj, "status", json_integer(problem_http_status(e)));
	if (problem == NULL || problem->subproblem_count == 0)
		return obj;
	json_t *subs = json_array();
	for (size_t i = 0; i < problem->subproblem_count; i++)
		json_array_append_new(subs, render_one(problem->subproblems[i]));
	json_object_set_new(obj, "subproblems", subs);
	return obj;
}

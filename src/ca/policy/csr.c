#include "ca/policy/csr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/policy/goodkey.h"
#include "jose/base64url.h"
#include "pki/key.h"
#include "proto/problem.h"

#define COMMON_NAME_MAX 64

/* The types of a request that is no PKCS #10, and of one that we do not like. */
static struct err *refuse(struct err *why)
{
	AUTO(free) char *text = err_text(why);
	const char *type = why->code == ERR_CRYPTO ? "badCSR" : "malformed";

	err_free(why);
	return problem_new(type, "%s", text);
}

struct err *csr_from_payload(struct csr **out, const json_t *payload, const EVP_PKEY *account_key)
{
	const char *text = json_string_value(json_object_get(payload, "csr"));
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CHAIN_BYTES);

	if (text == NULL)
		return problem_new("malformed", "\"csr\" is missing or no text");
	struct err *e = base64url_decode(&der, text, strlen(text));

	if (e != NULL)
		return refuse(err_wrap_as(ERR_PARSE, e, "\"csr\""));
	if (der.len == 0 || der.data[0] != DER_SEQUENCE)
		return problem_new("malformed",
				   "\"csr\" is not the base64url form of a DER request");
	e = csr_parse_like(out, der.data, der.len, account_key);
	return e != NULL ? refuse(e) : NULL;
}

static bool is_address(const char *text)
{
	unsigned char out[16];

	return inet_pton(AF_INET, text, out) == 1 || inet_pton(AF_INET6, text, out) == 1;
}

static struct err *check_kinds(const struct csr *c)
{
	if (c->has_other_names)
		return problem_new(
			"badCSR",
			"the request has names that are neither DNS names nor IP addresses");
	if (c->common_name != NULL && is_address(c->common_name))
		return problem_new("badCSR", "the common name is an IP address");
	if (c->names.dns.count + c->names.ip.count == 0)
		return problem_new("badCSR", "the request has no name at all");
	if (c->must_staple)
		return problem_new(
			"unauthorized",
			"certificates that must be stapled are not issued: there is no OCSP");
	return NULL;
}

static struct err *check_names(const struct policy *p, const struct csr *c,
			       const struct idents *ordered)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	bool rfc = p->config->policy.quirks == QUIRKS_RFC;

	idents_to_names(&names, ordered);
	if (cert_names_same(&names, &c->names))
		return NULL;
	return problem_new(rfc ? "badCSR" : "unauthorized",
			   "the request does not have the same identifiers as the order");
}

static struct err *check_key(const struct policy *p, const struct csr *c, const EVP_PKEY *account)
{
	AUTO(err_free) struct err *why = goodkey_check_numbers(p, &c->numbers);

	if (why != NULL) {
		AUTO(free) char *text = err_text(why);

		return problem_new("badCSR", "the request's key: %s", text);
	}
	if (key_same_public(c->key, account))
		return problem_new(
			"malformed",
			"the certificate's key must not be the account's (RFC 8555 §11.1)");
	return NULL;
}

struct err *csr_check(const struct policy *p, const struct csr *c, const struct idents *ordered,
		      const EVP_PKEY *account_key)
{
	TRY(check_kinds(c));
	TRY(check_key(p, c, account_key));
	return check_names(p, c, ordered);
}

char *csr_common_name(const struct csr *c, const struct idents *ordered)
{
	if (c->common_name != NULL && *c->common_name != '\0' &&
	    strlen(c->common_name) <= COMMON_NAME_MAX) {
		char *name = xstrdup(c->common_name);

		str_lower(name);
		return name;
	}
	for (size_t i = 0; i < ordered->count; i++)
		if (ordered->items[i].type == IDENT_DNS &&
		    strlen(ordered->items[i].value) <= COMMON_NAME_MAX)
			return xstrdup(ordered->items[i].value);
	return NULL;
}

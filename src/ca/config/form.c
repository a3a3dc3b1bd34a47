#include "ca/config/form.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/objects.h>

#include "ca/policy/hostname.h"
#include "ca/policy/network.h"
#include "net/url.h"
#include "proto/challenge.h"

bool form_ipv4(const char *text)
{
	struct in_addr bytes;

	return inet_pton(AF_INET, text, &bytes) == 1;
}

bool form_ipv6(const char *text)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET6, text, &bytes) == 1;
}

bool form_address(const char *text)
{
	return form_ipv4(text) || form_ipv6(text);
}

static bool is_port(const char *text)
{
	int64_t port;

	return str_to_int(text, 0, 65535, &port);
}

bool form_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (colon == NULL || !is_port(colon + 1))
		return false;
	bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
	AUTO(free)
	char *host = bracketed ? xstrndup(text + 1, (size_t)(colon - text) - 2)
			       : xstrndup(text, (size_t)(colon - text));

	return form_address(host) && bracketed == (strchr(host, ':') != NULL);
}

bool form_resolver(const char *text)
{
	return form_address(text) || form_endpoint(text);
}

bool form_network(const char *text)
{
	AUTO(networks_free) struct networks *n = NULL;
	AUTO(strlist_release) struct strlist one = { 0 };

	strlist_add(&one, text);
	AUTO(err_free) struct err *e = networks_new(&n, &one);

	return e == NULL;
}

bool form_page(const char *text)
{
	AUTO(url_release) struct url u = { 0 };
	AUTO(err_free) struct err *e = url_parse(&u, text);

	return e == NULL;
}

bool form_http_url(const char *text)
{
	AUTO(url_release) struct url u = { 0 };
	AUTO(err_free) struct err *e = url_parse(&u, text);

	return e == NULL && !str_ends(text, "/");
}

bool form_url(const char *text)
{
	AUTO(url_release) struct url u = { 0 };
	AUTO(err_free) struct err *e = url_parse(&u, text);

	return e == NULL && streq(u.target, "/") && !str_ends(text, "/");
}

bool form_domain(const char *text)
{
	AUTO(err_free) struct err *e = hostname_check(text, true);

	return e == NULL && !str_starts(text, "*.");
}

bool form_challenge(const char *text)
{
	const struct challenge_type *type = challenge_type_by_name(text);

	return type != NULL && streq(type->name, text);
}

bool form_oid(const char *text)
{
	ASN1_OBJECT *o = OBJ_txt2obj(text, 1);

	ASN1_OBJECT_free(o);
	return o != NULL && text[strspn(text, "0123456789.")] == '\0';
}

bool form_region(const char *text)
{
	static const char *const regions[] = { "ARIN", "RIPE", "APNIC", "LACNIC", "AFRINIC" };

	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		if (streq(text, regions[i]))
			return true;
	return false;
}

bool form_id(const char *text)
{
	int64_t id;

	return str_to_int(text, 1, INT64_MAX, &id);
}

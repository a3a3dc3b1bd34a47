/* A CRL (RFC 5280 §5), where the certificates of its issuer say that it is: /crl/ISSUER/SHARD.crl. */
#include "ca/crl/crls.h"

#include <string.h>

#include "ca/config/config.h"
#include "ca/http/request.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "proto/problem.h"

#define CRL_TYPE "application/pkix-crl"
#define SUFFIX ".crl"

enum { NOT_YET_S = 2 };

/* As it is written in certificates, and in no other way. */
static bool read_shard(int64_t *out, const char *text)
{
	size_t len = strlen(text);

	if (!str_ends(text, SUFFIX) || len == strlen(SUFFIX))
		return false;
	AUTO(free) char *digits = xstrndup(text, len - strlen(SUFFIX));

	return str_to_int(digits, 0, INT64_MAX, out);
}

static struct err *absent(bool expected)
{
	if (!expected)
		return ca_not_found("there is no such CRL");
	struct err *e = err_new(ERR_BUSY, "the CRL is being made");

	e->retry_after_s = NOT_YET_S;
	return e;
}

/* Until the next one is made; a new revocation may come earlier, so not for long. */
static void allow_caching(struct ca_request *r, const struct crl_copy *copy)
{
	const time_t longest_s = 60 * 60;
	time_t left_s = crl_copy_due(copy) - ca_now(r);
	AUTO(free)
	char *value = str_fmt("public, max-age=%lld", (long long)(left_s > longest_s ? longest_s
								  : left_s > 0       ? left_s
										     : 0));

	ca_header(r, "Cache-Control", value);
}

static void give_back(void *copy)
{
	crl_copy_release(copy);
}

static struct err *show(struct ca_request *r)
{
	int64_t shard = 0;
	bool expected = false;
	struct crl_copy *copy = NULL;

	if (read_shard(&shard, r->ids.items[1]))
		copy = crls_read(r->ca->crls, r->ids.items[0], shard, &expected);
	if (copy == NULL)
		return absent(expected);
	const struct buf *der = crl_copy_der(copy);
	const struct http_loan loan = { der->data, der->len, give_back, copy };

	allow_caching(r, copy);
	ca_answer_lent(r, 200, CRL_TYPE, &loan);
	return NULL;
}

static void get(struct ca_request *r)
{
	res_end(r, show(r));
}

static bool is_off(const struct ca_config *c)
{
	for (size_t i = 0; i < c->issuer_count; i++)
		if (c->issuers[i].crl_url != NULL)
			return false;
	return true;
}

const struct resource resource_crl = {
	.path = "/crl",
	.min_ids = 2,
	.max_ids = 2,
	.get = get,
	.plain = true,
	.is_off = is_off,
};

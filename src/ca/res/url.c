#include "ca/res/url.h"

#include <inttypes.h>

#include "ca/config/config.h"

#define ACCOUNT ACCOUNT_PATH "/%" PRId64

char *url_account(const struct ca_request *r, int64_t account_id)
{
	return ca_url(r, ACCOUNT, account_id);
}

char *url_account_configured(const struct ca_config *c, int64_t account_id)
{
	return c->server.url != NULL ? str_fmt("%s" ACCOUNT, c->server.url, account_id) : NULL;
}

void url_account_former(struct strlist *out, const struct ca_config *c, int64_t account_id)
{
	for (size_t i = 0; i < c->server.former_urls.count; i++)
		strlist_take(out,
			     str_fmt("%s" ACCOUNT, c->server.former_urls.items[i], account_id));
}

char *url_orders(const struct ca_request *r, int64_t account_id)
{
	return ca_url(r, "/acme/orders/%" PRId64, account_id);
}

char *url_orders_before(const struct ca_request *r, int64_t account_id, int64_t before)
{
	return ca_url(r, "/acme/orders/%" PRId64 "/%" PRId64, account_id, before);
}

char *url_order(const struct ca_request *r, const struct store_order *o)
{
	return ca_url(r, "/acme/order/%" PRId64 "/%" PRId64, o->account_id, o->id);
}

char *url_finalize(const struct ca_request *r, const struct store_order *o)
{
	return ca_url(r, "/acme/finalize/%" PRId64 "/%" PRId64, o->account_id, o->id);
}

char *url_authz(const struct ca_request *r, const struct store_authz *a)
{
	return ca_url(r, "/acme/authz/%" PRId64 "/%" PRId64, a->account_id, a->id);
}

char *url_challenge(const struct ca_request *r, const struct store_authz *a, const char *type)
{
	return ca_url(r, "/acme/chall/%" PRId64 "/%" PRId64 "/%s", a->account_id, a->id, type);
}

char *url_cert(const struct ca_request *r, const char *serial)
{
	return ca_url(r, "/acme/cert/%s", serial);
}

char *url_chain(const struct ca_request *r, const char *serial, size_t n)
{
	return ca_url(r, "/acme/cert/%s/%zu", serial, n);
}

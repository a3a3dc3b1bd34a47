/* Where the CA's objects are. */
#pragma once

#include "ca/http/request.h"
#include "ca/store/object.h"

char *url_account(const struct ca_request *r, int64_t account_id);
char *url_orders(const struct ca_request *r, int64_t account_id);
/* The page of orders that are older than this one. */
char *url_orders_before(const struct ca_request *r, int64_t account_id, int64_t before);
char *url_order(const struct ca_request *r, const struct store_order *o);
char *url_finalize(const struct ca_request *r, const struct store_order *o);
char *url_authz(const struct ca_request *r, const struct store_authz *a);
char *url_challenge(const struct ca_request *r, const struct store_authz *a, const char *type);
char *url_cert(const struct ca_request *r, const char *serial);
char *url_chain(const struct ca_request *r, const char *serial, size_t n);

/* The account's URL where no request says what stands before our paths: by the configuration; NULL if that does not say it. */
char *url_account_configured(const struct ca_config *c, int64_t account_id);
/* Its URLs of before ([server] former_urls). */
void url_account_former(struct strlist *out, const struct ca_config *c, int64_t account_id);

/* Objects as rows: for each the columns to select, and reading a row of them. */
#pragma once

#include "ca/store/op.h"

#define ACCOUNT_COLUMNS "id, status, jwk, thumbprint, contacts, eab, created"

#define AUTHZ_SHORT \
	"id, account_id, type, value, wildcard, status, expires, profile, attempt, validated"
#define AUTHZ_COLUMNS AUTHZ_SHORT ", token, offered, error, record"

/*
 * An order with its authorizations is several rows of one statement, so that both are of the same instant. Behind it: what is
 * wanted, then ORDER_SORT. Large columns come with the first row only.
 */
#define ORDER_SELECT                                                                              \
	"SELECT o.id, o.account_id, o.profile, o.created, o.expires, o.not_before, o.not_after, " \
	"o.replaces, o.error, o.serial, o.certified, "                                            \
	"CASE WHEN x.position = 0 THEN o.csr END, "                                               \
	"a.id, a.account_id, a.type, a.value, a.wildcard, a.status, a.expires, a.profile, "       \
	"a.attempt, a.validated "                                                                 \
	"FROM orders o JOIN order_authzs x ON x.order_id = o.id JOIN authzs a ON a.id = x.authz_id "
#define ORDER_SORT " ORDER BY o.id DESC, x.position"

#define CERT_COLUMNS                                                                                 \
	"serial, order_id, account_id, issuer, profile, shard, names, spki, not_before, not_after, " \
	"revoked, reason"

#define EAB_COLUMNS "kid, mac_key, note, created, expires, account_id, revoked"

/* Each row of the statement into the answer. */
MUST_CHECK struct err *rows_accounts(struct tx *t, const char *sql, const struct db_value *values,
				     size_t count);
MUST_CHECK struct err *rows_orders(struct tx *t, const char *sql, const struct db_value *values,
				   size_t count);
MUST_CHECK struct err *rows_authzs(struct tx *t, const char *sql, const struct db_value *values,
				   size_t count);
MUST_CHECK struct err *rows_certs(struct tx *t, const char *sql, const struct db_value *values,
				  size_t count);
/* CERT_COLUMNS ", der" */
MUST_CHECK struct err *rows_certs_der(struct tx *t, const char *sql, const struct db_value *values,
				      size_t count);
MUST_CHECK struct err *rows_eabs(struct tx *t, const char *sql, const struct db_value *values,
				 size_t count);

/* The statement whose row the database is at has AUTHZ_SHORT from `column` on. */
void rows_read_authz(struct store_authz *a, struct db *db, int column);

/* "dns:a.test ip:192.0.2.1" */
char *idents_pack(const struct idents *l);

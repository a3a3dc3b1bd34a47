#include <openssl/evp.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "ca/policy/state.h"
#include "ca/store/ask.h"
#include "ca/store/authz_new.h"
#include "ca/store/rows.h"
#include "jose/openssl.h"

/* What makes two newOrder requests the same, as one number. */
static struct err *asked_number(int64_t *out, const struct store_order_new *o)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_STORE_TEXT);
	unsigned char digest[EVP_MAX_MD_SIZE];

	for (size_t i = 0; i < o->ident_count; i++)
		buf_addf(&b, "%d:%s ", (int)o->idents[i].ident.type, o->idents[i].ident.value);
	buf_addf(&b, "%lld %lld %s %s", (long long)o->not_before, (long long)o->not_after,
		 o->profile, o->replaces != NULL ? o->replaces : "");
	TRY(buf_check(&b, "an order"));
	if (EVP_Digest(b.data, b.len, digest, NULL, EVP_sha256(), NULL) != 1)
		return openssl_err("a digest");
	memcpy(out, digest, sizeof(*out));
	return NULL;
}

/*
 * The open order that asked for the same. Only the newest can be open: none is made while one is, and none opens again. What was
 * finalized is no more in the index.
 */
static struct err *find_open(bool *found, struct tx *t, const struct store_order_new *o,
			     int64_t asked)
{
	static const char sql[] = ORDER_SELECT
		"WHERE o.id = (SELECT id FROM orders WHERE account_id = $1 AND asked = $2 "
		"AND serial = '' ORDER BY id DESC LIMIT 1)" ORDER_SORT;
	struct store_answer *a = t->answer;

	*found = false;
	if (!o->reuse_order)
		return NULL;
	TRY(rows_orders(t, sql, DB_VALUES(db_int(o->account_id), db_int(asked))));
	if (a->order_count == 0)
		return NULL;
	enum order_status status = store_order_status(&a->orders[0], o->now);

	*found = status == ORDER_PENDING || status == ORDER_READY;
	if (*found)
		a->outcome = STORE_EXISTED;
	else
		answer_no_orders(a);
	return NULL;
}

/* Whether an order that has not failed replaces the certificate; a replacing order that was purged had not. */
static struct err *find_replacing(bool *found, struct tx *t, const struct store_order_new *o)
{
	static const char sql[] = "SELECT order_id FROM replacements WHERE serial = $1";
	static const char order[] = ORDER_SELECT "WHERE o.id = $1" ORDER_SORT;
	struct store_answer *a = t->answer;

	*found = false;
	if (o->replaces_serial == NULL)
		return NULL;
	TRY(db_find(t->db, found, sql, DB_VALUES(db_text(o->replaces_serial))));
	if (!*found)
		return NULL;
	TRY(rows_orders(t, order, DB_VALUES(db_int(db_int_at(t->db, 0)))));
	if (a->order_count > 0)
		*found = store_order_status(&a->orders[0], o->now) != ORDER_INVALID;
	answer_no_orders(a);
	if (*found)
		a->outcome = STORE_CONFLICT;
	return NULL;
}

/* --- a new one */

static struct err *take_authz(struct store_order *made, struct tx *t,
			      const struct store_order_new *o, size_t i)
{
	static const char sql[] =
		"INSERT INTO order_authzs (order_id, position, authz_id) VALUES ($1, $2, $3)";
	const struct authz_wish wish = { .account_id = o->account_id,
					 .ident = &o->idents[i],
					 .profile = o->profile,
					 .expires = o->authz_expires,
					 .reuse_after = o->reuse_authz_after,
					 .never_reuse = o->never_reuse };
	struct store_authz *z = order_add_authz(made);
	bool found;

	TRY(authz_reusable(&found, z, t, &wish));
	if (!found)
		TRY(authz_insert(z, t, &wish));
	idents_add(&made->idents, o->idents[i].ident.type, o->idents[i].ident.value);
	return db_exec(t->db, sql, DB_VALUES(db_int(made->id), db_int((int64_t)i), db_int(z->id)));
}

static time_t earliest(const struct store_order *o, time_t by_profile)
{
	for (size_t i = 0; i < o->authz_count; i++)
		by_profile = order_expiry(by_profile, &o->authzs[i].expires, 1);
	return by_profile;
}

static char *copied(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static struct err *insert_order(struct tx *t, const struct store_order *made,
				const struct store_order_new *o, int64_t asked)
{
	static const char sql[] =
		"INSERT INTO orders (id, account_id, asked, profile, created, expires, not_before, "
		"not_after, replaces, replaces_serial, error, serial, certified, csr) VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', 0, $11)";

	return db_exec(t->db, sql,
		       DB_VALUES(db_int(made->id), db_int(made->account_id), db_int(asked),
				 db_text(made->profile), db_int(made->created),
				 db_int(made->expires), db_int(made->not_before),
				 db_int(made->not_after), db_text(made->replaces),
				 db_text(o->replaces_serial), db_bytes(NULL, 0)));
}

/* The certificate's place may be taken by an order that failed. */
static struct err *remember_replaced(struct tx *t, const struct store_order_new *o, int64_t id)
{
	static const char forget[] = "DELETE FROM replacements WHERE serial = $1";
	static const char insert[] = "INSERT INTO replacements (serial, order_id) VALUES ($1, $2)";

	if (o->replaces_serial == NULL)
		return NULL;
	TRY(db_exec(t->db, forget, DB_VALUES(db_text(o->replaces_serial))));
	return db_exec(t->db, insert, DB_VALUES(db_text(o->replaces_serial), db_int(id)));
}

static struct err *make(struct tx *t, const struct store_order_new *o, int64_t asked)
{
	struct store_order *made = answer_order(t->answer);

	made->id = ids_next(t->ids);
	made->account_id = o->account_id;
	made->profile = copied(o->profile);
	made->replaces = copied(o->replaces);
	made->created = o->now;
	made->not_before = o->not_before;
	made->not_after = o->not_after;
	for (size_t i = 0; i < o->ident_count; i++)
		TRY(take_authz(made, t, o, i));
	made->expires = earliest(made, o->expires);
	TRY(insert_order(t, made, o, asked));
	return remember_replaced(t, o, made->id);
}

static struct err *create(struct tx *t, const void *args)
{
	const struct store_order_new *o = args;
	int64_t asked = 0;
	bool found = false;

	TRY(asked_number(&asked, o));
	TRY(find_open(&found, t, o, asked));
	if (!found)
		TRY(find_replacing(&found, t, o));
	return found ? NULL : make(t, o, asked);
}

void store_order_create(struct store *s, const struct store_asker *who,
			const struct store_order_new *o)
{
	static const struct op_kind kind = { OP_WRITE, create };
	struct op *op = op_new(&kind, who, o, sizeof(*o));
	struct store_order_new *own = op->args;

	own->idents = op_keep_order_idents(op, o->idents, o->ident_count);
	op_keep_text(op, &own->profile);
	op_keep_text(op, &own->never_reuse);
	op_keep_text(op, &own->replaces);
	op_keep_text(op, &own->replaces_serial);
	store_ask(s, op);
}

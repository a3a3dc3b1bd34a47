#include "base/str.h"
#include "ca/store/ask.h"
#include "ca/store/rows.h"

struct purge {
	time_t before, certs_before;
	size_t limit;
};

/* --- sixteen rows a statement */

enum { TOGETHER = 16 };

#define OF_THEM " IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"

struct heap {
	const char *const *sql; /* each deletes the rows of sixteen values */
	size_t sql_count;
	struct db_value values[TOGETHER];
	size_t count;
};

/* The places that are left over have the last value once more. */
static struct err *heap_drop(struct heap *h, struct tx *t)
{
	size_t count = h->count;

	h->count = 0;
	for (size_t i = count; count > 0 && i < TOGETHER; i++)
		h->values[i] = h->values[count - 1];
	for (size_t i = 0; i < h->sql_count && count > 0; i++)
		TRY(db_exec(t->db, h->sql[i], h->values, TOGETHER));
	return NULL;
}

static struct err *heap_add(struct heap *h, struct tx *t, struct db_value value)
{
	h->values[h->count++] = value;
	return h->count == TOGETHER ? heap_drop(h, t) : NULL;
}

/* --- orders */

/* That an order replaced a certificate is remembered as long as that certificate, unless the order failed. */
static struct err *forget_replaced(struct tx *t, const struct store_order *o)
{
	static const char sql[] = "DELETE FROM replacements WHERE serial = $1 AND order_id = $2";

	if (o->certified || o->replaces == NULL)
		return NULL;
	return db_exec(t->db, sql, DB_VALUES(db_text(o->replaces), db_int(o->id)));
}

/* Only what dropping needs; replaces is the serial. */
static struct err *read_old_orders(struct store_answer *old, struct tx *t, const struct purge *p)
{
	static const char sql[] = "SELECT id, certified, replaces_serial FROM orders "
				  "WHERE expires < $1 ORDER BY expires LIMIT $2";
	bool row;

	TRY(db_find(t->db, &row, sql, DB_VALUES(db_int(p->before), db_int((int64_t)p->limit))));
	while (row) {
		struct store_order *o = answer_order(old);

		o->id = db_int_at(t->db, 0);
		o->certified = db_bool_at(t->db, 1);
		o->replaces = db_text_at(t->db, 2);
		TRY(db_next(t->db, &row));
	}
	return NULL;
}

static struct err *purge_orders(struct tx *t, const struct purge *p)
{
	static const char *const drop[] = { "DELETE FROM order_authzs WHERE order_id" OF_THEM,
					    "DELETE FROM orders WHERE id" OF_THEM };
	AUTO(answer_release) struct store_answer old = { 0 };
	struct heap heap = { .sql = drop, .sql_count = ARRAY_LEN(drop) };

	TRY(read_old_orders(&old, t, p));
	for (size_t i = 0; i < old.order_count; i++) {
		TRY(forget_replaced(t, &old.orders[i]));
		TRY(heap_add(&heap, t, db_int(old.orders[i].id)));
	}
	t->answer->number += (int64_t)old.order_count;
	return heap_drop(&heap, t);
}

/* --- authorizations: kept as long as the last order that has them */

static struct err *read_old_authzs(struct store_answer *old, struct tx *t, const struct purge *p)
{
	static const char sql[] = "SELECT id FROM authzs WHERE kept < $1 ORDER BY kept LIMIT $2";
	bool row;

	TRY(db_find(t->db, &row, sql, DB_VALUES(db_int(p->before), db_int((int64_t)p->limit))));
	while (row) {
		answer_authz(old)->id = db_int_at(t->db, 0);
		TRY(db_next(t->db, &row));
	}
	return NULL;
}

static struct err *purge_authzs(struct tx *t, const struct purge *p)
{
	static const char *const drop[] = { "DELETE FROM authzs WHERE id" OF_THEM };
	AUTO(answer_release) struct store_answer old = { 0 };
	struct heap heap = { .sql = drop, .sql_count = ARRAY_LEN(drop) };

	TRY(read_old_authzs(&old, t, p));
	for (size_t i = 0; i < old.authz_count; i++)
		TRY(heap_add(&heap, t, db_int(old.authzs[i].id)));
	t->answer->number += (int64_t)old.authz_count;
	return heap_drop(&heap, t);
}

/* --- certificates */

static struct err *forget_names(struct tx *t, const struct store_cert *c)
{
	static const char sql[] = "DELETE FROM certificate_names WHERE name = $1 AND order_id = $2";

	for (size_t i = 0; i < c->idents.count; i++)
		TRY(db_exec(t->db, sql,
			    DB_VALUES(db_text(c->idents.items[i].value), db_int(c->order_id))));
	return NULL;
}

static struct err *purge_certs(struct tx *t, const struct purge *p)
{
	static const char select[] = "SELECT " CERT_COLUMNS " FROM certificates "
				     "WHERE not_after < $1 ORDER BY not_after LIMIT $2";
	static const char *const drop[] = { "DELETE FROM replacements WHERE serial" OF_THEM,
					    "DELETE FROM certificates WHERE serial" OF_THEM };
	AUTO(answer_release) struct store_answer old = { 0 };
	struct tx into = { t->db, NULL, t->world, &old };
	struct heap heap = { .sql = drop, .sql_count = ARRAY_LEN(drop) };

	TRY(rows_certs(&into, select,
		       DB_VALUES(db_int(p->certs_before), db_int((int64_t)p->limit))));
	for (size_t i = 0; i < old.cert_count; i++) {
		TRY(forget_names(t, &old.certs[i]));
		TRY(heap_add(&heap, t, db_text(old.certs[i].serial)));
	}
	t->answer->number += (int64_t)old.cert_count;
	return heap_drop(&heap, t);
}

static struct err *purge(struct tx *t, const void *args)
{
	TRY(purge_orders(t, args));
	TRY(purge_authzs(t, args));
	return purge_certs(t, args);
}

void store_purge(struct store *s, const struct store_asker *who, time_t before, time_t certs_before,
		 size_t limit)
{
	static const struct op_kind kind = { OP_WRITE, purge };
	struct purge p = { before, certs_before, limit };

	store_ask(s, op_new(&kind, who, &p, sizeof(p)));
}

/* --- health */

static struct err *touch(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE checked SET at = $1";

	(void)args;
	return db_exec(t->db, sql, DB_VALUES(db_int(world_now(t->world))));
}

void store_check(struct store *s, const struct store_asker *who)
{
	static const struct op_kind kind = { OP_WRITE, touch };

	store_ask(s, op_new(&kind, who, "", 1));
}

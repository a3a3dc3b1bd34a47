#include "base/str.h"
#include "ca/store/ask.h"
#include "ca/store/rows.h"

struct purge {
	time_t before, certs_before;
	size_t limit;
};

/* --- orders */

/* That an order replaced a certificate is remembered as long as that certificate, unless the order failed. */
static struct err *drop_order(struct tx *t, const struct store_order *o)
{
	static const char replaces[] =
		"DELETE FROM replacements WHERE serial = $1 AND order_id = $2";
	static const char authzs[] = "DELETE FROM order_authzs WHERE order_id = $1";
	static const char order[] = "DELETE FROM orders WHERE id = $1";

	if (!o->certified && o->replaces != NULL)
		TRY(db_exec(t->db, replaces, DB_VALUES(db_text(o->replaces), db_int(o->id))));
	TRY(db_exec(t->db, authzs, DB_VALUES(db_int(o->id))));
	return db_exec(t->db, order, DB_VALUES(db_int(o->id)));
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
	AUTO(answer_release) struct store_answer old = { 0 };

	TRY(read_old_orders(&old, t, p));
	for (size_t i = 0; i < old.order_count; i++)
		TRY(drop_order(t, &old.orders[i]));
	t->answer->number += (int64_t)old.order_count;
	return NULL;
}

/* --- authorizations: kept as long as the last order that has them */

static struct err *purge_authzs(struct tx *t, const struct purge *p)
{
	static const char select[] = "SELECT " AUTHZ_COLUMNS
				     " FROM authzs WHERE kept < $1 ORDER BY kept LIMIT $2";
	static const char drop[] = "DELETE FROM authzs WHERE id = $1";
	AUTO(answer_release) struct store_answer old = { 0 };
	struct tx into = { t->db, NULL, t->world, &old };

	TRY(rows_authzs(&into, select, DB_VALUES(db_int(p->before), db_int((int64_t)p->limit))));
	for (size_t i = 0; i < old.authz_count; i++)
		TRY(db_exec(t->db, drop, DB_VALUES(db_int(old.authzs[i].id))));
	t->answer->number += (int64_t)old.authz_count;
	return NULL;
}

/* --- certificates */

static struct err *drop_cert(struct tx *t, const struct store_cert *c)
{
	static const char name[] =
		"DELETE FROM certificate_names WHERE name = $1 AND order_id = $2";
	static const char replaced[] = "DELETE FROM replacements WHERE serial = $1";
	static const char cert[] = "DELETE FROM certificates WHERE order_id = $1";

	for (size_t i = 0; i < c->idents.count; i++)
		TRY(db_exec(t->db, name,
			    DB_VALUES(db_text(c->idents.items[i].value), db_int(c->order_id))));
	TRY(db_exec(t->db, replaced, DB_VALUES(db_text(c->serial))));
	return db_exec(t->db, cert, DB_VALUES(db_int(c->order_id)));
}

static struct err *purge_certs(struct tx *t, const struct purge *p)
{
	static const char select[] = "SELECT " CERT_COLUMNS " FROM certificates "
				     "WHERE not_after < $1 ORDER BY not_after LIMIT $2";
	AUTO(answer_release) struct store_answer old = { 0 };
	struct tx into = { t->db, NULL, t->world, &old };

	TRY(rows_certs(&into, select,
		       DB_VALUES(db_int(p->certs_before), db_int((int64_t)p->limit))));
	for (size_t i = 0; i < old.cert_count; i++)
		TRY(drop_cert(t, &old.certs[i]));
	t->answer->number += (int64_t)old.cert_count;
	return NULL;
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

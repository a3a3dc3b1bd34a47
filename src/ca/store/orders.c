#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/cert_new.h"
#include "ca/store/rows.h"

/* The order in the answer; *out is NULL, and the outcome NOT_FOUND, when there is none. */
static struct err *find(struct store_order **out, struct tx *t, int64_t id)
{
	static const char sql[] = ORDER_SELECT "WHERE o.id = $1" ORDER_SORT;

	TRY(rows_orders(t, sql, DB_VALUES(db_int(id))));
	if (t->answer->order_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	*out = t->answer->order_count > 0 ? &t->answer->orders[0] : NULL;
	return NULL;
}

/* --- read */

static struct err *read_by_id(struct tx *t, const void *args)
{
	struct store_order *o = NULL;

	return find(&o, t, *(const int64_t *)args);
}

void store_order_by_id(struct store *s, const struct store_asker *who, int64_t id)
{
	static const struct op_kind kind = { OP_READ, read_by_id };

	store_ask(s, op_new(&kind, who, &id, sizeof(id)));
}

struct page {
	int64_t account_id, before;
	size_t limit;
};

static struct err *list(struct tx *t, const void *args)
{
	static const char of_account[] = ORDER_SELECT
		"WHERE o.id IN (SELECT id FROM orders WHERE account_id = $1 AND id < $2 "
		"ORDER BY id DESC LIMIT $3)" ORDER_SORT;
	static const char of_all[] = ORDER_SELECT
		"WHERE o.id IN (SELECT id FROM orders WHERE id < $1 ORDER BY id DESC LIMIT $2)" ORDER_SORT;
	const struct page *p = args;
	struct db_value before = db_int(p->before > 0 ? p->before : INT64_MAX);
	struct db_value limit = db_int((int64_t)p->limit);

	if (p->account_id == 0)
		return rows_orders(t, of_all, DB_VALUES(before, limit));
	return rows_orders(t, of_account, DB_VALUES(db_int(p->account_id), before, limit));
}

void store_orders(struct store *s, const struct store_asker *who, int64_t account_id,
		  int64_t before, size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list };
	struct page p = { account_id, before, limit };

	store_ask(s, op_new(&kind, who, &p, sizeof(p)));
}

#define UNFINISHED "o.serial <> '' AND o.certified = 0 AND o.error = ''"

static struct err *read_unfinished(struct tx *t, const void *args)
{
	static const char orders[] = ORDER_SELECT "WHERE " UNFINISHED ORDER_SORT;
	static const char certs[] = "SELECT " CERT_COLUMNS " FROM certificates WHERE order_id IN "
				    "(SELECT id FROM orders o WHERE " UNFINISHED
				    ") ORDER BY order_id DESC";
	static const char authzs[] =
		"SELECT " AUTHZ_COLUMNS " FROM authzs "
		"WHERE status = 0 AND attempt <> '' AND expires > $1 ORDER BY id";

	(void)args;
	TRY(rows_orders(t, orders, DB_NO_VALUES));
	TRY(rows_certs(t, certs, DB_NO_VALUES));
	return rows_authzs(t, authzs, DB_VALUES(db_int(world_now(t->world))));
}

void store_unfinished(struct store *s, const struct store_asker *who)
{
	static const struct op_kind kind = { OP_SCAN, read_unfinished };

	store_ask(s, op_new(&kind, who, "", 1));
}

/* --- finalize */

static struct err *reserve(struct tx *t, struct store_order *o, const struct store_finalize *f)
{
	static const char sql[] = "UPDATE orders SET serial = $1, csr = $2 WHERE id = $3";

	TRY(db_exec(
		t->db, sql,
		DB_VALUES(db_text(f->cert.serial), db_bytes(f->csr, f->csr_len), db_int(o->id))));
	TRY(cert_insert(t, o->id, o->account_id, &f->cert));
	o->serial = xstrdup(f->cert.serial);
	o->csr = xmemdup(f->csr, f->csr_len);
	o->csr_len = f->csr_len;
	return NULL;
}

static struct err *finalize(struct tx *t, const void *args)
{
	const struct store_finalize *f = args;
	struct store_order *o = NULL;
	bool unused = false;

	TRY(cert_serial_is_free(&unused, t, f->cert.serial));
	TRY(find(&o, t, f->order_id));
	if (o == NULL)
		return NULL;
	bool ready = store_order_status(o, f->now) == ORDER_READY;

	t->answer->outcome = !ready ? STORE_TOO_LATE : unused ? STORE_DONE : STORE_CONFLICT;
	return t->answer->outcome == STORE_DONE ? reserve(t, o, f) : NULL;
}

void store_order_finalize(struct store *s, const struct store_asker *who,
			  const struct store_finalize *f)
{
	static const struct op_kind kind = { OP_WRITE, finalize };
	struct op *op = op_new(&kind, who, f, sizeof(*f));
	struct store_finalize *own = op->args;

	own->csr = op_keep(op, f->csr, f->csr_len);
	cert_keep(op, &own->cert);
	store_ask(s, op);
}

/* --- certify, fail */

struct end {
	int64_t order_id;
	const void *der;
	size_t len;
	const char *problem;
};

static void drop_csr(struct store_order *o)
{
	free(o->csr);
	o->csr = NULL;
	o->csr_len = 0;
}

static struct err *store_der(struct tx *t, struct store_order *o, const struct end *e)
{
	static const char cert[] = "UPDATE certificates SET der = $1 WHERE order_id = $2";
	static const char order[] = "UPDATE orders SET certified = 1, csr = $1 WHERE id = $2";

	TRY(db_exec(t->db, cert, DB_VALUES(db_bytes(e->der, e->len), db_int(o->id))));
	TRY(db_exec(t->db, order, DB_VALUES(db_bytes(NULL, 0), db_int(o->id))));
	o->certified = true;
	drop_csr(o);
	return NULL;
}

/* By the order's id, so that it is looked for before the order was found. */
static struct err *account_is_valid(bool *yes, struct tx *t, int64_t order_id)
{
	static const char sql[] =
		"SELECT a.id FROM orders o JOIN accounts a ON a.id = o.account_id "
		"WHERE o.id = $1 AND a.status = $2";
	bool row = false;

	TRY(db_find(t->db, &row, sql, DB_VALUES(db_int(order_id), db_int(ACCOUNT_VALID))));
	*yes = row;
	return NULL;
}

/* That one has expired since finalize takes nothing back. */
static bool authzs_stand(const struct store_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (o->authzs[i].status != AUTHZ_VALID)
			return false;
	return true;
}

static struct err *certify(struct tx *t, const void *args)
{
	const struct end *e = args;
	struct store_order *o = NULL;
	bool account_valid = false;

	TRY(account_is_valid(&account_valid, t, e->order_id));
	TRY(find(&o, t, e->order_id));
	if (o == NULL)
		return NULL;
	bool waits = o->serial != NULL && !o->certified && o->error == NULL;
	bool stands = account_valid && authzs_stand(o);

	t->answer->outcome = !waits ? STORE_TOO_LATE : stands ? STORE_DONE : STORE_CONFLICT;
	return t->answer->outcome == STORE_DONE ? store_der(t, o, e) : NULL;
}

void store_order_certify(struct store *s, const struct store_asker *who, int64_t order_id,
			 const void *der, size_t len)
{
	static const struct op_kind kind = { OP_WRITE, certify };
	struct end e = { .order_id = order_id, .len = len };
	struct op *op = op_new(&kind, who, &e, sizeof(e));

	((struct end *)op->args)->der = op_keep(op, der, len);
	store_ask(s, op);
}

static struct err *store_problem(struct tx *t, struct store_order *o, const char *problem)
{
	static const char sql[] = "UPDATE orders SET error = $1, csr = $2 WHERE id = $3";

	o->error = xstrdup(problem);
	drop_csr(o);
	return db_exec(t->db, sql, DB_VALUES(db_text(problem), db_bytes(NULL, 0), db_int(o->id)));
}

static struct err *fail(struct tx *t, const void *args)
{
	const struct end *e = args;
	struct store_order *o = NULL;

	TRY(find(&o, t, e->order_id));
	if (o == NULL)
		return NULL;
	if (!o->certified && o->error == NULL)
		return store_problem(t, o, e->problem);
	t->answer->outcome = o->certified ? STORE_TOO_LATE : STORE_EXISTED;
	return NULL;
}

void store_order_fail(struct store *s, const struct store_asker *who, int64_t order_id,
		      const char *problem)
{
	static const struct op_kind kind = { OP_WRITE, fail };
	struct end e = { .order_id = order_id, .problem = problem };
	struct op *op = op_new(&kind, who, &e, sizeof(e));

	op_keep_text(op, &((struct end *)op->args)->problem);
	store_ask(s, op);
}

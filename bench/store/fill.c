#include <string.h>

#include "base/str.h"
#include "bench_store.h"
#include "ca/store/db.h"

enum { AT_ONCE = 20000, DER_BYTES = 1100, RECORD_BYTES = 400 };

static const struct db_ops *const drivers[] = {
	[STORE_SQLITE] = &sqlite_driver,
	[STORE_PGSQL] = &pgsql_driver,
};

/* So that what a database does after so much was put into it is not counted with what is measured. */
static const char *const settling[] = {
	[STORE_SQLITE] = "PRAGMA wal_checkpoint(TRUNCATE)",
	[STORE_PGSQL] = "VACUUM (ANALYZE)",
};

/* Eight hexadecimal digits that are spread over all there are: serials and names fall into the indexes as real ones do. */
static const char *const spread[] = {
	[STORE_SQLITE] = "printf('%08x', i * 2654435761 % 4294967296)",
	[STORE_PGSQL] = "lpad(to_hex(i * 2654435761 % 4294967296), 8, '0')",
};

#define NAME "'n' || substr(serial, 3, 16) || '.bench.test'"

/* A number of an order is eight times the number of the row. */
static const char names[] = "INSERT INTO certificate_names (name, order_id) SELECT " NAME
			    ", id FROM orders WHERE id BETWEEN $1 * 8 AND $2 * 8";
static const char order_authzs[] =
	"INSERT INTO order_authzs (order_id, position, authz_id) SELECT id, 0, id + 1 "
	"FROM orders WHERE id BETWEEN $1 * 8 AND $2 * 8";
static const char authzs[] =
	"INSERT INTO authzs (id, account_id, type, value, wildcard, status, expires, kept, profile, "
	"token, offered, attempt, validated, error, record) "
	"SELECT id + 1, account_id, 0, " NAME ", 0, 1, expires, expires, profile, "
	"'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0', 'http-01 dns-01 tls-alpn-01', 'http-01', created, '', "
	"$1 FROM orders WHERE id BETWEEN $2 * 8 AND $3 * 8";

static char *orders_sql(const struct target *t)
{
	const char *hex = spread[t->config.store.backend];

	return str_fmt(
		"INSERT INTO orders (id, account_id, asked, profile, created, expires, not_before, "
		"not_after, replaces, replaces_serial, error, serial, certified, csr) "
		"WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) "
		"SELECT i * 8, i %% 1000 + 1, i * 7919, 'classic', $3, $4, 0, 0, '', '', '', "
		"'01' || %s || %s || %s || %s, 1, CAST('' AS %s) FROM n",
		hex, hex, hex, hex, drivers[t->config.store.backend]->bytes_type);
}

static char *certs_sql(const struct target *t)
{
	return str_fmt(
		"INSERT INTO certificates (serial, order_id, account_id, issuer, profile, shard, names, spki, "
		"not_before, not_after, revoked, reason, der) "
		"SELECT serial, id, account_id, 'i1', profile, 0, 'dns:' || " NAME ", "
		"CAST(substr(serial, 3, 32) AS %s), created, expires, 0, 0, $1 "
		"FROM orders WHERE id BETWEEN $2 * 8 AND $3 * 8",
		drivers[t->config.store.backend]->bytes_type);
}

/* Statements live as long as the connection that has prepared them. */
struct filler {
	struct db *db;
	char *orders, *certs;
	int64_t begin, end; /* dates */
	char der[DER_BYTES], record[RECORD_BYTES + 1];
};

static struct err *add(struct filler *f, int64_t first, int64_t last)
{
	struct db_value from = db_int(first), to = db_int(last);

	TRY(f->db->ops->begin(f->db));
	TRY(db_exec(f->db, f->orders, DB_VALUES(from, to, db_int(f->begin), db_int(f->end))));
	TRY(db_exec(f->db, order_authzs, DB_VALUES(from, to)));
	TRY(db_exec(f->db, authzs, DB_VALUES(db_text(f->record), from, to)));
	TRY(db_exec(f->db, names, DB_VALUES(from, to)));
	TRY(db_exec(f->db, f->certs, DB_VALUES(db_bytes(f->der, sizeof(f->der)), from, to)));
	return f->db->ops->commit(f->db);
}

static struct err *add_all(struct filler *f, int64_t count)
{
	for (int64_t first = 1; first <= count; first += AT_ONCE)
		TRY(add(f, first, first + AT_ONCE <= count ? first + AT_ONCE - 1 : count));
	return NULL;
}

struct err *fill(const struct target *t, int64_t count, time_t expires)
{
	struct filler f = { .begin = expires - 90 * 86400, .end = expires };

	TRY(drivers[t->config.store.backend]->open(&f.db, t->where));
	f.orders = orders_sql(t);
	f.certs = certs_sql(t);
	memset(f.der, 'x', sizeof(f.der));
	memset(f.record, 'x', RECORD_BYTES);
	struct err *e = add_all(&f, count);

	if (e == NULL)
		e = f.db->ops->script(f.db, settling[t->config.store.backend]);
	db_close(f.db);
	free(f.orders);
	free(f.certs);
	return e;
}

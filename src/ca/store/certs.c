#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/rows.h"

/* By way of the names, so that the newest are found without looking at the others. */
#define CERT_OF_NAME                                                                          \
	"c.serial, c.order_id, c.account_id, c.issuer, c.profile, c.shard, c.names, c.spki, " \
	"c.not_before, c.not_after, c.revoked, c.reason FROM certificate_names n "            \
	"JOIN certificates c ON c.order_id = n.order_id"
#define KEY_COMPROMISE 1 /* RFC 5280 §5.3.1 */

/* The certificate in the answer; *out is NULL, and the outcome NOT_FOUND, when there is none that was signed. */
static struct err *find(struct store_cert **out, struct tx *t, const char *serial)
{
	static const char sql[] = "SELECT " CERT_COLUMNS
				  ", der FROM certificates WHERE serial = $1 AND length(der) > 0";

	TRY(rows_certs_der(t, sql, DB_VALUES(db_text(serial))));
	if (t->answer->cert_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	*out = t->answer->cert_count > 0 ? &t->answer->certs[0] : NULL;
	return NULL;
}

static struct err *read_by_serial(struct tx *t, const void *args)
{
	struct store_cert *c = NULL;

	return find(&c, t, args);
}

void store_cert_by_serial(struct store *s, const struct store_asker *who, const char *serial)
{
	static const struct op_kind kind = { OP_READ, read_by_serial };

	store_ask(s, op_new(&kind, who, serial, strlen(serial) + 1));
}

/* --- revoke */

struct revocation {
	const char *serial;
	time_t when;
	int reason;
	bool upgrade;
};

static bool may_revoke(const struct store_cert *c, const struct revocation *r)
{
	return c->revoked == 0 ||
	       (r->upgrade && r->reason == KEY_COMPROMISE && c->reason != KEY_COMPROMISE);
}

/* That the key is compromised does not make the revocation younger. */
static struct err *revoke_cert(struct tx *t, const void *args)
{
	static const char sql[] =
		"UPDATE certificates SET revoked = $1, reason = $2 WHERE serial = $3";
	const struct revocation *r = args;
	struct store_cert *c = NULL;

	TRY(find(&c, t, r->serial));
	if (c == NULL)
		return NULL;
	if (!may_revoke(c, r)) {
		t->answer->outcome = STORE_EXISTED;
		return NULL;
	}
	c->revoked = c->revoked != 0 ? c->revoked : r->when;
	c->reason = r->reason;
	return db_exec(t->db, sql,
		       DB_VALUES(db_int(c->revoked), db_int(c->reason), db_text(r->serial)));
}

void store_cert_revoke(struct store *s, const struct store_asker *who, const char *serial,
		       time_t when, int reason, bool upgrade)
{
	static const struct op_kind kind = { OP_WRITE, revoke_cert };
	struct revocation r = { serial, when, reason, upgrade };
	struct op *op = op_new(&kind, who, &r, sizeof(r));

	op_keep_text(op, &((struct revocation *)op->args)->serial);
	store_ask(s, op);
}

/* --- lists */

struct page {
	const char *issuer, *name, *after;
	int64_t shard, before;
	time_t when;
	size_t limit;
	unsigned char spki[32];
};

static void ask_page(struct store *s, const struct store_asker *who, const struct op_kind *kind,
		     const struct page *p)
{
	struct op *op = op_new(kind, who, p, sizeof(*p));
	struct page *own = op->args;

	op_keep_text(op, &own->issuer);
	op_keep_text(op, &own->name);
	op_keep_text(op, &own->after);
	store_ask(s, op);
}

static struct err *list_by_key(struct tx *t, const void *args)
{
	static const char sql[] =
		"SELECT " CERT_COLUMNS ", der FROM certificates WHERE spki = $1 AND serial > $2 "
		"AND not_after > $3 AND revoked = 0 AND length(der) > 0 ORDER BY serial LIMIT $4";
	const struct page *p = args;

	return rows_certs_der(t, sql,
			      DB_VALUES(db_bytes(p->spki, sizeof(p->spki)), db_text(p->after),
					db_int(p->when), db_int((int64_t)p->limit)));
}

void store_certs_by_key(struct store *s, const struct store_asker *who,
			const unsigned char spki_sha256[32], const char *after, time_t now,
			size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list_by_key };
	struct page p = { .after = after, .when = now, .limit = limit };

	memcpy(p.spki, spki_sha256, sizeof(p.spki));
	ask_page(s, who, &kind, &p);
}

static struct err *list_revoked(struct tx *t, const void *args)
{
	static const char sql[] =
		"SELECT " CERT_COLUMNS " FROM certificates WHERE issuer = $1 AND shard = $2 "
		"AND serial > $3 AND revoked > 0 AND not_after > $4 ORDER BY serial LIMIT $5";
	const struct page *p = args;

	return rows_certs(t, sql,
			  DB_VALUES(db_text(p->issuer), db_int(p->shard), db_text(p->after),
				    db_int(p->when), db_int((int64_t)p->limit)));
}

void store_certs_revoked(struct store *s, const struct store_asker *who, const char *issuer,
			 int64_t shard, time_t expired_before, const char *after, size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list_revoked };

	ask_page(s, who, &kind,
		 &(struct page){ .issuer = issuer,
				 .shard = shard,
				 .when = expired_before,
				 .after = after,
				 .limit = limit });
}

static struct err *list(struct tx *t, const void *args)
{
	static const char all[] = "SELECT " CERT_COLUMNS " FROM certificates WHERE order_id < $1 "
				  "AND length(der) > 0 ORDER BY order_id DESC LIMIT $2";
	static const char named[] = "SELECT " CERT_OF_NAME " WHERE n.name = $1 AND n.order_id < $2 "
				    "AND length(c.der) > 0 ORDER BY n.order_id DESC LIMIT $3";
	const struct page *p = args;
	struct db_value before = db_int(p->before > 0 ? p->before : INT64_MAX);
	struct db_value limit = db_int((int64_t)p->limit);

	if (p->name == NULL)
		return rows_certs(t, all, DB_VALUES(before, limit));
	return rows_certs(t, named, DB_VALUES(db_text(p->name), before, limit));
}

void store_certs(struct store *s, const struct store_asker *who, const char *name, int64_t before,
		 size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list };

	ask_page(s, who, &kind, &(struct page){ .name = name, .before = before, .limit = limit });
}

struct renewed {
	const char *name, *names;
	time_t since;
	int64_t before;
};

/* Of the newest hundred with the first name: one that is in ever other sets must not make each order dearer than the last. */
static struct err *find_renewed(struct tx *t, const void *args)
{
	static const char sql[] =
		"SELECT " CERT_COLUMNS " FROM (SELECT c.* FROM certificate_names n "
		"JOIN certificates c ON c.order_id = n.order_id WHERE n.name = $1 AND n.order_id < $2 "
		"ORDER BY n.order_id DESC LIMIT 100) newest "
		"WHERE names = $3 AND not_before > $4 AND length(der) > 0 ORDER BY order_id DESC LIMIT 1";
	const struct renewed *r = args;

	TRY(rows_certs(t, sql,
		       DB_VALUES(db_text(r->name), db_int(r->before), db_text(r->names),
				 db_int(r->since))));
	if (t->answer->cert_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	return NULL;
}

void store_cert_renewed(struct store *s, const struct store_asker *who,
			const struct store_renewed *r)
{
	static const struct op_kind kind = { OP_READ, find_renewed };
	AUTO(free) char *names = idents_pack(r->idents);
	const struct renewed args = {
		.name = r->idents->items[0].value,
		.names = names,
		.since = r->since,
		.before = r->before > 0 ? r->before : INT64_MAX,
	};
	struct op *op = op_new(&kind, who, &args, sizeof(args));

	op_keep_text(op, &((struct renewed *)op->args)->name);
	op_keep_text(op, &((struct renewed *)op->args)->names);
	store_ask(s, op);
}

/* --- CRL numbers */

struct crl {
	const char *issuer;
	int64_t shard;
};

/*
 * Never smaller than the clock: after the database was restored from an older copy numbers must not come again
 * (RFC 5280 §5.2.3).
 */
static struct err *next_number(struct tx *t, const void *args)
{
	static const char select[] =
		"SELECT number FROM crl_numbers WHERE issuer = $1 AND shard = $2";
	static const char insert[] =
		"INSERT INTO crl_numbers (issuer, shard, number) VALUES ($1, $2, $3)";
	static const char update[] =
		"UPDATE crl_numbers SET number = $1 WHERE issuer = $2 AND shard = $3";
	const struct crl *c = args;
	struct db_value issuer = db_text(c->issuer), shard = db_int(c->shard);
	bool there = false;

	TRY(db_find(t->db, &there, select, DB_VALUES(issuer, shard)));
	int64_t number = there ? db_int_at(t->db, 0) + 1 : 1;

	if (number < world_now(t->world))
		number = world_now(t->world);
	t->answer->number = number;
	if (!there)
		return db_exec(t->db, insert, DB_VALUES(issuer, shard, db_int(number)));
	return db_exec(t->db, update, DB_VALUES(db_int(number), issuer, shard));
}

void store_crl_number(struct store *s, const struct store_asker *who, const char *issuer,
		      int64_t shard)
{
	static const struct op_kind kind = { OP_WRITE, next_number };
	struct crl c = { issuer, shard };
	struct op *op = op_new(&kind, who, &c, sizeof(c));

	op_keep_text(op, &((struct crl *)op->args)->issuer);
	store_ask(s, op);
}

#include "ca/store/cert_new.h"

#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/rows.h"

struct err *cert_serial_is_free(bool *free_, struct tx *t, const char *serial)
{
	static const char sql[] = "SELECT order_id FROM certificates WHERE serial = $1";
	bool row = false;

	TRY(db_find(t->db, &row, sql, DB_VALUES(db_text(serial))));
	*free_ = !row;
	return NULL;
}

static struct err *insert_names(struct tx *t, int64_t order_id, const struct idents *names)
{
	static const char sql[] = "INSERT INTO certificate_names (name, order_id) VALUES ($1, $2)";

	for (size_t i = 0; i < names->count; i++)
		TRY(db_exec(t->db, sql,
			    DB_VALUES(db_text(names->items[i].value), db_int(order_id))));
	return NULL;
}

struct err *cert_insert(struct tx *t, int64_t order_id, int64_t account_id,
			const struct store_cert *c)
{
	static const char sql[] = "INSERT INTO certificates (" CERT_COLUMNS ", der) VALUES "
				  "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $11)";
	AUTO(free) char *names = idents_pack(&c->idents);

	TRY(db_exec(t->db, sql,
		    DB_VALUES(db_text(c->serial), db_int(order_id), db_int(account_id),
			      db_text(c->issuer), db_text(c->profile), db_int(c->shard),
			      db_text(names), db_bytes(c->spki_sha256, sizeof(c->spki_sha256)),
			      db_int(c->not_before), db_int(c->not_after),
			      db_bytes(c->der, c->der_len))));
	return insert_names(t, order_id, &c->idents);
}

void cert_keep(struct op *op, struct store_cert *c)
{
	c->serial = op_keep(op, c->serial, strlen(c->serial) + 1);
	c->issuer = op_keep(op, c->issuer, strlen(c->issuer) + 1);
	c->profile = op_keep(op, c->profile, strlen(c->profile) + 1);
	op_keep_idents(op, &c->idents);
}

/* --- of no order */

static struct err *add(struct tx *t, const void *args)
{
	const struct store_cert *c = args;
	bool unused = false;

	TRY(cert_serial_is_free(&unused, t, c->serial));
	if (unused)
		return cert_insert(t, ids_next(t->ids), 0, c);
	t->answer->outcome = STORE_EXISTED;
	return NULL;
}

void store_cert_add(struct store *s, const struct store_asker *who, const struct store_cert *c)
{
	static const struct op_kind kind = { OP_WRITE, add };
	struct op *op = op_new(&kind, who, c, sizeof(*c));
	struct store_cert *own = op->args;

	cert_keep(op, own);
	own->der = op_keep(op, c->der, c->der_len);
	store_ask(s, op);
}

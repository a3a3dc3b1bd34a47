#include "ca/store/rows.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

typedef struct err *read_row_fn(struct tx *t);

static struct err *each_row(struct tx *t, read_row_fn *read)
{
	bool row = true;

	for (;;) {
		TRY(db_next(t->db, &row));
		if (!row)
			return NULL;
		TRY(read(t));
	}
}

/* --- accounts */

static struct err *read_account(struct tx *t)
{
	struct store_account *a = answer_account(t->answer);

	a->id = db_int_at(t->db, 0);
	a->status = (enum account_status)db_int_at(t->db, 1);
	a->jwk = db_text_at(t->db, 2);
	a->thumbprint = db_text_at(t->db, 3);
	a->contacts = db_text_at(t->db, 4);
	a->eab = db_text_at(t->db, 5);
	a->created = db_int_at(t->db, 6);
	return NULL;
}

struct err *rows_accounts(struct tx *t, const char *sql, const struct db_value *values,
			  size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_account);
}

/* --- authorizations */

void rows_read_authz(struct store_authz *a, struct db *db, int column)
{
	a->id = db_int_at(db, column);
	a->account_id = db_int_at(db, column + 1);
	a->ident.type = (enum ident_type)db_int_at(db, column + 2);
	a->ident.value = db_text_at(db, column + 3);
	a->wildcard = db_bool_at(db, column + 4);
	a->status = (enum authz_status)db_int_at(db, column + 5);
	a->expires = db_int_at(db, column + 6);
	a->profile = db_text_at(db, column + 7);
	a->attempt = db_text_at(db, column + 8);
	a->validated = db_int_at(db, column + 9);
}

static struct err *read_authz(struct tx *t)
{
	struct store_authz *a = answer_authz(t->answer);
	AUTO(free) char *offered = db_text_at(t->db, 11);

	rows_read_authz(a, t->db, 0);
	a->token = db_text_at(t->db, 10);
	if (offered != NULL)
		strlist_split(&a->offered, offered, ' ');
	a->error = db_text_at(t->db, 12);
	a->record = db_text_at(t->db, 13);
	return NULL;
}

struct err *rows_authzs(struct tx *t, const char *sql, const struct db_value *values, size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_authz);
}

/* As in an order or a certificate: with "*.". */
static char *ordered_name(const struct store_authz *a)
{
	return a->wildcard ? str_fmt("*.%s", a->ident.value) : xstrdup(a->ident.value);
}

/* --- orders */

enum { ORDER_AUTHZ = 12 /* the column where the authorization begins */ };

static void read_order_itself(struct store_order *o, struct db *db)
{
	o->id = db_int_at(db, 0);
	o->account_id = db_int_at(db, 1);
	o->profile = db_text_at(db, 2);
	o->created = db_int_at(db, 3);
	o->expires = db_int_at(db, 4);
	o->not_before = db_int_at(db, 5);
	o->not_after = db_int_at(db, 6);
	o->replaces = db_text_at(db, 7);
	o->error = db_text_at(db, 8);
	o->serial = db_text_at(db, 9);
	o->certified = db_bool_at(db, 10);
	o->csr = db_bytes_at(db, 11, &o->csr_len);
}

static struct err *read_order(struct tx *t)
{
	struct store_answer *a = t->answer;
	struct store_order *o = a->order_count > 0 ? &a->orders[a->order_count - 1] : NULL;

	if (o == NULL || o->id != db_int_at(t->db, 0)) {
		o = answer_order(a);
		read_order_itself(o, t->db);
	}
	struct store_authz *z = order_add_authz(o);

	rows_read_authz(z, t->db, ORDER_AUTHZ);
	AUTO(free) char *name = ordered_name(z);

	idents_add(&o->idents, z->ident.type, name);
	return NULL;
}

struct err *rows_orders(struct tx *t, const char *sql, const struct db_value *values, size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_order);
}

/* --- certificates */

static const char *const type_words[] = { [IDENT_DNS] = "dns:", [IDENT_IP] = "ip:" };

char *idents_pack(const struct idents *l)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_STORE_TEXT);

	for (size_t i = 0; i < l->count; i++) {
		buf_adds(&b, i > 0 ? " " : "");
		buf_adds(&b, type_words[l->items[i].type]);
		buf_adds(&b, l->items[i].value);
	}
	return buf_detach(&b);
}

static void unpack_one(struct idents *out, const char *text)
{
	for (size_t type = 0; type < ARRAY_LEN(type_words); type++)
		if (str_starts(text, type_words[type]))
			idents_add(out, (enum ident_type)type, text + strlen(type_words[type]));
}

static void idents_unpack(struct idents *out, const char *text)
{
	AUTO(strlist_release) struct strlist pieces = { 0 };

	strlist_split(&pieces, text != NULL ? text : "", ' ');
	for (size_t i = 0; i < pieces.count; i++)
		unpack_one(out, pieces.items[i]);
}

static struct err *read_cert(struct tx *t)
{
	struct store_cert *c = answer_cert(t->answer);
	AUTO(free) char *names = db_text_at(t->db, 6);
	size_t len = 0;
	AUTO(free) void *spki = db_bytes_at(t->db, 7, &len);

	c->serial = db_text_at(t->db, 0);
	c->order_id = db_int_at(t->db, 1);
	c->account_id = db_int_at(t->db, 2);
	c->issuer = db_text_at(t->db, 3);
	c->profile = db_text_at(t->db, 4);
	c->shard = db_int_at(t->db, 5);
	idents_unpack(&c->idents, names);
	if (len != sizeof(c->spki_sha256))
		return err_new(ERR_PARSE, "certificate %s has no digest of its key", c->serial);
	memcpy(c->spki_sha256, spki, len);
	c->not_before = db_int_at(t->db, 8);
	c->not_after = db_int_at(t->db, 9);
	c->revoked = db_int_at(t->db, 10);
	c->reason = (int)db_int_at(t->db, 11);
	return NULL;
}

static struct err *read_cert_der(struct tx *t)
{
	TRY(read_cert(t));
	struct store_cert *c = &t->answer->certs[t->answer->cert_count - 1];

	c->der = db_bytes_at(t->db, 12, &c->der_len);
	return NULL;
}

struct err *rows_certs(struct tx *t, const char *sql, const struct db_value *values, size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_cert);
}

struct err *rows_certs_der(struct tx *t, const char *sql, const struct db_value *values,
			   size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_cert_der);
}

/* --- external account keys */

static struct err *read_eab(struct tx *t)
{
	struct store_eab *e = answer_eab(t->answer);

	e->kid = db_text_at(t->db, 0);
	e->mac_key = db_text_at(t->db, 1);
	e->note = db_text_at(t->db, 2);
	e->created = db_int_at(t->db, 3);
	e->expires = db_int_at(t->db, 4);
	e->account_id = db_int_at(t->db, 5);
	e->revoked = db_bool_at(t->db, 6);
	return NULL;
}

struct err *rows_eabs(struct tx *t, const char *sql, const struct db_value *values, size_t count)
{
	TRY(db_start(t->db, sql, values, count));
	return each_row(t, read_eab);
}

#include <string.h>

#include "base/str.h"
#include "ca/store/ask.h"
#include "ca/store/rows.h"

#define SELECT "SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE "

static const char select_by_id[] = SELECT "id = $1";
static const char select_by_thumbprint[] = SELECT "thumbprint = $1";

/* The account in the answer; *out is NULL, and the outcome NOT_FOUND, when there is none. */
static struct err *find(struct store_account **out, struct tx *t, const char *sql,
			struct db_value value)
{
	TRY(rows_accounts(t, sql, DB_VALUES(value)));
	if (t->answer->account_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	*out = t->answer->account_count > 0 ? &t->answer->accounts[0] : NULL;
	return NULL;
}

static void put_text(char **field, const char *text)
{
	free(*field);
	*field = text != NULL ? xstrdup(text) : NULL;
}

/* --- create */

/* Whether the external key may be bound (once more); then the answer has it. */
static struct err *find_eab(bool *usable, struct tx *t, const struct store_account_new *a)
{
	static const char sql[] = "SELECT revoked, expires, account_id FROM eabs WHERE kid = $1";
	bool row = false;

	TRY(db_find(t->db, &row, sql, DB_VALUES(db_text(a->eab_kid))));
	*usable = row && !db_bool_at(t->db, 0) &&
		  (db_int_at(t->db, 1) == 0 || db_int_at(t->db, 1) > a->now) &&
		  (!a->eab_single_use || db_int_at(t->db, 2) == 0);
	return NULL;
}

static struct err *insert(struct tx *t, const struct store_account_new *a)
{
	static const char sql[] = "INSERT INTO accounts (" ACCOUNT_COLUMNS
				  ") VALUES ($1, $2, $3, $4, $5, $6, $7)";
	static const char bind[] = "UPDATE eabs SET account_id = $1 WHERE kid = $2";
	struct store_account *made = answer_account(t->answer);

	made->id = ids_next(t->ids);
	made->status = ACCOUNT_VALID;
	made->created = a->now;
	put_text(&made->jwk, a->jwk);
	put_text(&made->thumbprint, a->thumbprint);
	put_text(&made->contacts, a->contacts);
	put_text(&made->eab, a->eab);
	TRY(db_exec(t->db, sql,
		    DB_VALUES(db_int(made->id), db_int(made->status), db_text(a->jwk),
			      db_text(a->thumbprint), db_text(a->contacts), db_text(a->eab),
			      db_int(a->now))));
	if (a->eab_kid == NULL)
		return NULL;
	return db_exec(t->db, bind, DB_VALUES(db_int(made->id), db_text(a->eab_kid)));
}

static struct err *create(struct tx *t, const void *args)
{
	const struct store_account_new *a = args;
	struct store_account *there = NULL;
	bool usable = true;

	TRY(find(&there, t, select_by_thumbprint, db_text(a->thumbprint)));
	if (there == NULL && a->eab_kid != NULL)
		TRY(find_eab(&usable, t, a));
	t->answer->outcome = there != NULL ? STORE_EXISTED : usable ? STORE_DONE : STORE_CONFLICT;
	return t->answer->outcome == STORE_DONE ? insert(t, a) : NULL;
}

void store_account_create(struct store *s, const struct store_asker *who,
			  const struct store_account_new *a)
{
	static const struct op_kind kind = { OP_WRITE, create };
	struct op *op = op_new(&kind, who, a, sizeof(*a));
	struct store_account_new *own = op->args;

	op_keep_text(op, &own->jwk);
	op_keep_text(op, &own->thumbprint);
	op_keep_text(op, &own->contacts);
	op_keep_text(op, &own->eab);
	op_keep_text(op, &own->eab_kid);
	store_ask(s, op);
}

/* --- read */

static struct err *read_by_id(struct tx *t, const void *args)
{
	struct store_account *a = NULL;

	return find(&a, t, select_by_id, db_int(*(const int64_t *)args));
}

void store_account_by_id(struct store *s, const struct store_asker *who, int64_t id)
{
	static const struct op_kind kind = { OP_READ, read_by_id };

	store_ask(s, op_new(&kind, who, &id, sizeof(id)));
}

static struct err *read_by_thumbprint(struct tx *t, const void *args)
{
	struct store_account *a = NULL;

	return find(&a, t, select_by_thumbprint, db_text(args));
}

void store_account_by_thumbprint(struct store *s, const struct store_asker *who,
				 const char *thumbprint)
{
	static const struct op_kind kind = { OP_READ, read_by_thumbprint };

	store_ask(s, op_new(&kind, who, thumbprint, strlen(thumbprint) + 1));
}

struct page {
	int64_t before;
	size_t limit;
};

static struct err *list(struct tx *t, const void *args)
{
	static const char sql[] = SELECT "id < $1 ORDER BY id DESC LIMIT $2";
	const struct page *p = args;

	return rows_accounts(t, sql,
			     DB_VALUES(db_int(p->before > 0 ? p->before : INT64_MAX),
				       db_int((int64_t)p->limit)));
}

void store_accounts(struct store *s, const struct store_asker *who, int64_t before, size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list };
	struct page p = { before, limit };

	store_ask(s, op_new(&kind, who, &p, sizeof(p)));
}

/* --- change */

struct change {
	int64_t id;
	const char *contacts;
	enum account_status status;
	const char *old_thumbprint, *jwk, *thumbprint;
};

static void ask_change(struct store *s, const struct store_asker *who, const struct op_kind *kind,
		       const struct change *c)
{
	struct op *op = op_new(kind, who, c, sizeof(*c));
	struct change *own = op->args;

	op_keep_text(op, &own->contacts);
	op_keep_text(op, &own->old_thumbprint);
	op_keep_text(op, &own->jwk);
	op_keep_text(op, &own->thumbprint);
	store_ask(s, op);
}

/* The account, when it is valid; otherwise NULL, and the outcome says why. */
static struct err *find_valid(struct store_account **out, struct tx *t, int64_t id)
{
	TRY(find(out, t, select_by_id, db_int(id)));
	if (*out == NULL || (*out)->status == ACCOUNT_VALID)
		return NULL;
	t->answer->outcome = STORE_TOO_LATE;
	*out = NULL;
	return NULL;
}

static struct err *set_contacts(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE accounts SET contacts = $1 WHERE id = $2";
	const struct change *c = args;
	struct store_account *a = NULL;

	TRY(find_valid(&a, t, c->id));
	if (a == NULL)
		return NULL;
	put_text(&a->contacts, c->contacts);
	return db_exec(t->db, sql, DB_VALUES(db_text(c->contacts), db_int(c->id)));
}

void store_account_contacts(struct store *s, const struct store_asker *who, int64_t id,
			    const char *contacts)
{
	static const struct op_kind kind = { OP_WRITE, set_contacts };

	ask_change(s, who, &kind, &(struct change){ .id = id, .contacts = contacts });
}

static struct err *end(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE accounts SET status = $1 WHERE id = $2";
	const struct change *c = args;
	struct store_account *a = NULL;

	TRY(find_valid(&a, t, c->id));
	if (a == NULL)
		return NULL;
	a->status = c->status;
	return db_exec(t->db, sql, DB_VALUES(db_int(c->status), db_int(c->id)));
}

void store_account_end(struct store *s, const struct store_asker *who, int64_t id,
		       enum account_status status)
{
	static const struct op_kind kind = { OP_WRITE, end };

	ask_change(s, who, &kind, &(struct change){ .id = id, .status = status });
}

/* Another account with the new key takes the place of the account in the answer. */
static struct err *find_other(bool *other, struct tx *t, const struct change *c)
{
	static const char sql[] = SELECT "thumbprint = $1 AND id <> $2";

	TRY(rows_accounts(t, sql, DB_VALUES(db_text(c->thumbprint), db_int(c->id))));
	*other = t->answer->account_count > 1;
	if (!*other)
		return NULL;
	store_account_release(&t->answer->accounts[0]);
	t->answer->accounts[0] = t->answer->accounts[1];
	t->answer->account_count = 1;
	t->answer->outcome = STORE_CONFLICT;
	return NULL;
}

static struct err *set_key(struct tx *t, const struct change *c)
{
	static const char sql[] = "UPDATE accounts SET jwk = $1, thumbprint = $2 WHERE id = $3";
	struct store_account *a = &t->answer->accounts[0];

	put_text(&a->jwk, c->jwk);
	put_text(&a->thumbprint, c->thumbprint);
	return db_exec(t->db, sql,
		       DB_VALUES(db_text(c->jwk), db_text(c->thumbprint), db_int(c->id)));
}

static struct err *rekey(struct tx *t, const void *args)
{
	const struct change *c = args;
	struct store_account *a = NULL;
	bool other = false;

	TRY(find_valid(&a, t, c->id));
	if (a == NULL)
		return NULL;
	if (!streq(a->thumbprint, c->old_thumbprint)) {
		t->answer->outcome = STORE_TOO_LATE;
		return NULL;
	}
	TRY(find_other(&other, t, c));
	return other ? NULL : set_key(t, c);
}

void store_account_rekey(struct store *s, const struct store_asker *who, int64_t id,
			 const char *old_thumbprint, const char *jwk, const char *thumbprint)
{
	static const struct op_kind kind = { OP_WRITE, rekey };

	ask_change(s, who, &kind,
		   &(struct change){ .id = id,
				     .old_thumbprint = old_thumbprint,
				     .jwk = jwk,
				     .thumbprint = thumbprint });
}

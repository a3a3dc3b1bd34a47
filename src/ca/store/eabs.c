#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/rows.h"

#define SELECT "SELECT " EAB_COLUMNS " FROM eabs WHERE "

/* The key in the answer; *out is NULL, and the outcome NOT_FOUND, when there is none. */
static struct err *find(struct store_eab **out, struct tx *t, const char *kid)
{
	static const char sql[] = SELECT "kid = $1";

	TRY(rows_eabs(t, sql, DB_VALUES(db_text(kid))));
	if (t->answer->eab_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	*out = t->answer->eab_count > 0 ? &t->answer->eabs[0] : NULL;
	return NULL;
}

static char *copied(const char *text)
{
	return text != NULL ? xstrdup(text) : NULL;
}

static struct err *insert(struct tx *t, const struct store_eab *e)
{
	static const char sql[] = "INSERT INTO eabs (" EAB_COLUMNS
				  ") VALUES ($1, $2, $3, $4, $5, $6, $7)";
	struct store_eab *made = answer_eab(t->answer);

	*made = *e;
	made->kid = copied(e->kid);
	made->mac_key = copied(e->mac_key);
	made->note = copied(e->note);
	return db_exec(t->db, sql,
		       DB_VALUES(db_text(e->kid), db_text(e->mac_key), db_text(e->note),
				 db_int(e->created), db_int(e->expires), db_int(e->account_id),
				 db_int(e->revoked)));
}

static struct err *add(struct tx *t, const void *args)
{
	const struct store_eab *e = args;
	struct store_eab *there = NULL;

	TRY(find(&there, t, e->kid));
	t->answer->outcome = there != NULL ? STORE_EXISTED : STORE_DONE;
	return there != NULL ? NULL : insert(t, e);
}

static void keep(struct op *op, char **text)
{
	if (*text != NULL)
		*text = op_keep(op, *text, strlen(*text) + 1);
}

void store_eab_add(struct store *s, const struct store_asker *who, const struct store_eab *e)
{
	static const struct op_kind kind = { OP_WRITE, add };
	struct op *op = op_new(&kind, who, e, sizeof(*e));
	struct store_eab *own = op->args;

	keep(op, &own->kid);
	keep(op, &own->mac_key);
	keep(op, &own->note);
	store_ask(s, op);
}

static struct err *read_by_kid(struct tx *t, const void *args)
{
	struct store_eab *e = NULL;

	return find(&e, t, args);
}

void store_eab_by_kid(struct store *s, const struct store_asker *who, const char *kid)
{
	static const struct op_kind kind = { OP_READ, read_by_kid };

	store_ask(s, op_new(&kind, who, kid, strlen(kid) + 1));
}

static struct err *revoke_eab(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE eabs SET revoked = 1 WHERE kid = $1";
	struct store_eab *e = NULL;

	TRY(find(&e, t, args));
	if (e == NULL)
		return NULL;
	if (e->revoked) {
		t->answer->outcome = STORE_EXISTED;
		return NULL;
	}
	e->revoked = true;
	return db_exec(t->db, sql, DB_VALUES(db_text(e->kid)));
}

void store_eab_revoke(struct store *s, const struct store_asker *who, const char *kid)
{
	static const struct op_kind kind = { OP_WRITE, revoke_eab };

	store_ask(s, op_new(&kind, who, kid, strlen(kid) + 1));
}

struct page {
	const char *after;
	size_t limit;
};

static struct err *list(struct tx *t, const void *args)
{
	static const char sql[] = SELECT "kid > $1 ORDER BY kid LIMIT $2";
	const struct page *p = args;

	return rows_eabs(t, sql, DB_VALUES(db_text(p->after), db_int((int64_t)p->limit)));
}

void store_eabs(struct store *s, const struct store_asker *who, const char *after, size_t limit)
{
	static const struct op_kind kind = { OP_SCAN, list };
	struct page p = { after, limit };
	struct op *op = op_new(&kind, who, &p, sizeof(p));

	op_keep_text(op, &((struct page *)op->args)->after);
	store_ask(s, op);
}

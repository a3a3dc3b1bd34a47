#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/authz_new.h"
#include "ca/store/rows.h"

/* The authorization in the answer; *out is NULL, and the outcome NOT_FOUND, when there is none. */
static struct err *find(struct store_authz **out, struct tx *t, int64_t id)
{
	static const char sql[] = "SELECT " AUTHZ_COLUMNS " FROM authzs WHERE id = $1";

	TRY(rows_authzs(t, sql, DB_VALUES(db_int(id))));
	if (t->answer->authz_count == 0)
		t->answer->outcome = STORE_NOT_FOUND;
	*out = t->answer->authz_count > 0 ? &t->answer->authzs[0] : NULL;
	return NULL;
}

/* --- create */

static struct err *insert_whole(struct tx *t, const struct authz_wish *w)
{
	struct store_authz *made = answer_authz(t->answer);

	made->token = xstrdup(w->ident->token);
	strlist_add_all(&made->offered, &w->ident->offered);
	return authz_insert(made, t, w);
}

static struct err *create(struct tx *t, const void *args)
{
	const struct store_authz_new *a = args;
	const struct authz_wish wish = { .account_id = a->account_id,
					 .ident = a->ident,
					 .profile = a->profile,
					 .expires = a->expires,
					 .reuse_after = a->reuse_after,
					 .never_reuse = a->never_reuse };
	struct store_authz valid = { 0 }, *whole = NULL;
	bool found;

	TRY(authz_reusable(&found, &valid, t, &wish));
	int64_t id = valid.id;

	store_authz_release(&valid);
	if (!found)
		return insert_whole(t, &wish);
	TRY(find(&whole, t, id));
	t->answer->outcome = STORE_EXISTED;
	return NULL;
}

void store_authz_create(struct store *s, const struct store_asker *who,
			const struct store_authz_new *a)
{
	static const struct op_kind kind = { OP_WRITE, create };
	struct op *op = op_new(&kind, who, a, sizeof(*a));
	struct store_authz_new *own = op->args;

	own->ident = op_keep_order_idents(op, a->ident, 1);
	op_keep_text(op, &own->profile);
	op_keep_text(op, &own->never_reuse);
	store_ask(s, op);
}

/* --- read */

static struct err *read_by_id(struct tx *t, const void *args)
{
	struct store_authz *a = NULL;

	return find(&a, t, *(const int64_t *)args);
}

void store_authz_by_id(struct store *s, const struct store_asker *who, int64_t id)
{
	static const struct op_kind kind = { OP_READ, read_by_id };

	store_ask(s, op_new(&kind, who, &id, sizeof(id)));
}

struct covers {
	int64_t account_id;
	struct idents idents;
	time_t now;
};

static struct err *is_covered(bool *yes, struct tx *t, const struct covers *c, size_t i)
{
	static const char sql[] =
		"SELECT id FROM authzs WHERE account_id = $1 AND value = $2 AND type = $3 "
		"AND wildcard = $4 AND status = 1 AND expires > $5 LIMIT 1";
	bool wildcard;
	const struct ident *name = &c->idents.items[i];
	const char *value = authz_base_name(&wildcard, name);

	return db_find(t->db, yes, sql,
		       DB_VALUES(db_int(c->account_id), db_text(value), db_int(name->type),
				 db_int(wildcard), db_int(c->now)));
}

static struct err *read_covers(struct tx *t, const void *args)
{
	const struct covers *c = args;
	bool yes = true;

	for (size_t i = 0; i < c->idents.count && yes; i++)
		TRY(is_covered(&yes, t, c, i));
	t->answer->outcome = yes ? STORE_DONE : STORE_NOT_FOUND;
	return NULL;
}

void store_authz_covers(struct store *s, const struct store_asker *who, int64_t account_id,
			const struct idents *idents, time_t now)
{
	static const struct op_kind kind = { OP_READ, read_covers };
	struct covers c = { account_id, *idents, now };
	struct op *op = op_new(&kind, who, &c, sizeof(c));

	op_keep_idents(op, &((struct covers *)op->args)->idents);
	store_ask(s, op);
}

/* --- begin, judge, deactivate */

struct begin {
	int64_t id;
	const char *challenge;
	time_t now;
};

static enum store_outcome may_begin(const struct store_authz *a, time_t now)
{
	switch (store_authz_status(a, now)) {
	case AUTHZ_PENDING:
		return a->attempt == NULL ? STORE_DONE : STORE_CONFLICT;
	case AUTHZ_VALID:
		return STORE_EXISTED;
	case AUTHZ_INVALID:
	case AUTHZ_DEACTIVATED:
	case AUTHZ_EXPIRED:
	case AUTHZ_REVOKED:
	case AUTHZ_STATUS_COUNT:
		break;
	}
	return STORE_TOO_LATE;
}

static struct err *begin(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE authzs SET attempt = $1 WHERE id = $2";
	const struct begin *b = args;
	struct store_authz *a = NULL;

	TRY(find(&a, t, b->id));
	if (a == NULL)
		return NULL;
	t->answer->outcome = may_begin(a, b->now);
	if (t->answer->outcome != STORE_DONE)
		return NULL;
	a->attempt = xstrdup(b->challenge);
	return db_exec(t->db, sql, DB_VALUES(db_text(b->challenge), db_int(b->id)));
}

void store_authz_begin(struct store *s, const struct store_asker *who, int64_t id,
		       const char *challenge, time_t now)
{
	static const struct op_kind kind = { OP_WRITE, begin };
	struct begin b = { id, challenge, now };
	struct op *op = op_new(&kind, who, &b, sizeof(b));

	op_keep_text(op, &((struct begin *)op->args)->challenge);
	store_ask(s, op);
}

/* A valid one is kept as long as it is valid or its orders live, whichever is longer: kept >= their expires. */
static struct err *write_verdict(struct tx *t, const struct store_authz *a)
{
	static const char sql[] =
		"UPDATE authzs SET status = $1, expires = $2, attempt = $3, validated = $4, "
		"error = $5, record = $6, kept = CASE WHEN kept < $7 THEN $8 ELSE kept END "
		"WHERE id = $9";

	return db_exec(t->db, sql,
		       DB_VALUES(db_int(a->status), db_int(a->expires), db_text(a->attempt),
				 db_int(a->validated), db_text(a->error), db_text(a->record),
				 db_int(a->expires), db_int(a->expires), db_int(a->id)));
}

static bool may_judge(const struct store_authz *a, const struct store_verdict *v)
{
	return store_authz_status(a, v->now) == AUTHZ_PENDING &&
	       (a->attempt == NULL || streq(a->attempt, v->attempt));
}

static struct err *judge(struct tx *t, const void *args)
{
	const struct store_verdict *v = args;
	struct store_authz *a = NULL;

	TRY(find(&a, t, v->authz_id));
	if (a == NULL)
		return NULL;
	if (!may_judge(a, v)) {
		t->answer->outcome = STORE_TOO_LATE;
		return NULL;
	}
	if (a->attempt == NULL)
		a->attempt = xstrdup(v->attempt);
	a->status = v->valid ? AUTHZ_VALID : AUTHZ_INVALID;
	a->expires = v->valid ? v->expires : a->expires;
	a->validated = v->now;
	a->error = v->problem != NULL ? xstrdup(v->problem) : NULL;
	a->record = v->record != NULL ? xstrdup(v->record) : NULL;
	return write_verdict(t, a);
}

void store_authz_judge(struct store *s, const struct store_asker *who,
		       const struct store_verdict *v)
{
	static const struct op_kind kind = { OP_WRITE, judge };
	struct op *op = op_new(&kind, who, v, sizeof(*v));
	struct store_verdict *own = op->args;

	op_keep_text(op, &own->attempt);
	op_keep_text(op, &own->problem);
	op_keep_text(op, &own->record);
	store_ask(s, op);
}

static struct err *deactivate(struct tx *t, const void *args)
{
	static const char sql[] = "UPDATE authzs SET status = $1 WHERE id = $2";
	const struct begin *b = args;
	struct store_authz *a = NULL;

	TRY(find(&a, t, b->id));
	if (a == NULL)
		return NULL;
	enum authz_status status = store_authz_status(a, b->now);

	if (status != AUTHZ_PENDING && status != AUTHZ_VALID) {
		t->answer->outcome = STORE_TOO_LATE;
		return NULL;
	}
	a->status = AUTHZ_DEACTIVATED;
	return db_exec(t->db, sql, DB_VALUES(db_int(a->status), db_int(a->id)));
}

void store_authz_deactivate(struct store *s, const struct store_asker *who, int64_t id, time_t now)
{
	static const struct op_kind kind = { OP_WRITE, deactivate };
	struct begin b = { .id = id, .now = now };

	store_ask(s, op_new(&kind, who, &b, sizeof(b)));
}

#include "ca/store/authz_new.h"

#include "ca/store/rows.h"

const char *authz_base_name(bool *wildcard, const struct ident *i)
{
	*wildcard = i->type == IDENT_DNS && str_starts(i->value, "*.");
	return *wildcard ? i->value + 2 : i->value;
}

static bool is_wanted(const struct store_authz *a, const struct authz_wish *w)
{
	bool same_profile = a->profile == NULL
				  ? w->profile == NULL
				  : w->profile != NULL && streq(a->profile, w->profile);
	bool refused = w->never_reuse != NULL && a->attempt != NULL &&
		       streq(a->attempt, w->never_reuse);

	return same_profile && !refused;
}

/*
 * Of the newest few only: an account whose authorizations all are of the type that is never taken again has ever more of them, and
 * looking must not become dearer.
 */
struct err *authz_reusable(bool *found, struct store_authz *out, struct tx *t,
			   const struct authz_wish *w)
{
	static const char sql[] = "SELECT " AUTHZ_SHORT
				  " FROM authzs WHERE account_id = $1 AND value = $2 "
				  "AND type = $3 AND wildcard = $4 AND status = 1 AND expires > $5 "
				  "ORDER BY expires DESC LIMIT 16";
	bool wildcard, row = false;
	const char *value = authz_base_name(&wildcard, &w->ident->ident);

	*found = false;
	if (w->reuse_after == 0)
		return NULL;
	TRY(db_find(t->db, &row, sql,
		    DB_VALUES(db_int(w->account_id), db_text(value), db_int(w->ident->ident.type),
			      db_int(wildcard), db_int(w->reuse_after))));
	while (row && !*found) {
		rows_read_authz(out, t->db, 0);
		*found = is_wanted(out, w);
		if (!*found)
			store_authz_release(out);
		TRY(db_next(t->db, &row));
	}
	return NULL;
}

static void fill(struct store_authz *out, struct tx *t, const struct authz_wish *w)
{
	out->id = ids_next(t->ids);
	out->account_id = w->account_id;
	out->ident.type = w->ident->ident.type;
	out->ident.value = xstrdup(authz_base_name(&out->wildcard, &w->ident->ident));
	out->status = AUTHZ_PENDING;
	out->expires = w->expires;
	out->profile = w->profile != NULL ? xstrdup(w->profile) : NULL;
}

struct err *authz_insert(struct store_authz *out, struct tx *t, const struct authz_wish *w)
{
	static const char sql[] = "INSERT INTO authzs (" AUTHZ_COLUMNS ", kept) VALUES "
				  "($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9, $10, '', '', $11)";
	AUTO(free) char *offered = strlist_join(&w->ident->offered, " ");

	fill(out, t, w);
	return db_exec(t->db, sql,
		       DB_VALUES(db_int(out->id), db_int(out->account_id), db_int(out->ident.type),
				 db_text(out->ident.value), db_int(out->wildcard),
				 db_int(out->status), db_int(out->expires), db_text(out->profile),
				 db_text(w->ident->token), db_text(offered), db_int(out->expires)));
}

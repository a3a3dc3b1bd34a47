#include <string.h>

#include "ca/store/ask.h"
#include "ca/store/rows.h"

struct key {
	unsigned char spki[32];
	time_t now;
};

static struct err *find(bool *found, struct tx *t, const struct key *k)
{
	static const char sql[] = "SELECT since FROM blocked_keys WHERE spki = $1";

	return db_find(t->db, found, sql, DB_VALUES(db_bytes(k->spki, sizeof(k->spki))));
}

static struct err *block(struct tx *t, const void *args)
{
	static const char sql[] = "INSERT INTO blocked_keys (spki, since) VALUES ($1, $2)";
	const struct key *k = args;
	bool there;

	TRY(find(&there, t, k));
	if (!there)
		return db_exec(t->db, sql,
			       DB_VALUES(db_bytes(k->spki, sizeof(k->spki)), db_int(k->now)));
	t->answer->outcome = STORE_EXISTED;
	return NULL;
}

void store_key_block(struct store *s, const struct store_asker *who,
		     const unsigned char spki_sha256[32], time_t now)
{
	static const struct op_kind kind = { OP_WRITE, block };
	struct key k = { .now = now };

	memcpy(k.spki, spki_sha256, sizeof(k.spki));
	store_ask(s, op_new(&kind, who, &k, sizeof(k)));
}

static struct err *read_blocked(struct tx *t, const void *args)
{
	bool there;

	TRY(find(&there, t, args));
	t->answer->outcome = there ? STORE_DONE : STORE_NOT_FOUND;
	return NULL;
}

void store_key_blocked(struct store *s, const struct store_asker *who,
		       const unsigned char spki_sha256[32])
{
	static const struct op_kind kind = { OP_READ, read_blocked };
	struct key k = { .now = 0 };

	memcpy(k.spki, spki_sha256, sizeof(k.spki));
	store_ask(s, op_new(&kind, who, &k, sizeof(k)));
}

#include "ca/store/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

struct spelling {
	const char *word, *type;
};

/* The spelling whose word stands at text; NULL: none. */
static const struct spelling *spelling_at(const struct spelling *all, size_t count,
					  const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (str_starts(text, all[i].word))
			return &all[i];
	return NULL;
}

static char *spelled(const struct db_ops *ops, const char *sql)
{
	const struct spelling all[] = { { "%id", ops->id_type },
					{ "%text", ops->text_type },
					{ "%bytes", ops->bytes_type },
					{ "%keyed", ops->keyed_table } };
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	while (*sql != '\0') {
		const struct spelling *s = spelling_at(all, ARRAY_LEN(all), sql);

		if (s != NULL)
			buf_adds(&b, s->type);
		else
			buf_addc(&b, *sql);
		sql += s != NULL ? strlen(s->word) : 1;
	}
	return buf_detach(&b);
}

static struct err *read_version(int64_t *out, struct db *db)
{
	static const char make[] =
		"CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
	static const char select[] = "SELECT version FROM schema_version";
	bool there = false;

	TRY(db->ops->script(db, make));
	TRY(db_find(db, &there, select, DB_NO_VALUES));
	*out = there ? db_int_at(db, 0) : 0;
	return NULL;
}

static struct err *write_version(struct db *db, int64_t version)
{
	static const char forget[] = "DELETE FROM schema_version";
	static const char insert[] = "INSERT INTO schema_version (version) VALUES ($1)";

	TRY(db_exec(db, forget, DB_NO_VALUES));
	return db_exec(db, insert, DB_VALUES(db_int(version)));
}

static struct err *apply(struct db *db, const char *step, int64_t version)
{
	AUTO(free) char *sql = spelled(db->ops, step);

	TRY_WRAP(db->ops->script(db, sql), "making schema %lld", (long long)version);
	return write_version(db, version);
}

static struct err *check_version(int64_t version, size_t count)
{
	if (version <= (int64_t)count)
		return NULL;
	return err_new(
		ERR_CONFIG,
		"its schema has version %lld and this program knows %zu: start the newer signet-ca that made it",
		(long long)version, count);
}

/* In one transaction: all steps or none. */
static struct err *update(struct db *db, const char *const *steps, size_t count)
{
	int64_t version = 0;

	TRY(read_version(&version, db));
	TRY(check_version(version, count));
	for (; version < (int64_t)count; version++)
		TRY(apply(db, steps[version], version + 1));
	return db->ops->commit(db);
}

struct err *schema_update(struct db *db, const char *const *steps, size_t count)
{
	TRY(db->ops->begin(db));
	struct err *e = update(db, steps, count);

	if (e != NULL)
		db->ops->rollback(db);
	return e;
}

struct err *schema_check(int64_t *version, struct db *db, size_t count)
{
	TRY(db->ops->begin(db));
	struct err *e = read_version(version, db);

	db->ops->rollback(db);
	return e != NULL ? e : check_version(*version, count);
}

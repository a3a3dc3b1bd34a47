#include "ca/store/db.h"

#include <string.h>

struct db_value db_int(int64_t n)
{
	return (struct db_value){ .kind = DB_INT, .number = n };
}

struct db_value db_text(const char *s)
{
	const char *text = s != NULL ? s : "";

	return (struct db_value){ .kind = DB_TEXT, .data = text, .len = strlen(text) };
}

struct db_value db_bytes(const void *data, size_t len)
{
	return (struct db_value){ .kind = DB_BYTES, .data = data != NULL ? data : "", .len = len };
}

struct err *db_exec(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	return db->ops->exec(db, sql, values, count);
}

struct err *db_start(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	return db->ops->start(db, sql, values, count);
}

struct err *db_next(struct db *db, bool *row)
{
	return db->ops->next(db, row);
}

struct err *db_find(struct db *db, bool *row, const char *sql, const struct db_value *values,
		    size_t count)
{
	TRY(db_start(db, sql, values, count));
	return db_next(db, row);
}

int64_t db_int_at(struct db *db, int column)
{
	return db->ops->int_at(db, column);
}

bool db_bool_at(struct db *db, int column)
{
	return db_int_at(db, column) != 0;
}

char *db_text_at(struct db *db, int column)
{
	size_t len;
	const char *text = db->ops->bytes_at(db, column, &len);

	return len > 0 ? xstrndup(text, len) : NULL;
}

void *db_bytes_at(struct db *db, int column, size_t *len)
{
	const void *data = db->ops->bytes_at(db, column, len);

	return *len > 0 ? xmemdup(data, *len) : NULL;
}

void db_close(struct db *db)
{
	if (db != NULL)
		db->ops->close(db);
}

#include "ca/store/pipeline.h"

#include <endian.h>
#include <string.h>

#include "base/str.h"

/* Type numbers of the catalogue, which never change (pg_type.dat). */
#define OID_BYTEA 17
#define OID_INT8 20
#define OID_TEXT 25

enum { VALUES_MAX = 20, FIRST_ROOM = 64 };

struct look {
	const char *sql;         /* NULL: for nobody else */
	struct db_value *values; /* with what they point to */
	size_t count;
	PGresult *result; /* NULL: not read yet, or taken */
};

/* libpq's messages have several lines. */
struct err *pipeline_failed(struct pipeline *p, const PGresult *r)
{
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	AUTO(free)
	char *text = str_trimmed(primary != NULL ? primary : PQerrorMessage(p->connection));

	for (char *c = text; *c != '\0'; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
	p->broken = true;
	return err_new(ERR_IO, "PostgreSQL: %s", text);
}

struct err *pipeline_check(struct pipeline *p, int sent)
{
	return sent == 1 ? NULL : pipeline_failed(p, NULL);
}

/* --- sending */

static void note_sent(struct pipeline *p, enum sent_kind kind)
{
	if (p->sent_first == p->sent_count)
		p->sent_first = p->sent_count = 0;
	if (p->sent_count == p->sent_room) {
		p->sent_room = p->sent_room > 0 ? p->sent_room * 2 : FIRST_ROOM;
		p->sent = xrealloc(p->sent, p->sent_room, sizeof(*p->sent));
	}
	p->sent[p->sent_count++] = kind;
	p->unflushed = kind != SENT_SYNC;
}

static Oid oid_of(enum db_kind kind)
{
	static const Oid oids[] = {
		[DB_INT] = OID_INT8, [DB_TEXT] = OID_TEXT, [DB_BYTES] = OID_BYTEA
	};

	return oids[kind];
}

static struct err *prepare(struct pipeline *p, const char **name, const char *sql,
			   const struct db_value *values, size_t count)
{
	Oid types[VALUES_MAX];

	*name = prepared_find(&p->statements, sql);
	if (*name != NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		types[i] = oid_of(values[i].kind);
	char *made = str_fmt("s%zu", p->statements.count);

	prepared_add(&p->statements, sql, made);
	*name = made;
	TRY(pipeline_check(p, PQsendPrepare(p->connection, made, sql, (int)count, types)));
	note_sent(p, SENT_CHANGE);
	return NULL;
}

static struct err *send_statement(struct pipeline *p, enum sent_kind kind, const char *sql,
				  const struct db_value *values, size_t count)
{
	const char *data[VALUES_MAX], *name;
	int lengths[VALUES_MAX], formats[VALUES_MAX];
	uint64_t numbers[VALUES_MAX];

	if (count > VALUES_MAX)
		return err_new(ERR_INTERNAL, "%zu values for: %s", count, sql);
	TRY(prepare(p, &name, sql, values, count));
	for (size_t i = 0; i < count; i++) {
		const struct db_value *v = &values[i];

		numbers[i] = htobe64((uint64_t)v->number);
		data[i] = v->kind == DB_INT ? (const char *)&numbers[i] : v->data;
		lengths[i] = v->kind == DB_INT ? (int)sizeof(numbers[i]) : (int)v->len;
		formats[i] = 1;
	}
	TRY(pipeline_check(p, PQsendQueryPrepared(p->connection, name, (int)count, data, lengths,
						  formats, 1)));
	note_sent(p, kind);
	return NULL;
}

struct err *pipeline_send(struct pipeline *p, const char *sql, const struct db_value *values,
			  size_t count)
{
	return send_statement(p, SENT_CHANGE, sql, values, count);
}

struct err *pipeline_ask_number(struct pipeline *p, const char *sql)
{
	p->number = 0;
	return send_statement(p, SENT_NUMBER, sql, DB_NO_VALUES);
}

/*
 * By a sync, not by a mere flush: within a transaction it ends nothing, and the server counts the time until we go on
 * (idle_in_transaction_session_timeout). Outside of one what was sent is a transaction by itself, which the sync ends.
 */
static struct err *flush(struct pipeline *p)
{
	if (!p->unflushed)
		return NULL;
	TRY(pipeline_check(p, PQpipelineSync(p->connection)));
	note_sent(p, SENT_SYNC);
	p->looks_flushed = p->looks_gone + p->look_count;
	return PQflush(p->connection) == 0 ? NULL : pipeline_failed(p, NULL);
}

/* --- looks */

static void look_release(struct look *l)
{
	free(l->values);
	PQclear(l->result);
	*l = (struct look){ 0 };
}

/* In one piece: the values, and behind them what they point to. */
static struct db_value *copied(const struct db_value *values, size_t count)
{
	size_t size = count * sizeof(*values);

	for (size_t i = 0; i < count; i++)
		size += values[i].len;
	struct db_value *copy = xmalloc(size);
	char *data = (char *)(copy + count);

	for (size_t i = 0; i < count; i++) {
		copy[i] = values[i];
		copy[i].data = data;
		if (values[i].len > 0)
			memcpy(data, values[i].data, values[i].len);
		data += values[i].len;
	}
	return copy;
}

static bool is_same(const struct look *l, const struct db_value *values, size_t count)
{
	bool same = l->count == count;

	for (size_t i = 0; i < count && same; i++)
		same = l->values[i].kind == values[i].kind &&
		       l->values[i].number == values[i].number &&
		       l->values[i].len == values[i].len &&
		       (values[i].len == 0 ||
			memcmp(l->values[i].data, values[i].data, values[i].len) == 0);
	return same;
}

/* look_count: there is none. */
static size_t find_look(const struct pipeline *p, const char *sql, const struct db_value *values,
			size_t count)
{
	size_t i = p->look_first;

	while (i < p->look_count &&
	       (p->looks[i].sql != sql || !is_same(&p->looks[i], values, count)))
		i++;
	return i;
}

static struct look *add_look(struct pipeline *p)
{
	if (p->look_count == p->look_room) {
		p->look_room = p->look_room > 0 ? p->look_room * 2 : FIRST_ROOM;
		p->looks = xrealloc(p->looks, p->look_room, sizeof(*p->looks));
	}
	struct look *l = &p->looks[p->look_count++];

	*l = (struct look){ 0 };
	return l;
}

/* Looks are taken in the order in which they were made: whoever made those in between did not want them. */
static void drop_until(struct pipeline *p, size_t end)
{
	while (p->look_first < end)
		look_release(&p->looks[p->look_first++]);
	if (p->look_first < p->look_count)
		return;
	p->looks_gone += p->look_count;
	p->look_first = p->look_count = 0;
}

void pipeline_forget(struct pipeline *p)
{
	drop_until(p, p->look_count);
}

struct err *pipeline_look(struct pipeline *p, bool *again, const char *sql,
			  const struct db_value *values, size_t count)
{
	*again = find_look(p, sql, values, count) < p->look_count;
	TRY(send_statement(p, SENT_LOOK, sql, values, count));
	struct look *l = add_look(p);

	l->sql = sql;
	l->values = copied(values, count);
	l->count = count;
	return NULL;
}

/* --- reading */

static bool is_good(const PGresult *r, enum sent_kind kind)
{
	ExecStatusType status = PQresultStatus(r);

	if (kind == SENT_SYNC)
		return status == PGRES_PIPELINE_SYNC;
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

int64_t pipeline_number_at(const PGresult *r, int row, int column)
{
	uint64_t n = 0;

	if (PQgetlength(r, row, column) == (int)sizeof(n))
		memcpy(&n, PQgetvalue(r, row, column), sizeof(n));
	return (int64_t)be64toh(n);
}

/* Takes r. */
static void keep_result(struct pipeline *p, enum sent_kind kind, PGresult *r)
{
	if (kind == SENT_NUMBER)
		p->number = pipeline_number_at(r, 0, 0);
	size_t at = kind == SENT_LOOK ? p->looks_read++ - p->looks_gone : SIZE_MAX;

	if (at >= p->look_first && at < p->look_count)
		p->looks[at].result = r;
	else
		PQclear(r);
}

/* A NULL follows each result but that of a sync. */
static struct err *read_oldest(struct pipeline *p)
{
	enum sent_kind kind = p->sent[p->sent_first];
	PGresult *r = PQgetResult(p->connection);

	if (!is_good(r, kind)) {
		struct err *e = pipeline_failed(p, r);

		PQclear(r);
		return e;
	}
	p->sent_first++;
	if (kind != SENT_SYNC)
		(void)PQgetResult(p->connection);
	keep_result(p, kind, r);
	return NULL;
}

struct err *pipeline_read(struct pipeline *p, PGresult **out, const char *sql,
			  const struct db_value *values, size_t count)
{
	size_t at = find_look(p, sql, values, count);
	bool ahead = at < p->look_count;

	if (!ahead) {
		TRY(send_statement(p, SENT_LOOK, sql, values, count));
		(void)add_look(p);
	}
	if (p->looks_gone + at >= p->looks_flushed)
		TRY(flush(p));
	while (p->looks[at].result == NULL)
		TRY(read_oldest(p));
	*out = MOVE(p->looks[at].result);
	drop_until(p, ahead || at == p->look_first ? at + 1 : p->look_first);
	return NULL;
}

struct err *pipeline_drain(struct pipeline *p)
{
	pipeline_forget(p);
	TRY(flush(p));
	while (p->sent_first < p->sent_count)
		TRY(read_oldest(p));
	return NULL;
}

void pipeline_release(struct pipeline *p)
{
	pipeline_forget(p);
	for (size_t i = 0; i < p->statements.size; i++)
		free(p->statements.slots[i].statement);
	prepared_release(&p->statements);
	free(p->looks);
	free(p->sent);
	*p = (struct pipeline){ 0 };
}

#include "plans.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "ca/store/db.h"
#include "place.h"

static struct {
	pthread_mutex_t lock;
	char *walking;        /* SQLite's: explained when they are known */
	struct strlist noted; /* PostgreSQL's: the number of parameters, a blank, the statement */
} plans = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Through all of a table that has one row, or a few, or of an index that has only what is wanted; the last is of a test. */
static bool may_walk(const char *sql)
{
	static const char *const parts[] = { "o.certified = 0 AND o.error = ''",
					     "status = 0 AND attempt <> ''",
					     "UPDATE checked",
					     "schema_version",
					     "s ORDER BY id DESC LIMIT 1",
					     "FROM crl_numbers GROUP BY issuer",
					     "FROM things" };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strstr(sql, parts[i]) != NULL)
			return true;
	return false;
}

/* --- SQLite */

/* Not by the functions that are hooked. */
static int finalize(sqlite3_stmt *statement)
{
	void *found = dlsym(RTLD_NEXT, "sqlite3_finalize");
	int (*real)(sqlite3_stmt *);

	memcpy(&real, &found, sizeof(real));
	return real(statement);
}

/* "SEARCH orders USING INDEX ..." is what is wanted; "SCAN orders", and sorting all of what will be cut off, is not. */
static bool is_walk(const char *step, const char *sql)
{
	if (strstr(sql, "LIMIT 100) newest") !=
	    NULL) /* no more than these are walked through, and sorted */
		return str_starts(step, "SCAN ") && !streq(step, "SCAN newest");
	return (str_starts(step, "SCAN ") && !streq(step, "SCAN CONSTANT ROW")) ||
	       (str_starts(step, "USE TEMP B-TREE") && strstr(sql, "LIMIT") != NULL);
}

static char *explain_sqlite(sqlite3 *handle, const char *sql)
{
	AUTO(free) char *question = str_fmt("EXPLAIN QUERY PLAN %s", sql);
	AUTO(buf_release) struct buf plan = BUF_INIT(LIMIT_FILE);
	sqlite3_stmt *answer = NULL;
	bool walks = false;

	assert_int_equal(sqlite3_prepare_v2(handle, question, -1, &answer, NULL), SQLITE_OK);
	while (sqlite3_step(answer) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(answer, 3);

		walks = walks || is_walk(step, sql);
		buf_addf(&plan, "%s; ", step);
	}
	finalize(answer);
	return walks ? buf_detach(&plan) : NULL;
}

void plans_note_sqlite(sqlite3_stmt *statement)
{
	const char *sql = sqlite3_sql(statement);

	if (sql == NULL || may_walk(sql))
		return;
	AUTO(free) char *plan = explain_sqlite(sqlite3_db_handle(statement), sql);

	pthread_mutex_lock(&plans.lock);
	if (plan != NULL && plans.walking == NULL)
		plans.walking = str_fmt("%s: %s", sql, plan);
	pthread_mutex_unlock(&plans.lock);
}

/* --- PostgreSQL */

static const char *type_name(Oid type)
{
	static const struct {
		Oid oid;
		const char *name;
	} types[] = { { 17, "bytea" }, { 20, "bigint" }, { 25, "text" } };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].oid == type)
			return types[i].name;
	fail_msg("a parameter of type %u", type);
	return NULL;
}

/* "(bigint, text) AS SELECT ..." */
void plans_note_pgsql(const char *sql, const Oid *types, int count)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	for (int i = 0; i < count; i++)
		buf_addf(&b, "%s%s", i == 0 ? "(" : ", ", type_name(types[i]));
	buf_addf(&b, "%s AS %s", count > 0 ? ")" : "", sql);
	AUTO(free) char *noted = buf_detach(&b);

	pthread_mutex_lock(&plans.lock);
	if (!may_walk(sql))
		(void)strlist_add_unique(&plans.noted, noted);
	pthread_mutex_unlock(&plans.lock);
}

static bool has_plan(const char *noted)
{
	static const char *const verbs[] = { "AS SELECT ", "AS INSERT ", "AS UPDATE ",
					     "AS DELETE " };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strstr(noted, verbs[i]) != NULL)
			return true;
	return false;
}

static size_t parameters_of(const char *noted)
{
	size_t commas = 0;

	if (noted[0] != '(')
		return 0;
	for (const char *c = noted; *c != ')'; c++)
		commas += *c == ',';
	return commas + 1;
}

static char *explaining(size_t number, size_t parameters)
{
	AUTO(buf_release) struct buf b = BUF_INIT(LIMIT_FILE);

	buf_addf(&b, "EXPLAIN (COSTS OFF) EXECUTE p%zu", number);
	for (size_t i = 0; i < parameters; i++)
		buf_addf(&b, "%sNULL", i == 0 ? "(" : ", ");
	buf_adds(&b, parameters > 0 ? ")" : "");
	return buf_detach(&b);
}

/* What is sorted before it is cut off is read whole. */
static bool sorts_before_limit(const char *plan)
{
	const char *limit = strstr(plan, "Limit");

	return limit != NULL && strstr(limit, "Sort Key") != NULL;
}

/* An index that is read without a condition is read from one end to the other. */
static bool walks(const char *plan)
{
	size_t scans = 0, conditions = 0;

	for (const char *at = plan; (at = strstr(at, "Index")) != NULL; at++) {
		conditions += str_starts(at, "Index Cond");
		scans += str_starts(at, "Index Scan") || str_starts(at, "Index Only Scan");
	}
	return strstr(plan, "Seq Scan") != NULL || scans > conditions || sorts_before_limit(plan);
}

/* The driver knows statements by their address: question lives as long as db. */
static char *explain_pgsql(struct db *db, const char *question)
{
	AUTO(buf_release) struct buf plan = BUF_INIT(LIMIT_FILE);
	bool row;

	assert_done(db_find(db, &row, question, DB_NO_VALUES));
	while (row) {
		AUTO(free) char *line = db_text_at(db, 0);

		buf_addf(&plan, "%s; ", line);
		assert_done(db_next(db, &row));
	}
	return buf_detach(&plan);
}

static char *plan_of(struct db *db, struct strlist *questions, const char *noted)
{
	AUTO(free) char *prepare = str_fmt("PREPARE p%zu %s", questions->count, noted);

	assert_done(db->ops->script(db, prepare));
	strlist_take(questions, explaining(questions->count, parameters_of(noted)));
	return explain_pgsql(db, questions->items[questions->count - 1]);
}

/* They are taken out first: what asks for the plans is a statement too. */
static void explain_all(const struct bench *b)
{
	pthread_mutex_lock(&plans.lock);
	AUTO(strlist_release) struct strlist noted = plans.noted;

	plans.noted = (struct strlist){ 0 };
	pthread_mutex_unlock(&plans.lock);
	AUTO(strlist_release) struct strlist questions = { 0 };
	AUTO(db_close) struct db *db = NULL;

	assert_done(pgsql_driver.open(&db, b->config.store.connection));
	for (size_t i = 0; i < noted.count; i++) {
		const char *one = noted.items[i];
		AUTO(free) char *plan = has_plan(one) ? plan_of(db, &questions, one) : NULL;

		if (plan != NULL && walks(plan) && plans.walking == NULL)
			plans.walking = str_fmt("%s: %s", one, plan);
	}
}

char *plans_walking(const struct bench *b)
{
	if (!bench_is_sqlite() && b->store != NULL)
		explain_all(b);
	pthread_mutex_lock(&plans.lock);
	char *walking = plans.walking;

	plans.walking = NULL;
	pthread_mutex_unlock(&plans.lock);
	return walking;
}

#include "ca/store/rehearsal.h"

#include "base/limits.h"

struct rehearsal {
	struct db db;
	struct db *real;
	bool again; /* it looks for what is looked for already */
	size_t looks;
};

static struct rehearsal *rehearsal_of(struct db *db)
{
	return (struct rehearsal *)(void *)db;
}

static struct err *start(struct db *db, const char *sql, const struct db_value *values,
			 size_t count)
{
	struct rehearsal *r = rehearsal_of(db);
	bool again = false;

	TRY(r->real->ops->ahead(r->real, &again, sql, values, count));
	r->again = r->again || again;
	r->looks++;
	return NULL;
}

static struct err *next(struct db *db, bool *row)
{
	(void)db;
	*row = false;
	return NULL;
}

static struct err *exec(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	(void)db;
	(void)sql;
	(void)values;
	(void)count;
	return NULL;
}

static void finish(struct db *db)
{
	(void)db;
}

static const struct db_ops stage = {
	.name = "rehearsal",
	.exec = exec,
	.start = start,
	.next = next,
	.finish = finish,
};

static struct err *rehearse(struct rehearsal *r, const struct tx *t, const struct op *op)
{
	AUTO(answer_release) struct store_answer answer = { 0 };
	struct ids ids = { .world = t->world };
	struct tx on_stage = { &r->db, &ids, t->world, &answer };

	r->again = false;
	return op->kind->run(&on_stage, op->args);
}

/* The first is alone with itself: what it looks for twice is no reason to stop. */
struct err *rehearse_changes(struct op **end, const struct tx *t, struct op *list)
{
	struct rehearsal r = { .db = { &stage }, .real = t->db };
	struct op *op = list;

	*end = NULL;
	if (t->db->ops->ahead == NULL)
		return NULL;
	t->db->ops->forget(t->db);
	for (; op != NULL && r.looks < LIMIT_STORE_LOOKS; op = op->next) {
		TRY(rehearse(&r, t, op));
		if (r.again && op != list)
			break;
	}
	*end = op;
	return NULL;
}

struct err *rehearse_reads(const struct tx *t, struct op *list)
{
	struct rehearsal r = { .db = { &stage }, .real = t->db };

	if (t->db->ops->ahead == NULL)
		return NULL;
	for (struct op *op = list; op != NULL; op = op->next)
		TRY(rehearse(&r, t, op));
	return NULL;
}

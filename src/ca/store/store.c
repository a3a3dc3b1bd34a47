#include "ca/store/store.h"

#include <assert.h>

#include "base/fs.h"
#include "ca/store/ask.h"
#include "ca/store/place.h"
#include "ca/store/reader.h"
#include "ca/store/schema.h"
#include "ca/store/standing.h"
#include "ca/store/writer.h"

struct store {
	struct place place;
	struct writer *writer;
	struct reader *reader;
};

static const struct db_ops *const drivers[] = {
	[STORE_SQLITE] = &sqlite_driver,
	[STORE_PGSQL] = &pgsql_driver,
};

static const char *where_of(const struct store_config *c)
{
	const char *where = c->backend == STORE_SQLITE ? c->path : c->connection;

	return where != NULL ? where : "";
}

struct err *store_would_serve(const struct ca_config *config, const struct world *world)
{
	const struct store_config *c = &config->store;
	AUTO(db_close) struct db *db = NULL;
	int64_t version = 0;

	if (c->backend == STORE_SQLITE && !fs_exists(c->path))
		return NULL;
	struct err *e = drivers[c->backend]->open(&db, where_of(c));

	if (e == NULL)
		e = schema_check(&version, db, migration_count);
	TRY_WRAP(e, "opening the %s store", drivers[c->backend]->name);
	return version > 0 ? standing_check(db, config, world_now(world)) : NULL;
}

struct err *store_check_issuers(const struct store *s, const struct ca_config *config)
{
	AUTO(db_close) struct db *db = NULL;

	TRY(s->place.driver->open(&db, s->place.where));
	return standing_check(db, config, world_now(s->place.world));
}

static struct err *open_writer(struct store *s)
{
	if (s->place.driver->set_up != NULL)
		TRY(s->place.driver->set_up(s->place.where));
	return writer_new(&s->writer, &s->place);
}

struct err *store_open(struct store **out, const struct ca_config *config,
		       const struct world *world)
{
	AUTO(store_close) struct store *s = xcalloc(1, sizeof(*s));
	const struct store_config *c = &config->store;

	s->place.driver = drivers[c->backend];

	s->place.where = xstrdup(where_of(c));
	s->place.world = world;
	TRY_WRAP(open_writer(s), "opening the %s store", s->place.driver->name);
	TRY(reader_new(&s->reader, &s->place));
	*out = MOVE(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	writer_free(s->writer);
	reader_free(s->reader);
	free(s->place.where);
	free(s);
}

const char *store_backend_name(const struct store *s)
{
	return s->place.driver->name;
}

void store_ask(struct store *s, struct op *op)
{
	if (op->kind->way == OP_WRITE)
		writer_ask(s->writer, op);
	else
		reader_ask(s->reader, op);
}

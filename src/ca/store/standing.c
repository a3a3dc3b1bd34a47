#include "ca/store/standing.h"

#include "base/clock.h"
#include "base/str.h"

/* An issuer whose CRLs were made once, up to a shard. */
struct crl_issuer {
	char *name;
	int64_t last_shard;
};

struct crl_issuers {
	struct crl_issuer *items;
	size_t count;
};

static void crl_issuers_release(struct crl_issuers *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].name);
	free(l->items);
}

AUTO_RELEASE(struct crl_issuers, crl_issuers_release)

static struct err *read_issuers(struct crl_issuers *out, struct db *db)
{
	static const char sql[] = "SELECT issuer, MAX(shard) FROM crl_numbers GROUP BY issuer";
	bool row = false;

	TRY(db_find(db, &row, sql, DB_NO_VALUES));
	while (row) {
		out->items = xrealloc(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = (struct crl_issuer){ db_text_at(db, 0),
								db_int_at(db, 1) };
		TRY(db_next(db, &row));
	}
	return NULL;
}

static int64_t shards_of(const struct issuer_config *i)
{
	return i != NULL && i->crl_url != NULL ? i->crl_shards : 0;
}

/* The end of the last that stands, reserved ones too; 0: none does. */
static struct err *last_end(time_t *out, struct db *db, const char *issuer, int64_t first_shard,
			    time_t now)
{
	static const char sql[] =
		"SELECT not_after FROM certificates WHERE issuer = $1 AND shard >= $2 "
		"AND not_after > $3 ORDER BY not_after DESC LIMIT 1";
	bool there = false;

	TRY(db_find(db, &there, sql, DB_VALUES(db_text(issuer), db_int(first_shard), db_int(now))));
	*out = there ? (time_t)db_int_at(db, 0) : 0;
	db->ops->finish(db);
	return NULL;
}

static struct err *refuse(const struct issuer_config *config, const char *name, time_t end)
{
	AUTO(free) char *until = time_utc_long(end);

	if (config == NULL)
		return err_new(
			ERR_CONFIG,
			"there is no [issuer %s], and certificates of it stand until %s, which could not be "
			"revoked any more: keep the section and its name; with `active = no` it signs CRLs only",
			name, until);
	if (config->crl_url == NULL)
		return err_new(
			ERR_CONFIG,
			"[issuer %s] has no crl_url, and certificates that name its CRL stand until %s: keep it",
			name, until);
	return err_new(
		ERR_CONFIG,
		"[issuer %s]: with %lld crl_shards certificates that stand until %s would be on no CRL: "
		"the number may only grow",
		name, (long long)config->crl_shards, until);
}

/* Certificates are looked at only when something is missing: by their end, which may be through all that stand. */
static struct err *check_one(struct db *db, const struct ca_config *c, const struct crl_issuer *i,
			     time_t now)
{
	const struct issuer_config *config = issuer_by_name(c, i->name);
	time_t end = 0;

	if (i->last_shard < shards_of(config))
		return NULL;
	TRY(last_end(&end, db, i->name, shards_of(config), now));
	return end == 0 ? NULL : refuse(config, i->name, end);
}

struct err *standing_check(struct db *db, const struct ca_config *config, time_t now)
{
	AUTO(crl_issuers_release) struct crl_issuers all = { 0 };

	TRY(read_issuers(&all, db));
	for (size_t i = 0; i < all.count; i++)
		TRY(check_one(db, config, &all.items[i], now));
	return NULL;
}

#include "va/quorum.h"

#include <assert.h>

#include "base/str.h"

static const char *const regions[] = { "ARIN", "RIPE", "APNIC", "LACNIC", "AFRINIC" };
static_assert(ARRAY_LEN(regions) == QUORUM_REGIONS, "a name for each region");

/* From that many remotes on, so many may fail. */
static const struct {
	size_t count, allowed;
} rows[] = { { 6, 2 }, { 2, 1 }, { 0, 0 } };

static size_t region_number(const char *name)
{
	size_t i = 0;

	while (i < QUORUM_REGIONS && (name == NULL || !streq(regions[i], name)))
		i++;
	return i;
}

bool quorum_knows_region(const char *name)
{
	return region_number(name) < QUORUM_REGIONS;
}

bool quorum_is_possible(size_t count, int failures_allowed)
{
	return failures_allowed >= 0 || count >= QUORUM_REMOTES_MIN;
}

void quorum_init(struct quorum *q, size_t count, int failures_allowed)
{
	size_t i = 0;

	while (count < rows[i].count)
		i++;
	*q = (struct quorum){ .count = count,
			      .allowed = failures_allowed >= 0 ? (size_t)failures_allowed
							       : rows[i].allowed,
			      .by_rule = failures_allowed < 0 };
}

void quorum_expect(struct quorum *q, const char *region)
{
	q->has_regions |= region != NULL;
}

void quorum_hear(struct quorum *q, bool passed, const char *region)
{
	size_t number = region_number(region);

	q->passed += passed;
	q->failed += !passed;
	if (passed && number < QUORUM_REGIONS)
		q->regions[number] = true;
}

bool quorum_spans_regions(const struct quorum *q)
{
	size_t n = 0;

	for (size_t i = 0; i < QUORUM_REGIONS; i++)
		n += q->regions[i];
	return !q->by_rule || !q->has_regions || n >= QUORUM_REGIONS_MIN;
}

bool quorum_is_clear(const struct quorum *q)
{
	return q->failed > q->allowed ||
	       (q->passed + q->allowed >= q->count && quorum_spans_regions(q));
}

json_t *quorum_regions(const struct quorum *q)
{
	json_t *names = json_array();

	for (size_t i = 0; i < QUORUM_REGIONS; i++)
		if (q->regions[i])
			(void)json_array_append_new(names, json_string(regions[i]));
	return names;
}

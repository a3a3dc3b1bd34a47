#include "ca/store/prepared.h"

#include <stdint.h>

#include "base/mem.h"

enum { FIRST_SIZE = 64 };

/* Where sql is, or the free slot where it belongs. size > count. */
static struct prepared_slot *slot_of(const struct prepared *p, const char *sql)
{
	size_t at = (size_t)(((uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15)) >> 32);

	for (;; at++) {
		struct prepared_slot *s = &p->slots[at & (p->size - 1)];

		if (s->sql == sql || s->sql == NULL)
			return s;
	}
}

void *prepared_find(const struct prepared *p, const char *sql)
{
	return p->size > 0 ? slot_of(p, sql)->statement : NULL;
}

static void grow(struct prepared *p)
{
	struct prepared larger = { .size = p->size > 0 ? p->size * 2 : FIRST_SIZE,
				   .count = p->count };

	larger.slots = xcalloc(larger.size, sizeof(*larger.slots));
	for (size_t i = 0; i < p->size; i++)
		if (p->slots[i].sql != NULL)
			*slot_of(&larger, p->slots[i].sql) = p->slots[i];
	free(p->slots);
	*p = larger;
}

void prepared_add(struct prepared *p, const char *sql, void *statement)
{
	if (p->count * 2 >= p->size)
		grow(p);
	*slot_of(p, sql) = (struct prepared_slot){ sql, statement };
	p->count++;
}

void prepared_release(struct prepared *p)
{
	free(p->slots);
	*p = (struct prepared){ 0 };
}

/* The prepared statements of a connection, found by the address of their SQL. */
#pragma once

#include <stddef.h>

struct prepared_slot {
	const char *sql; /* NULL: free */
	void *statement;
};

struct prepared {
	struct prepared_slot *slots;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/* NULL: not prepared yet. */
void *prepared_find(const struct prepared *p, const char *sql);
void prepared_add(struct prepared *p, const char *sql, void *statement);
void prepared_release(struct prepared *p);

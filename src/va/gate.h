/*
 * A gate with ceilings: how many may be inside at once, in all and of one key (a domain, an address). Who is more waits in
 * the line of its key; lines take turns, so that a key with thousands in line does not starve the others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct gate;
struct gate_line;

/* Part of whoever wants in; zero-filled but for enter and ctx. */
struct gate_pass {
	void (*enter)(void *ctx); /* after waiting: it is inside now. From the loop */
	void *ctx;

	/* the gate's own */
	struct gate_line *line; /* NULL: neither inside nor waiting */
	struct gate_pass *next, *previous;
	bool inside;
};

struct gate *gate_new(struct event_base *base, size_t max, size_t max_per_key);
void gate_free(struct gate *g); /* nobody inside or waiting */

/* true: inside at once; false: enter() will be called. The key is copied. */
bool gate_ask(struct gate *g, struct gate_pass *p, const void *key, size_t len);
/* From inside, or out of the line; nothing when it is in neither. */
void gate_leave(struct gate *g, struct gate_pass *p);

/*
 * The challenge directory of one web root: made as far as it is missing, filled, and taken away again.
 *
 * Everything is done from the root's descriptor down. A symbolic link on the way is followed only if its owner could have
 * written at its target anyway, so that who may write in a web root cannot lead root's writing elsewhere.
 */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

struct place {
	char *root;
	struct strlist tokens;
	bool made[2]; /* .well-known, acme-challenge: by us, and so to be removed */
};

/* Which of the directories will have to be made; nothing is changed. */
MUST_CHECK struct err *place_plan(struct place *p);
/* *warning (NULL before): what could not be given to the root's owner. bodies.items[i] goes into the file tokens.items[i]. */
MUST_CHECK struct err *place_fill(struct place *p, const struct strlist *bodies, struct err **warning);
/* What is not there any more is fine; a directory that somebody else has put something into stays. */
MUST_CHECK struct err *place_clear(struct place *p);
void place_release(struct place *p);

/* For the record of an unfinished run. */
json_t *place_to_json(const struct place *p);
MUST_CHECK struct err *place_from_json(struct place *out, const json_t *obj);

AUTO_RELEASE(struct place, place_release)

/* Of several web roots. */
struct places {
	struct place *items;
	size_t count;
};

/* Of this root; an empty one is added where there is none. */
struct place *places_at(struct places *l, const char *root);
/* What p has, beside what is known of its root. */
void places_add(struct places *l, const struct place *p);
void places_release(struct places *l);

/* What the names of a block are served with, before a certificate for some of them takes its place. */
#pragma once

#include "plugins/nginx/target.h"
#include "srv/bystander.h"

struct beside {
	struct config *config;
	const struct vhosts *vhosts;
	const struct targets *targets; /* of the plan */
	const char *fullchain;         /* that they are to get */
};

/* The names of all targets. */
MUST_CHECK struct err *beside_note(struct bystanders *out, const struct beside *b);
/* The names of the blocks that show this file. */
MUST_CHECK struct err *beside_note_showing(struct bystanders *out, struct config *c,
					   const char *fullchain);
/* After the edits: are names of other blocks the targets' now? */
MUST_CHECK struct err *beside_follow(struct bystanders *known, struct config *c,
				     const char *fullchain);

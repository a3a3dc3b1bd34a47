/* The store for a command that waits: ask by desk_asker(), then desk_wait() for the answer. One question at a time. */
#pragma once

#include "ca/cmd/cmd.h"
#include "ca/store/store.h"

struct desk;

MUST_CHECK struct err *desk_open(struct desk **out, const struct ca_config *config,
				 const struct world *world);
void desk_close(struct desk *d);

struct store *desk_store(struct desk *d);
const struct store_asker *desk_asker(struct desk *d);
/* The answer, the caller's. Its error is the call's. */
MUST_CHECK struct err *desk_wait(struct desk *d, struct store_answer *out);
void desk_answer_release(struct store_answer *a);

/* For commands whose words are handled alike: one desk, one word after the other, up to the first that fails. */
typedef struct err *desk_word_fn(const struct command_run *r, struct desk *d, const char *word,
				 void *ctx);
MUST_CHECK struct err *desk_each_word(const struct command_run *r, desk_word_fn *fn, void *ctx);

AUTO_FREE(struct desk, desk_close)
AUTO_RELEASE(struct store_answer, desk_answer_release)

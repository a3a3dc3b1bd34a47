/*
 * Certbot's directories (certbot.md 8): where things are, with which modes, and the locks that keep others out.
 * Signet's own state is under <work_dir>/signet, mode 0700.
 */
#pragma once

#include "base/err.h"
#include "base/lock.h"
#include "base/world.h"
#include "client/opt/options.h"

struct tree {
	char *config_dir, *work_dir, *logs_dir;
	bool strict; /* --strict-permissions */
	struct lock *locks[3]; /* logs, config, work: in this order (certbot.md 10) */
};

/* How long others' locks are waited for. */
struct tree_patience {
	const struct world *world;
	int64_t until_ms; /* of the world's monotonic clock */
	/* Tells, once, who is waited for; busy is a loan. */
	void (*tell)(void *ctx, const struct err *busy);
	void *ctx;
	bool told;
};

/* Makes logs, config and work directories and renewal-hooks/{pre,deploy,post} where missing, and takes the locks. In two
 * steps, since logging starts between them. ERR_BUSY names the process that holds a lock. */
MUST_CHECK struct err *tree_lock_logs(struct tree **out, const struct options *o, struct tree_patience *p);
MUST_CHECK struct err *tree_lock(struct tree *t, struct tree_patience *p);
/* Lets others in for a while; what was read before may be otherwise afterwards. */
void tree_unlock(struct tree *t);
MUST_CHECK struct err *tree_lock_again(struct tree *t, struct tree_patience *p);
void tree_free(struct tree *t); /* unlocks */

/* Every missing level with this mode; --strict-permissions: ERR_CONFIG when it is there and not ours, or has another. */
MUST_CHECK struct err *tree_make_dir(const struct tree *t, const char *path, mode_t mode);

char *tree_path(const struct tree *t, const char *relative); /* below config_dir */
char *tree_state_path(
	const struct tree *t,
	const char *relative); /* below work_dir/signet; its directories are made by who writes */

AUTO_FREE(struct tree, tree_free)

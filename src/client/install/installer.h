/* The plugin that installs certificates, and its work (certbot.md 6.1, 13.5): it plans, here the plan is carried out. */
#pragma once

#include "client/install/opened.h"
#include "client/lineage/lineage.h"

struct installer {
	struct opened *open;
	const struct installer_ops *ops;
};

/* The one the options name. None named: a menu, or an error that says what to do. */
MUST_CHECK struct err *installer_for(struct installer **out, struct client *c, struct options *opt);
/* For `run` where nobody said anything: one plugin for both roles, by a menu; set in opt. */
MUST_CHECK struct err *choose_configurator(struct client *c, struct options *opt);
void installer_free(struct installer *i);
/* Before there is a file of this path: can the server's configuration name it? */
MUST_CHECK struct err *installer_check_path(const struct installer *i, const char *path);

struct deployment deployment_of(const struct lineage *l);

/* What an installation is about. */
struct installation {
	const struct strlist *names;
	const struct deployment *files;
	/* Others that the server may show certificates for: who is shown a good one before the change is so after it. NULL: none. */
	const struct strlist *kept;
};

/* What is enhanced then depends on what that program shows. */
bool installer_is_behind_another(const struct installer *i);
/* Plans for each name; those of the same hosts are noted. */
MUST_CHECK struct err *installer_plan(const struct installer *i, struct client *c,
				      const struct installation *what, struct bystanders *beside);
/* Carries out what has been planned, as one transaction whose backup has this title, and proves it. */
MUST_CHECK struct err *installer_commit(const struct installer *i, struct client *c,
					const struct installation *what, const char *title);
/* Files have new content, of names that were there before or not: the server is to take that. *serves: it runs, so that it can be proved. */
MUST_CHECK struct err *installer_reload(bool *serves, const struct installer *i, struct client *c,
					bool renewed);
/* How long after a reload it may take until it shows them. */
int installer_proof_ms(const struct installer *i);
/* Where it serves the names. */
MUST_CHECK struct err *installer_places(struct endpoints *at, const struct installer *i,
					const struct installation *what);
/*
 * After a reload: does it show the certificate wherever it serves the names? Asked again until the monotonic clock says so. at: filled
 * with these places.
 */
MUST_CHECK struct err *installer_prove(struct endpoints *at, const struct installer *i,
				       const struct client *c, const struct installation *what,
				       int64_t until_ms);
MUST_CHECK struct err *installer_rollback(const struct installer *i, struct client *c,
					  int64_t checkpoints);
/* Where the server of c's installer does not load what it has (why, taken): the files first, then the server is asked again. */
MUST_CHECK struct err *rollback_unloadable(struct client *c, int64_t checkpoints, struct err *why);

AUTO_FREE(struct installer, installer_free)

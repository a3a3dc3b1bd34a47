/*
 * Names that would lose their certificate: hosts have one that is good for them, and get one that is not. Nobody's site is to end that
 * way unasked.
 */
#pragma once

#include "client/install/installer.h"
#include "srv/bystander.h"

struct losses {
	struct strlist names; /* all of them */
	struct loss_group {
		struct strlist names;
		struct strlist shown; /* "a.test (FILE:LINE)" */
	} beside, /* of hosts that get the certificate: one for all of them is a way out */
		nobodys; /* that no host has: the first of the address answers for them, which the new one would be */
};

/* Of a plan for `what`. */
void losses_find(struct losses *out, const struct installation *what, const struct bystanders *b);
/*
 * Before the certificate of an installed lineage becomes one for these names alone: its files keep their paths, so by the time of a plan
 * they would have the new content. As losses_settle().
 */
MUST_CHECK struct err *losses_foresee(struct losses *out, const struct installer *i,
				      struct client *c, const struct lineage *l,
				      const struct strlist *names);
/* The same where nobody is asked: only a reload of the server that --installer names is to follow. */
MUST_CHECK struct err *losses_note(struct losses *out, struct client *c, const struct lineage *l,
				   const struct strlist *names);
/*
 * May the plan be carried out? A person is asked; without one it may where --allow-subset-of-names is given. ERR_CONFIG: no, and how to
 * do it instead. None: fine.
 */
MUST_CHECK struct err *losses_settle(const struct losses *l, struct client *c,
				     const struct installation *what);
/* It was carried out. */
void losses_tell(const struct losses *l, struct client *c, const struct installation *what);
void losses_release(struct losses *l);

AUTO_RELEASE(struct losses, losses_release)

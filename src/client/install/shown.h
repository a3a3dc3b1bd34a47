/* What names are shown whose certificate the server's configuration does not tell (a variable has its path): the server does. */
#pragma once

#include "client/install/installer.h"

/* Before the plan is carried out: those that it displaces, and that the new certificate is not for, are known afterwards. */
MUST_CHECK struct err *shown_find(struct bystanders *b, const struct installer *i,
				  const struct client *c, const struct installation *what);

/* Whose a checkpoint is: it notes its server's own test of its configuration. */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* The argv of it. Empty: the checkpoint is Certbot's, which does not say. */
MUST_CHECK struct err *owner_read(struct strlist *test, const char *dir);
/* By its program, the name of that, and the files it names; options of the server's own start may have changed since. */
bool owner_is(const struct strlist *test, const struct strlist *own);

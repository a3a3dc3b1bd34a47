/* Does this Apache itself give the answers that it was told to give? */
#pragma once

#include "base/world.h"
#include "plugins/apache/challenge.h"

/*
 * Asks at each address that something listens on at the port, until the answers are there or patience is over: a server may go
 * on serving what it had for a while. *doubt says of the first wrong answer what it is, for people; NULL: all are right.
 */
MUST_CHECK struct err *apache_self_check(char **doubt, const struct world *w, unsigned port,
					 const struct strlist *names,
					 const struct apache_answer *answers);

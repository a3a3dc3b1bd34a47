/* Telling people which names failed and why (certbot.md 20). */
#pragma once

#include "client/auth/auth.h"

/* failure has a subproblem for each name. tasks: what was published. */
void report_failure(struct ui *ui, const struct authenticator *a, const struct task *tasks,
		    size_t count, const struct err *failure);

/* The same in one line, for who sees nothing else (-q, renew, a mail from cron). Takes failure; its subproblems stay. */
struct err *failure_in_short(struct err *failure);

/* What a server or a program said, for people: on one line. */
#pragma once

#include <sys/types.h>

#include "base/str.h"

/* Of a long text the end, where the reason is. */
char *said_line(const char *text);
/* The same of a line of an error log, from the mark of a refusal on: Apache's reason stands behind its brackets, "emerg] [pid 812] AH00020: ...". */
char *said_refusal(const char *text, const char *mark);
/* Who wrote that, "[emerg] 812#812: ..." or "emerg] [pid 812:tid 14] ..."; 0: it does not say. */
pid_t said_by(const char *text, const char *mark);

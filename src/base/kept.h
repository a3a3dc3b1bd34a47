/* What an option may say that is kept in a renewal file: it must be read from there as it is, and must not look like another line. */
#pragma once

#include "base/err.h"

/* ERR_USAGE: cannot be kept. Of a hook's command: it may have several lines. Of an item: one of a list. */
MUST_CHECK struct err *kept_check(const char *text);
MUST_CHECK struct err *kept_check_command(const char *command);
MUST_CHECK struct err *kept_check_item(const char *item);

/* The first of the above for what is only shown. */
MUST_CHECK struct err *kept_check_shown(const char *text);

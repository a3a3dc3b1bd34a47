/* What no single line shows to be wrong: keys that need each other, names that nothing has. */
#pragma once

#include "ca/config/reader.h"

/* ERR_CONFIG names the line where the section begins. */
MUST_CHECK struct err *config_check(const struct config_reader *r);

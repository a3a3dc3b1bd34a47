/* What the edited trees of a configuration come to as a change of files. */
#pragma once

#include "plugins/apache/config.h"
#include "srv/change.h"

MUST_CHECK struct err *apache_plan_files(const struct apache_config *c, struct change *out);

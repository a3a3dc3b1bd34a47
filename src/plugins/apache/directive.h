/* What a directive means for the reading of what follows, and for the host it stands in. */
#pragma once

#include "plugins/apache/walk.h"

MUST_CHECK struct err *apache_take_directive(struct apache_walk *w, struct apache_node *n);

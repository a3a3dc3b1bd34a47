/* Two texts as a unified diff, 3 lines of context. */
#pragma once

#include "base/buf.h"

struct diff_names {
	const char *old, *fresh; /* "/dev/null" for a side that is not there */
};

/* Nothing for equal texts. Files of any bytes; what differs in very many lines is shown as one block. */
void diff_unified(struct buf *out, const struct diff_names *names, const struct buf *old,
		  const struct buf *fresh);

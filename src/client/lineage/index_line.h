/* An entry of the index as it is written: one line, fields separated by tabs. */
#pragma once

#include "base/buf.h"
#include "client/lineage/index.h"

/* The line at *at, which is cut into the texts that out lends; *at behind it. False: it is none of ours. */
bool index_line_read(struct lineage_facts *out, char **at);
void index_line_add(struct buf *out, const struct lineage_facts *f);
/* Has a line room for this text? */
bool index_line_can_hold(const char *text);

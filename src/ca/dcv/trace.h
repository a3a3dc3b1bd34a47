/* What a validation saw, in the log: a verdict without it is a riddle for operators. */
#pragma once

#include "ca/log/log.h"
#include "va/record.h"

/* A line an event of the record; of one that failed also where the log is not for debugging. */
void trace_record(struct ca_log *log, int64_t authz_id, const struct va_record *record, bool valid);
/* The summary of va/perspective.h (NULL: none), and who disagreed. */
void trace_perspectives(struct ca_log *log, int64_t authz_id, json_t *summary);

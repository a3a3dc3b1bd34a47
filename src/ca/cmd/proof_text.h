/* What is stored of a validation as JSON, as lines for people. */
#pragma once

#include "base/str.h"

/* "unauthorized: ..." and a line for each subproblem; NULL adds none. */
void problem_lines(struct strlist *out, const char *json);
/* A validationRecord (ca.md 1.8): a line a hop. */
void record_lines(struct strlist *out, const char *json);

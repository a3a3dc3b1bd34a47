/* The variables that a program of ours is to have. */
#pragma once

#include "base/str.h"

/* Ours without those that are named in unset, and with set (NAME=VALUE); both may be NULL. out->items is NULL-ended, for exec. */
void environment_build(struct strlist *out, const struct strlist *set, const struct strlist *unset);

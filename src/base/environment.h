/* The variables that a program of ours is to have. */
#pragma once

#include "base/str.h"

/* Where programs are: what PATH says, then where administrators have theirs, which a crontab's PATH leaves out (certbot.md 11.5). */
void environment_dirs(struct strlist *out);
char *environment_path(void); /* the same as a PATH */
/* Ours with that PATH, without those named in unset, and with set (NAME=VALUE); both may be NULL. out->items is NULL-ended, for exec. */
void environment_build(struct strlist *out, const struct strlist *set, const struct strlist *unset);

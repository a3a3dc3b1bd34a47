/* One checkpoint's directory, as files: what its parts are called and how they are read (certbot.md 17). */
#pragma once

#include "srv/checkpoint.h"

#define PART_FILES "FILEPATHS"   /* paths that were changed; line i has its copy in NAME_i */
#define PART_CREATED "NEW_FILES" /* paths that were made */
#define PART_COMMANDS "COMMANDS" /* CSV, an undo command a row */
#define PART_NOTES "CHANGES_SINCE"
/* Of ours alone: the commands that those of COMMANDS undo, and the server's own test of its configuration. */
#define PART_RUN "COMMANDS.run"
#define PART_TEST "CONFIGTEST"

char *checkpoint_dir(const struct checkpoints *c, enum checkpoint_kind kind);
char *checkpoints_backups(const struct checkpoints *c);
/* The copy of line i; beside it, of ours alone, what was written in its place and where. */
char *checkpoint_copy_path(const char *dir, const char *path, size_t i);
/* What line i of the created ones was made with; none for a link. */
char *checkpoint_made_path(const char *dir, size_t i);
#define SUFFIX_WRITTEN ".written"
#define SUFFIX_REAL ".real"
/* The lines of a part; none where it is missing. */
MUST_CHECK struct err *checkpoint_lines(struct strlist *out, const char *dir, const char *part);

/* What an archive directory holds: which kinds of which versions, named kindN.pem (certbot.md 8.1). */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "client/lineage/lineage.h"

struct archive_version {
	unsigned number;
	unsigned kinds; /* 1u << enum lineage_kind for each file that is there */
};

struct archive {
	struct archive_version *items; /* by number */
	size_t count;
};

#define ARCHIVE_ALL_KINDS ((1u << KIND_COUNT) - 1)

/* A missing directory holds nothing. */
MUST_CHECK struct err *archive_scan(struct archive *out, const char *dir);
void archive_release(struct archive *a);

bool archive_has(const struct archive *a, enum lineage_kind kind, unsigned number);
unsigned archive_newest(const struct archive *a);          /* of any kind; 0: none */
unsigned archive_newest_complete(const struct archive *a); /* of all four kinds; 0: none */

char *archive_path(const char *dir, enum lineage_kind kind, unsigned number);
/* "cert12.pem" -> 12; 0 when name is not of this kind. */
unsigned archive_number(enum lineage_kind kind, const char *name);

/* What stopped commits left under temporary names, ".kindN.pem.new". */
char *archive_temporary(const char *path);
MUST_CHECK struct err *archive_remove_temporaries(const char *dir);
/* Removes every file of a version that is neither `newest` nor one of the five numbers before it. */
MUST_CHECK struct err *archive_prune(const char *dir, unsigned newest);

AUTO_RELEASE(struct archive, archive_release)

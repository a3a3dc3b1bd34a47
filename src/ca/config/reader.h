/*
 * Lines of text into a struct ca_config: `[section]`, `[section NAME]`, `key = value`, comments on lines of their own. Strict:
 * what no row allows is refused with its line, and so is anything said twice.
 */
#pragma once

#include "base/err.h"
#include "ca/config/config.h"
#include "ca/config/key.h"

/* Where a section was begun. */
struct config_begin {
	const struct config_section *section;
	size_t index; /* of a repeated one */
	unsigned line;
};

struct config_reader {
	struct ca_config *config;
	const char *path; /* for messages */
	unsigned line;
	const struct config_section *section; /* NULL: none begun */
	void *into;                           /* its struct */
	unsigned *set_at; /* by key of the section: the line that set it, 0: none */
	struct strlist *
		problems; /* NULL: the first ends it; else each is noted here, and reading goes on */
	bool skipping;    /* behind a section's line that was refused */
	struct config_begin *begun;
	size_t begun_count;
};

MUST_CHECK struct err *config_read(struct config_reader *r, const char *text, size_t len);
/* ERR_CONFIG "FILE:LINE: ...". */
MUST_CHECK struct err *config_refuse(const struct config_reader *r, unsigned line, const char *fmt,
				     ...) PRINTF_LIKE(3, 4);
/* The line where the section begins; 0: it is not in the file. */
unsigned config_begin_line(const struct config_reader *r, const struct config_section *section,
			   size_t index);
void config_reader_release(struct config_reader *r);

/* The struct of a section; index counts repeated ones. A loan. */
void *config_struct(const struct ca_config *c, const struct config_section *section, size_t index);
size_t config_struct_count(const struct ca_config *c, const struct config_section *section);
/* Each key as if it were not in the file. */
void config_set_fallbacks(void *into, const struct config_section *section, const char *dir);

AUTO_RELEASE(struct config_reader, config_reader_release)

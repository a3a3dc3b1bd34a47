/*
 * ConfigObj files (renewal/NAME.conf, credentials): parsed without loss, edited, written back.
 *
 * Lines that are not touched keep every byte: comments, blank lines, indentation, quoting, unknown keys. Sections nest by
 * bracket depth ([a], [[b]]). Values are text or lists of text; `%(name)s` is interpolated on read (certbot.md 8.3).
 * A section is addressed by "renewalparams" or "renewalparams/webroot_map"; the top level is "".
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct ini;

MUST_CHECK struct err *ini_parse(struct ini **out, const char *text, size_t len);
struct ini *ini_new(void);
void ini_free(struct ini *f);

bool ini_has_section(const struct ini *f, const char *section);
bool ini_has(const struct ini *f, const char *section, const char *key);
/* Keys of a section in file order; sub-sections of it. */
void ini_keys(struct strlist *out, const struct ini *f, const char *section);
void ini_sections(struct strlist *out, const struct ini *f, const char *section);

/* Does it hold %(name)s? There is no way to write such a text so that it is read as it is. */
bool ini_has_names(const char *text);
/* Interpolated. A list is joined by ", ". *out NULL when absent; ERR_PARSE for an unknown %(name)s. */
MUST_CHECK struct err *ini_get(char **out, const struct ini *f, const char *section, const char *key);
/* One element for plain text; an empty list for ",". *found false when absent. */
MUST_CHECK struct err *ini_get_list(struct strlist *out, bool *found, const struct ini *f, const char *section, const char *key);

/* Replaces in place (keeping a trailing comment) or appends at the end of the section; makes a missing section. */
void ini_set(struct ini *f, const char *section, const char *key, const char *value);
/* "a, b"; one element "a,"; empty ",". */
void ini_set_list(struct ini *f, const char *section, const char *key, const struct strlist *values);
void ini_remove(struct ini *f, const char *section, const char *key);
void ini_remove_section(struct ini *f, const char *section);

void ini_write(const struct ini *f, struct buf *out);

AUTO_FREE(struct ini, ini_free)

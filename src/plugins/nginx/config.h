/*
 * nginx's whole configuration: nginx.conf and what it includes where server blocks can be (the main context, http, server). It is
 * in memory; who changes it edits files there, and config_edits() says what that comes to.
 */
#pragma once

#include "plugins/nginx/document.h"

struct config;

/* root/nginx.conf; relative includes are of root. A file that cannot be read or understood is an error, whichever it is. */
MUST_CHECK struct err *config_load(struct config **out, const char *root);
void config_free(struct config *c);
/* Where nginx finds a file that its configuration names. */
char *config_path(const struct config *c, const char *word);

/* In the order in which nginx reads them, the directives of included files in the place of the include. block NULL: the main context. */
typedef struct err *(*directive_fn)(void *ctx, struct directive *d);
MUST_CHECK struct err *config_each(struct config *c, struct directive *block, directive_fn visit,
				   void *ctx);

/* What is to be done to several of its files; zero-filled: nothing. */
struct edits {
	struct file_edit {
		const struct document *doc;
		struct splices splices;
	} * items;
	size_t count;
};

struct splices *edits_in(struct edits *e, const struct document *d);
void edits_release(struct edits *e);

/* Directives of edited files are others afterwards. A result that is no configuration is ERR_INTERNAL. */
MUST_CHECK struct err *config_apply(struct config *c, struct edits *e);
/* A file that includes are to find though it is not there yet: config_edits() tells nothing of it. Once more for a path: nothing. */
MUST_CHECK struct err *config_foresee(struct config *c, const char *path, const struct buf *text);
/* Each file that is not what it was when it was loaded, in the order in which they were read. */
typedef void (*edited_fn)(void *ctx, const char *path, const struct buf *old,
			  const struct buf *new);
void config_edits(const struct config *c, edited_fn tell, void *ctx);

AUTO_FREE(struct config, config_free)
AUTO_RELEASE(struct edits, edits_release)

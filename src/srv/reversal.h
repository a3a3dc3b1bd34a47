/*
 * What a checkpoint notes, piece by piece, within undo.c: a file that is put back, something made that is removed, a command's undo that
 * is run. A piece that the server does not load its configuration without is done again, and stays.
 */
#pragma once

#include "base/buf.h"
#include "srv/checkpoint.h"

struct undo {
	const struct checkpoints *checkpoints;
	const char *dir;
	struct checkpoint_report *report;
	struct strlist
		test; /* argv of the server's own test of its configuration; empty: unknown */
};

/* In this order; none of a stage is begun after an error in an earlier one. */
enum stage { STAGE_FILES, STAGE_MADE, STAGE_COMMANDS };

struct piece;

struct piece_ops {
	enum stage stage;
	/* Both may be called again, in turn. */
	struct err *(*undo)(const struct undo *u, struct piece *p);
	struct err *(*redo)(const struct undo *u, struct piece *p);
	/* Another way to undo it, and at the next call the first one again. *there false: there is none. May be NULL. */
	struct err *(*other_way)(bool *there, const struct undo *u, struct piece *p);
	/* What became of it, when that is sure. */
	void (*tell)(const struct undo *u, const struct piece *p);
	void (*free)(struct piece *p);
};

struct piece {
	const struct piece_ops *ops;
	bool undone;
	bool delicate; /* the server may not take what is left */
	char *needed;  /* the server's words without it; NULL: it is not needed */
};

struct pieces {
	struct piece **items;
	size_t count;
};

void pieces_add(struct pieces *list, struct piece *p); /* takes p */
void pieces_release(struct pieces *list);

/* Each adds those of its stage, in the order in which they are undone. */
MUST_CHECK struct err *pieces_of_files(struct pieces *out, const struct undo *u);
MUST_CHECK struct err *pieces_made(struct pieces *out, const struct undo *u);
MUST_CHECK struct err *pieces_of_commands(struct pieces *out, const struct undo *u);

/* An edited version is put aside in <work-dir>/signet/edited, in the shape of the file `like`. */
MUST_CHECK struct err *edited_keep(char **kept, const struct undo *u, const struct buf *bytes,
				   const char *real, const char *like);
void complain(const struct undo *u, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* All is undone: does the server load what is left? If not, what it needs is done again, and that is told. */
MUST_CHECK struct err *rescue(const struct undo *u, const struct pieces *list);

AUTO_RELEASE(struct pieces, pieces_release)

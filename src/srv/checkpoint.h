/*
 * Certbot's checkpoints of server configurations (certbot.md 17), byte for byte its layout: either program undoes what the
 * other has done. <work-dir>/temp_checkpoint holds what is in place for challenges only, <work-dir>/IN_PROGRESS what is being
 * changed, <work-dir>/backups/<time> what was changed for good.
 *
 * Beside each copy is what was written, which Certbot does not look at: a file that somebody has edited since is not put back whole, but
 * only loses what we wrote. Where both have changed the same lines, these stay if the server takes them so; their version is kept in
 * <work-dir>/signet/edited then.
 *
 * What is to be undone is on the disk before anything is changed, so a kill at any point leaves what
 * checkpoints_recover() brings back: bytes and modification time; owner and mode are those of today. Nothing is ever pruned: a checkpoint holds
 * only the files that changed, and it may be a person's only way back.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/world.h"

struct webserver;

/* The place; a value, all lent. */
struct checkpoints {
	const struct world *world; /* its clock names them, its spawner runs undo commands */
	const char *work_dir;
	const struct webserver *
		server; /* whose they are: its test is noted, and asked after an undo; may be NULL */
	/* Told what people should know of an undo that nobody else reports on; may be NULL. */
	void (*complain)(void *ctx, const char *text);
	void *ctx;
};

enum checkpoint_kind { CHECKPOINT_TEMPORARY, CHECKPOINT_IN_PROGRESS };

/* A file that will be changed, from what it has now. */
struct checkpoint_file {
	const char *path;
	const char *real; /* where it leads (srv/spot.h): the undo does not follow it anew */
	const struct buf *old, *fresh;
};

struct checkpoint_creation {
	const char *path;
	const struct buf *bytes; /* NULL: it will be a link */
	mode_t mode;             /* the note of it is as the file */
	const char *like;        /* path: it has that one's owner and mode; NULL: mode */
};

/* What is about to happen. Registering twice is fine: the first copy of a file is the one that is kept. */
struct checkpoint_entry {
	const struct checkpoint_file *files;
	size_t file_count;
	const struct checkpoint_creation *created;
	size_t created_count;
	const char *const
		*undo; /* argv of a command that undoes one that is about to be run; may be NULL */
	const char *const *
		run; /* what that one undoes: done again where the configuration does not load without it; may be NULL */
	const char *notes; /* lines for people, each with its newline; may be NULL */
};

/* ERR_BUSY: IN_PROGRESS shall not touch what a temporary checkpoint holds. Paths are absolute. */
MUST_CHECK struct err *checkpoint_add(const struct checkpoints *c, enum checkpoint_kind kind,
				      const struct checkpoint_entry *entry);
bool checkpoint_exists(const struct checkpoints *c, enum checkpoint_kind kind);
/* Is anything changed that it would bring back? One that cannot be read counts. */
bool checkpoint_holds_any(const struct checkpoints *c, enum checkpoint_kind kind);
/* IN_PROGRESS becomes a backup of this title. Without IN_PROGRESS nothing happens. */
MUST_CHECK struct err *checkpoint_finish(const struct checkpoints *c, const char *title);

/* What was restored, and what could not be undone without being a reason to stop (an undo command that failed). */
struct checkpoint_report {
	struct strlist restored, removed; /* paths */
	struct strlist complaints;        /* for people, a line each */
	size_t checkpoints; /* undone; one that only owes a reload counts, and stays */
};

/* Undoes one of the two; none there: fine. May be called again after an error. */
MUST_CHECK struct err *checkpoint_revert(const struct checkpoints *c, enum checkpoint_kind kind,
					 struct checkpoint_report *report);
/*
 * Undoes the temporary one and leaves it, empty, as long as the server runs with what is gone: it is told later, by this run or,
 * when that is killed, by the next.
 */
MUST_CHECK struct err *checkpoint_withdraw(const struct checkpoints *c,
					   struct checkpoint_report *report);
/* Is there an empty one? */
bool checkpoint_is_owed(const struct checkpoints *c);
/* What a killed run left: the temporary one first, then IN_PROGRESS. An empty one stays until the server was told. */
MUST_CHECK struct err *checkpoints_recover(const struct checkpoints *c,
					   struct checkpoint_report *report);
/*
 * Of the last n backups: *test of one that is of another server than that with the test own, as people would type it. NULL: none is known
 * to be.
 */
MUST_CHECK struct err *checkpoints_find_foreign(char **test, const struct checkpoints *c,
						const struct strlist *own, int64_t n);
/*
 * The last n backups; fewer there: all of them. An empty IN_PROGRESS is left, so that a run that is killed before the server has
 * taken its files again is followed by one that has it take them.
 */
MUST_CHECK struct err *checkpoints_rollback(const struct checkpoints *c, int64_t n,
					    struct checkpoint_report *report);
/* The server was told: empty ones, of either kind, go. */
MUST_CHECK struct err *checkpoints_settle(const struct checkpoints *c);
/* Names in backups, oldest first. */
MUST_CHECK struct err *checkpoints_list(const struct checkpoints *c, struct strlist *out);

void checkpoint_report_release(struct checkpoint_report *r);
AUTO_RELEASE(struct checkpoint_report, checkpoint_report_release)

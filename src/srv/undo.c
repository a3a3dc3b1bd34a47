/*
 * Undoing checkpoints (certbot.md 17): files, then what was made, then commands last to first, then the directory. Certbot runs the
 * commands first: killed there, it leaves a configuration that asks for modules that are gone.
 */
#include "base/fs.h"
#include "srv/checkpoint_dir.h"
#include "srv/owner.h"
#include "srv/reversal.h"
#include "srv/webserver.h"

/* The lists go first: a directory that was emptied by half has nothing left to do. */
static struct err *empty_dir(const char *dir)
{
	static const char *const lists[] = { PART_COMMANDS, PART_CREATED, PART_FILES };
	AUTO(strlist_release) struct strlist rest = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		AUTO(free) char *path = fs_join(dir, lists[i]);

		TRY(fs_unlink(path));
	}
	TRY(fs_sync_dir(dir));
	TRY(fs_list(&rest, dir));
	for (size_t i = 0; i < rest.count; i++) {
		AUTO(free) char *path = fs_join(dir, rest.items[i]);

		TRY(fs_remove_tree(path));
	}
	return NULL;
}

static void keep_first(struct err **first, struct err *e)
{
	if (*first == NULL)
		*first = e;
	else
		err_ignore(e);
}

/* Goes on behind an error of its stage: the more is restored the better. */
static struct err *undo_pieces(const struct undo *u, const struct pieces *list, struct err *first)
{
	enum stage stage = STAGE_FILES;

	for (size_t i = 0; i < list->count; i++) {
		struct piece *p = list->items[i];

		/* a file that is still as it was changed may need what was made for it, and what was made a module */
		if (p->ops->stage != stage && first != NULL)
			break;
		stage = p->ops->stage;
		struct err *e = p->ops->undo(u, p);

		p->undone = e == NULL;
		keep_first(&first, e);
	}
	return first;
}

/* What a challenge changed for some seconds is put back as it was, and the server's reload tests it. */
static bool is_to_be_tested(const struct pieces *list, enum checkpoint_kind kind)
{
	bool delicate = kind != CHECKPOINT_TEMPORARY && list->count > 0;

	for (size_t i = 0; i < list->count; i++)
		delicate |= list->items[i]->delicate;
	return delicate;
}

static void tell(const struct undo *u, const struct pieces *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->undone || list->items[i]->needed != NULL)
			list->items[i]->ops->tell(u, list->items[i]);
}

/* Whose checkpoint it is; those of Certbot do not say that, and are those of the server that is worked with. */
static struct err *find_test(struct strlist *out, const struct checkpoints *c, const char *dir)
{
	TRY(owner_read(out, dir));
	bool said = out->count > 0;

	for (size_t i = 0; !said && c->server != NULL && c->server->test[i] != NULL; i++)
		strlist_add(out, c->server->test[i]);
	return NULL;
}

static struct err *find_pieces(struct pieces *out, struct undo *u)
{
	struct err *e = pieces_of_files(out, u);

	if (e == NULL)
		e = pieces_made(out, u);
	if (e == NULL)
		e = pieces_of_commands(out, u);
	return e != NULL ? e : find_test(&u->test, u->checkpoints, u->dir);
}

static struct err *undo_noted(struct undo *u, enum checkpoint_kind kind)
{
	AUTO(pieces_release) struct pieces list = { 0 };
	struct err *e = undo_pieces(u, &list, find_pieces(&list, u));

	if (e == NULL && is_to_be_tested(&list, kind))
		e = rescue(u, &list);
	tell(u, &list);
	return e;
}

/* What is noted in dir, which is empty then. */
static struct err *undo(const struct checkpoints *c, const char *dir, enum checkpoint_kind kind,
			struct checkpoint_report *report)
{
	struct undo u = { .checkpoints = c, .dir = dir, .report = report };
	struct err *e = undo_noted(&u, kind);

	strlist_release(&u.test);
	TRY_WRAP(
		e,
		"undoing what is noted in %s (it is tried again by the next run; remove that directory if the configuration is as you want it)",
		dir);
	TRY(empty_dir(dir));
	report->checkpoints++;
	return NULL;
}

struct err *checkpoint_withdraw(const struct checkpoints *c, struct checkpoint_report *report)
{
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_TEMPORARY);

	return fs_is_dir(dir) ? undo(c, dir, CHECKPOINT_TEMPORARY, report) : NULL;
}

static bool is_empty_dir(const char *dir)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	if (!fs_is_dir(dir))
		return false;
	AUTO(err_free) struct err *e = fs_list(&names, dir);

	return e == NULL && names.count == 0;
}

static bool owes_reload(const struct checkpoints *c, enum checkpoint_kind kind)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);

	return is_empty_dir(dir);
}

bool checkpoint_is_owed(const struct checkpoints *c)
{
	return owes_reload(c, CHECKPOINT_TEMPORARY);
}

struct err *checkpoints_settle(const struct checkpoints *c)
{
	static const enum checkpoint_kind kinds[] = { CHECKPOINT_TEMPORARY,
						      CHECKPOINT_IN_PROGRESS };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(free) char *dir = checkpoint_dir(c, kinds[i]);

		if (is_empty_dir(dir))
			TRY(fs_remove_tree(dir));
	}
	return NULL;
}

struct err *checkpoint_revert(const struct checkpoints *c, enum checkpoint_kind kind,
			      struct checkpoint_report *report)
{
	AUTO(free) char *dir = checkpoint_dir(c, kind);

	if (!fs_is_dir(dir))
		return NULL;
	TRY(undo(c, dir, kind, report));
	return fs_remove_tree(dir); /* empty by now: where a crash brings it back, the next run takes it away */
}

/* An empty one stays until the server was told. */
static struct err *recover(const struct checkpoints *c, enum checkpoint_kind kind,
			   struct checkpoint_report *report)
{
	if (!owes_reload(c, kind))
		return checkpoint_revert(c, kind, report);
	report->checkpoints++;
	return NULL;
}

struct err *checkpoints_recover(const struct checkpoints *c, struct checkpoint_report *report)
{
	TRY(recover(c, CHECKPOINT_TEMPORARY, report));
	return recover(c, CHECKPOINT_IN_PROGRESS, report);
}

/* It is in progress again while it is undone: a kill leaves what recovery finishes. The rename takes the place of an empty directory. */
static struct err *roll_back(const struct checkpoints *c, const char *name,
			     struct checkpoint_report *report)
{
	AUTO(free) char *backups = checkpoints_backups(c);
	AUTO(free) char *dir = checkpoint_dir(c, CHECKPOINT_IN_PROGRESS);
	AUTO(free) char *path = fs_join(backups, name);

	TRY(fs_rename(path, dir));
	TRY(fs_sync_dir(backups));
	return undo(c, dir, CHECKPOINT_IN_PROGRESS, report);
}

struct err *checkpoints_rollback(const struct checkpoints *c, int64_t n,
				 struct checkpoint_report *report)
{
	AUTO(strlist_release) struct strlist names = { 0 };

	TRY(checkpoints_recover(c, report));
	report->checkpoints = 0;
	TRY(checkpoints_list(c, &names));
	for (size_t i = names.count; i > 0 && n > 0; i--, n--)
		TRY(roll_back(c, names.items[i - 1], report));
	return NULL;
}

void checkpoint_report_release(struct checkpoint_report *r)
{
	strlist_release(&r->restored);
	strlist_release(&r->removed);
	strlist_release(&r->complaints);
}

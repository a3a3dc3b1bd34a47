/* A file that is put back; one that somebody has edited since loses what we wrote, and that alone. */
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/file.h"
#include "srv/merge.h"
#include "srv/reversal.h"

enum way {
	WAY_UNKNOWN,
	WAY_LEFT, /* who took it away, or put something else there, has the last word */
	WAY_PLACED, /* over a link, or where there is nothing; Certbot's checkpoints do not say where a path led */
	WAY_SHAPED, /* its bytes are those of before: never changed, or put back by a run that was killed */
	WAY_WHOLE,
	WAY_MERGED,
};

struct file_piece {
	struct piece base;
	size_t number;
	char *path, *real;
	char *copy,
		*written; /* of before, and what was written; Certbot's checkpoints do not say that */
	bool is_ours;
	enum way way;
	struct buf now;          /* the edited version */
	struct buf merged;       /* the same without what we wrote */
	struct strlist disputed; /* lines of it that stay */
	char *link;              /* where one led that was put in its place */
	char *kept;              /* the copy, or the edited version */
};

static struct err *find(struct file_piece *p, const char *dir)
{
	AUTO(free) char *where = NULL;

	if (str_ends(p->path, "/"))
		return err_new(ERR_CONFIG, "%s is no path of a file", p->path);
	p->copy = checkpoint_copy_path(dir, p->path, p->number);
	p->written = str_fmt("%s" SUFFIX_WRITTEN, p->copy);
	where = str_fmt("%s" SUFFIX_REAL, p->copy);
	TRY(fs_read_if_exists(&p->real, NULL, where, LIMIT_PATH));
	p->is_ours = p->real != NULL;
	if (!p->is_ours)
		p->real = spot_real_path(p->path);
	return NULL;
}

/* --- which way --- */

/* A file never vanishes by us, not even by a kill. */
static struct err *leave(const struct undo *u, struct file_piece *p)
{
	AUTO(buf_release) struct buf old = { 0 };

	p->way = WAY_LEFT;
	TRY(file_load(&old, p->copy));
	return edited_keep(&p->kept, u, &old, p->real, p->copy);
}

static struct err *keep_edited(const struct undo *u, struct file_piece *p)
{
	return p->kept == NULL ? edited_keep(&p->kept, u, &p->now, p->real, p->real) : NULL;
}

/* Whether the server takes what is left where both have changed the same is for the server to say. */
static struct err *plan_merge(const struct undo *u, struct file_piece *p, const struct buf *old,
			      const struct buf *written)
{
	p->base.delicate = true;
	p->merged = BUF_INIT(LIMIT_SERVER_FILE);
	TRY(merge_back(&p->disputed, &p->merged, old, written, &p->now));
	if (p->disputed.count > 0)
		TRY(keep_edited(u, p));
	p->way = p->disputed.count > 0 && u->test.count == 0 ? WAY_WHOLE : WAY_MERGED;
	return NULL;
}

static struct err *compare_versions(const struct undo *u, struct file_piece *p)
{
	AUTO(buf_release) struct buf old = { 0 };
	AUTO(buf_release) struct buf written = { 0 };

	TRY(file_load(&old, p->copy));
	TRY(file_load(&p->now, p->real));
	if (buf_same(&p->now, &old)) {
		p->way = WAY_SHAPED;
		return NULL;
	}
	TRY(file_clear_leftover(p->real));
	if (fs_exists(p->written)) {
		TRY(file_load(&written, p->written));
		if (!buf_same(&p->now, &written))
			return plan_merge(u, p, &old, &written);
	}
	p->way = WAY_WHOLE;
	return NULL;
}

static struct err *find_way(const struct undo *u, struct file_piece *p)
{
	enum spot_holds there = SPOT_EMPTY;

	if (p->copy == NULL)
		TRY(find(p, u->dir));
	TRY(file_look(&there, p->real));
	if (p->is_ours && (there == SPOT_LOST || there == SPOT_EMPTY || there == SPOT_OTHER))
		return leave(u, p);
	if (there == SPOT_LINK)
		TRY(fs_readlink(&p->link, p->real));
	if (there == SPOT_FILE)
		return compare_versions(u, p);
	p->way = WAY_PLACED;
	return NULL;
}

/* --- there and back --- */

/* The bytes are right: a file that cannot be written (read-only, a full disk) is no reason to stop. */
static void restore_time(const struct file_piece *p)
{
	struct stat now, old;

	err_ignore(file_clear_leftover(p->real));
	if (stat(p->copy, &old) == 0 && lstat(p->real, &now) == 0 &&
	    old.st_mtim.tv_sec == now.st_mtim.tv_sec && old.st_mtim.tv_nsec == now.st_mtim.tv_nsec)
		return;
	err_ignore(file_restore(p->copy, p->real));
}

static struct err *undo_file(const struct undo *u, struct piece *piece)
{
	struct file_piece *p = (struct file_piece *)piece;
	bool first = p->way == WAY_UNKNOWN;

	if (first)
		TRY(find_way(u, p));
	if (p->way == WAY_LEFT || (first && p->way == WAY_MERGED && buf_same(&p->merged, &p->now)))
		return NULL;
	if (first && p->way == WAY_SHAPED) {
		restore_time(p);
		return NULL;
	}
	return p->way == WAY_MERGED ? file_rewrite(p->real, &p->merged)
				    : file_restore(p->copy, p->real);
}

/* A run that was killed after it had put the file back has only the note of what was written. */
static struct err *write_again(const struct undo *u, struct piece *piece)
{
	const struct file_piece *p = (const struct file_piece *)piece;
	AUTO(buf_release) struct buf written = { 0 };

	(void)u;
	if (p->way == WAY_MERGED || p->way == WAY_WHOLE)
		return file_rewrite(p->real, &p->now);
	if (p->way != WAY_SHAPED || !fs_exists(p->written))
		return NULL;
	TRY(file_load(&written, p->written));
	return file_rewrite(p->real, &written);
}

/* As it was before both. */
static struct err *whole_or_merged(bool *there, const struct undo *u, struct piece *piece)
{
	struct file_piece *p = (struct file_piece *)piece;

	*there = p->base.delicate && p->base.undone;
	if (!*there)
		return NULL;
	TRY(keep_edited(u, p));
	p->way = p->way == WAY_MERGED ? WAY_WHOLE : WAY_MERGED;
	return undo_file(u, piece);
}

/* --- what is told --- */

static char *disputed_places(const struct file_piece *p)
{
	AUTO(free) char *lines = strlist_join(&p->disputed, ", ");

	return str_fmt("%s:%s", p->real, lines);
}

static void tell_edited(const struct undo *u, const struct file_piece *p)
{
	AUTO(free) char *places = disputed_places(p);

	if (p->way == WAY_WHOLE)
		complain(
			u,
			"%s was edited by somebody in the place that signet had changed: it is as it was before both, and the edited version is kept as %s",
			p->real, p->kept);
	else if (p->disputed.count > 0)
		complain(
			u,
			"%s is what signet had written and somebody edited since: it stays as it is, look at it; what else signet had written there is "
			"taken out, and the file as it was is kept as %s",
			places, p->kept);
	else
		complain(
			u,
			"%s was edited by somebody since signet changed it: that stays, and what signet had written is taken out",
			p->real);
}

static void tell_what_is_odd(const struct undo *u, const struct file_piece *p)
{
	if (p->way == WAY_LEFT)
		complain(
			u,
			"%s was removed by somebody since signet changed it, and is left so; what it was before is kept as %s",
			p->real, p->kept);
	else if (p->link != NULL)
		complain(
			u,
			"%s was replaced by a link to %s since signet changed it: it is the file that it was before",
			p->real, p->link);
	else if (p->base.delicate)
		tell_edited(u, p);
}

static void tell_file(const struct undo *u, const struct piece *piece)
{
	const struct file_piece *p = (const struct file_piece *)piece;

	if (p->base.needed != NULL) {
		complain(
			u,
			"%s keeps what signet had written, for by now the configuration does not load without it: %s",
			p->real, p->base.needed);
		return;
	}
	tell_what_is_odd(u, p);
	(void)strlist_add_unique(&u->report->restored, p->path);
}

static void free_file(struct piece *piece)
{
	struct file_piece *p = (struct file_piece *)piece;

	free(p->path);
	free(p->real);
	free(p->copy);
	free(p->written);
	buf_release(&p->now);
	buf_release(&p->merged);
	strlist_release(&p->disputed);
	free(p->link);
	free(p->kept);
	free(p);
}

static const struct piece_ops ops = {
	.stage = STAGE_FILES,
	.undo = undo_file,
	.redo = write_again,
	.other_way = whole_or_merged,
	.tell = tell_file,
	.free = free_file,
};

struct err *pieces_of_files(struct pieces *out, const struct undo *u)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	TRY(checkpoint_lines(&paths, u->dir, PART_FILES));
	for (size_t i = 0; i < paths.count; i++) {
		struct file_piece *p = xcalloc(1, sizeof(*p));

		p->base.ops = &ops;
		p->number = i;
		p->path = xstrdup(paths.items[i]);
		pieces_add(out, &p->base);
	}
	return NULL;
}

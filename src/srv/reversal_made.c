/* A file or link that we made. It was registered before that, so that it may be missing. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/file.h"
#include "srv/reversal.h"

struct made_piece {
	struct piece base;
	char *path, *real;
	char *note;       /* what it was made with; none for a link, nor in one of Certbot's */
	bool there;       /* when it was removed */
	struct buf bytes; /* it had then */
	int like;         /* open: the file that was removed; -1: none was */
	char *target;     /* of a link */
	char *kept;       /* the edited version */
};

/* What somebody has written into a file that we made is not ours to throw away. */
static struct err *keep_if_edited(const struct undo *u, struct made_piece *p)
{
	AUTO(buf_release) struct buf made = { 0 };

	TRY(file_load(&p->bytes, p->real));
	TRY(file_load(&made, p->note));
	if (buf_same(&p->bytes, &made) || p->bytes.len == 0)
		return NULL;
	return edited_keep(&p->kept, u, &p->bytes, p->real, p->real);
}

static struct err *look(const struct undo *u, struct made_piece *p)
{
	enum spot_holds there = SPOT_EMPTY;

	if (p->there || !(fs_exists(p->path) || fs_is_link(p->path)))
		return NULL;
	TRY(fs_readlink(&p->target, p->path));
	TRY(file_look(&there, p->real));
	if (there == SPOT_FILE && fs_exists(p->note))
		TRY(keep_if_edited(u, p));
	if (p->target == NULL)
		p->like = open(p->real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	p->there = true;
	return NULL;
}

static struct err *remove_made(const struct undo *u, struct piece *piece)
{
	struct made_piece *p = (struct made_piece *)piece;

	TRY(file_clear_leftover(p->real));
	TRY(look(u, p));
	return fs_unlink(p->path);
}

/* A run that was killed after the removal has only the note. */
static struct err *make_again(const struct undo *u, struct piece *piece)
{
	struct made_piece *p = (struct made_piece *)piece;

	(void)u;
	if (p->target != NULL)
		return fs_symlink(p->target, p->path);
	if (!fs_exists(p->note))
		return NULL;
	if (p->like >= 0)
		return file_make_again(p->real, &p->bytes, p->like);
	TRY(file_load(&p->bytes, p->note));
	return file_make(p->path, &p->bytes, p->note);
}

static void tell_made(const struct undo *u, const struct piece *piece)
{
	const struct made_piece *p = (const struct made_piece *)piece;

	if (p->base.needed != NULL) {
		complain(u, "%s stays, for by now the configuration does not load without it: %s",
			 p->path, p->base.needed);
		return;
	}
	if (p->kept != NULL)
		complain(
			u,
			"%s was edited by somebody since signet made it: it is removed, and the edited version is kept as %s",
			p->real, p->kept);
	if (p->there)
		(void)strlist_add_unique(&u->report->removed, p->path);
}

static void free_made(struct piece *piece)
{
	struct made_piece *p = (struct made_piece *)piece;

	free(p->path);
	free(p->real);
	free(p->note);
	buf_release(&p->bytes);
	fd_close(p->like);
	free(p->target);
	free(p->kept);
	free(p);
}

static const struct piece_ops ops = {
	.stage = STAGE_MADE,
	.undo = remove_made,
	.redo = make_again,
	.tell = tell_made,
	.free = free_made,
};

/* Last to first: a link before what it leads to. */
struct err *pieces_made(struct pieces *out, const struct undo *u)
{
	AUTO(strlist_release) struct strlist paths = { 0 };

	TRY(checkpoint_lines(&paths, u->dir, PART_CREATED));
	for (size_t i = paths.count; i-- > 0;) {
		struct made_piece *p = xcalloc(1, sizeof(*p));

		p->base.ops = &ops;
		p->like = -1;
		p->path = xstrdup(paths.items[i]);
		p->real = spot_real_path(p->path);
		p->note = checkpoint_made_path(u->dir, i);
		pieces_add(out, &p->base);
	}
	return NULL;
}

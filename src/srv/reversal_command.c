/* A command whose undo is run; what was run itself is noted too, but not by Certbot. */
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "srv/checkpoint_dir.h"
#include "srv/csv.h"
#include "srv/reversal.h"

struct command_piece {
	struct piece base;
	struct strlist undo, run; /* run empty: unknown */
	char *failed;             /* why, at the last time */
};

/* A program that is not there any more will not be there for the next run either; anything else may pass. */
static struct err *failure(char **why, const struct strlist *row, struct err *e)
{
	AUTO(free) char *program = program_path(row->items[0]);

	if (program != NULL) {
		AUTO(free) char *line = strlist_join(row, " ");

		return err_wrap(e, "undo command `%s`", line);
	}
	*why = err_text(e);
	err_free(e);
	return NULL;
}

/* *why: what it said where it failed. As Certbot does, one that fails keeps nobody from the rest. */
static struct err *run(char **why, const struct undo *u, const struct strlist *row)
{
	AUTO(command_result_release) struct command_result result = { 0 };
	AUTO(free) const char **argv = strlist_argv(row);
	const struct spawner *s = u->checkpoints->world->spawner;
	const struct command c = { .argv = argv,
				   .input = "",
				   .max_output = LIMIT_SERVER_OUTPUT,
				   .timeout_ms = LIMIT_SERVER_MS };
	struct err *e = s->run(s, &c, &result);

	if (e != NULL)
		return failure(why, row, e);
	if (result.status != 0)
		*why = str_trimmed(result.err);
	return NULL;
}

static struct err *undo_command(const struct undo *u, struct piece *piece)
{
	struct command_piece *p = (struct command_piece *)piece;

	free(p->failed);
	p->failed = NULL;
	return run(&p->failed, u, &p->undo);
}

static struct err *run_again(const struct undo *u, struct piece *piece)
{
	struct command_piece *p = (struct command_piece *)piece;
	AUTO(free) char *why = NULL;

	return p->run.count > 0 ? run(&why, u, &p->run) : NULL;
}

static void tell_command(const struct undo *u, const struct piece *piece)
{
	const struct command_piece *p = (const struct command_piece *)piece;
	AUTO(free) char *line = strlist_join(&p->undo, " ");
	AUTO(free) char *done = strlist_join(&p->run, " ");

	if (p->base.needed != NULL)
		complain(
			u,
			"what `%s` did stays, for by now the configuration does not load without it: %s",
			done, p->base.needed);
	else if (p->failed != NULL)
		complain(u, "undo command `%s`: %s", line, p->failed);
}

static void free_command(struct piece *piece)
{
	struct command_piece *p = (struct command_piece *)piece;

	strlist_release(&p->undo);
	strlist_release(&p->run);
	free(p->failed);
	free(p);
}

static const struct piece_ops ops = {
	.stage = STAGE_COMMANDS,
	.undo = undo_command,
	.redo = run_again,
	.tell = tell_command,
	.free = free_command,
};

/* Certbot notes only `a2dismod -f MODULE`. */
static void find_run(struct command_piece *p)
{
	static const char end[] = "a2dismod";
	const struct strlist *row = &p->undo;

	if (p->run.count > 0 || row->count != 3 || !str_ends(row->items[0], end))
		return;
	strlist_take(&p->run, str_fmt("%.*sa2enmod", (int)(strlen(row->items[0]) - strlen(end)),
				      row->items[0]));
	strlist_add(&p->run, row->items[2]);
}

static struct command_piece *next_piece(const char *undone, size_t *at, const char *done,
					size_t *done_at)
{
	struct strlist row = { 0 };

	if (undone == NULL || !csv_read_row(&row, undone, at))
		return NULL;
	struct command_piece *p = xcalloc(1, sizeof(*p));

	p->base = (struct piece){ .ops = &ops, .delicate = true };
	p->undo = row;
	if (done != NULL)
		(void)csv_read_row(&p->run, done, done_at);
	find_run(p);
	return p;
}

/* Last to first. */
struct err *pieces_of_commands(struct pieces *out, const struct undo *u)
{
	AUTO(free) char *path = fs_join(u->dir, PART_COMMANDS);
	AUTO(free) char *done_path = fs_join(u->dir, PART_RUN);
	AUTO(free) char *text = NULL;
	AUTO(free) char *done = NULL;
	size_t at = 0, done_at = 0, from = out->count;

	TRY(fs_read_if_exists(&text, NULL, path, LIMIT_SERVER_PATHS));
	TRY(fs_read_if_exists(&done, NULL, done_path, LIMIT_SERVER_PATHS));
	for (struct command_piece *p; (p = next_piece(text, &at, done, &done_at)) != NULL;)
		pieces_add(out, &p->base);
	for (size_t to = out->count; from + 1 < to; from++) {
		struct piece *last = out->items[--to];

		out->items[to] = out->items[from];
		out->items[from] = last;
	}
	return NULL;
}

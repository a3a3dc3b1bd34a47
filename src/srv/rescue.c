#include "base/limits.h"
#include "srv/owner.h"
#include "srv/reversal.h"
#include "srv/server_command.h"

enum { PASSES = 2 }; /* what was needed by something of the same checkpoint may not be any more */

enum verdict { CONFIG_LOADS, CONFIG_REFUSED, CONFIG_UNKNOWN };

/* *said: the server's words, where it refuses. A test that cannot be run says nothing. */
static enum verdict ask(char **said, const struct undo *u)
{
	AUTO(free) const char **argv = strlist_argv(&u->test);
	const struct webserver server = { .test = argv };
	struct world calm = *u->checkpoints->world;

	calm.stop = NULL;
	AUTO(err_free) struct err *e = server_run(&server, &calm, argv);

	if (e != NULL && !err_is(e, ERR_CONFIG))
		return CONFIG_UNKNOWN;
	free(*said);
	*said = e != NULL ? err_text(e) : NULL;
	return e == NULL ? CONFIG_LOADS : CONFIG_REFUSED;
}

static struct err *undo_piece(const struct undo *u, struct piece *p)
{
	TRY(p->ops->undo(u, p));
	p->undone = true;
	return NULL;
}

static struct err *redo_piece(const struct undo *u, struct piece *p)
{
	p->undone = false; /* an error leaves something that is to be undone */
	return p->ops->redo(u, p);
}

static struct err *redo_all(const struct undo *u, const struct pieces *list)
{
	for (size_t i = list->count; i-- > 0;)
		TRY(redo_piece(u, list->items[i]));
	return NULL;
}

static struct err *undo_all(const struct undo *u, const struct pieces *list)
{
	for (size_t i = 0; i < list->count; i++)
		TRY(undo_piece(u, list->items[i]));
	return NULL;
}

/* An undo may have taken more with it than what it undoes: a2dismod does that with modules that need the one it disables. */
static struct err *redo_from(const struct undo *u, const struct pieces *list, size_t i)
{
	bool takes_more = list->items[i]->ops->stage == STAGE_COMMANDS;

	TRY(redo_piece(u, list->items[i]));
	while (takes_more && i-- > 0 && list->items[i]->ops->stage == STAGE_COMMANDS)
		if (!list->items[i]->undone)
			TRY(redo_piece(u, list->items[i]));
	return NULL;
}

/* Stays undone if the server does without it. */
static struct err *try_without(const struct undo *u, const struct pieces *list, size_t i)
{
	struct piece *p = list->items[i];

	TRY(undo_piece(u, p));
	free(p->needed);
	p->needed = NULL;
	return ask(&p->needed, u) == CONFIG_REFUSED ? redo_from(u, list, i) : NULL;
}

static struct err *keep_what_is_needed(const struct undo *u, const struct pieces *list)
{
	for (size_t pass = 0; pass < PASSES; pass++)
		for (size_t i = 0; i < list->count; i++)
			if (!list->items[i]->undone)
				TRY(try_without(u, list, i));
	return NULL;
}

static bool is_worked_with(const struct undo *u)
{
	const struct webserver *s = u->checkpoints->server;
	AUTO(strlist_release) struct strlist own = { 0 };

	for (size_t i = 0; s != NULL && s->test[i] != NULL; i++)
		strlist_add(&own, s->test[i]);
	return s != NULL && owner_is(&u->test, &own);
}

/* Who works with the server has it reload, and reports that. */
static void tell_refusal(const struct undo *u, const char *said)
{
	if (!is_worked_with(u))
		complain(
			u,
			"the server does not load its configuration: %s: correct that, and have it reload",
			said);
}

static struct err *turn(bool *any, const struct undo *u, const struct pieces *list)
{
	*any = false;
	for (size_t i = 0; i < list->count; i++) {
		struct piece *p = list->items[i];
		bool there = false;

		if (p->ops->other_way != NULL)
			TRY(p->ops->other_way(&there, u, p));
		*any |= there;
	}
	return NULL;
}

/* Edited files that are put back whole lose the edit: those alone that the server does not take otherwise. */
static struct err *turn_back(const struct undo *u, const struct pieces *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct piece *p = list->items[i];
		AUTO(free) char *said = NULL;
		bool there = false;

		if (p->ops->other_way != NULL)
			TRY(p->ops->other_way(&there, u, p));
		if (there && ask(&said, u) == CONFIG_REFUSED)
			TRY(p->ops->other_way(&there, u, p));
	}
	return NULL;
}

static struct err *go_other_ways(bool *loads, const struct undo *u, const struct pieces *list)
{
	AUTO(free) char *said = NULL;
	bool any = false;

	TRY(turn(&any, u, list));
	*loads = any && ask(&said, u) == CONFIG_LOADS;
	if (*loads)
		return turn_back(u, list);
	return any ? turn(&any, u, list) : NULL;
}

struct err *rescue(const struct undo *u, const struct pieces *list)
{
	AUTO(free) char *said = NULL;
	bool loads = false;

	if (u->test.count == 0 || ask(&said, u) != CONFIG_REFUSED)
		return NULL;
	TRY(go_other_ways(&loads, u, list));
	if (loads)
		return NULL;
	AUTO(free) char *with_all = NULL;

	struct err *e = redo_all(u, list);

	if (e == NULL && ask(&with_all, u) == CONFIG_LOADS)
		return keep_what_is_needed(u, list);
	err_ignore(e); /* no reason to keep later runs from their work */
	tell_refusal(u, said);
	return undo_all(u, list);
}

#include "plugins/apache/self_check.h"

#include "net/process.h"
#include "srv/answer.h"

enum { PATIENCE_MS = 10000, PAUSE_MS = 20, PAUSE_MAX_MS = 500 };

/* What is wrong with the answer at this address; NULL: nothing. */
static struct err *look(char **wrong, const struct world *w, const struct address *at,
			const char *name, const struct apache_answer *wanted)
{
	AUTO(http_message_release) struct http_message m = { 0 };
	AUTO(free) char *where = address_port_text(at);
	const struct answer_question q = { .at = at, .name = name, .path = wanted->path };
	AUTO(err_free) struct err *e = answer_get(&m, w, &q);

	if (e != NULL && err_is(e, ERR_INTERRUPTED))
		return MOVE(e);
	if (e != NULL) {
		AUTO(free) char *text = err_text(e);

		*wrong = str_fmt("%s: %s", where, text);
	} else if (m.status != 200 || !streq(buf_str(&m.body), wanted->body)) {
		*wrong = str_fmt("%s answers for %s with status %d and not what it was told to",
				 where, name, m.status);
	}
	return NULL;
}

static struct err *look_until(char **wrong, const struct world *w, const struct address *at,
			      const char *name, const struct apache_answer *wanted, int64_t until)
{
	int64_t pause = PAUSE_MS;

	for (;;) {
		int64_t now = world_monotonic_ms(w);

		TRY(look(wrong, w, at, name, wanted));
		if (*wrong == NULL || now >= until)
			return NULL;
		free(MOVE(*wrong));
		TRY(world_sleep_ms(w, pause));
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
}

struct err *apache_self_check(char **doubt, const struct world *w, unsigned port,
			      const struct strlist *names, const struct apache_answer *answers)
{
	AUTO(address_list_release) struct address_list at = { 0 };
	int64_t until = world_monotonic_ms(w) + PATIENCE_MS;

	process_listeners(&at, port);
	for (size_t i = 0; i < at.count && *doubt == NULL; i++)
		for (size_t k = 0; k < names->count && *doubt == NULL; k++)
			TRY(look_until(doubt, w, &at.items[i], names->items[k], &answers[k],
				       until));
	return NULL;
}

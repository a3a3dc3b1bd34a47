#include "client/cmd/spread.h"

#include "client/store/tree.h"

#define RANDOM_SLEEP_MAX_S 480
#define COME_BACK_S 3600 /* the least that others are waited for afterwards */

static void tell_of_wait(void *ctx, const struct err *busy)
{
	const struct client *c = ctx;
	AUTO(free) char *text = err_text(busy);

	ui_emit(c->ui, EVENT_INFO_TEXT, FIELDS(ERROR("error", busy)), "%s; waiting for it", text);
}

/* Whoever came meanwhile was let in: it is no reason to fail. */
static struct err *come_back(struct client *c)
{
	int64_t seconds = c->opt->wait_s > COME_BACK_S ? c->opt->wait_s : COME_BACK_S;
	struct tree_patience p = {
		.world = c->world,
		.until_ms = world_monotonic_ms(c->world) + seconds * 1000,
		.tell = tell_of_wait,
		.ctx = c,
	};

	return tree_lock_again(c->tree, &p);
}

struct err *spread_sleep(struct client *c)
{
	unsigned seconds = 1 + (unsigned)rand_below(c->world->random, RANDOM_SLEEP_MAX_S);

	ui_emit(c->ui, EVENT_INFO_TEXT, FIELDS(INT("seconds", seconds)),
		"Non-interactive renewal: random delay of %u seconds (--no-random-sleep-on-renew avoids it)",
		seconds);
	tree_unlock(c->tree);
	TRY(world_sleep_ms(c->world, (int64_t)seconds * 1000));
	return come_back(c);
}

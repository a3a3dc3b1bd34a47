#include "ca/cmd/desk.h"

#include <event2/event.h>

#include "net/mailbox.h"

struct desk {
	struct event_base *base;
	struct mailbox *mailbox;
	struct store *store;
	struct store_asker asker;
	struct store_answer answer;
	bool answered;
};

static void take_answer(void *ctx, struct store_answer *answer)
{
	struct desk *d = ctx;

	d->answer = *answer;
	*answer = (struct store_answer){ 0 };
	d->answered = true;
}

struct err *desk_open(struct desk **out, const struct ca_config *config, const struct world *world)
{
	AUTO(desk_close) struct desk *d = xcalloc(1, sizeof(*d));

	d->base = event_base_new();
	if (d->base == NULL)
		return err_new(ERR_INTERNAL, "no event loop can be made");
	TRY(mailbox_new(&d->mailbox, d->base));
	TRY(store_open(&d->store, config, world));
	d->asker = (struct store_asker){ .mailbox = d->mailbox, .done = take_answer, .ctx = d };
	*out = MOVE(d);
	return NULL;
}

void desk_close(struct desk *d)
{
	if (d == NULL)
		return;
	store_close(d->store);
	mailbox_free(d->mailbox);
	if (d->base != NULL)
		event_base_free(d->base);
	desk_answer_release(&d->answer);
	free(d);
}

struct store *desk_store(struct desk *d)
{
	return d->store;
}

const struct store_asker *desk_asker(struct desk *d)
{
	return &d->asker;
}

struct err *desk_wait(struct desk *d, struct store_answer *out)
{
	while (!d->answered)
		if (event_base_loop(d->base, EVLOOP_ONCE) < 0)
			return err_new(ERR_INTERNAL, "the event loop broke");
	d->answered = false;
	*out = d->answer;
	d->answer = (struct store_answer){ 0 };
	return MOVE(out->error);
}

void desk_answer_release(struct store_answer *a)
{
	err_free(a->error);
	for (size_t i = 0; i < a->account_count; i++)
		store_account_release(&a->accounts[i]);
	for (size_t i = 0; i < a->order_count; i++)
		store_order_release(&a->orders[i]);
	for (size_t i = 0; i < a->authz_count; i++)
		store_authz_release(&a->authzs[i]);
	for (size_t i = 0; i < a->cert_count; i++)
		store_cert_release(&a->certs[i]);
	for (size_t i = 0; i < a->eab_count; i++)
		store_eab_release(&a->eabs[i]);
	free(a->accounts);
	free(a->orders);
	free(a->authzs);
	free(a->certs);
	free(a->eabs);
	*a = (struct store_answer){ 0 };
}

struct err *desk_each_word(const struct command_run *r, desk_word_fn *fn, void *ctx)
{
	AUTO(desk_close) struct desk *d = NULL;

	TRY(desk_open(&d, r->config, r->world));
	for (size_t i = 0; i < r->words.count; i++)
		TRY(fn(r, d, r->words.items[i], ctx));
	return NULL;
}

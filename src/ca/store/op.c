#include "ca/store/op.h"

#include <stdalign.h>
#include <string.h>

#include "base/limits.h"
#include "net/mailbox.h"

enum { CHUNK_BYTES = 1000 };

struct op_chunk {
	struct op_chunk *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static struct op_chunk *chunk_with(struct op *op, size_t len)
{
	struct op_chunk *c = op->chunks;

	if (c != NULL && c->size - c->used >= len)
		return c;
	size_t size = len > CHUNK_BYTES ? len : CHUNK_BYTES;

	c = xmalloc(sizeof(*c) + size);
	*c = (struct op_chunk){ .next = op->chunks, .size = size };
	op->chunks = c;
	return c;
}

void *op_keep(struct op *op, const void *data, size_t len)
{
	size_t padded = (len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct op_chunk *c = chunk_with(op, padded);
	void *copy = c->data + c->used;

	if (len > 0)
		memcpy(copy, data, len);
	c->used += padded;
	return copy;
}

static char *keep_string(struct op *op, const char *text)
{
	return text != NULL ? op_keep(op, text, strlen(text) + 1) : NULL;
}

void op_keep_text(struct op *op, const char **text)
{
	*text = keep_string(op, *text);
}

void op_keep_strings(struct op *op, struct strlist *l)
{
	l->items = op_keep(op, l->items, l->count * sizeof(*l->items));
	for (size_t i = 0; i < l->count; i++)
		l->items[i] = keep_string(op, l->items[i]);
}

void op_keep_ident(struct op *op, struct ident *i)
{
	i->value = keep_string(op, i->value);
}

void op_keep_idents(struct op *op, struct idents *l)
{
	l->items = op_keep(op, l->items, l->count * sizeof(*l->items));
	for (size_t i = 0; i < l->count; i++)
		op_keep_ident(op, &l->items[i]);
}

struct store_order_ident *op_keep_order_idents(struct op *op,
					       const struct store_order_ident *idents, size_t count)
{
	struct store_order_ident *own = op_keep(op, idents, count * sizeof(*idents));

	for (size_t i = 0; i < count; i++) {
		op_keep_ident(op, &own[i].ident);
		op_keep_text(op, &own[i].token);
		op_keep_strings(op, &own[i].offered);
	}
	return own;
}

struct op *op_new(const struct op_kind *kind, const struct store_asker *who, const void *args,
		  size_t size)
{
	struct op *op = xcalloc(1, sizeof(*op));

	op->kind = kind;
	op->who = *who;
	op->args = op_keep(op, args, size);
	return op;
}

/* --- the answer */

/* Room for one more: arrays grow at the powers of two. */
static void *one_more(void *items, size_t *count, size_t size)
{
	size_t n = *count;

	if ((n & (n - 1)) == 0)
		items = xrealloc(items, n > 0 ? n * 2 : 1, size);
	memset((char *)items + n * size, 0, size);
	*count = n + 1;
	return items;
}

struct store_account *answer_account(struct store_answer *a)
{
	a->accounts = one_more(a->accounts, &a->account_count, sizeof(*a->accounts));
	return &a->accounts[a->account_count - 1];
}

struct store_order *answer_order(struct store_answer *a)
{
	a->orders = one_more(a->orders, &a->order_count, sizeof(*a->orders));
	return &a->orders[a->order_count - 1];
}

struct store_authz *answer_authz(struct store_answer *a)
{
	a->authzs = one_more(a->authzs, &a->authz_count, sizeof(*a->authzs));
	return &a->authzs[a->authz_count - 1];
}

struct store_cert *answer_cert(struct store_answer *a)
{
	a->certs = one_more(a->certs, &a->cert_count, sizeof(*a->certs));
	return &a->certs[a->cert_count - 1];
}

struct store_eab *answer_eab(struct store_answer *a)
{
	a->eabs = one_more(a->eabs, &a->eab_count, sizeof(*a->eabs));
	return &a->eabs[a->eab_count - 1];
}

struct store_authz *order_add_authz(struct store_order *o)
{
	o->authzs = one_more(o->authzs, &o->authz_count, sizeof(*o->authzs));
	return &o->authzs[o->authz_count - 1];
}

/* An array that was moved out is NULL, whatever its count says. */
#define RELEASE_ALL(items, count, release)                              \
	do {                                                            \
		for (size_t i = 0; (items) != NULL && i < (count); i++) \
			release(&(items)[i]);                           \
		free(items);                                            \
	} while (0)

void answer_no_orders(struct store_answer *a)
{
	RELEASE_ALL(a->orders, a->order_count, store_order_release);
	a->orders = NULL;
	a->order_count = 0;
}

void answer_release(struct store_answer *a)
{
	err_free(a->error);
	RELEASE_ALL(a->accounts, a->account_count, store_account_release);
	RELEASE_ALL(a->orders, a->order_count, store_order_release);
	RELEASE_ALL(a->authzs, a->authz_count, store_authz_release);
	RELEASE_ALL(a->certs, a->cert_count, store_cert_release);
	RELEASE_ALL(a->eabs, a->eab_count, store_eab_release);
	*a = (struct store_answer){ 0 };
}

void op_reset(struct op *op)
{
	answer_release(&op->answer);
}

void op_fail(struct op *op, const struct err *why)
{
	AUTO(free) char *text = err_text(why);

	op_reset(op);
	op->answer.error = err_new(ERR_BUSY, "the store: %s", text);
	op->answer.error->retry_after_s = LIMIT_STORE_RETRY_S;
}

static void op_free(struct op *op)
{
	op_reset(op);
	for (struct op_chunk *c = op->chunks; c != NULL;) {
		struct op_chunk *next = c->next;

		free(c);
		c = next;
	}
	free(op);
}

static void deliver(void *arg)
{
	for (struct op *op = arg, *next; op != NULL; op = next) {
		next = op->next;
		op->who.done(op->who.ctx, &op->answer);
		op_free(op);
	}
}

/* Takes those of the first one's mailbox out of the list. */
static struct op *cut_same_mailbox(struct op **list)
{
	const struct mailbox *m = (*list)->who.mailbox;
	struct op *same = NULL, **last = &same;

	for (struct op **at = list; *at != NULL;) {
		struct op *op = *at;

		if (op->who.mailbox != m) {
			at = &op->next;
			continue;
		}
		*at = op->next;
		op->next = NULL;
		*last = op;
		last = &op->next;
	}
	return same;
}

void op_answer_all(struct op *list)
{
	while (list != NULL) {
		struct op *same = cut_same_mailbox(&list);

		mailbox_post(same->who.mailbox, deliver, same);
	}
}

void op_answer(struct op *op)
{
	op->next = NULL;
	mailbox_post(op->who.mailbox, deliver, op);
}

void op_answer_here(struct op *op)
{
	op->next = NULL;
	mailbox_post_here(op->who.mailbox, deliver, op);
}

/*
 * One operation on its way: what was asked (copied), who asked, and the answer as it is made. It belongs to one thread at a
 * time: asker, queue, writer or reader, and the asker's loop again.
 */
#pragma once

#include "ca/store/db.h"
#include "ca/store/ids.h"
#include "ca/store/store.h"

/* What an operation works with. A storage error is returned, an outcome is set in the answer (DONE from the start). */
struct tx {
	struct db *db;
	struct ids *ids; /* NULL for reads */
	const struct world *world;
	struct store_answer *answer;
};

enum op_way {
	OP_WRITE,
	OP_READ, /* one or a few rows, by an index */
	OP_SCAN, /* many rows */
};

struct op_kind {
	enum op_way way;
	struct err *(*run)(struct tx *t, const void *args);
};

struct op_chunk;

struct op {
	struct op *next;
	const struct op_kind *kind;
	struct store_asker who;
	void *args;
	struct op_chunk *chunks; /* what args points to */
	struct store_answer answer;
};

/* args: a struct of which a copy is made; what it points to is made the operation's own by these. */
struct op *op_new(const struct op_kind *kind, const struct store_asker *who, const void *args,
		  size_t size);
void *op_keep(struct op *op, const void *data, size_t len);
void op_keep_text(struct op *op, const char **text); /* NULL stays NULL */
void op_keep_strings(struct op *op, struct strlist *l);
void op_keep_ident(struct op *op, struct ident *i);
void op_keep_idents(struct op *op, struct idents *l);
struct store_order_ident *op_keep_order_idents(struct op *op,
					       const struct store_order_ident *idents,
					       size_t count);

/* Forgets what was answered so far: the operation will run again. */
void op_reset(struct op *op);
void op_fail(struct op *op, const struct err *why);
/* Through the mailbox; the operation ends there. */
void op_answer(struct op *op);
void op_answer_all(struct op *list); /* each loop is woken once */
void op_answer_here(struct op *op);  /* in the asker's own thread */

/* A new, zero-filled object in the answer; a loan until the next is added. */
struct store_account *answer_account(struct store_answer *a);
struct store_order *answer_order(struct store_answer *a);
struct store_authz *answer_authz(struct store_answer *a);
struct store_cert *answer_cert(struct store_answer *a);
struct store_eab *answer_eab(struct store_answer *a);
void answer_no_orders(struct store_answer *a);
struct store_authz *order_add_authz(struct store_order *o);
void answer_release(struct store_answer *a);

AUTO_RELEASE(struct store_answer, answer_release)

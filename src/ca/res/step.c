#include "ca/res/step.h"

#include "proto/problem.h"

struct wait {
	struct store_asker who;
	struct ca_request *r;
	res_step *next;
};

static void answered(void *ctx, struct store_answer *a)
{
	AUTO(free) struct wait *w = ctx;

	res_end(w->r, a->error != NULL ? MOVE(a->error) : w->next(w->r, a));
}

const struct store_asker *res_then(struct ca_request *r, res_step *next)
{
	struct wait *w = xcalloc(1, sizeof(*w));

	w->who = (struct store_asker){ r->loop->mailbox, answered, w };
	w->r = r;
	w->next = next;
	return &w->who;
}

void res_end(struct ca_request *r, struct err *e)
{
	if (e != NULL)
		ca_answer_error(r, e);
}

struct err *res_payload_empty(const struct ca_request *r)
{
	if (r->jws == NULL || r->jws->payload == NULL)
		return NULL;
	return problem_new("malformed", "to read this, send an empty payload (POST-as-GET)");
}

struct err *res_payload_object(const json_t **out, const struct ca_request *r)
{
	if (r->jws->payload == NULL || !json_is_object(r->jws->payload))
		return problem_new("malformed", "the payload is no JSON object");
	*out = r->jws->payload;
	return NULL;
}

struct err *res_id(int64_t *out, const struct ca_request *r, size_t place, const char *what)
{
	if (!ca_request_id(r, place, out))
		return ca_not_found("no such %s", what);
	return NULL;
}

struct err *res_malformed(struct err *e)
{
	if (e == NULL || err_problem(e) != NULL)
		return e;
	AUTO(err_free) struct err *taken = e;
	AUTO(free) char *text = err_text(taken);

	return problem_new("malformed", "%s", text);
}

/* An order (RFC 8555 §7.1.3, §7.4). */
#include "ca/res/order_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	int64_t account_id = 0;

	TRY(res_id(&account_id, r, 0, "order"));
	if (a->outcome != STORE_DONE || a->orders[0].account_id != account_id)
		return ca_not_found("no such order of this account");
	order_view_answer(r, 200, &a->orders[0]);
	return NULL;
}

/* A foreign order is as good as none (ca.md 5.6). */
static struct err *start(struct ca_request *r)
{
	int64_t account_id = 0;
	int64_t id = 0;

	TRY(res_payload_empty(r));
	TRY(res_id(&account_id, r, 0, "order"));
	TRY(res_id(&id, r, 1, "order"));
	if (r->jws != NULL && r->jws->account_id != account_id)
		return ca_not_found("no such order of this account");
	store_order_by_id(r->ca->store, res_then(r, found), id);
	return NULL;
}

static void show(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_order = {
	.path = "/acme/order",
	.min_ids = 2,
	.max_ids = 2,
	.get = show,
	.post = show,
	.get_by_quirk = true,
};

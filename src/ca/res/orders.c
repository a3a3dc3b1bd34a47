/* The list of an account's orders (RFC 8555 §7.1.2.1), newest first, in pages. */
#include "base/limits.h"
#include "ca/res/order_view.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/res/url.h"
#include "proto/problem.h"

/* The store was asked for one more than a page has. */
static void link_next(struct ca_request *r, const struct store_answer *a)
{
	if (a->order_count <= LIMIT_ORDERS_PER_PAGE)
		return;
	AUTO(free)
	char *next = url_orders_before(r, r->jws->account_id,
				       a->orders[LIMIT_ORDERS_PER_PAGE - 1].id);

	ca_link(r, "next", next);
}

/* §7.1.2.1: invalid orders are left out. */
static struct err *found(struct ca_request *r, struct store_answer *a)
{
	json_t *urls = json_array();

	for (size_t i = 0; i < a->order_count && i < LIMIT_ORDERS_PER_PAGE; i++) {
		const struct store_order *o = &a->orders[i];
		AUTO(free) char *url = url_order(r, o);

		if (store_order_status(o, ca_now(r)) != ORDER_INVALID)
			json_array_append_new(urls, json_string(url));
	}
	json_t *obj = json_object();

	json_object_set_new(obj, "orders", urls);
	link_next(r, a);
	ca_answer_json(r, 200, obj);
	return NULL;
}

static struct err *start(struct ca_request *r)
{
	int64_t account_id = 0;
	int64_t before = 0;

	TRY(res_payload_empty(r));
	TRY(res_id(&account_id, r, 0, "account"));
	if (r->ids.count > 1)
		TRY(res_id(&before, r, 1, "page"));
	if (r->jws->account_id != account_id)
		return problem_new("unauthorized", "these are another account's orders");
	store_orders(r->ca->store, res_then(r, found), account_id, before,
		     LIMIT_ORDERS_PER_PAGE + 1);
	return NULL;
}

static void post(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_orders = {
	.path = "/acme/orders",
	.min_ids = 1,
	.max_ids = 2,
	.post = post,
};

#include "ca/res/order_view.h"

#include "ca/res/url.h"
#include "proto/order.h"
#include "proto/problem.h"

static struct err *stored_problem(const char *json)
{
	AUTO(json_release) json_t *obj = json != NULL ? json_loads(json, 0, NULL) : NULL;

	return obj != NULL ? problem_object_to_err(obj) : NULL;
}

/* Everything that is not lent by the stored order. */
static void drop(struct order *v)
{
	free(v->url);
	free(v->finalize_url);
	free(v->certificate_url);
	strlist_release(&v->authz_urls);
	err_free(v->error);
}

static json_t *view_of(const struct ca_request *r, const struct store_order *o)
{
	struct order v = {
		.status = store_order_status(o, ca_now(r)),
		.expires = o->expires,
		.idents = o->idents,
		.finalize_url = url_finalize(r, o),
		.certificate_url = o->certified ? url_cert(r, o->serial) : NULL,
		.error = stored_problem(o->error),
		.profile = o->profile,
		.replaces = o->replaces,
		.not_before = o->not_before,
		.not_after = o->not_after,
	};

	for (size_t i = 0; i < o->authz_count; i++)
		strlist_take(&v.authz_urls, url_authz(r, &o->authzs[i]));
	json_t *obj = order_render(&v);

	drop(&v);
	return obj;
}

void order_view_answer(struct ca_request *r, int status, const struct store_order *o)
{
	AUTO(free) char *url = url_order(r, o);

	ca_header(r, "Location", url);
	if (store_order_status(o, ca_now(r)) == ORDER_PROCESSING)
		ca_retry_after(r, ORDER_RETRY_S);
	ca_answer_json(r, status, view_of(r, o));
}

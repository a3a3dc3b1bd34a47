/* /healthz for load balancers and monitoring: can the CA store what it would have to, and until when can it sign? */
#include "base/limits.h"
#include "ca/res/registry.h"
#include "ca/res/step.h"
#include "ca/setup/warnings.h"

static struct err *checked(struct ca_request *r, struct store_answer *a)
{
	if (a->outcome != STORE_DONE)
		return err_new(ERR_BUSY, "the store is not well");
	AUTO(strlist_release) struct strlist ends = { 0 };
	AUTO(buf_release) struct buf text = BUF_INIT(LIMIT_CA_ANSWER);

	warnings_of_ends(&ends, r->ca->warnings, ca_now(r));
	buf_adds(&text, "ok\n");
	for (size_t i = 0; i < ends.count; i++)
		buf_addf(&text, "warning: %s\n", ends.items[i]);
	ca_answer_bytes(r, 200, "text/plain", text.data, text.len);
	return NULL;
}

static void get(struct ca_request *r)
{
	store_check(r->ca->store, res_then(r, checked));
}

const struct resource resource_healthz = {
	.path = "/healthz",
	.needs_no_host = true,
	.get = get,
};

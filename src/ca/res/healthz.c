/* /healthz for load balancers and monitoring: can the CA store what it would have to? */
#include "ca/res/registry.h"
#include "ca/res/step.h"

static const char fine[] = "ok\n";

static struct err *checked(struct ca_request *r, struct store_answer *a)
{
	if (a->outcome != STORE_DONE)
		return err_new(ERR_BUSY, "the store is not well");
	ca_answer_bytes(r, 200, "text/plain", fine, sizeof(fine) - 1);
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

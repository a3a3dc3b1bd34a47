/* renewalInfo (RFC 9773 §4; ca.md 5.10): the one resource of certificates that is read without a signature. */
#include "ca/res/registry.h"
#include "ca/res/renewal.h"
#include "ca/res/step.h"
#include "proto/problem.h"

static struct err *found(struct ca_request *r, struct store_answer *a)
{
	AUTO(ari_window_release) struct ari_window w = { 0 };

	if (a->outcome != STORE_DONE)
		return ca_not_found("no such certificate");
	renewal_window(&w, r->ca, &a->certs[0], ca_now(r));
	ca_retry_after(r, ari_retry_spread_s(r->ca->world->random));
	ca_answer_json(r, 200, ari_render(&w));
	return NULL;
}

static struct err *read_id(struct ari_id *out, const char *text)
{
	AUTO(err_free) struct err *why = ari_id_parse(out, text);

	if (why == NULL)
		return NULL;
	AUTO(free) char *words = err_text(why);

	return problem_new("malformed", "%s", words);
}

static struct err *start(struct ca_request *r)
{
	AUTO(ari_id_release) struct ari_id id = { 0 };

	if (r->ids.count == 0)
		return ca_not_found("no certificate is named behind this path (RFC 9773 §4.1)");
	TRY(read_id(&id, r->ids.items[0]));
	AUTO(free) char *serial = renewal_serial(r->ca, &id);

	if (serial == NULL)
		return ca_not_found("no issuer here has this key identifier");
	store_cert_by_serial(r->ca->store, res_then(r, found), serial);
	return NULL;
}

static void get(struct ca_request *r)
{
	res_end(r, start(r));
}

const struct resource resource_renewal_info = {
	.field = "renewalInfo",
	.path = "/acme/renewal-info",
	.max_ids = 1,
	.get = get,
};

/* What came of the authorizations: waiting for the CA to decide them, and why it said no. */
#include "acme/steps.h"
#include "proto/problem.h"

static bool any_invalid(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (o->authzs[i].data != NULL && o->authzs[i].data->status == AUTHZ_INVALID)
			return true;
	return false;
}

bool authzs_any_lost(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (o->authzs[i].failure != NULL)
			return true;
	return any_invalid(o);
}

/* Will be decided without our doing: the CA was told and did not refuse. */
static bool any_in_work(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++) {
		const struct acme_authz *a = &o->authzs[i];

		if (a->told && a->failure == NULL && authz_is_undecided(a))
			return true;
	}
	return false;
}

static unsigned settle_s(const struct acme_order *o, const struct wait *parent)
{
	int64_t left = (parent->deadline_ms - world_monotonic_ms(parent->session->world)) / 1000;

	if (left < 0)
		return 0;
	/* where nothing is final yet, the order's time is what there is */
	bool final = o->data->status == ORDER_INVALID || any_invalid(o);

	return final && left > AUTHZ_SETTLE_S ? AUTHZ_SETTLE_S : (unsigned)left;
}

struct err *authzs_settle(struct acme_session *s, struct acme_order *o, const struct wait *parent)
{
	struct wait w;

	wait_begin(&w, s, parent->activity, parent->subject, settle_s(o, parent));
	for (;;) {
		TRY(authzs_refresh(s, o));
		if (!any_in_work(o))
			return NULL;
		struct err *e = wait_round(&w, NULL);
		if (e != NULL && e->code != ERR_TIMEOUT)
			return e;
		if (e != NULL) {
			err_ignore(e);
			return NULL;
		}
	}
}

static struct err *why(const struct acme_authz *a)
{
	AUTO(free) char *name = authz_name(a->data);
	struct err *e = NULL;

	if (a->data->status == AUTHZ_VALID)
		return NULL;
	if (a->data->status == AUTHZ_PENDING)
		return a->failure != NULL ? problem_about(a->failure, name) : NULL;
	e = authz_failure(a->data);
	if (e != NULL)
		return e;
	e = err_new(ERR_CHALLENGE, "%s: the authorization is %s, and the CA does not say why", name,
		    authz_status_name(a->data->status));
	e->identifier = xstrdup(name);
	return e;
}

static struct err *collect(const struct acme_order *o)
{
	AUTO(idents_release) struct idents failed = { 0 };
	struct err *all = err_new(ERR_CHALLENGE, "control not proved");

	for (size_t i = 0; i < o->authz_count; i++) {
		struct err *e = why(&o->authzs[i]);

		if (e == NULL)
			continue;
		idents_add(&failed, o->authzs[i].data->ident.type, e->identifier);
		err_add_subproblem(all, e);
	}
	if (failed.count == 0) {
		err_free(all);
		return NULL;
	}
	AUTO(free) char *names = idents_summary(&failed);
	free(all->msg);
	all->msg = str_fmt("could not prove control of %s", names);
	return all;
}

struct err *authzs_failures(struct acme_session *s, struct acme_order *o, const struct wait *parent,
			    struct err **out)
{
	size_t count = 0;

	TRY(acme_order_authorizations(s, o, &count));
	TRY(authzs_settle(s, o, parent));
	*out = collect(o);
	return NULL;
}

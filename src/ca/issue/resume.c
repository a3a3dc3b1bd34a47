/* What a crash left half done (ca.md 5.15): no order and no challenge stays processing. */
#include <event2/event.h>
#include <string.h>

#include "ca/config/config.h"
#include "ca/dcv/dcv.h"
#include "ca/issue/job.h"
#include "ca/log/log.h"
#include "ca/policy/csr.h"
#include "ca/policy/profiles.h"
#include "ca/res/url.h"
#include "pki/spki.h"

/* --- orders that were finalized: the same plan again */

static struct err *read_csr(struct sign_plan *plan, const struct ca *ca,
			    const struct store_order *o)
{
	AUTO(csr_free) struct csr *csr = NULL;
	AUTO(buf_release) struct buf spki = BUF_INIT(SPKI_BYTES_MAX);
	const struct profile_config *profile = profile_by_name(ca->config, o->profile);

	if (profile == NULL)
		return err_new(ERR_CONFIG, "profile \"%s\" is not configured any more", o->profile);
	TRY_WRAP(csr_parse(&csr, o->csr, o->csr_len), "its certificate request");
	spki_add(&spki, &csr->numbers);
	TRY(buf_check(&spki, "the public key"));
	plan->common_name = profile->common_name ? csr_common_name(csr, &o->idents) : NULL;
	plan->spki_len = spki.len;
	plan->spki = xmemdup(spki.data, spki.len);
	return NULL;
}

static void take_reserved(struct sign_plan *plan, struct store_cert *c)
{
	plan->issuer = MOVE(c->issuer);
	plan->profile = MOVE(c->profile);
	plan->not_before = c->not_before;
	plan->not_after = c->not_after;
	plan->shard = c->shard;
	plan->idents = c->idents;
	c->idents = (struct idents){ 0 };
	for (size_t i = 0; i < sizeof(plan->serial) - 1 && c->serial[i] != '\0'; i++)
		plan->serial[i] = c->serial[i];
}

static struct store_cert *reserved_of(const struct store_answer *a, int64_t order_id)
{
	for (size_t i = 0; i < a->cert_count; i++)
		if (a->certs[i].order_id == order_id)
			return &a->certs[i];
	return NULL;
}

static void resume_order(struct issuances *l, struct store_order *o, struct store_cert *c)
{
	AUTO(sign_plan_release) struct sign_plan plan = { 0 };
	AUTO(free)
	char *account_url = url_account_configured(l->loop->ca->config, o->account_id);
	struct err *e = c != NULL ? read_csr(&plan, l->loop->ca, o)
				  : err_new(ERR_INTERNAL, "nothing is reserved for it");
	const struct issuance_start s = {
		.order = o,
		.plan = &plan,
		.account_url = account_url,
		.refused = e,
	};

	if (c != NULL)
		take_reserved(&plan, c);
	issuance_begin(l, &s);
}

/* --- challenges that were being judged: once more */

struct attempt {
	struct issuances *list;
	struct store_authz authz;
};

static void account_found(void *ctx, struct store_answer *a)
{
	AUTO(free) struct attempt *t = ctx;
	struct ca_loop *loop = t->list->loop;
	AUTO(free) char *url = url_account_configured(loop->ca->config, t->authz.account_id);

	t->list->count--;
	if (a->account_count == 1) {
		const struct dcv_account account = { a->accounts[0].thumbprint, url };

		dcv_resume(loop->dcv, &t->authz, &account);
	}
	store_authz_release(&t->authz);
}

static void resume_authz(struct issuances *l, struct store_authz *a)
{
	struct attempt *t = xcalloc(1, sizeof(*t));
	const struct store_asker who = { l->loop->mailbox, account_found, t };

	l->count++;
	t->list = l;
	t->authz = *a;
	*a = (struct store_authz){ 0 };
	store_account_by_id(l->loop->ca->store, &who, t->authz.account_id);
}

static void found(void *ctx, struct store_answer *a)
{
	struct issuances *l = ctx;

	l->count--;
	if (a->error != NULL) {
		ca_log(l->loop->ca->log, LOG_LEVEL_ERROR, "resume_failed",
		       LOG_FIELDS(LOG_ERR(a->error)));
		return;
	}
	if (a->order_count + a->authz_count > 0)
		ca_log(l->loop->ca->log, LOG_LEVEL_INFO, "resumed",
		       LOG_FIELDS(LOG_NUM("orders", a->order_count),
				  LOG_NUM("authorizations", a->authz_count)));
	for (size_t i = 0; i < a->order_count; i++)
		resume_order(l, &a->orders[i], reserved_of(a, a->orders[i].id));
	for (size_t i = 0; i < a->authz_count; i++)
		resume_authz(l, &a->authzs[i]);
}

void issuances_resume(struct issuances *l)
{
	const struct store_asker who = { l->loop->mailbox, found, l };

	l->count++;
	store_unfinished(l->loop->ca->store, &who);
}

#include "ca/dcv/inquiry.h"

#include <event2/event.h>

#include "ca/config/config.h"
#include "ca/dcv/vantage.h"
#include "ca/res/url.h"

struct err *dcv_new(struct dcv **out, struct ca_loop *loop)
{
	AUTO(dcv_free) struct dcv *d = xcalloc(1, sizeof(*d));

	d->loop = loop;
	TRY(vantages_new(&d->vantages, loop));
	*out = MOVE(d);
	return NULL;
}

static void release(struct inquiry *q)
{
	if (q->timer != NULL)
		event_free(q->timer);
	if (q->patience != NULL)
		event_free(q->patience);
	va_request_release(&q->request);
	free(q->problem);
	free(q->record);
	free(q);
}

void inquiry_end(struct inquiry *q)
{
	struct dcv *d = q->dcv;

	*(q->previous != NULL ? &q->previous->next : &d->first) = q->next;
	if (q->next != NULL)
		q->next->previous = q->previous;
	d->count--;
	release(q);
}

void dcv_free(struct dcv *d)
{
	if (d == NULL)
		return;
	vantages_free(d->vantages);
	for (struct inquiry *q = d->first, *next; q != NULL; q = next) {
		next = q->next;
		release(q);
	}
	free(d);
}

size_t dcv_open_count(const struct dcv *d)
{
	return d->count;
}

static void set_request(struct va_request *out, const struct dcv *d, const struct store_authz *a,
			const struct dcv_account *account)
{
	const struct va_request lent = {
		.ident = a->ident,
		.wildcard = a->wildcard,
		.challenge = a->attempt,
		.token = a->token,
		.check_caa = d->loop->ca->config->va.caa && a->ident.type == IDENT_DNS,
	};

	va_request_copy(out, &lent);
	out->thumbprint = account->thumbprint != NULL ? xstrdup(account->thumbprint) : NULL;
	out->account_url = account->url != NULL ? xstrdup(account->url) : NULL;
	url_account_former(&out->account_aliases, d->loop->ca->config, a->account_id);
}

struct inquiry *inquiry_add(struct dcv *d, const struct store_authz *a,
			    const struct dcv_account *account)
{
	struct inquiry *q = xcalloc(1, sizeof(*q));

	q->dcv = d;
	q->next = d->first;
	if (q->next != NULL)
		q->next->previous = q;
	d->first = q;
	d->count++;
	set_request(&q->request, d, a, account);
	return q;
}

/* --- CAA alone */

static void caa_known(void *ctx, struct err *problem, struct va_record *record, json_t *summary)
{
	struct inquiry *q = ctx;
	dcv_caa_fn *done = q->done;
	void *asker = q->ctx;

	va_record_free(record);
	json_decref(summary);
	inquiry_end(q);
	done(asker, problem);
}

void dcv_check_caa(struct dcv *d, const struct store_authz *a, const struct dcv_account *account,
		   dcv_caa_fn *done, void *ctx)
{
	struct inquiry *q = inquiry_add(d, a, account);

	q->done = done;
	q->ctx = ctx;
	perspectives_check_caa(vantages_perspectives(d->vantages), &q->request, caa_known, q);
}

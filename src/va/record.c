#include "va/record.h"

struct va_record *va_record_new(const char *perspective, const char *type, const char *identifier)
{
	struct va_record *r = xcalloc(1, sizeof(*r));

	r->perspective = xstrdup(perspective);
	r->type = xstrdup(type);
	r->identifier = xstrdup(identifier);
	r->took_ms = -1;
	return r;
}

static void answer_release(struct va_answer *a)
{
	free(a->name);
	free(a->type);
	free(a->server);
	free(a->outcome);
	free(a->extended);
	strlist_release(&a->records);
}

static void tls_release(struct va_tls *t)
{
	free(t->sni);
	free(t->version);
	free(t->cipher);
	free(t->protocol);
	free(t->certificate_sha256);
	strlist_release(&t->names);
}

static void hop_release(struct va_hop *h)
{
	free(h->url);
	free(h->hostname);
	strlist_release(&h->addresses_resolved);
	strlist_release(&h->addresses_tried);
	free(h->address_used);
	tls_release(&h->tls);
	free(h->location);
	free(h->error);
}

void va_record_free(struct va_record *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->answer_count; i++)
		answer_release(&r->answers[i]);
	for (size_t i = 0; i < r->hop_count; i++)
		hop_release(&r->hops[i]);
	free(r->answers);
	free(r->hops);
	free(r->perspective);
	free(r->region);
	free(r->type);
	free(r->identifier);
	strlist_release(&r->notes);
	free(r);
}

struct va_answer *va_record_add_answer(struct va_record *r)
{
	r->answers = xrealloc(r->answers, r->answer_count + 1, sizeof(*r->answers));
	r->answers[r->answer_count] = (struct va_answer){ .at_ms = -1, .took_ms = -1 };
	return &r->answers[r->answer_count++];
}

struct va_hop *va_record_add_hop(struct va_record *r)
{
	r->hops = xrealloc(r->hops, r->hop_count + 1, sizeof(*r->hops));
	r->hops[r->hop_count] = (struct va_hop){
		.at_ms = -1, .connected_ms = -1, .handshake_ms = -1, .answered_ms = -1
	};
	return &r->hops[r->hop_count++];
}

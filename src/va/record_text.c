/* The record as people read it: what happened, in order of time. */
#include "va/record.h"

#include "base/buf.h"

static void add_list(struct buf *out, const char *before, const struct strlist *l)
{
	if (l->count == 0)
		return;
	AUTO(free) char *joined = strlist_join(l, ", ");

	buf_addf(out, "%s%s", before, joined);
}

static void answer_text(const struct va_answer *a, struct buf *out)
{
	buf_addf(out, "%6lld ms  DNS %s of %s: %s", (long long)a->at_ms, a->type, a->name,
		 a->outcome);
	add_list(out, ": ", &a->records);
	if (a->record_count > a->records.count)
		buf_addf(out, " and %zu more", a->record_count - a->records.count);
	buf_addf(out, " (%s", a->server != NULL ? a->server : "nobody answered");
	if (a->took_ms >= 0)
		buf_addf(out, ", %lld ms", (long long)a->took_ms);
	buf_addf(out, "%s)\n", a->authenticated ? ", validated by DNSSEC" : "");
	if (a->extended != NULL)
		buf_addf(out, "           the resolver says: %s\n", a->extended);
}

static void tls_text(const struct va_hop *h, struct buf *out)
{
	const struct va_tls *t = &h->tls;

	if (t->version == NULL)
		return;
	buf_addf(out, "%6lld ms    %s, %s, server name %s, protocol %s\n",
		 (long long)h->handshake_ms, t->version, t->cipher != NULL ? t->cipher : "?",
		 t->sni != NULL ? t->sni : "none", t->protocol != NULL ? t->protocol : "none");
	if (t->certificate_sha256 == NULL)
		return;
	buf_addf(out, "             certificate %s", t->certificate_sha256);
	add_list(out, " for ", &t->names);
	buf_addc(out, '\n');
}

static void hop_text(const struct va_hop *h, struct buf *out)
{
	buf_addf(out, "%6lld ms  %s%s port %u", (long long)h->at_ms,
		 h->url != NULL ? "GET " : "TLS to ", h->url != NULL ? h->url : h->hostname,
		 h->port);
	add_list(out, ", addresses ", &h->addresses_resolved);
	add_list(out, ", failed before: ", &h->addresses_tried);
	buf_addc(out, '\n');
	if (h->connected_ms >= 0)
		buf_addf(out, "%6lld ms    connected to %s\n", (long long)h->connected_ms,
			 h->address_used != NULL ? h->address_used : "?");
	else if (h->address_used != NULL)
		buf_addf(out, "             connecting to %s\n", h->address_used);
	tls_text(h, out);
	if (h->status != 0)
		buf_addf(out, "%6lld ms    answered %d%s%s\n", (long long)h->answered_ms, h->status,
			 h->location != NULL ? " to " : "", h->location != NULL ? h->location : "");
	if (h->error != NULL)
		buf_addf(out, "             %s\n", h->error);
}

void va_record_text(const struct va_record *r, struct buf *out)
{
	size_t a = 0;

	buf_addf(out, "%s for %s, seen from %s", r->type, r->identifier, r->perspective);
	if (r->took_ms >= 0)
		buf_addf(out, ", took %lld ms", (long long)r->took_ms);
	buf_addc(out, '\n');
	for (size_t h = 0; h < r->hop_count; h++) {
		while (a < r->answer_count && r->answers[a].at_ms <= r->hops[h].at_ms)
			answer_text(&r->answers[a++], out);
		hop_text(&r->hops[h], out);
	}
	while (a < r->answer_count)
		answer_text(&r->answers[a++], out);
	for (size_t i = 0; i < r->notes.count; i++)
		buf_addf(out, "note: %s\n", r->notes.items[i]);
}

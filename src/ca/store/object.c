#include "ca/store/object.h"

#include "ca/policy/state.h"

char *store_serial(const struct buf *contents)
{
	struct buf text = BUF_INIT(SERIAL_TEXT_MAX + 1);

	for (size_t i = 0; i < contents->len; i++)
		buf_addf(&text, "%02x", (unsigned char)contents->data[i]);
	return buf_detach(&text);
}

void store_account_release(struct store_account *a)
{
	free(a->jwk);
	free(a->thumbprint);
	free(a->contacts);
	free(a->eab);
	*a = (struct store_account){ 0 };
}

void store_authz_release(struct store_authz *a)
{
	ident_release(&a->ident);
	free(a->profile);
	free(a->token);
	strlist_release(&a->offered);
	free(a->attempt);
	free(a->error);
	free(a->record);
	*a = (struct store_authz){ 0 };
}

void store_order_release(struct store_order *o)
{
	idents_release(&o->idents);
	free(o->profile);
	free(o->replaces);
	free(o->error);
	free(o->serial);
	free(o->csr);
	for (size_t i = 0; o->authzs != NULL && i < o->authz_count; i++)
		store_authz_release(&o->authzs[i]);
	free(o->authzs);
	*o = (struct store_order){ 0 };
}

void store_cert_release(struct store_cert *c)
{
	free(c->serial);
	free(c->issuer);
	free(c->profile);
	idents_release(&c->idents);
	free(c->der);
	*c = (struct store_cert){ 0 };
}

void store_eab_release(struct store_eab *e)
{
	free(e->kid);
	free(e->mac_key);
	free(e->note);
	*e = (struct store_eab){ 0 };
}

enum authz_status store_authz_status(const struct store_authz *a, time_t now)
{
	return authz_status_at(a->status, a->expires, now);
}

enum order_status store_order_status(const struct store_order *o, time_t now)
{
	enum authz_status *now_are = xcalloc(o->authz_count + 1, sizeof(*now_are));
	struct order_facts facts = { .failed = o->error != NULL,
				     .finalizing = o->serial != NULL,
				     .certified = o->certified,
				     .expires = o->expires,
				     .authzs = now_are,
				     .authz_count = o->authz_count };

	for (size_t i = 0; i < o->authz_count; i++)
		now_are[i] = store_authz_status(&o->authzs[i], now);
	enum order_status status = order_status_at(&facts, now);

	free(now_are);
	return status;
}

#include "net/transport.h"

#include "net/http_client.h"

void http_exchange_release(struct http_exchange *x)
{
	err_free(x->err);
	x->err = NULL;
	http_message_release(&x->answer);
}

struct err *transport_one(struct transport *t, struct http_exchange *x,
			  const struct interrupt *stop)
{
	TRY(t->perform(t, x, 1, 1, stop));
	return MOVE(x->err);
}

void transport_free(struct transport *t)
{
	if (t != NULL)
		t->free(t);
}

#include "acme/nonce.h"

#include <string.h>

#include "base/str.h"
#include "jose/base64url.h"

/* RFC 8555 §6.5.1: an invalid Replay-Nonce is ignored. */
static bool is_valid(const char *nonce)
{
	return strlen(nonce) <= LIMIT_NONCE && base64url_is(nonce);
}

static void drop_oldest(struct nonce_pool *p)
{
	free(p->items[0]);
	p->count--;
	memmove(p->items, p->items + 1, p->count * sizeof(p->items[0]));
}

void nonce_collect(struct nonce_pool *p, const struct http_headers *h)
{
	const char *nonce = http_headers_get(h, "Replay-Nonce");

	if (nonce == NULL || !is_valid(nonce))
		return;
	if (p->count == ARRAY_LEN(p->items))
		drop_oldest(p);
	p->items[p->count++] = xstrdup(nonce);
}

char *nonce_take(struct nonce_pool *p)
{
	return p->count > 0 ? p->items[--p->count] : NULL;
}

void nonce_pool_release(struct nonce_pool *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i]);
	p->count = 0;
}

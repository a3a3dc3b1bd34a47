#include "client/lineage/issuers.h"

#include <string.h>

/* More different chains than this on one machine: the oldest is forgotten. */
#define ISSUERS_MAX 32

struct issuer {
	char *pem;
	size_t len;
	EVP_PKEY *key;
};

struct issuers {
	struct issuer items[ISSUERS_MAX];
	size_t count; /* ever added */
};

struct issuers *issuers_new(void)
{
	return xcalloc(1, sizeof(struct issuers));
}

void issuers_free(struct issuers *i)
{
	if (i == NULL)
		return;
	for (size_t n = 0; n < ISSUERS_MAX; n++) {
		free(i->items[n].pem);
		EVP_PKEY_free(i->items[n].key);
	}
	free(i);
}

static EVP_PKEY *find(const struct issuers *i, const char *pem, size_t len)
{
	for (size_t n = 0; n < ISSUERS_MAX && i->items[n].pem != NULL; n++)
		if (i->items[n].len == len && memcmp(i->items[n].pem, pem, len) == 0)
			return i->items[n].key;
	return NULL;
}

/* Takes key. */
static void add(struct issuers *i, const char *pem, size_t len, EVP_PKEY *key)
{
	struct issuer *slot = &i->items[i->count++ % ISSUERS_MAX];

	free(slot->pem);
	EVP_PKEY_free(slot->key);
	slot->pem = xmemdup(pem, len);
	slot->len = len;
	slot->key = key;
}

struct err *issuers_key(EVP_PKEY **out, struct issuers *i, const char *chain_pem, size_t len)
{
	AUTO(cert_free) struct cert *first = NULL;
	EVP_PKEY *key = find(i, chain_pem, len);

	if (key == NULL) {
		TRY(cert_from_pem(&first, chain_pem, len));
		TRY(cert_key(&key, first));
		add(i, chain_pem, len, key);
	}
	*out = key;
	return NULL;
}

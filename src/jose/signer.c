#include "jose/signer.h"

#include "jose/jwk.h"
#include "jose/signature.h"

static struct err *memory_sign(void *ctx, const void *data, size_t len, struct buf *out)
{
	return signing_sign(ctx, data, len, out);
}

static void memory_free(void *ctx)
{
	signing_free(ctx);
}

static const struct signer_ops memory_ops = { memory_sign, memory_free };

struct err *signer_from_pkey(struct signer **out, EVP_PKEY *key)
{
	struct signing *signing = NULL;

	TRY(signing_new(&signing, key));
	return signer_new(out, &memory_ops, signing, key);
}

struct err *signer_new(struct signer **out, const struct signer_ops *ops, void *ctx,
		       const EVP_PKEY *public_key)
{
	AUTO(signer_free) struct signer *s = xcalloc(1, sizeof(*s));
	AUTO(json_release) json_t *jwk = NULL;

	s->ops = ops;
	s->ctx = ctx;
	TRY(key_type_of(&s->type, public_key));
	TRY(jwk_public(&jwk, public_key));
	TRY(jwk_parse(&s->public_key, jwk, false));
	TRY(jwk_thumbprint(&s->thumbprint, public_key));
	s->jwk = json_compact(jwk);
	*out = MOVE(s);
	return NULL;
}

void signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	if (s->ops->free != NULL)
		s->ops->free(s->ctx);
	EVP_PKEY_free(s->public_key);
	free(s->jwk);
	free(s->thumbprint);
	free(s);
}

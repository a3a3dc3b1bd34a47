#include "acme/key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "acme/inside.h"
#include "pki/csr.h"
#include "pki/key.h"

#define SIGNATURE_MAX 1024 /* RSA-4096 needs 512 */

static struct err *wrap_pkey(struct acme_key **out, EVP_PKEY *pkey)
{
	AUTO(acme_key_free) struct acme_key *k = xcalloc(1, sizeof(*k));

	k->pkey = pkey;
	TRY(signer_from_pkey(&k->signer, pkey));
	*out = MOVE(k);
	return NULL;
}

/* Names of the public header to those of the table of key types, with the size where the type does not say it. */
static const struct {
	const char *name, *type;
	unsigned rsa_bits;
} kinds[] = {
	{ "rsa", "rsa", 2048 },          { "rsa2048", "rsa", 2048 },
	{ "rsa3072", "rsa", 3072 },      { "rsa4096", "rsa", 4096 },
	{ "secp256r1", "secp256r1", 0 }, { "secp384r1", "secp384r1", 0 },
	{ "ed25519", "ed25519", 0 },
};

struct err *acme_key_generate(struct acme_key **out, const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		EVP_PKEY *pkey = NULL;

		if (!streq(kinds[i].name, type))
			continue;
		TRY(key_generate(&pkey, kinds[i].type, kinds[i].rsa_bits));
		return wrap_pkey(out, pkey);
	}
	return err_new(ERR_USAGE, "unknown key type \"%s\"", type);
}

struct err *acme_key_from_pem(struct acme_key **out, const char *pem, size_t len)
{
	EVP_PKEY *pkey = NULL;

	TRY(key_from_pem(&pkey, pem, len));
	return wrap_pkey(out, pkey);
}

struct err *acme_key_to_pem(const struct acme_key *k, char **out)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_KIB(16));

	if (k->pkey == NULL)
		return err_new(ERR_USAGE, "the private key lives elsewhere");
	TRY(key_to_pem(&pem, k->pkey));
	TRY(buf_check(&pem, "key"));
	*out = buf_detach(&pem);
	return NULL;
}

struct outside {
	acme_sign_fn *sign;
	void *ctx;
};

static struct err *sign_outside(void *ctx, const void *data, size_t len, struct buf *out)
{
	const struct outside *o = ctx;
	unsigned char signature[SIGNATURE_MAX];
	size_t signature_len = sizeof(signature);

	TRY(o->sign(o->ctx, data, len, signature, &signature_len));
	if (signature_len > sizeof(signature))
		return err_new(ERR_USAGE, "the signer wrote more than it was given room for");
	buf_add(out, signature, signature_len);
	return NULL;
}

static const struct signer_ops outside_ops = { .sign = sign_outside, .free = free };

static struct err *read_public(EVP_PKEY **out, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL)
		return err_new(ERR_PARSE, "not a PEM public key");
	*out = key;
	return NULL;
}

struct err *acme_key_from_signer(struct acme_key **out, const char *public_pem, acme_sign_fn *sign,
				 void *ctx)
{
	AUTO(evp_pkey_free) EVP_PKEY *public_key = NULL;
	AUTO(acme_key_free) struct acme_key *k = xcalloc(1, sizeof(*k));

	TRY(read_public(&public_key, public_pem));
	struct outside *o = xcalloc(1, sizeof(*o));
	*o = (struct outside){ .sign = sign, .ctx = ctx };
	TRY(signer_new(&k->signer, &outside_ops, o, public_key));
	*out = MOVE(k);
	return NULL;
}

struct err *acme_key_thumbprint(const struct acme_key *k, char **out)
{
	*out = xstrdup(k->signer->thumbprint);
	return NULL;
}

static void add_all(struct strlist *l, const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strlist_add(l, items[i]);
}

struct err *acme_csr(const struct acme_key *key, const char *const *dns, size_t dns_count,
		     const char *const *ip, size_t ip_count, void **der, size_t *len)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf csr = BUF_INIT(LIMIT_MIB(1));

	if (key->pkey == NULL)
		return err_new(ERR_USAGE, "the private key lives elsewhere");
	add_all(&names.dns, dns, dns_count);
	add_all(&names.ip, ip, ip_count);
	TRY(csr_build(&csr, key->pkey, &names, false));
	TRY(buf_check(&csr, "certificate request"));
	*len = csr.len;
	*der = buf_detach(&csr);
	return NULL;
}

void acme_key_free(struct acme_key *k)
{
	if (k == NULL)
		return;
	signer_free(k->signer);
	EVP_PKEY_free(k->pkey);
	free(k);
}

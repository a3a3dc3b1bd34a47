#include "client/order/certkey.h"

#include <openssl/evp.h>

#include "base/limits.h"
#include "jose/base64url.h"
#include "pki/key.h"

static bool key_is_kept(const struct options *opt, const struct lineage *existing)
{
	return existing != NULL && opt->reuse_key && !opt->new_key;
}

static struct err *kept_key_digest(char **out, const struct lineage *existing)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(existing->cert->spki.data, existing->cert->spki.len, digest, &len, EVP_sha256(), NULL) != 1)
		return err_new(ERR_CRYPTO, "digesting the public key of %s", existing->name);
	AUTO(free) char *text = base64url_encode(digest, len);
	*out = str_fmt("same:%s", text);
	return NULL;
}

struct err *certkey_spec(char **out, const struct options *opt, const struct lineage *existing)
{
	if (key_is_kept(opt, existing))
		return kept_key_digest(out, existing);
	*out = streq(opt->key_type, "rsa") ? str_fmt("rsa%u", (unsigned)opt->rsa_key_size) : xstrdup(opt->elliptic_curve);
	return NULL;
}

struct err *certkey_make(EVP_PKEY **out, const struct options *opt, const struct lineage *existing)
{
	if (key_is_kept(opt, existing))
		return lineage_key(out, existing);
	if (streq(opt->key_type, "rsa"))
		return key_generate(out, "rsa", (unsigned)opt->rsa_key_size);
	return key_generate(out, opt->elliptic_curve, 0);
}

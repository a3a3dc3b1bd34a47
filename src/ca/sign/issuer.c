#include "ca/sign/issuer.h"

#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "jose/openssl.h"
#include "pki/chain.h"
#include "pki/pem.h"
#include "pki/x509.h"

/* --- the certificate */

static struct err *read_cert(struct cert **out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	bool pem = len == 0 || (unsigned char)text[0] != DER_SEQUENCE;

	TRY_WRAP(pem ? cert_from_pem(out, text, len) : cert_from_der(out, text, len), "%s", path);
	return NULL;
}

static struct err *check_authority(const struct issuer *i, X509 *x)
{
	const char *path = i->config->certificate;
	uint32_t usage = X509_get_key_usage(x);

	if (X509_check_ca(x) != 1)
		return err_new(ERR_CONFIG,
			       "%s is no CA certificate (basicConstraints cA, X.509 v3)", path);
	if ((usage & KU_KEY_CERT_SIGN) == 0)
		return err_new(ERR_CONFIG, "%s may not sign certificates (keyUsage keyCertSign)",
			       path);
	if (i->config->crl_url != NULL && (usage & KU_CRL_SIGN) == 0)
		return err_new(ERR_CONFIG,
			       "%s may not sign CRLs (keyUsage cRLSign): take crl_url away", path);
	return NULL;
}

static struct err *take_key_id(struct issuer *i, X509 *x)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x);

	if (id == NULL || ASN1_STRING_length(id) == 0)
		return err_new(
			ERR_CONFIG,
			"%s has no subjectKeyIdentifier (RFC 5280 4.2.1.2): not of use as an issuer",
			i->config->certificate);
	buf_add(&i->key_id, ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
	return buf_check(&i->key_id, "subjectKeyIdentifier");
}

static struct err *take_subject(struct issuer *i, X509 *x)
{
	const unsigned char *name = NULL;
	size_t len = 0;

	if (X509_NAME_get0_der(X509_get_subject_name(x), &name, &len) != 1)
		return openssl_err("%s: subject", i->config->certificate);
	buf_add(&i->subject, name, len);
	return buf_check(&i->subject, "subject");
}

static struct err *check_dates(const struct issuer *i, time_t now)
{
	AUTO(free) char *until = time_utc_long(i->cert->not_after);

	if (!i->config->active || !cert_is_expired(i->cert, now))
		return NULL;
	return err_new(ERR_CONFIG, "%s expired on %s: renew it, or set active = no in [issuer %s]",
		       i->config->certificate, until, i->config->name);
}

static struct err *load_cert(struct issuer *i, time_t now)
{
	TRY(read_cert(&i->cert, i->config->certificate));
	AUTO(x509_free) X509 *x = x509_of(i->cert);

	if (x == NULL)
		return openssl_err("%s", i->config->certificate);
	TRY(check_authority(i, x));
	TRY(take_key_id(i, x));
	TRY(take_subject(i, x));
	return check_dates(i, now);
}

/* --- the key */

static struct err *check_mode(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || (st.st_mode & S_IRWXO) == 0)
		return NULL;
	return err_new(ERR_CONFIG, "%s can be read by everybody: chmod o-rwx it", path);
}

static struct err *load_key(struct issuer *i)
{
	const char *path = i->config->key;
	AUTO(free) char *text = NULL;
	bool same = false;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	TRY(check_mode(path));
	struct err *e = key_from_pem(&i->key, text, len);

	OPENSSL_cleanse(text, len);
	TRY_WRAP(e, "%s", path);
	TRY_WRAP(key_type_of(&i->type, i->key), "%s", path);
	TRY(cert_has_key(&same, i->cert, i->key));
	if (!same)
		return err_new(ERR_CONFIG, "%s is not the key of %s", path, i->config->certificate);
	TRY(verifying_new(&i->verifying, i->key));
	return signing_new(&i->signing, i->key);
}

/* --- chains */

static bool is_root(const struct cert *c)
{
	return cert_names_issuer(c, c);
}

static struct err *check_link(const struct cert *below, const struct cert *above, const char *path)
{
	bool yes = false;

	if (cert_names_issuer(below, above))
		TRY_WRAP(cert_signed_by(&yes, below, above), "%s", path);
	if (yes)
		return NULL;
	return err_new(ERR_CONFIG, "%s: \"%s\" did not sign \"%s\", which stands before it", path,
		       above->subject_cn != NULL ? above->subject_cn : "?",
		       below->subject_cn != NULL ? below->subject_cn : "?");
}

static void add_pem(struct issuer_chain *out, const struct cert *c)
{
	pem_add(&out->pem, "CERTIFICATE", c->der.data, c->der.len);
}

static struct issuer_chain *new_chain(struct issuer *i)
{
	struct issuer_chain *added;

	i->chains = xrealloc(i->chains, i->chain_count + 1, sizeof(*i->chains));
	added = &i->chains[i->chain_count++];
	*added = (struct issuer_chain){ .pem = BUF_INIT(LIMIT_CHAIN_BYTES) };
	return added;
}

static bool is_twin(const struct issuer *i, const struct cert *c)
{
	return c->spki.len == i->cert->spki.len &&
	       memcmp(c->spki.data, i->cert->spki.data, c->spki.len) == 0;
}

/* A file that begins with another certificate of the issuer's key (a cross-sign) has it in place of the issuer's. */
static struct err *add_chain(struct issuer *i, const struct chain *file, const char *path)
{
	bool twin = is_twin(i, file->certs[0]);
	const struct cert *below = twin ? file->certs[0] : i->cert;
	struct issuer_chain *out = new_chain(i);

	add_pem(out, below);
	for (size_t n = twin ? 1 : 0; n < file->count; n++) {
		TRY(check_link(below, file->certs[n], path));
		below = file->certs[n];
		if (!is_root(below))
			add_pem(out, below);
	}
	return buf_check(&out->pem, path);
}

static struct err *load_chain(struct issuer *i, const char *path)
{
	AUTO(free) char *text = NULL;
	AUTO(chain_free) struct chain *file = NULL;
	size_t len;

	TRY(fs_read(&text, &len, path, LIMIT_CHAIN_BYTES));
	TRY_WRAP(chain_parse(&file, text, len), "%s", path);
	return add_chain(i, file, path);
}

static struct err *load_chains(struct issuer *i)
{
	const struct strlist *paths = &i->config->chains;

	if (paths->count > LIMIT_CHAINS)
		return err_new(ERR_CONFIG, "more than %d chains", LIMIT_CHAINS);
	for (size_t n = 0; n < paths->count; n++)
		TRY(load_chain(i, paths->items[n]));
	if (paths->count == 0)
		add_pem(new_chain(i), i->cert);
	return NULL;
}

static struct err *load(struct issuer *i, time_t now)
{
	TRY(load_cert(i, now));
	TRY(load_key(i));
	return load_chains(i);
}

struct err *issuer_load(struct issuer **out, const struct issuer_config *config, time_t now)
{
	AUTO(issuer_free) struct issuer *i = xcalloc(1, sizeof(*i));

	i->config = config;
	i->key_id = BUF_INIT(LIMIT_NAME);
	i->subject = BUF_INIT(LIMIT_NAME);
	struct err *e = load(i, now);

	if (e != NULL)
		return err_wrap_as(ERR_CONFIG, e, "[issuer %s]", config->name);
	*out = MOVE(i);
	return NULL;
}

char *issuer_crl_url(const struct issuer_config *config, int64_t shard)
{
	return config->crl_url != NULL ? str_fmt("%s/%lld.crl", config->crl_url, (long long)shard)
				       : NULL;
}

void issuer_free(struct issuer *i)
{
	if (i == NULL)
		return;
	for (size_t n = 0; n < i->chain_count; n++)
		buf_release(&i->chains[n].pem);
	free(i->chains);
	signing_free(i->signing);
	verifying_free(i->verifying);
	EVP_PKEY_free(i->key);
	buf_release(&i->subject);
	buf_release(&i->key_id);
	cert_free(i->cert);
	free(i);
}

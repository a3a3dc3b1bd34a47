#include "ca/setup/authority_files.h"

#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "ca/sign/authority.h"
#include "jose/openssl.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/x509.h"

#define DAY_S ((time_t)24 * 60 * 60)
#define ROOT_LIFETIME_S (20 * 365 * DAY_S)
#define ISSUER_LIFETIME_S (10 * 365 * DAY_S)
#define BACKDATE_S (60 * 60)
#define NAME_MAX_BYTES 57 /* 64 with " Issuer" behind it */

static const struct {
	const char *option, *root, *issuer;
	unsigned root_bits, issuer_bits; /* of RSA */
} key_types[] = {
	[AUTHORITY_ECDSA] = { "ecdsa", "secp384r1", "secp256r1", 0, 0 },
	[AUTHORITY_RSA] = { "rsa", "rsa", "rsa", 4096, 2048 },
};

struct err *authority_keys_parse(enum authority_keys *out, const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(key_types); i++) {
		*out = (enum authority_keys)i;
		if (streq(type, key_types[i].option))
			return NULL;
	}
	return err_new(ERR_USAGE, "--key-type takes ecdsa or rsa, not \"%s\"", type);
}

struct err *authority_name_check(const char *name)
{
	AUTO(free) char *shown = str_printable(name, NAME_MAX_BYTES);

	if (name[0] != '\0' && streq(shown, name))
		return NULL;
	return err_new(ERR_USAGE, "--name takes 1 to %d bytes of text", NAME_MAX_BYTES);
}

void authority_release(struct authority *a)
{
	EVP_PKEY_free(a->key);
	cert_free(a->cert);
}

/* --- made */

struct err *authority_file_check_free(const char *dir, const char *file)
{
	AUTO(free) char *path = fs_join(dir, file);

	if (!fs_exists(path) && !fs_is_link(path))
		return NULL;
	return err_new(
		ERR_USAGE,
		"%s is there already: nothing is written over it; take another directory or name",
		path);
}

static struct err *write_file(const struct authority_wish *w, const char *ending,
			      const struct buf *data, mode_t mode)
{
	AUTO(free) char *name = str_fmt("%s%s", w->file, ending);
	AUTO(free) char *path = fs_join(w->dir, name);

	TRY(buf_check(data, path));
	return fs_create(path, data->data, data->len, mode);
}

static struct err *write_key(const struct authority_wish *w, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_FILE);

	TRY(key_to_pem(&pem, key));
	struct err *e = write_file(w, ".key", &pem, 0600);

	OPENSSL_cleanse(pem.data, pem.len);
	return e;
}

static struct err *write_cert(const struct authority_wish *w, const struct buf *der)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_FILE);

	pem_add(&pem, "CERTIFICATE", der->data, der->len);
	return write_file(w, ".pem", &pem, 0644);
}

static struct err *generate(EVP_PKEY **out, const struct authority_wish *w)
{
	bool root = w->by == NULL;

	return key_generate(out, root ? key_types[w->keys].root : key_types[w->keys].issuer,
			    root ? key_types[w->keys].root_bits : key_types[w->keys].issuer_bits);
}

static time_t end_of(const struct authority_wish *w, time_t from)
{
	time_t end = from + (w->by == NULL ? ROOT_LIFETIME_S : ISSUER_LIFETIME_S) - 1;

	return w->by != NULL && w->by->cert->not_after < end ? w->by->cert->not_after : end;
}

static struct err *check_free(const struct authority_wish *w)
{
	AUTO(free) char *cert = str_fmt("%s.pem", w->file);
	AUTO(free) char *key = str_fmt("%s.key", w->file);

	TRY(authority_file_check_free(w->dir, cert));
	return authority_file_check_free(w->dir, key);
}

struct err *authority_files_make(struct authority *out, const struct authority_wish *w,
				 const struct world *world)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	time_t from = world_now(world) - BACKDATE_S;

	TRY(check_free(w));
	TRY(generate(&out->key, w));
	const struct authority_ask ask = { .name = w->name,
					   .key = out->key,
					   .by = w->by != NULL ? w->by->cert : NULL,
					   .by_key = w->by != NULL ? w->by->key : NULL,
					   .not_before = from,
					   .not_after = end_of(w, from) };

	TRY(authority_make(&der, &ask, world->random));
	TRY(cert_from_der(&out->cert, der.data, der.len));
	TRY(write_key(w, out->key));
	return write_cert(w, &der);
}

/* --- read */

static struct err *read_cert(struct authority *out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	TRY_WRAP(cert_from_pem(&out->cert, text, len), "%s", path);
	return NULL;
}

static struct err *read_key(struct authority *out, const char *path)
{
	AUTO(free) char *text = NULL;
	size_t len = 0;

	TRY(fs_read(&text, &len, path, LIMIT_FILE));
	struct err *e = key_from_pem(&out->key, text, len);

	OPENSSL_cleanse(text, len);
	TRY_WRAP(e, "%s", path);
	return NULL;
}

static struct err *check_may_sign(const struct authority *a, const char *path, time_t now)
{
	AUTO(x509_free) X509 *x = x509_of(a->cert);

	if (x == NULL)
		return openssl_err("%s", path);
	if (X509_check_ca(x) != 1 || (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0)
		return err_new(ERR_CONFIG, "%s is no CA certificate that may sign others", path);
	if (X509_get_pathlen(x) == 0)
		return err_new(ERR_CONFIG, "%s may sign no other CA (pathLenConstraint 0)", path);
	if (cert_is_expired(a->cert, now)) {
		AUTO(free) char *end = time_utc_long(a->cert->not_after);

		return err_new(ERR_CONFIG, "%s ended on %s: `signet-ca init` makes a new root",
			       path, end);
	}
	return NULL;
}

struct err *authority_files_load(struct authority *out, const char *certificate, const char *key,
				 time_t now)
{
	bool same = false;

	TRY(read_cert(out, certificate));
	TRY(check_may_sign(out, certificate, now));
	TRY(read_key(out, key));
	TRY(cert_has_key(&same, out->cert, out->key));
	return same ? NULL : err_new(ERR_CONFIG, "%s is not the key of %s", key, certificate);
}

#include "plugins/tls_files.h"

#include <openssl/crypto.h>

#include "base/fs.h"
#include "base/limits.h"
#include "pki/challenge_cert.h"
#include "pki/key.h"
#include "pki/pem.h"

/* A token is base64url (proto/keyauth.h), so it is a file's name too. */
void tls_files_name(struct tls_files *out, const struct options *opt, const struct task *t)
{
	out->cert = str_fmt("%s/%s.crt", opt->work_dir, t->token);
	out->key = str_fmt("%s/%s.pem", opt->work_dir, t->token);
}

void tls_files_release(struct tls_files *f)
{
	free(MOVE(f->cert));
	free(MOVE(f->key));
}

static struct err *write_cert(const char *path, EVP_PKEY *key, const struct proof *p, time_t now)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(16));
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_KIB(32));

	TRY(challenge_cert_make(&der, key, &p->tls_names, p->tls_has_digest ? p->tls_digest : NULL,
				now));
	pem_add(&pem, "CERTIFICATE", der.data, der.len);
	TRY(buf_check(&pem, "a challenge's certificate"));
	return fs_replace(path, pem.data, pem.len, 0600, false);
}

static struct err *write_key(const char *path, const EVP_PKEY *key)
{
	AUTO(buf_release) struct buf pem = BUF_INIT(LIMIT_KIB(16));

	TRY(key_to_pem(&pem, key));
	struct err *e = fs_replace(path, pem.data, pem.len, 0600, false);

	OPENSSL_cleanse(pem.data, pem.cap);
	return e;
}

struct err *tls_files_write(const struct plugin_env *env, const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	tls_files_name(&files, env->opt, t);
	TRY(key_generate(&key, "secp256r1", 0));
	TRY(write_key(files.key, key));
	return write_cert(files.cert, key, &t->proof, world_now(env->world));
}

struct err *tls_files_remove(const struct options *opt, const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };

	tls_files_name(&files, opt, t);
	struct err *e = fs_unlink(files.key);
	struct err *second = fs_unlink(files.cert);

	if (e == NULL)
		return second;
	err_ignore(second);
	return e;
}

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

/* Both as PEM. */
struct pair {
	struct buf cert, key;
};

static void pair_release(struct pair *p)
{
	if (p->key.data != NULL)
		OPENSSL_cleanse(p->key.data, p->key.cap);
	buf_release(&p->key);
	buf_release(&p->cert);
}

AUTO_RELEASE(struct pair, pair_release)

static struct err *make_cert(struct buf *out, EVP_PKEY *key, const struct proof *p, time_t now)
{
	AUTO(buf_release) struct buf der = BUF_INIT(LIMIT_KIB(16));

	TRY(challenge_cert_make(&der, key, &p->tls_names, p->tls_has_digest ? p->tls_digest : NULL,
				now));
	pem_add(out, "CERTIFICATE", der.data, der.len);
	return buf_check(out, "a challenge's certificate");
}

static struct err *make_pair(struct pair *out, const struct plugin_env *env, const struct task *t)
{
	AUTO(evp_pkey_free) EVP_PKEY *key = NULL;

	TRY(key_generate(&key, "secp256r1", 0));
	TRY(key_to_pem(&out->key, key));
	return make_cert(&out->cert, key, &t->proof, world_now(env->world));
}

#define PAIR_INIT                                                \
	{                                                        \
		BUF_INIT(LIMIT_KIB(32)), BUF_INIT(LIMIT_KIB(16)) \
	}

struct err *tls_files_write(const struct plugin_env *env, const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };
	AUTO(pair_release) struct pair pair = PAIR_INIT;

	tls_files_name(&files, env->opt, t);
	TRY(make_pair(&pair, env, t));
	TRY(fs_replace(files.key, pair.key.data, pair.key.len, 0600, false));
	return fs_replace(files.cert, pair.cert.data, pair.cert.len, 0600, false);
}

struct err *tls_files_plan(struct change *out, const struct plugin_env *env, const struct task *t)
{
	AUTO(tls_files_release) struct tls_files files = { 0 };
	AUTO(pair_release) struct pair pair = PAIR_INIT;

	tls_files_name(&files, env->opt, t);
	TRY(make_pair(&pair, env, t));
	change_create(out, files.key, &pair.key, 0600);
	change_create(out, files.cert, &pair.cert, 0600);
	return NULL;
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

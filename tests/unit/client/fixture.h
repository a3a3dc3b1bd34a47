/* A tree of Certbot's in a temporary directory, and certificates to put into it. Header only: each test is one program. */
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "check.h"

#include "base/fs.h"
#include "base/limits.h"
#include "client/lineage/lineage.h"
#include "client/store/tree.h"
#include "pki/key.h"

#define DAY ((time_t)24 * 60 * 60)

static inline struct tree *fixture_tree(void)
{
	const char *base = getenv("TMPDIR");
	char *root = str_fmt("%s/signet-unit-XXXXXX", base != NULL ? base : "/tmp");
	struct tree *t = xcalloc(1, sizeof(*t));

	assert_non_null(mkdtemp(root));
	t->config_dir = root;
	t->work_dir = str_fmt("%s/work", root);
	t->logs_dir = str_fmt("%s/logs", root);
	return t;
}

static inline void fixture_tree_free(struct tree *t)
{
	assert_done(fs_remove_tree(t->config_dir));
	tree_free(t);
}

/* A key and a chain of two certificates. */
struct fixture_pair {
	EVP_PKEY *key;
	struct buf key_pem, chain_pem;
	struct chain *chain;
};

static inline X509 *fixture_x509(const char *names, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer,
				 const time_t life[2])
{
	static long serial = 0x1ff4e902;
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);
	X509V3_CTX ctx;

	assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial), 1);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
				   (const unsigned char *)(names != NULL ? "leaf" : "Unit CA"), -1,
				   -1, 0);
	X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer) : subject);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), life[0]));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), life[1]));
	assert_int_equal(X509_set_pubkey(x, key), 1);
	X509V3_set_ctx(&ctx, issuer != NULL ? issuer : x, x, NULL, NULL, 0);
	X509_EXTENSION *ext = names != NULL
				    ? X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, names)
				    : X509V3_EXT_conf_nid(NULL, &ctx, NID_basic_constraints,
							  "critical,CA:TRUE");

	assert_non_null(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	assert_true(X509_sign(x, signer, EVP_sha256()) > 0);
	return x;
}

static inline void fixture_add_pem(struct buf *b, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;

	assert_int_equal(PEM_write_bio_X509(bio, x), 1);
	long len = BIO_get_mem_data(bio, &data);

	buf_add(b, data, (size_t)len);
	BIO_free(bio);
}

/* names: "DNS:a.test,DNS:www.a.test,IP:10.0.0.1"; key_name as in keytype.h. */
static inline struct fixture_pair fixture_pair(const char *names, const char *key_name, time_t from,
					       time_t to)
{
	struct fixture_pair p = { .key_pem = BUF_INIT(LIMIT_FILE),
				  .chain_pem = BUF_INIT(LIMIT_FILE) };
	const time_t life[2] = { from, to };
	AUTO(evp_pkey_free) EVP_PKEY *ca_key = NULL;

	assert_done(key_generate(&ca_key, "secp256r1", 0));
	assert_done(key_generate(&p.key, key_name, 2048));
	assert_done(key_to_pem(&p.key_pem, p.key));
	X509 *ca = fixture_x509(NULL, ca_key, NULL, ca_key, life);
	X509 *leaf = fixture_x509(names, p.key, ca, ca_key, life);

	fixture_add_pem(&p.chain_pem, leaf);
	fixture_add_pem(&p.chain_pem, ca);
	X509_free(leaf);
	X509_free(ca);
	assert_done(chain_parse(&p.chain, p.chain_pem.data, p.chain_pem.len));
	return p;
}

static inline void fixture_pair_release(struct fixture_pair *p)
{
	EVP_PKEY_free(p->key);
	buf_release(&p->key_pem);
	buf_release(&p->chain_pem);
	chain_free(p->chain);
}

AUTO_RELEASE(struct fixture_pair, fixture_pair_release)

static inline void fixture_options(void *ctx, struct ini *conf)
{
	ini_set(conf, "renewalparams", "server", ctx != NULL ? ctx : "https://ca.test/dir");
	ini_set(conf, "renewalparams", "authenticator", "standalone");
	ini_set(conf, "renewalparams", "key_type", "ecdsa");
}

static inline struct lineage_material fixture_material(const struct fixture_pair *p)
{
	return (struct lineage_material){ .key_pem = p->key_pem.data,
					  .key_len = p->key_pem.len,
					  .chain = p->chain,
					  .save_options = fixture_options };
}

/* A lineage on disk, made by a commit. */
static inline struct lineage *fixture_lineage(const struct tree *t, const char *name,
					      const char *names, time_t from, time_t to)
{
	AUTO(fixture_pair_release)
	struct fixture_pair p = fixture_pair(names, "secp256r1", from, to);
	const struct lineage_material m = fixture_material(&p);
	struct lineage *l = NULL;

	assert_done(lineage_commit(&l, t, name, NULL, &m));
	return l;
}

static inline char *fixture_read(const struct tree *t, const char *relative)
{
	AUTO(free) char *path = tree_path(t, relative);
	char *text = NULL;

	assert_done(fs_read(&text, NULL, path, LIMIT_FILE));
	return text;
}

static inline void fixture_write(const struct tree *t, const char *relative, const char *text)
{
	AUTO(free) char *path = tree_path(t, relative);

	assert_done(fs_replace(path, text, strlen(text), 0644, true));
}

static inline mode_t fixture_mode(const struct tree *t, const char *relative)
{
	AUTO(free) char *path = tree_path(t, relative);
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static inline void fixture_chmod(const struct tree *t, const char *relative, mode_t mode)
{
	AUTO(free) char *path = tree_path(t, relative);

	assert_int_equal(chmod(path, mode), 0);
}

static inline bool fixture_exists(const struct tree *t, const char *relative)
{
	AUTO(free) char *path = tree_path(t, relative);
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Names in a directory, joined by spaces. */
static inline char *fixture_ls(const struct tree *t, const char *relative)
{
	AUTO(free) char *path = tree_path(t, relative);
	AUTO(strlist_release) struct strlist names = { 0 };

	assert_done(fs_list(&names, path));
	return strlist_join(&names, " ");
}

#define ASSERT_LS(t, relative, expected)                             \
	do {                                                         \
		AUTO(free) char *ls_names = fixture_ls(t, relative); \
		assert_string_equal(ls_names, expected);             \
	} while (0)

#include "va/mutual.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"

static X509 *certificate_of(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

	(void)X509_set_version(x, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), -100);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), 100000);
	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
					 (const unsigned char *)"operator", -1, -1, 0);
	(void)X509_set_issuer_name(x, X509_get_subject_name(x));
	(void)X509_set_pubkey(x, key);
	(void)X509_add_ext(x, san, -1);
	(void)X509_sign(x, key, EVP_sha256());
	X509_EXTENSION_free(san);
	return x;
}

static void write_files(const struct mutual *m)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = certificate_of(key);
	FILE *certificate = fopen(m->certificate, "w");
	FILE *secret = fopen(m->key, "w");

	if (certificate == NULL || secret == NULL || !PEM_write_X509(certificate, x) ||
	    !PEM_write_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL))
		abort();
	(void)fclose(certificate);
	(void)fclose(secret);
	X509_free(x);
	EVP_PKEY_free(key);
}

void mutual_make(struct mutual *m)
{
	char dir[] = "/tmp/signet-mutual-XXXXXX";

	m->dir = xstrdup(mkdtemp(dir));
	m->certificate = str_fmt("%s/cert.pem", m->dir);
	m->key = str_fmt("%s/key.pem", m->dir);
	m->files = (struct mutual_tls){ m->certificate, m->key, m->certificate };
	write_files(m);
}

void mutual_release(struct mutual *m)
{
	(void)unlink(m->certificate);
	(void)unlink(m->key);
	(void)rmdir(m->dir);
	free(m->dir);
	free(m->certificate);
	free(m->key);
}

/* cryptolimit: what the cryptography of ACME costs on one core of this machine, as one JSON object of CPU microseconds
 * per operation (CLOCK_THREAD_CPUTIME_ID).   cryptolimit CERT.pem KEY.pem [SECONDS_PER_TEST] */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double SEC = 0.5;
static double cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
#define RUN(name, code)                                                           \
	do {                                                                      \
		long n_ = 0;                                                      \
		double t0_ = cpu(), t_;                                           \
		do {                                                              \
			for (int i_ = 0; i_ < 8; i_++) {                          \
				code;                                             \
			}                                                         \
			n_ += 8;                                                  \
			t_ = cpu() - t0_;                                         \
		} while (t_ < SEC);                                               \
		printf("%s\"%s\": %.2f", first ? "" : ", ", name, t_ / n_ * 1e6); \
		first = 0;                                                        \
	} while (0)

static EVP_PKEY *k;
static unsigned char msg[600], sig[600];
static size_t sl;
static void sign(EVP_PKEY *p)
{
	sl = sizeof sig;
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, p);
	EVP_DigestSign(m, sig, &sl, msg, sizeof msg);
	EVP_MD_CTX_free(m);
}
static void verify(EVP_PKEY *p)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_DigestVerifyInit(m, NULL, EVP_sha256(), NULL, p);
	if (EVP_DigestVerify(m, sig, sl, msg, sizeof msg) != 1)
		abort();
	EVP_MD_CTX_free(m);
}
static EVP_PKEY *from_point(const unsigned char *pt)
{
	OSSL_PARAM p[] = { OSSL_PARAM_construct_utf8_string("group", "P-256", 0),
			   OSSL_PARAM_construct_octet_string("pub", (void *)pt, 65),
			   OSSL_PARAM_construct_end() };
	EVP_PKEY *r = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY_fromdata_init(c);
	EVP_PKEY_fromdata(c, &r, EVP_PKEY_PUBLIC_KEY, p);
	EVP_PKEY_CTX_free(c);
	return r;
}
static unsigned char *csr;
static int csrl;
static void parse_csr(void)
{
	const unsigned char *p = csr;
	X509_REQ *r = d2i_X509_REQ(NULL, &p, csrl);
	EVP_PKEY *q = X509_REQ_get0_pubkey(r);
	if (X509_REQ_verify(r, q) != 1)
		abort();
	X509_REQ_free(r);
}
static void ext(X509 *c, int nid, const char *v)
{
	X509V3_CTX x;
	X509V3_set_ctx(&x, c, c, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &x, nid, v);
	X509_add_ext(c, e, -1);
	X509_EXTENSION_free(e);
}
static void make_cert(void)
{
	X509 *c = X509_new();
	X509_set_version(c, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(c), 12345);
	X509_gmtime_adj(X509_getm_notBefore(c), 0);
	X509_gmtime_adj(X509_getm_notAfter(c), 86400);
	X509_set_pubkey(c, k);
	X509_NAME_add_entry_by_txt(X509_get_issuer_name(c), "CN", MBSTRING_ASC, (const void *)"x",
				   -1, -1, 0);
	ext(c, NID_key_usage, "critical,digitalSignature");
	ext(c, NID_ext_key_usage, "serverAuth");
	ext(c, NID_subject_alt_name, "DNS:a.example.org");
	ext(c, NID_subject_key_identifier, "hash");
	X509_sign(c, k, EVP_sha256());
	X509_free(c);
}
static SSL_CTX *sc, *cc;
static SSL_SESSION *sess;
static double srv, clt;
static int resumed;
static int newsess(SSL *s, SSL_SESSION *x)
{
	(void)s;
	SSL_SESSION_free(sess);
	sess = x;
	return 1;
}
static void handshake(int resume)
{
	SSL *s = SSL_new(sc), *c = SSL_new(cc);
	BIO *a, *b;
	BIO_new_bio_pair(&a, 32768, &b, 32768);
	SSL_set_bio(s, a, a);
	SSL_set_bio(c, b, b);
	SSL_set_accept_state(s);
	SSL_set_connect_state(c);
	if (resume && sess)
		SSL_set_session(c, sess);
	int ds = 0, dc = 0;
	for (int i = 0; i < 10 && !(ds && dc); i++) {
		double t = cpu();
		if (!dc)
			dc = SSL_do_handshake(c) == 1;
		double u = cpu();
		if (!ds)
			ds = SSL_do_handshake(s) == 1;
		double v = cpu();
		clt += u - t;
		srv += v - u;
	}
	char x;
	SSL_write(s, "x", 1);
	SSL_read(c, &x, 1);
	resumed = SSL_session_reused(s);
	SSL_set_shutdown(s, 3);
	SSL_set_shutdown(c, 3);
	SSL_free(s);
	SSL_free(c);
}
static void hs(const char *nm, int resume, int ver, int *firstp)
{
	SSL_CTX_set_max_proto_version(cc, ver);
	SSL_SESSION_free(sess);
	sess = NULL;
	handshake(0);
	srv = clt = 0;
	long n = 0;
	double t = cpu();
	do {
		handshake(resume);
		n++;
	} while (cpu() - t < SEC);
	printf("%s\"%s_server\": %.2f, \"%s_client\": %.2f", *firstp ? "" : ", ", nm, srv / n * 1e6,
	       nm, clt / n * 1e6);
	*firstp = 0;
	if (resume && !resumed)
		fprintf(stderr, "%s: not resumed\n", nm);
}
int main(int argc, char **argv)
{
	int first = 1;
	if (argc < 3)
		return 2;
	if (argc > 3)
		SEC = atof(argv[3]);
	memset(msg, 'x', sizeof msg);
	k = EVP_EC_gen("P-256");
	unsigned char pt[65];
	size_t l;
	EVP_PKEY_get_octet_string_param(k, OSSL_PKEY_PARAM_PUB_KEY, pt, sizeof pt, &l);
	X509_REQ *r = X509_REQ_new();
	X509_REQ_set_pubkey(r, k);
	X509_REQ_sign(r, k, EVP_sha256());
	csrl = i2d_X509_REQ(r, &csr);
	printf("{");
	RUN("p256_keygen", EVP_PKEY_free(EVP_EC_gen("P-256")));
	RUN("p256_sign", sign(k));
	RUN("p256_verify", verify(k));
	RUN("p256_key_from_jwk_and_verify", EVP_PKEY *q = from_point(pt); verify(q);
	    EVP_PKEY_free(q));
	RUN("csr_parse_verify", parse_csr());
	RUN("cert_build_sign", make_cert());
	EVP_PKEY *rk = EVP_RSA_gen(2048);
	RUN("rsa2048_sign", sign(rk));
	RUN("rsa2048_verify", verify(rk));
	unsigned char md[32];
	RUN("sha256_600B", EVP_Digest(msg, sizeof msg, md, NULL, EVP_sha256(), NULL));
	sc = SSL_CTX_new(TLS_server_method());
	cc = SSL_CTX_new(TLS_client_method());
	if (SSL_CTX_use_certificate_chain_file(sc, argv[1]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(sc, argv[2], SSL_FILETYPE_PEM) != 1)
		return 1;
	SSL_CTX_set_session_cache_mode(cc, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(cc, newsess);
	hs("tls13_full", 0, TLS1_3_VERSION, &first);
	hs("tls13_resumed", 1, TLS1_3_VERSION, &first);
	hs("tls12_full", 0, TLS1_2_VERSION, &first);
	hs("tls12_resumed", 1, TLS1_2_VERSION, &first);
	printf("}\n");
	return 0;
}

#include "va/tls_facts.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/limits.h"

static char *sha256_of(const X509 *x)
{
	struct buf b = BUF_INIT((size_t)EVP_MAX_MD_SIZE * 2 + 1);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!X509_digest(x, EVP_sha256(), digest, &len))
		return NULL;
	for (unsigned i = 0; i < len; i++)
		buf_addf(&b, "%02x", digest[i]);
	return buf_detach(&b);
}

static void add_text(struct strlist *out, const ASN1_STRING *value)
{
	AUTO(free)
	char *text = xstrndup((const char *)ASN1_STRING_get0_data(value),
			      (size_t)ASN1_STRING_length(value));

	strlist_take(out, str_printable(text, 253));
}

static void add_address(struct strlist *out, const ASN1_STRING *value)
{
	int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
	char text[INET6_ADDRSTRLEN];

	if ((family == AF_INET || ASN1_STRING_length(value) == 16) &&
	    inet_ntop(family, ASN1_STRING_get0_data(value), text, sizeof(text)) != NULL)
		strlist_add(out, text);
}

static void add_name(struct strlist *out, const GENERAL_NAME *name)
{
	int type = 0;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);

	if (type == GEN_DNS)
		add_text(out, value);
	else if (type == GEN_IPADD)
		add_address(out, value);
}

static void add_names(struct strlist *out, const X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && out->count < VA_RECORD_SHOWN; i++)
		add_name(out, sk_GENERAL_NAME_value(names, i));
	GENERAL_NAMES_free(names);
}

void tls_facts(struct va_tls *out, const SSL *ssl)
{
	const X509 *x = SSL_get0_peer_certificate(ssl);
	const unsigned char *protocol = NULL;
	unsigned len = 0;

	out->version = xstrdup(SSL_get_version(ssl));
	out->cipher = xstrdup(SSL_get_cipher_name(ssl));
	SSL_get0_alpn_selected(ssl, &protocol, &len);
	if (len > 0) {
		AUTO(free) char *text = xstrndup((const char *)protocol, len);

		out->protocol = str_printable(text, UINT8_MAX);
	}
	if (x == NULL)
		return;
	out->certificate_sha256 = sha256_of(x);
	add_names(&out->names, x);
	ERR_clear_error();
}

#include "va/channel_tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/str.h"
#include "va/address.h"

/* --- life --- */

static bool is_literal(const char *host)
{
	struct address a;

	return address_parse(&a, host, 0);
}

/* RFC 6066 §3: a literal is not sent as a server name. */
static void set_name(SSL *ssl, const struct channel_options *o)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	bool literal = is_literal(o->server_name);

	if (!literal && !SSL_set_tlsext_host_name(ssl, o->server_name))
		abort();
	if (!o->verify)
		return;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (literal ? !X509_VERIFY_PARAM_set1_ip_asc(param, o->server_name)
		    : !X509_VERIFY_PARAM_set1_host(param, o->server_name, 0))
		abort();
}

static void set_protocol(SSL *ssl, const char *protocol)
{
	unsigned char list[UINT8_MAX + 1];
	size_t len = strlen(protocol);

	if (len == 0 || len > UINT8_MAX)
		abort();
	list[0] = (unsigned char)len;
	memcpy(list + 1, protocol, len);
	if (SSL_set_alpn_protos(ssl, list, (unsigned)len + 1) != 0)
		abort();
}

void channel_tls_begin(struct channel_tls *t, const struct channel_options *o)
{
	*t = (struct channel_tls){ .ssl = SSL_new(o->tls),
				   .in = BIO_new(BIO_s_mem()),
				   .out = BIO_new(BIO_s_mem()) };
	if (t->ssl == NULL || t->in == NULL || t->out == NULL)
		abort();
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_connect_state(t->ssl);
	if (o->server_name != NULL)
		set_name(t->ssl, o);
	if (o->protocol != NULL)
		set_protocol(t->ssl, o->protocol);
}

void channel_tls_end(struct channel_tls *t)
{
	SSL_free(t->ssl);
	*t = (struct channel_tls){ 0 };
}

/* --- bytes --- */

static void feed(struct channel_tls *t, const char *raw, size_t len)
{
	if (len > 0 && BIO_write(t->in, raw, (int)len) != (int)len)
		abort();
}

void channel_tls_take(struct channel_tls *t, struct buf *out)
{
	char raw[4096];
	int n;

	while ((n = BIO_read(t->out, raw, sizeof(raw))) > 0)
		buf_add(out, raw, (size_t)n);
}

/* A memory BIO takes everything. */
void channel_tls_write(struct channel_tls *t, const void *data, size_t len)
{
	size_t n = 0;

	ERR_clear_error();
	(void)SSL_write_ex(t->ssl, data, len, &n);
	ERR_clear_error();
}

void channel_tls_goodbye(struct channel_tls *t)
{
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

/* --- failures --- */

static bool is_version(int reason)
{
	return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_WRONG_SSL_VERSION ||
	       reason == SSL_R_VERSION_TOO_LOW || reason == SSL_R_NO_PROTOCOLS_AVAILABLE;
}

static void explain(const SSL *ssl, struct channel_failure *f)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;

	f->cause = CHANNEL_NOT_TLS;
	f->text = ERR_reason_error_string(code);
	if (reason > SSL_AD_REASON_OFFSET) {
		f->cause = CHANNEL_ALERT;
		f->error = reason - SSL_AD_REASON_OFFSET;
		f->text = SSL_alert_desc_string_long(f->error);
	} else if (is_version(reason)) {
		f->cause = CHANNEL_VERSION;
	} else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		f->cause = CHANNEL_CERTIFICATE;
		f->text = X509_verify_cert_error_string(SSL_get_verify_result(ssl));
	}
	ERR_clear_error();
}

static enum channel_tls_state state_of(const SSL *ssl, int ssl_error, struct channel_failure *f)
{
	if (ssl_error == SSL_ERROR_NONE || ssl_error == SSL_ERROR_ZERO_RETURN)
		return CHANNEL_TLS_DONE;
	if (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE)
		return CHANNEL_TLS_WAITS;
	explain(ssl, f);
	return CHANNEL_TLS_FAILED;
}

/* --- handshake and reading --- */

static bool speaks_http(struct channel_tls *t, const char *raw, size_t len)
{
	size_t room = sizeof(t->first) - t->first_len;
	size_t n = len < room ? len : room;

	memcpy(t->first + t->first_len, raw, n);
	t->first_len += n;
	return t->first_len == sizeof(t->first) && memcmp(t->first, "HTTP/", 5) == 0;
}

enum channel_tls_state channel_tls_handshake(struct channel_tls *t, const char *raw, size_t len,
					     struct channel_failure *f)
{
	if (speaks_http(t, raw, len)) {
		f->cause = CHANNEL_SPEAKS_HTTP;
		return CHANNEL_TLS_FAILED;
	}
	feed(t, raw, len);
	ERR_clear_error();
	int result = SSL_do_handshake(t->ssl);

	return state_of(t->ssl, result == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, result), f);
}

enum channel_tls_state channel_tls_read(struct channel_tls *t, const char *raw, size_t len,
					char *data, size_t size, size_t *got,
					struct channel_failure *f)
{
	size_t n = 0;

	feed(t, raw, len);
	ERR_clear_error();
	*got = 0;
	while (*got < size) {
		if (!SSL_read_ex(t->ssl, data + *got, size - *got, &n))
			return state_of(t->ssl, SSL_get_error(t->ssl, 0), f);
		*got += n;
	}
	return CHANNEL_TLS_MORE;
}

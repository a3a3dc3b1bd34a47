#include "plugins/tls_responder.h"

#include <string.h>

#include "base/limits.h"
#include "pki/challenge_cert.h"
#include "pki/key.h"

struct answer {
	const struct proof *proof;
	struct buf certificate; /* DER */
};

struct tls_responder {
	SSL_CTX *context;
	EVP_PKEY *key; /* of all certificates */
	struct answer *answers;
	size_t count;
};

/* --- the handshake, step by step --- */

/* Whether a protocol was asked for at all is known here only: kept beside the connection for the next step. */
static int on_client_hello(SSL *ssl, int *alert, void *ctx)
{
	const unsigned char *list = NULL;
	size_t len = 0;
	bool asks = SSL_client_hello_get0_ext(ssl,
					      TLSEXT_TYPE_application_layer_protocol_negotiation,
					      &list, &len) == 1;

	(void)alert;
	SSL_set_app_data(ssl, asks ? ctx : NULL);
	return SSL_CLIENT_HELLO_SUCCESS;
}

static const struct answer *answer_for(const struct tls_responder *r, const char *server_name)
{
	for (size_t i = 0; server_name != NULL && i < r->count; i++)
		if (streq_nocase(r->answers[i].proof->tls_server_name, server_name))
			return &r->answers[i];
	return NULL;
}

static bool use(SSL *ssl, const struct tls_responder *r, const struct answer *a)
{
	return SSL_use_certificate_ASN1(ssl, (const unsigned char *)a->certificate.data,
					(int)a->certificate.len) == 1 &&
	       SSL_use_PrivateKey(ssl, r->key) == 1;
}

static int on_server_name(SSL *ssl, int *alert, void *ctx)
{
	const struct tls_responder *r = ctx;
	const struct answer *a = answer_for(r, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
	bool asked_for_protocol = SSL_get_app_data(ssl) != NULL;

	*alert = SSL_AD_UNRECOGNIZED_NAME;
	if (a == NULL)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	if (a->proof->tls_protocol != NULL && !asked_for_protocol)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*alert = SSL_AD_INTERNAL_ERROR;
	if (!use(ssl, r, a))
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	SSL_set_app_data(ssl, (void *)(uintptr_t)a->proof);
	return SSL_TLSEXT_ERR_OK;
}

/* RFC 8737 §3: the server answers with the challenge's protocol. list was checked by OpenSSL: lengths before names. */
static int on_protocols(SSL *ssl, const unsigned char **out, unsigned char *out_len,
			const unsigned char *list, unsigned len, void *ctx)
{
	const struct proof *proof = SSL_get_app_data(ssl);

	(void)ctx;
	if (proof->tls_protocol == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	for (unsigned i = 0; i < len; i += 1u + list[i]) {
		if (list[i] != strlen(proof->tls_protocol) ||
		    memcmp(&list[i + 1], proof->tls_protocol, list[i]) != 0)
			continue;
		*out = &list[i + 1];
		*out_len = list[i];
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* --- life --- */

/* Nobody comes twice: no sessions, no tickets. */
static SSL_CTX *new_context(struct tls_responder *r)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1)
		abort();
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_client_hello_cb(ctx, on_client_hello, r);
	(void)SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	(void)SSL_CTX_set_tlsext_servername_arg(ctx, r);
	SSL_CTX_set_alpn_select_cb(ctx, on_protocols, NULL);
	return ctx;
}

static struct err *add_answer(struct tls_responder *r, const struct proof *p, time_t now)
{
	struct answer *a = &r->answers[r->count++];

	*a = (struct answer){ .proof = p, .certificate = BUF_INIT(LIMIT_KIB(16)) };
	return challenge_cert_make(&a->certificate, r->key, &p->tls_names,
				   p->tls_has_digest ? p->tls_digest : NULL, now);
}

struct err *tls_responder_new(struct tls_responder **out, const struct task *tasks, size_t n,
			      time_t now)
{
	AUTO(tls_responder_free) struct tls_responder *r = xcalloc(1, sizeof(*r));

	TRY(key_generate(&r->key, "secp256r1", 0));
	r->answers = xcalloc(n, sizeof(*r->answers));
	for (size_t i = 0; i < n; i++)
		if (tasks[i].proof.medium == MEDIUM_TLS)
			TRY(add_answer(r, &tasks[i].proof, now));
	r->context = new_context(r);
	*out = MOVE(r);
	return NULL;
}

SSL_CTX *tls_responder_context(const struct tls_responder *r)
{
	return r->context;
}

void tls_responder_free(struct tls_responder *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		buf_release(&r->answers[i].certificate);
	free(r->answers);
	SSL_CTX_free(r->context);
	EVP_PKEY_free(r->key);
	free(r);
}

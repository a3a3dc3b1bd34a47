#include "net/mutual_tls.h"

#include "net/own_certificate.h"

static struct err *want_certificate(SSL_CTX *ctx, const struct mutual_tls *m)
{
	if (SSL_CTX_load_verify_file(ctx, m->ca) != 1)
		return tls_file_unusable("CA file", m->ca);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return NULL;
}

static struct err *set_up(SSL_CTX **out, SSL_CTX *ctx, const struct mutual_tls *m)
{
	struct err *e = NULL;

	if (ctx == NULL)
		return err_new(ERR_CRYPTO, "starting TLS");
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	e = own_certificate_use(ctx, m->certificate, m->key);
	if (e == NULL)
		e = want_certificate(ctx, m);
	if (e != NULL)
		SSL_CTX_free(ctx);
	else
		*out = ctx;
	return e;
}

struct err *mutual_tls_client(SSL_CTX **out, const struct mutual_tls *m)
{
	return set_up(out, SSL_CTX_new(TLS_client_method()), m);
}

/* Who is asked anew by each connection holds no session of somebody who is shut out by now. */
struct err *mutual_tls_server(SSL_CTX **out, const struct mutual_tls *m)
{
	TRY(set_up(out, SSL_CTX_new(TLS_server_method()), m));
	(void)SSL_CTX_set_session_cache_mode(*out, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(*out, 0);
	return NULL;
}

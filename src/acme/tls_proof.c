/* The proof of a TLS challenge, ready to be shown (RFC 8737 §3). */
#include "acme/inside.h"
#include "base/limits.h"
#include "pki/challenge_cert.h"
#include "pki/pem.h"

#define CERT_MAX LIMIT_KIB(16)

static struct err *make_pem(char **out, EVP_PKEY *key, const struct proof *p, time_t now)
{
	AUTO(buf_release) struct buf der = BUF_INIT(CERT_MAX);
	AUTO(buf_release) struct buf pem = BUF_INIT(2 * CERT_MAX);

	TRY(challenge_cert_make(&der, key, &p->tls_names, p->tls_has_digest ? p->tls_digest : NULL,
				now));
	pem_add(&pem, "CERTIFICATE", der.data, der.len);
	TRY(buf_check(&pem, "the challenge's certificate"));
	*out = buf_detach(&pem);
	return NULL;
}

struct err *acme_challenge_tls(struct acme_session *s, const struct acme_challenge *c,
			       const struct acme_key *key, struct acme_tls_proof *out)
{
	AUTO(proof_release) struct proof p = { 0 };

	if (key->pkey == NULL)
		return err_new(ERR_USAGE,
			       "the certificate of a challenge needs a private key that is here");
	TRY(session_prove(&p, s, c));
	if (p.medium != MEDIUM_TLS)
		return err_new(ERR_USAGE, "a %s challenge is proved by other means", c->data->type);
	TRY(make_pem(&out->certificate_pem, key->pkey, &p, world_now(s->world)));
	out->server_name = MOVE(p.tls_server_name);
	out->protocol = MOVE(p.tls_protocol);
	return NULL;
}

void acme_tls_proof_release(struct acme_tls_proof *p)
{
	free(p->server_name);
	free(p->protocol);
	free(p->certificate_pem);
	*p = (struct acme_tls_proof){ 0 };
}

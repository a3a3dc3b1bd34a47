#include "ca/service/own_cert.h"

#include <openssl/sha.h>

#include "ca/log/log.h"
#include "ca/sign/sign.h"
#include "ca/store/store.h"
#include "pki/cert.h"

struct own_cert {
	struct mailbox *mailbox;
	struct ca_log *log; /* outlives every configuration */
	size_t asked;
};

static void on_answer(void *ctx, struct store_answer *a)
{
	struct own_cert *o = ctx;

	o->asked--;
	if (a->error != NULL)
		ca_log(o->log, LOG_LEVEL_WARNING, "server_certificate_not_stored",
		       LOG_FIELDS(LOG_ERR(a->error), LOG_STR("next", "at SIGHUP")));
	else if (a->outcome == STORE_DONE)
		ca_log(o->log, LOG_LEVEL_INFO, "server_certificate_stored", NULL, 0);
}

static void store_it(struct own_cert *o, const struct ca *ca, const struct cert *c,
		     const char *issuer)
{
	const struct store_asker who = { o->mailbox, on_answer, o };
	AUTO(free) char *serial = store_serial(&c->serial);
	AUTO(free) char *name = xstrdup(issuer);
	AUTO(idents_release) struct idents idents = { 0 };
	static char profile[] = "server";
	struct store_cert row = { .serial = serial,
				  .issuer = name,
				  .profile = profile,
				  .not_before = c->not_before,
				  .not_after = c->not_after,
				  .der = c->der.data,
				  .der_len = c->der.len };

	idents_from_names(&idents, &c->names);
	row.idents = idents;
	row.shard = sign_shard_of(ca->sign, issuer, c->der.data, c->der.len);
	SHA256((const unsigned char *)c->spki.data, c->spki.len, row.spki_sha256);
	o->asked++;
	store_cert_add(ca->store, &who, &row);
}

static void look_at(struct own_cert *o, const struct ca *ca, const unsigned char *der, size_t len)
{
	const char *issuer = sign_issuer_of(ca->sign, der, len);
	AUTO(cert_free) struct cert *c = NULL;

	if (issuer == NULL)
		return;
	err_ignore(cert_from_der(&c, der, len)); /* sign_issuer_of() has read it */
	if (c != NULL)
		store_it(o, ca, c, issuer);
}

void own_cert_use(struct own_cert *o, const struct ca *ca, const SSL_CTX *tls)
{
	const X509 *shown = tls != NULL ? SSL_CTX_get0_certificate(tls) : NULL;
	unsigned char *der = NULL;
	int len = shown != NULL ? i2d_X509(shown, &der) : 0;

	o->log = ca->log;
	if (len > 0)
		look_at(o, ca, der, (size_t)len);
	OPENSSL_free(der);
}

struct own_cert *own_cert_new(struct mailbox *mailbox)
{
	struct own_cert *o = xcalloc(1, sizeof(*o));

	o->mailbox = mailbox;
	return o;
}

bool own_cert_is_idle(const struct own_cert *o)
{
	return o->asked == 0;
}

void own_cert_free(struct own_cert *o)
{
	free(o);
}

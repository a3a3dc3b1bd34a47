/* Downloading a certificate chain, and choosing among several (RFC 8555 §7.4.2). */
#include "pki/chain.h"
#include "acme/request.h"
#include "net/header.h"
#include "proto/link.h"

#define CHAIN_TYPE "application/pem-certificate-chain"

static struct err *is_chain(const struct request *r)
{
	AUTO(free) char *type = content_media_type(&r->answer.headers);
	AUTO(free) char *shown = str_printable(type != NULL ? type : "nothing", 80);

	if (type != NULL && streq(type, CHAIN_TYPE))
		return NULL;
	return err_new(ERR_PROTOCOL, "certificate: the CA answered with %s, not with %s", shown,
		       CHAIN_TYPE);
}

/* The chain is read here too: what is no certificate is the CA's fault and says so. */
static struct err *download(struct acme_session *s, const char *url, struct request *r,
			    struct chain **out)
{
	*r = (struct request){ .what = "certificate",
			       .url = url,
			       .accept = CHAIN_TYPE,
			       .max_body = LIMIT_CHAIN_BYTES };
	TRY(link_check(s->directory_url, url, "certificate"));
	TRY(request_one(s, r));
	TRY(is_chain(r));
	struct err *e = chain_parse(out, buf_str(&r->answer.body), r->answer.body.len);
	return err_wrap_as(ERR_PROTOCOL, e, "certificate");
}

static bool is_issued_by(const struct chain *c, const char *issuer)
{
	const char *top = chain_top_issuer(c);

	return top != NULL && streq(top, issuer);
}

/* Takes the first alternate that fits; one that cannot be had is passed over, the default chain is there. */
static struct err *look_for(struct acme_session *s, const struct strlist *alternates,
			    const char *issuer, char **pem)
{
	for (size_t i = 0; i < alternates->count && i < LIMIT_CHAINS && *pem == NULL; i++) {
		AUTO(request_release) struct request r = { 0 };
		AUTO(chain_free) struct chain *c = NULL;
		struct err *e = download(s, alternates->items[i], &r, &c);

		if (e != NULL && e->code == ERR_INTERRUPTED)
			return e;
		if (e == NULL && is_issued_by(c, issuer))
			*pem = xstrdup(buf_str(&r.answer.body));
		err_ignore(e);
	}
	return NULL;
}

struct err *acme_order_certificate(struct acme_session *s, struct acme_order *o,
				   const char *preferred_issuer, char **pem, bool *preferred_found)
{
	AUTO(request_release) struct request r = { 0 };
	AUTO(chain_free) struct chain *c = NULL;
	AUTO(strlist_release) struct strlist alternates = { 0 };
	AUTO(free) char *better = NULL;

	if (o->data->certificate_url == NULL)
		return err_new(ERR_USAGE, "the order is %s: it has no certificate",
			       order_status_name(o->data->status));
	TRY(download(s, o->data->certificate_url, &r, &c));
	bool found = preferred_issuer == NULL || is_issued_by(c, preferred_issuer);
	if (!found) {
		link_targets(&alternates, &r.answer.headers, "alternate");
		TRY(look_for(s, &alternates, preferred_issuer, &better));
	}
	if (preferred_found != NULL)
		*preferred_found = found || better != NULL;
	*pem = better != NULL ? MOVE(better) : xstrdup(buf_str(&r.answer.body));
	return NULL;
}

/* After issuance: revocation (RFC 8555 §7.6) and renewal information (RFC 9773). */
#include "acme/cert.h"

#include <string.h>

#include "acme/request.h"
#include "jose/base64url.h"
#include "net/header.h"
#include "pki/cert.h"
#include "proto/ari.h"

static char *revocation_payload(const struct cert *c, int reason)
{
	AUTO(free) char *der = base64url_encode(c->der.data, c->der.len);
	AUTO(json_release) json_t *obj = json_object();

	json_object_set_new(obj, "certificate", json_string(der));
	if (reason >= 0)
		json_object_set_new(obj, "reason", json_integer(reason));
	return json_compact(obj);
}

struct err *acme_revoke(struct acme_session *s, const char *cert_pem, size_t len,
			const struct acme_key *cert_key, int reason)
{
	AUTO(cert_free) struct cert *c = NULL;
	const struct directory *d = NULL;

	TRY(cert_from_pem(&c, cert_pem, len));
	TRY(session_directory(s, &d));
	AUTO(free) char *payload = revocation_payload(c, reason);
	AUTO(request_release)
	struct request r = {
		.kind = cert_key != NULL ? REQUEST_BY_KEY : REQUEST_BY_ACCOUNT,
		.what = "revoking the certificate",
		.url = d->revoke_cert,
		.payload = payload,
		.signer = cert_key != NULL ? cert_key->signer : NULL,
	};
	return request_one(s, &r);
}

struct err *acme_cert_id(const char *cert_pem, size_t len, char **out)
{
	AUTO(cert_free) struct cert *c = NULL;

	TRY(cert_from_pem(&c, cert_pem, len));
	return ari_cert_id(out, c);
}

/* RFC 9773 §4.3.2: a client does not ask again at once, nor never. */
static unsigned ask_again_s(const struct acme_session *s, const struct request *r)
{
	unsigned after = ARI_RETRY_DEFAULT_S;
	bool found = false;

	retry_after_s(&after, &found, &r->answer.headers, world_now(s->world), ARI_RETRY_MAX_S);
	if (!found)
		return ARI_RETRY_DEFAULT_S;
	return after < ARI_RETRY_MIN_S ? ARI_RETRY_MIN_S : after;
}

/* RFC 9773 §4.1: the resource's URL, a slash, and the certificate's identifier. */
static char *renewal_url(const struct directory *d, const char *id)
{
	size_t len = strlen(d->renewal_info);

	return str_fmt("%s%s%s", d->renewal_info, d->renewal_info[len - 1] == '/' ? "" : "/", id);
}

static struct err *read_answer(struct acme_window *out, const struct acme_session *s,
			       const struct request *r)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(ari_window_release) struct ari_window w = { 0 };

	TRY(request_json(&obj, r));
	struct err *e = ari_parse(&w, obj);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "renewal information");
	*out = (struct acme_window){
		.start = w.start,
		.end = w.end,
		.explanation_url = MOVE(w.explanation_url),
		.retry_after_s = ask_again_s(s, r),
	};
	return NULL;
}

/* Those that can be asked: requests[i] is about *about[i]. */
struct asking {
	struct request *requests;
	struct acme_renewal_question **about;
	size_t count;
	struct strlist urls;
};

static void asking_release(struct asking *a)
{
	for (size_t i = 0; i < a->count; i++)
		request_release(&a->requests[i]);
	strlist_release(&a->urls);
	free(a->requests);
	free(a->about);
}

AUTO_RELEASE(struct asking, asking_release)

static void add(struct asking *a, const struct directory *d, struct acme_renewal_question *q)
{
	AUTO(free) char *id = NULL;

	q->err = acme_cert_id(q->cert_pem, q->len, &id);
	if (q->err != NULL || d->renewal_info == NULL)
		return;
	AUTO(free) char *url = renewal_url(d, id);

	strlist_add(&a->urls, url);
	a->about[a->count] = q;
	a->requests[a->count] = (struct request){
		.kind = REQUEST_PLAIN,
		.what = "renewal information",
		.url = a->urls.items[a->count],
	};
	a->count++;
}

static struct err *run(struct acme_session *s, const struct asking *a)
{
	if (a->count > 1)
		TRY(request_warm_up(s, a->count));
	TRY(request_run(s, a->requests, a->count));
	for (size_t i = 0; i < a->count; i++)
		a->about[i]->err = a->requests[i].err != NULL
					 ? MOVE(a->requests[i].err)
					 : read_answer(&a->about[i]->window, s, &a->requests[i]);
	return NULL;
}

static void forget(struct acme_renewal_question *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		err_free(MOVE(q[i].err));
}

struct err *acme_renewal_infos(struct acme_session *s, struct acme_renewal_question *q, size_t n)
{
	AUTO(asking_release)
	struct asking a = { .requests = xcalloc(n, sizeof(*a.requests)),
			    .about = xcalloc(n, sizeof(struct acme_renewal_question *)) };
	const struct directory *d = NULL;

	TRY(session_directory(s, &d));
	for (size_t i = 0; i < n; i++) {
		q[i].window = (struct acme_window){ .retry_after_s = ARI_RETRY_DEFAULT_S };
		add(&a, d, &q[i]);
	}
	struct err *e = run(s, &a);

	if (e != NULL)
		forget(q, n);
	return e;
}

struct err *acme_renewal_info(struct acme_session *s, const char *cert_pem, size_t len,
			      struct acme_window *out)
{
	struct acme_renewal_question q = { .cert_pem = cert_pem, .len = len };

	TRY(acme_renewal_infos(s, &q, 1));
	TRY(q.err);
	*out = q.window;
	return NULL;
}

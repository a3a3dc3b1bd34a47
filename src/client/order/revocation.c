#include "client/order/revocation.h"

#include <string.h>

#include "base/limits.h"
#include "client/order/agent.h"
#include "net/http_client.h"
#include "pki/ocsp.h"

enum { WIDTH = 8, ANSWER_MS = 10 * 1000 };

struct responders {
	struct transport *transport; /* from the first question on */
	struct strlist silent;       /* URLs: not worth a timeout for each of many certificates */
};

struct responders *responders_new(void)
{
	return xcalloc(1, sizeof(struct responders));
}

void responders_free(struct responders *r)
{
	if (r == NULL)
		return;
	if (r->transport != NULL)
		transport_free(r->transport);
	strlist_release(&r->silent);
	free(r);
}

bool revocation_is_known_of(const struct lineage *l, time_t now)
{
	return l->cert->ocsp_urls.count > 0 && !cert_is_expired(l->cert, now);
}

/* One of those that are asked side by side. */
struct question {
	const struct lineage *lineage;
	const char *url; /* NULL: nobody to ask */
	struct cert *issuer;
	struct buf request;
	struct err *failure;
};

static void question_release(struct question *q)
{
	cert_free(q->issuer);
	buf_release(&q->request);
	err_free(q->failure);
}

static struct err *prepare(struct question *q)
{
	AUTO(free) char *chain = NULL;
	size_t len = 0;

	TRY(lineage_read(&chain, &len, q->lineage, KIND_CHAIN));
	TRY(cert_from_pem(&q->issuer, chain, len));
	return ocsp_question(&q->request, q->lineage->cert, q->issuer);
}

static void open_question(struct question *q, const struct responders *r, const struct lineage *l, time_t now)
{
	*q = (struct question){ .lineage = l, .request = BUF_INIT(LIMIT_KIB(4)) };
	if (!revocation_is_known_of(l, now))
		return;
	const char *url = l->cert->ocsp_urls.items[0];

	q->failure = strlist_has(&r->silent, url) ? err_new(ERR_NETWORK, "%s has not answered in this run", url)
						  : prepare(q);
	if (q->failure == NULL)
		q->url = url;
}

static struct http_exchange exchange_of(const struct question *q)
{
	return (struct http_exchange){
		.method = "POST",
		.url = q->url,
		.content_type = "application/ocsp-request",
		.accept = "application/ocsp-response",
		.body = q->request.data,
		.body_len = q->request.len,
		.max_body = LIMIT_OCSP_BODY,
		.idempotent = true,
	};
}

static struct err *read_answer(bool *revoked, const struct question *q, struct http_exchange *x, time_t now)
{
	if (x->err != NULL)
		return MOVE(x->err);
	if (x->answer.status != 200)
		return err_new(ERR_PROTOCOL, "%s answers with HTTP status %d", q->url, x->answer.status);
	return ocsp_answer(revoked, x->answer.body.data, x->answer.body.len, q->lineage->cert, q->issuer, now);
}

static void note_failure(struct client *c, struct responders *r, const struct question *q)
{
	if (q->failure == NULL)
		return;
	AUTO(free) char *why = err_text(q->failure);

	ui_emit(c->ui, EVENT_INFO_TEXT, FIELDS(STR("lineage", q->lineage->name), ERROR("error", q->failure)),
		"OCSP check failed for %s (%s)", q->lineage->live[KIND_CERT], why);
	if (q->url != NULL && (err_is(q->failure, ERR_NETWORK) || err_is(q->failure, ERR_TIMEOUT)) &&
	    !strlist_has(&r->silent, q->url))
		strlist_add(&r->silent, q->url);
}

static struct err *connect_once(struct responders *r, const struct client *c, const struct options *opt)
{
	AUTO(free) char *agent = user_agent(opt);
	const struct http_client_options o = {
		.user_agent = agent,
		.no_verify = opt->no_verify_ssl,
		.connect_timeout_ms = ANSWER_MS,
		.request_timeout_ms = ANSWER_MS,
		.resolver = c->world->resolver,
		.clock = c->world->clock,
	};

	return r->transport != NULL ? NULL : http_client_new(&r->transport, &o);
}

/* At most WIDTH: questions[i] is about revoked[i]. */
static struct err *ask_some(struct client *c, struct question *questions, bool *revoked, size_t count)
{
	struct http_exchange x[WIDTH];
	size_t about[WIDTH], n = 0;
	time_t now = world_now(c->world);

	for (size_t i = 0; i < count; i++)
		if (questions[i].url != NULL) {
			about[n] = i;
			x[n++] = exchange_of(&questions[i]);
		}
	struct transport *t = c->responders->transport;
	struct err *e = n > 0 ? t->perform(t, x, n, WIDTH, c->world->stop) : NULL;

	for (size_t i = 0; i < n; i++) {
		if (e == NULL)
			questions[about[i]].failure = read_answer(&revoked[about[i]], &questions[about[i]], &x[i], now);
		http_exchange_release(&x[i]);
	}
	return e;
}

static struct err *ask_slice(struct client *c, const struct lineage *const *lineages, bool *revoked, size_t count)
{
	struct question questions[WIDTH];

	for (size_t i = 0; i < count; i++) {
		revoked[i] = false;
		open_question(&questions[i], c->responders, lineages[i], world_now(c->world));
	}
	struct err *e = ask_some(c, questions, revoked, count);

	for (size_t i = 0; i < count; i++) {
		note_failure(c, c->responders, &questions[i]);
		question_release(&questions[i]);
	}
	return e;
}

struct err *revocation_ask(struct client *c, const struct options *opt, const struct lineage *const *lineages, bool *revoked, size_t count)
{
	TRY(connect_once(c->responders, c, opt));
	for (size_t i = 0; i < count; i += WIDTH)
		TRY(ask_slice(c, lineages + i, revoked + i, count - i < WIDTH ? count - i : WIDTH));
	return NULL;
}

/* Authorizations and their challenges (RFC 8555 §7.5). */
#include "acme/steps.h"
#include "proto/problem.h"

/* How long authorizations are given to be decided: of an order that has failed, or that an earlier run told the CA of. */
#define SETTLE_S 10

/* Whoever answers for another name could make us publish proofs for it. */
static struct err *belongs(const struct order *o, const struct authz *a)
{
	AUTO(free) char *name = authz_name(a);
	struct ident wanted = { .type = a->ident.type, .value = name };

	for (size_t i = 0; i < o->idents.count; i++)
		if (ident_same(&o->idents.items[i], &wanted))
			return NULL;
	return err_new(ERR_PROTOCOL, "the CA's authorization %s is for %s, which was not ordered",
		       a->url, name);
}

static void set_challenges(struct acme_authz *a)
{
	a->challenges = xcalloc(a->first->challenge_count, sizeof(*a->challenges));
	for (size_t i = 0; i < a->first->challenge_count; i++)
		a->challenges[i] = (struct acme_challenge){ .authz = a,
							    .data = &a->first->challenges[i] };
}

static struct err *accept(const struct order *o, struct acme_authz *a, const struct request *r,
			  const char *url)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(authz_free) struct authz *fresh = NULL;

	TRY(request_json(&obj, r));
	TRY(authz_parse(&fresh, url, obj));
	TRY(belongs(o, fresh));
	if (a->first != a->data)
		authz_free(a->data);
	a->data = MOVE(fresh);
	if (a->first == NULL) {
		a->first = a->data;
		set_challenges(a);
	}
	if (a->data->status == AUTHZ_VALID) {
		err_free(a->failure);
		a->failure = NULL;
	}
	return NULL;
}

/* Fetches those that `want` it, side by side where that saves time. */
typedef bool authz_filter(const struct acme_authz *a);

static struct err *take_answers(struct acme_order *o, struct request *r, const size_t *which,
				size_t n)
{
	for (size_t i = 0; i < n; i++) {
		TRY(MOVE(r[i].err));
		TRY(accept(o->data, &o->authzs[which[i]], &r[i], r[i].url));
	}
	return NULL;
}

static struct err *fetch(struct acme_session *s, struct acme_order *o, authz_filter *want)
{
	AUTO(free) struct request *r = xcalloc(o->authz_count, sizeof(*r));
	AUTO(free) size_t *which = xcalloc(o->authz_count, sizeof(*which));
	size_t n = 0;

	for (size_t i = 0; i < o->authz_count; i++) {
		if (!want(&o->authzs[i]))
			continue;
		r[n] = (struct request){ .what = "authorization",
					 .url = o->data->authz_urls.items[i] };
		which[n++] = i;
	}
	struct err *e = request_run(s, r, n);
	if (e == NULL)
		e = take_answers(o, r, which, n);
	for (size_t i = 0; i < n; i++)
		request_release(&r[i]);
	return e;
}

static bool is_unknown(const struct acme_authz *a)
{
	return a->data == NULL;
}

static bool is_undecided(const struct acme_authz *a)
{
	return a->data == NULL || a->data->status == AUTHZ_PENDING;
}

struct err *acme_order_authorizations(struct acme_session *s, struct acme_order *o, size_t *count)
{
	if (o->authzs == NULL) {
		o->authz_count = o->data->authz_urls.count;
		o->authzs = xcalloc(o->authz_count, sizeof(*o->authzs));
		for (size_t i = 0; i < o->authz_count; i++)
			o->authzs[i].order = o;
	}
	TRY(request_warm_up(s, o->authz_count));
	TRY(fetch(s, o, is_unknown));
	*count = o->authz_count;
	return NULL;
}

struct acme_authz *acme_order_authz(struct acme_order *o, size_t i)
{
	return i < o->authz_count ? &o->authzs[i] : NULL;
}

const char *acme_authz_identifier(const struct acme_authz *a)
{
	return a->data->ident.value;
}

bool acme_authz_is_wildcard(const struct acme_authz *a)
{
	return a->data->wildcard;
}

const char *acme_authz_status(const struct acme_authz *a)
{
	return authz_status_name(a->data->status);
}

size_t acme_authz_challenge_count(const struct acme_authz *a)
{
	return a->first->challenge_count;
}

struct acme_challenge *acme_authz_challenge(struct acme_authz *a, size_t i)
{
	return i < a->first->challenge_count ? &a->challenges[i] : NULL;
}

/* RFC 8555 §7.5.2 */
struct err *acme_authz_deactivate(struct acme_session *s, struct acme_authz *a)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(authz_free) struct authz *fresh = NULL;
	AUTO(json_release) json_t *wish = json_object();

	json_object_set_new(wish, "status", json_string("deactivated"));
	AUTO(free) char *payload = json_compact(wish);
	AUTO(request_release)
	struct request r = { .what = "deactivating the authorization",
			     .url = a->data->url,
			     .payload = payload };
	TRY(request_one(s, &r));
	TRY(request_json(&obj, &r));
	TRY(authz_parse(&fresh, a->data->url, obj));
	a->data->status = fresh->status;
	return NULL;
}

const char *acme_challenge_type(const struct acme_challenge *c)
{
	return c->data->type;
}

const char *acme_challenge_token(const struct acme_challenge *c)
{
	return c->data->token;
}

struct err *session_prove(struct proof *out, struct acme_session *s, const struct acme_challenge *c)
{
	AUTO(free) char *shown = str_printable(c->data->type, 64);

	TRY(session_need_key(s));
	if (c->data->known == NULL)
		return err_new(ERR_USAGE, "challenge type %s is not known here", shown);
	if (c->data->known->match != NULL)
		return err_new(
			ERR_USAGE,
			"a %s challenge is met by a record that stays; there is nothing to publish for it",
			shown);
	if (c->data->token == NULL)
		return err_new(ERR_PROTOCOL, "a %s challenge without a token", shown);
	const struct challenge_input in = {
		.ident = &c->authz->data->ident,
		.token = c->data->token,
		.thumbprint = s->signer->thumbprint,
		.account_url = s->account_url,
	};
	return c->data->known->prove(out, &in);
}

static struct err *prove_by(struct proof *out, struct acme_session *s,
			    const struct acme_challenge *c, enum medium medium)
{
	TRY(session_prove(out, s, c));
	if (out->medium != medium)
		return err_new(ERR_USAGE, "a %s challenge is proved by other means", c->data->type);
	return NULL;
}

struct err *acme_challenge_http(struct acme_session *s, const struct acme_challenge *c, char **path,
				char **body)
{
	AUTO(proof_release) struct proof p = { 0 };

	TRY(prove_by(&p, s, c, MEDIUM_HTTP));
	*path = MOVE(p.http_path);
	*body = MOVE(p.http_body);
	return NULL;
}

struct err *acme_challenge_dns(struct acme_session *s, const struct acme_challenge *c, char **owner,
			       char **txt)
{
	AUTO(proof_release) struct proof p = { 0 };

	TRY(prove_by(&p, s, c, MEDIUM_DNS));
	*owner = MOVE(p.dns_owner);
	*txt = MOVE(p.dns_txt);
	return NULL;
}

static const struct err *innermost(const struct err *e)
{
	while (e->cause != NULL)
		e = e->cause;
	return e;
}

/* 409: it is being validated already (Boulder's "conflict"). */
static struct err *note_answer(struct acme_authz *a, struct err *e)
{
	AUTO(free) char *name = authz_name(a->data);

	if (e == NULL || acme_err_http_status(e) == 409) {
		err_ignore(e);
		return NULL;
	}
	if (acme_err_http_status(e) == 0)
		return e;
	err_free(a->failure);
	a->failure = problem_about(innermost(e), name);
	err_free(e);
	return NULL;
}

static struct err *note_answers(struct request *r, struct acme_challenge *const *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(note_answer(c[i]->authz, MOVE(r[i].err)));
	return NULL;
}

static bool any_invalid(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (o->authzs[i].data != NULL && o->authzs[i].data->status == AUTHZ_INVALID)
			return true;
	return false;
}

bool authzs_any_lost(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++)
		if (o->authzs[i].failure != NULL)
			return true;
	return any_invalid(o);
}

/* Will be decided without our doing: the CA was told and did not refuse. */
static bool any_in_work(const struct acme_order *o)
{
	for (size_t i = 0; i < o->authz_count; i++) {
		const struct acme_authz *a = &o->authzs[i];

		if (a->told && a->failure == NULL && is_undecided(a))
			return true;
	}
	return false;
}

static unsigned settle_s(const struct acme_order *o, const struct wait *parent)
{
	int64_t left = (parent->deadline_ms - world_monotonic_ms(parent->session->world)) / 1000;

	if (left < 0)
		return 0;
	/* where nothing is final yet, the order's time is what there is */
	bool final = o->data->status == ORDER_INVALID || any_invalid(o);

	return final && left > SETTLE_S ? SETTLE_S : (unsigned)left;
}

static struct err *settle(struct acme_session *s, struct acme_order *o, const struct wait *parent)
{
	struct wait w;

	wait_begin(&w, s, parent->activity, parent->subject, settle_s(o, parent));
	for (;;) {
		TRY(fetch(s, o, is_undecided));
		if (!any_in_work(o))
			return NULL;
		struct err *e = wait_round(&w, NULL);
		if (e != NULL && e->code != ERR_TIMEOUT)
			return e;
		if (e != NULL) {
			err_ignore(e);
			return NULL;
		}
	}
}

static bool has_url(const struct challenge *c, const char *url)
{
	return c->url != NULL && streq(c->url, url);
}

/* As last seen; the handle is of what was fetched first. */
static enum challenge_status status_of(const struct acme_challenge *c)
{
	const struct authz *now = c->authz->data;

	for (size_t i = 0; i < now->challenge_count; i++)
		if (has_url(&now->challenges[i], c->data->url))
			return now->challenges[i].status;
	return c->data->status;
}

static bool is_to_be_told(const struct acme_challenge *c)
{
	return c->authz->data->status == AUTHZ_PENDING && status_of(c) == CHALLENGE_PENDING;
}

static bool was_told(const struct acme_session *s, const struct acme_challenge *c)
{
	return s->memory != NULL && s->memory->was_told(s->memory->ctx, c->data->url);
}

/* RFC 8555 §7.5.1 */
static struct err *tell(struct acme_session *s, struct acme_challenge *const *c, size_t n)
{
	AUTO(free) struct request *r = xcalloc(n + 1, sizeof(*r));
	size_t looks = n > 0 ? order_add_look(&r[n], s, c[0]->authz->order) : 0;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .what = "challenge",
					 .url = c[i]->data->url,
					 .payload = "{}",
					 .remembered = true };
	struct err *e = request_run(s, r, n + looks);
	if (e == NULL)
		e = note_answers(r, c, n);
	if (e == NULL && looks > 0)
		order_take_look(c[0]->authz->order, &r[n]);
	for (size_t i = 0; i < n + looks; i++)
		request_release(&r[i]);
	return e;
}

/*
 * A run that was killed told the CA of these, or was about to. A CA need not show that it is validating, and saying it again can
 * begin a second validation, which may look when the proof is gone. So they are given time to be decided first.
 */
static struct err *tell_again(struct acme_session *s, struct acme_challenge **c, size_t n)
{
	struct acme_order *o = c[0]->authz->order;
	AUTO(free) char *names = idents_summary(&o->data->idents);
	size_t left = 0;
	struct wait w;

	wait_begin(&w, s, "waiting for what an earlier run began", names, SETTLE_S);
	TRY(settle(s, o, &w));
	for (size_t i = 0; i < n; i++)
		if (is_to_be_told(c[i]))
			c[left++] = c[i];
	return tell(s, c, left);
}

struct err *acme_challenges_ready(struct acme_session *s, struct acme_challenge *const *c,
				  size_t count)
{
	AUTO(free) struct acme_challenge **fresh = xcalloc(count, sizeof(struct acme_challenge *));
	AUTO(free) struct acme_challenge **old = xcalloc(count, sizeof(struct acme_challenge *));
	size_t fresh_count = 0, old_count = 0;

	for (size_t i = 0; i < count; i++) {
		c[i]->authz->told = true;
		if (!is_to_be_told(c[i]))
			continue;
		if (was_told(s, c[i]))
			old[old_count++] = c[i];
		else
			fresh[fresh_count++] = c[i];
	}
	TRY(tell(s, fresh, fresh_count));
	return old_count > 0 ? tell_again(s, old, old_count) : NULL;
}

static struct err *why(const struct acme_authz *a)
{
	AUTO(free) char *name = authz_name(a->data);
	struct err *e = NULL;

	if (a->data->status == AUTHZ_VALID)
		return NULL;
	if (a->data->status == AUTHZ_PENDING)
		return a->failure != NULL ? problem_about(a->failure, name) : NULL;
	e = authz_failure(a->data);
	if (e != NULL)
		return e;
	e = err_new(ERR_CHALLENGE, "%s: the authorization is %s, and the CA does not say why", name,
		    authz_status_name(a->data->status));
	e->identifier = xstrdup(name);
	return e;
}

static struct err *collect(const struct acme_order *o)
{
	AUTO(idents_release) struct idents failed = { 0 };
	struct err *all = err_new(ERR_CHALLENGE, "control not proved");

	for (size_t i = 0; i < o->authz_count; i++) {
		struct err *e = why(&o->authzs[i]);

		if (e == NULL)
			continue;
		idents_add(&failed, o->authzs[i].data->ident.type, e->identifier);
		err_add_subproblem(all, e);
	}
	if (failed.count == 0) {
		err_free(all);
		return NULL;
	}
	AUTO(free) char *names = idents_summary(&failed);
	free(all->msg);
	all->msg = str_fmt("could not prove control of %s", names);
	return all;
}

struct err *authzs_look(struct acme_session *s, struct acme_order *o)
{
	size_t count = 0;

	TRY(acme_order_authorizations(s, o, &count));
	return fetch(s, o, is_undecided);
}

struct err *authzs_failures(struct acme_session *s, struct acme_order *o, const struct wait *parent,
			    struct err **out)
{
	size_t count = 0;

	TRY(acme_order_authorizations(s, o, &count));
	TRY(settle(s, o, parent));
	*out = collect(o);
	return NULL;
}

const struct authz *authz_of(const struct acme_authz *a)
{
	return a->data;
}

const struct challenge *challenge_of(const struct acme_challenge *c)
{
	return c->data;
}

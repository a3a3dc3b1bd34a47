/* Challenges: what proves control, and telling the CA that it is there (RFC 8555 §7.5.1, §8). */
#include "acme/steps.h"
#include "proto/problem.h"

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

	wait_begin(&w, s, "waiting for what an earlier run began", names, AUTHZ_SETTLE_S);
	TRY(authzs_settle(s, o, &w));
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

const struct challenge *challenge_of(const struct acme_challenge *c)
{
	return c->data;
}

/* One unit of work as a table of steps: what each sends, and what its answer leads to. */
#include <stdio.h>

#include "jose/base64url.h"
#include "jose/jws.h"
#include "load.h"
#include "pki/csr.h"
#include "pki/key.h"

#define BAD_NONCES_MAX 20
#define UNIT_MAX_S 10
#define CSR_MAX LIMIT_KIB(64)

extern const struct step step_first_nonce, step_account, step_nonce, step_only_nonce, step_order,
	step_authz, step_challenge, step_poll_ready, step_finalize, step_poll_valid,
	step_certificate;

static bool to_step(struct client *c, const struct step *s)
{
	if (s->needs_nonce && c->nonce == NULL) {
		load_give_up(c->load, "the server gave no nonce");
		return false;
	}
	c->step = s;
	return s->send(c);
}

static bool head_nonce(struct client *c)
{
	wire_send(c, "HEAD", c->load->new_nonce, NULL);
	return true;
}

static bool post(struct client *c, const char *url, const char *payload)
{
	AUTO(free) char *body = NULL;
	struct jws_header h = { .kid = c->kid, .nonce = c->nonce, .url = url };
	struct err *e = jws_sign(&body, c->key, &h, payload);

	if (e != NULL) {
		AUTO(free) char *why = err_text(e);

		err_free(e);
		load_give_up(c->load, why);
		return false;
	}
	free(MOVE(c->nonce));
	wire_send(c, "POST", url, body);
	return true;
}

static char *name_of(const struct client *c, int64_t number)
{
	return str_fmt("n%lld-%zu-%lld-%s.bench.test", (long long)number, c->number,
		       (long long)c->unit, c->load->run);
}

static void keep_text(char **out, const json_t *body, const char *field)
{
	const char *text = json_string_value(json_object_get(body, field));

	free(*out);
	*out = text == NULL ? NULL : xstrdup(text);
}

static void failed_with(struct client *c, const json_t *body)
{
	AUTO(free) char *text = body == NULL ? xstrdup("no JSON") : json_compact(body);
	AUTO(free) char *why = str_fmt("%s: %.400s", c->step->name, text);

	load_unit_failed(c, why);
}

static const char *status_of(const json_t *body)
{
	const char *status = json_string_value(json_object_get(body, "status"));

	return status == NULL ? "" : status;
}

/* --- the account */

static void got_first_nonce(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)answer;
	(void)body;
	to_step(c, &step_account);
}

static bool send_account(struct client *c)
{
	return post(c, c->load->new_account, "{\"termsOfServiceAgreed\":true}");
}

static void got_account(struct client *c, const struct http_message *answer, const json_t *body)
{
	const char *location = http_headers_get(&answer->headers, "Location");

	(void)body;
	if (location == NULL) {
		load_give_up(c->load, "newAccount was answered without a Location");
		return;
	}
	c->kid = xstrdup(location);
	load_ready(c->load);
}

/* --- newNonce */

static void got_nonce(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)answer;
	(void)body;
	to_step(c, &step_order);
}

static void got_only_nonce(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)answer;
	(void)body;
	load_unit_done(c);
}

/* --- the order */

static bool send_order(struct client *c)
{
	AUTO(json_release) json_t *payload = json_object(), *list = json_array();
	AUTO(free) char *text = NULL;

	for (int64_t i = 0; i < c->load->options->names; i++) {
		AUTO(free) char *name = name_of(c, i);

		json_array_append_new(list, json_pack("{s:s, s:s}", "type", "dns", "value", name));
	}
	json_object_set(payload, "identifiers", list);
	text = json_compact(payload);
	return post(c, c->load->new_order, text);
}

static void got_order(struct client *c, const struct http_message *answer, const json_t *body)
{
	const char *location = http_headers_get(&answer->headers, "Location");
	struct err *e = NULL;

	free(c->order);
	c->order = location == NULL ? NULL : xstrdup(location);
	keep_text(&c->finalize, body, "finalize");
	strlist_release(&c->authzs);
	e = json_get_strings(&c->authzs, body, "authorizations", JSON_REQUIRED);
	c->authz = 0;
	if (c->order == NULL || c->finalize == NULL || e != NULL || c->authzs.count == 0)
		failed_with(c, body);
	else if (c->load->options->mode == MODE_ORDER)
		load_unit_done(c);
	else
		to_step(c, &step_authz);
	err_free(e);
}

/* --- authorizations and challenges */

static bool send_authz(struct client *c)
{
	return post(c, c->authzs.items[c->authz], NULL);
}

static void next_authz(struct client *c)
{
	c->polls = 0;
	to_step(c, ++c->authz < c->authzs.count ? &step_authz : &step_poll_ready);
}

static void got_authz(struct client *c, const struct http_message *answer, const json_t *body)
{
	json_t *challenge;
	size_t i;

	(void)answer;
	if (!streq(status_of(body), "pending")) {
		next_authz(c);
		return;
	}
	json_array_foreach(json_object_get(body, "challenges"), i, challenge)
	{
		if (!streq(json_string_value(json_object_get(challenge, "type")), "http-01"))
			continue;
		keep_text(&c->challenge, challenge, "url");
		to_step(c, &step_challenge);
		return;
	}
	failed_with(c, body);
}

static bool send_challenge(struct client *c)
{
	return post(c, c->challenge, "{}");
}

static void got_challenge(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)answer;
	(void)body;
	next_authz(c);
}

/* --- polls: again at once, then after 1, 2, 4 ... 64 ms */

static void poll_again(struct client *c)
{
	unsigned shift = c->polls < 7 ? c->polls : 7;
	long wait_us = shift == 0 ? 0 : 500L << shift;
	struct timeval wait = { .tv_usec = wait_us };

	c->polls++;
	c->load->polls++;
	if (load_now() - c->unit_at > UNIT_MAX_S)
		load_unit_failed(c, "polled for too long");
	else
		event_add(c->timer, &wait);
}

static bool send_poll(struct client *c)
{
	return post(c, c->order, NULL);
}

static void got_poll_ready(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)answer;
	if (streq(status_of(body), "pending"))
		poll_again(c);
	else if (!streq(status_of(body), "ready"))
		failed_with(c, body);
	else if (c->load->options->mode == MODE_AUTHORIZE)
		load_unit_done(c);
	else
		to_step(c, &step_finalize);
}

/* --- the certificate */

static struct err *make_csr(char **out, const struct client *c)
{
	AUTO(cert_names_release) struct cert_names names = { 0 };
	AUTO(buf_release) struct buf der = BUF_INIT(CSR_MAX);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct err *e;

	for (int64_t i = 0; i < c->load->options->names; i++)
		strlist_take(&names.dns, name_of(c, i));
	e = csr_build(&der, key, &names, false);
	EVP_PKEY_free(key);
	if (e == NULL)
		*out = base64url_encode(der.data, der.len);
	return e;
}

static bool send_finalize(struct client *c)
{
	AUTO(free) char *csr = NULL, *payload = NULL;
	struct err *e = make_csr(&csr, c);

	if (e != NULL) {
		err_free(e);
		load_give_up(c->load, "the certificate request could not be made");
		return false;
	}
	payload = str_fmt("{\"csr\":\"%s\"}", csr);
	return post(c, c->finalize, payload);
}

static void got_order_again(struct client *c, const struct http_message *answer, const json_t *body)
{
	const char *status = status_of(body);

	(void)answer;
	keep_text(&c->certificate, body, "certificate");
	if (streq(status, "valid") && c->certificate != NULL) {
		to_step(c, &step_certificate);
		return;
	}
	if (!streq(status, "processing") && !streq(status, "ready")) {
		failed_with(c, body);
		return;
	}
	if (c->step == &step_finalize)
		c->polls = 0;
	c->step = &step_poll_valid;
	poll_again(c);
}

static bool send_certificate(struct client *c)
{
	return post(c, c->certificate, NULL);
}

static void got_certificate(struct client *c, const struct http_message *answer, const json_t *body)
{
	(void)body;
	if (strstr(buf_str(&answer->body), "-----BEGIN CERTIFICATE-----") == NULL)
		load_unit_failed(c, "certificate: no PEM");
	else
		load_unit_done(c);
}

const struct step step_first_nonce = { "newNonce", head_nonce, got_first_nonce, false };
const struct step step_account = { "newAccount", send_account, got_account, true };
const struct step step_nonce = { "newNonce", head_nonce, got_nonce, false };
const struct step step_only_nonce = { "newNonce", head_nonce, got_only_nonce, false };
const struct step step_order = { "newOrder", send_order, got_order, true };
const struct step step_authz = { "authorization", send_authz, got_authz, true };
const struct step step_challenge = { "challenge", send_challenge, got_challenge, true };
const struct step step_poll_ready = { "order", send_poll, got_poll_ready, true };
const struct step step_finalize = { "finalize", send_finalize, got_order_again, true };
const struct step step_poll_valid = { "order", send_poll, got_order_again, true };
const struct step step_certificate = { "certificate", send_certificate, got_certificate, true };

void step_begin(struct client *c)
{
	to_step(c, &step_first_nonce);
}

void step_unit(struct client *c)
{
	c->polls = c->bad_nonces = 0;
	c->unit_at = load_now();
	if (c->load->options->fresh) {
		wire_drop(c);
		free(MOVE(c->nonce));
	}
	if (c->load->options->mode == MODE_NONCE)
		to_step(c, &step_only_nonce);
	else
		to_step(c, c->nonce == NULL ? &step_nonce : &step_order);
}

void step_again(struct client *c)
{
	to_step(c, c->step);
}

static void refused(struct client *c, const struct http_message *answer, const json_t *body)
{
	const char *type = json_string_value(json_object_get(body, "type"));

	if (type != NULL && str_ends(type, ":badNonce") && c->nonce != NULL &&
	    c->bad_nonces++ < BAD_NONCES_MAX) {
		c->load->bad_nonces++;
		step_again(c);
		return;
	}
	if (!c->load->started) {
		AUTO(free)
		char *why = str_fmt("%s: status %d: %.400s", c->step->name, answer->status,
				    buf_str(&answer->body));

		load_give_up(c->load, why);
		return;
	}
	failed_with(c, body);
}

void step_answered(struct client *c, struct http_message *answer)
{
	const char *nonce = http_headers_get(&answer->headers, "Replay-Nonce");
	AUTO(json_release)
	json_t *body = json_loadb(buf_str(&answer->body), answer->body.len, 0, NULL);
	double now = load_now();

	c->load->requests++;
	c->load->last_answer_at = now;
	if (c->load->started)
		latencies_add(&c->load->request_ms, (now - c->request_at) * 1000);
	if (nonce != NULL) {
		free(c->nonce);
		c->nonce = xstrdup(nonce);
	}
	if (answer->status >= 400)
		refused(c, answer, body);
	else
		c->step->answered(c, answer, body);
}

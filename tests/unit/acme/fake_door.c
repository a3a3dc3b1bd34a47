/* The way to the fake CA: a network with round trips on a virtual clock, then what a CA checks of each request. */
#include "acme/fake_inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "jose/jwk.h"

static struct fake_ca *of_clock(const struct clock *c)
{
	return (struct fake_ca *)((uintptr_t)c - offsetof(struct fake_ca, clock));
}

static time_t clock_now(const struct clock *c)
{
	return FAKE_START + (time_t)(of_clock(c)->now_ms / 1000);
}

static int64_t clock_ms(const struct clock *c)
{
	return of_clock(c)->now_ms;
}

static struct err *clock_sleep(const struct clock *c, int64_t ms, const struct interrupt *stop)
{
	(void)stop;
	assert_true(ms >= 0);
	of_clock(c)->now_ms += ms;
	return NULL;
}

static void add_nonce(struct fake_ca *ca, struct http_message *m)
{
	AUTO(free) char *nonce = str_fmt("nonce-%u", ca->nonce_serial++);

	strlist_add(&ca->nonces, nonce);
	http_headers_add(&m->headers, "Replay-Nonce", nonce);
}

static bool spend_nonce(struct fake_ca *ca, const char *nonce)
{
	for (size_t i = 0; i < ca->nonces.count; i++) {
		if (!streq(ca->nonces.items[i], nonce))
			continue;
		free(ca->nonces.items[i]);
		ca->nonces.items[i] = ca->nonces.items[--ca->nonces.count];
		return true;
	}
	return false;
}

/* RFC 8555 §6.2, §6.4: url and kid or jwk, in the protected header; whose signature it must be. */
static EVP_PKEY *signer_of(struct fake_ca *ca, const struct http_exchange *x, const struct jws *j)
{
	EVP_PKEY *key = NULL;

	assert_string_equal(j->url, x->url);
	assert_true((j->kid == NULL) != (j->jwk == NULL));
	if (j->jwk != NULL) {
		assert_null(jwk_parse(&key, j->jwk, false));
		return key;
	}
	assert_string_equal(j->kid, FAKE "/acct/1");
	assert_non_null(ca->account_key);
	EVP_PKEY_up_ref(ca->account_key);
	return ca->account_key;
}

static bool nonce_is_good(struct fake_ca *ca, const struct jws *j)
{
	assert_non_null(j->nonce);
	if (!spend_nonce(ca, j->nonce))
		return false;
	if (ca->bad_nonces == 0)
		return true;
	ca->bad_nonces--;
	return false;
}

static void handle_signed(struct fake_ca *ca, const struct http_exchange *x, const char *path,
			  struct http_message *out)
{
	AUTO(jws_free) struct jws *j = NULL;
	AUTO(json_release) json_t *payload = NULL;

	assert_string_equal(x->content_type, "application/jose+json"); /* RFC 8555 §6.2 */
	assert_null(jws_parse(&j, x->body, x->body_len));
	AUTO(evp_pkey_free) EVP_PKEY *key = signer_of(ca, x, j);
	assert_null(jws_verify(j, key));
	add_nonce(ca, out);
	if (!nonce_is_good(ca, j)) {
		fake_send_problem(out, 400, "badNonce", "not this nonce");
		return;
	}
	if (j->payload.len > 0)
		payload = json_loads(buf_str(&j->payload), 0, NULL);
	fake_dispatch(&(struct fake_request){ .ca = ca,
					      .path = path,
					      .jws = j,
					      .payload = payload,
					      .key = j->jwk != NULL ? key : NULL,
					      .out = out });
}

static struct fake_rule *rule_for(struct fake_ca *ca, const char *path)
{
	for (size_t i = 0; i < FAKE_RULES; i++) {
		struct fake_rule *rule = &ca->rules[i];

		if (rule->path == NULL || rule->times == 0 || !str_starts(path, rule->path))
			continue;
		rule->times--;
		return rule;
	}
	return NULL;
}

static void follow_rule(struct fake_ca *ca, const struct fake_rule *rule, struct http_exchange *x)
{
	if (rule->status == 0) {
		x->err = err_new(ERR_NETWORK, "connection reset");
		ca->open = 0;
		return;
	}
	add_nonce(ca, &x->answer);
	if (rule->header != NULL)
		http_headers_add(&x->answer.headers, rule->header, rule->value);
	if (rule->type != NULL)
		fake_send_problem(&x->answer, rule->status, rule->type, rule->body);
	else
		fake_send_text(&x->answer, rule->status, "text/html",
			       rule->body != NULL ? rule->body : "");
}

static void handle(struct fake_ca *ca, struct http_exchange *x)
{
	assert_true(str_starts(x->url, FAKE "/"));
	const char *path = x->url + strlen(FAKE);
	struct fake_rule *rule = rule_for(ca, path);

	strlist_take(&ca->log, str_fmt("%s %s", x->method, path));
	x->elapsed_ms = ca->rtt_ms;
	if (rule != NULL) {
		follow_rule(ca, rule, x);
	} else if (streq(x->method, "POST")) {
		handle_signed(ca, x, path, &x->answer);
	} else {
		if (streq(x->method, "HEAD"))
			add_nonce(ca, &x->answer);
		fake_dispatch(&(struct fake_request){ .ca = ca, .path = path, .out = &x->answer });
	}
}

/* One side-by-side round: a new connection costs a round trip for TCP and one for TLS 1.3. */
static void round_of(struct fake_ca *ca, struct http_exchange *x, size_t n)
{
	if (n > ca->open) {
		ca->now_ms += 2 * ca->rtt_ms;
		ca->open = n;
	}
	if (n > ca->widest)
		ca->widest = n;
	ca->now_ms += ca->rtt_ms / 2;
	for (size_t i = 0; i < n; i++) {
		ca->now_ms += x[i].after_ms;
		handle(ca, &x[i]);
	}
	ca->now_ms += ca->rtt_ms - ca->rtt_ms / 2;
}

/* Spares stand behind the exchanges; they are ready when those of the first round are. */
static size_t take_spares(struct fake_ca *ca, struct http_exchange *x, size_t n)
{
	size_t real = n;

	while (real > 0 && x[real - 1].spare_from_ms > 0)
		real--;
	if (n > real && ca->open == 0 && ca->rtt_ms >= x[n - 1].spare_from_ms)
		ca->spares = n - real;
	for (size_t i = real; i < n; i++)
		x[i].opened = ca->spares > 0;
	return real;
}

static struct err *perform(struct transport *t, struct http_exchange *x, size_t n, size_t width,
			   const struct interrupt *stop)
{
	struct fake_ca *ca = (struct fake_ca *)t;
	size_t real = take_spares(ca, x, n);

	(void)stop;
	assert_true(width > 0 && width <= LIMIT_CONNECTIONS);
	for (size_t i = 0; i < real; i += width)
		round_of(ca, &x[i], real - i < width ? real - i : width);
	ca->open += ca->spares;
	ca->spares = 0;
	return NULL;
}

static void no_free(struct transport *t)
{
	(void)t;
}

static void fixed_bytes(const struct rand_source *r, void *out, size_t len)
{
	(void)r;
	memset(out, 0x5a, len);
}

static const struct rand_source fixed_random = { .bytes = fixed_bytes };

void fake_ca_init(struct fake_ca *ca)
{
	*ca = (struct fake_ca){
		.transport = { .perform = perform, .free = no_free },
		.clock = { .now = clock_now, .monotonic_ms = clock_ms, .sleep_ms = clock_sleep },
		.rtt_ms = 1,
		.validate_ms = 2,
		.issue_ms = 2,
		.revoked_reason = -1,
	};
	ca->world = (struct world){ .clock = &ca->clock,
				    .random = &fixed_random,
				    .transport = &ca->transport };
}

void fake_ca_release(struct fake_ca *ca)
{
	for (size_t n = 0; n < ca->order_count; n++) {
		for (size_t i = 0; i < ca->orders[n].count; i++)
			free(ca->orders[n].authz[i].name);
		free(ca->orders[n].profile);
		free(ca->orders[n].replaces);
	}
	strlist_release(&ca->log);
	strlist_release(&ca->nonces);
	strlist_release(&ca->contacts);
	EVP_PKEY_free(ca->account_key);
	free(ca->chain);
	free(ca->alternate);
}

size_t fake_ca_count(const struct fake_ca *ca, const char *prefix)
{
	size_t count = 0;

	for (size_t i = 0; i < ca->log.count; i++)
		count += str_starts(ca->log.items[i], prefix);
	return count;
}

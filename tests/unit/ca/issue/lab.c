#include "ca/issue/lab.h"

#include <event2/event.h>

#include "ca/crl/crls.h"
#include "ca/dcv/dcv.h"
#include "ca/issue/issuance.h"
#include "ca/log/log.h"
#include "ca/policy/limiter.h"
#include "check.h"
#include "net/mailbox.h"

time_t lab_passed_s;

static time_t now(const struct clock *c)
{
	(void)c;
	return FIXTURE_NOW + lab_passed_s;
}

static int64_t monotonic_ms(const struct clock *c)
{
	(void)c;
	return system_clock.monotonic_ms(&system_clock);
}

static const struct clock lab_clock = { .now = now, .monotonic_ms = monotonic_ms };
static const struct world lab_world = { .clock = &lab_clock, .random = &system_random };

void lab_start(struct lab *l)
{
	const struct log_options o = { .clock = &lab_clock, .path = l->f.config->log.file };

	l->ca = (struct ca){ .world = &lab_world, .config = l->f.config, .sign = l->f.sign };
	assert_done(ca_log_new(&l->ca.log, &o));
	assert_done(limiter_new(&l->ca.limiter, l->ca.config, NULL));
	assert_done(store_open(&l->ca.store, l->ca.config, &lab_world));
	l->loop = (struct ca_loop){ .ca = &l->ca, .base = event_base_new() };
	assert_done(mailbox_new(&l->loop.mailbox, l->loop.base));
	l->ca.crls = crls_new(&l->ca, l->loop.base, l->loop.mailbox);
	assert_done(dcv_new(&l->loop.dcv, &l->loop));
	l->loop.issuances = issuances_new(&l->loop);
}

void lab_stop(struct lab *l)
{
	crls_stop(l->ca.crls);
	while (!crls_are_idle(l->ca.crls))
		event_base_loop(l->loop.base, EVLOOP_ONCE);
	store_close(l->ca.store);
	mailbox_free(l->loop.mailbox);
	crls_free(l->ca.crls);
	issuances_free(l->loop.issuances);
	dcv_free(l->loop.dcv);
	event_base_free(l->loop.base);
	limiter_free(l->ca.limiter);
	ca_log_free(l->ca.log);
}

static void forget(struct lab *l)
{
	store_order_release(&l->order);
	store_authz_release(&l->authz);
	store_cert_release(&l->cert);
	l->order = (struct store_order){ 0 };
	l->authz = (struct store_authz){ 0 };
	l->cert = (struct store_cert){ 0 };
}

void lab_open(struct lab *l, unsigned dns_port, const char *more)
{
	AUTO(free)
	char *text = str_fmt(
		"[store]\npath = ca.db\n[server]\nurl = https://ca.test\n"
		"[directory]\ncaa_identities = ca.test\n"
		"[va]\nresolvers = 127.0.0.1:%u\n[log]\nfile = log\n[limits]\non = no\n%s",
		dns_port, more != NULL ? more : "");

	*l = (struct lab){ 0 };
	fixture_new(&l->f, text);
	lab_start(l);
}

void lab_close(struct lab *l)
{
	forget(l);
	lab_stop(l);
	fixture_free(&l->f);
}

static void take(void *ctx, struct store_answer *a)
{
	struct lab *l = ctx;

	assert_null(a->error);
	l->answered = true;
	l->outcome = a->outcome;
	if (a->account_count > 0)
		l->id = a->accounts[0].id;
	if (a->order_count > 0) {
		l->order = a->orders[0];
		a->orders[0] = (struct store_order){ 0 };
	}
	if (a->authz_count > 0) {
		l->authz = a->authzs[0];
		a->authzs[0] = (struct store_authz){ 0 };
	}
	if (a->cert_count > 0) {
		l->cert = a->certs[0];
		a->certs[0] = (struct store_cert){ 0 };
	}
}

struct store_asker lab_asks(struct lab *l)
{
	forget(l);
	l->answered = false;
	return (struct store_asker){ l->loop.mailbox, take, l };
}

void lab_await(struct lab *l, enum store_outcome outcome)
{
	while (!l->answered)
		event_base_loop(l->loop.base, EVLOOP_ONCE);
	assert_int_equal(l->outcome, outcome);
}

void lab_account(struct lab *l)
{
	const struct store_account_new a = {
		.jwk = "{}", .thumbprint = "print", .contacts = "[]", .now = FIXTURE_NOW
	};
	const struct store_asker who = lab_asks(l);

	store_account_create(l->ca.store, &who, &a);
	lab_await(l, STORE_DONE);
}

void lab_order(struct lab *l, const char *profile, int64_t *order_id, int64_t *authz_id)
{
	struct store_order_ident ident = { .ident = { IDENT_DNS, xstrdup("example.org") },
					   .token = "token" };

	strlist_add(&ident.offered, "http-01");
	const struct store_order_new o = {
		.account_id = l->id,
		.idents = &ident,
		.ident_count = 1,
		.profile = profile,
		.now = FIXTURE_NOW,
		.expires = FIXTURE_NOW + HOUR,
		.authz_expires = FIXTURE_NOW + HOUR,
	};
	const struct store_asker who = lab_asks(l);

	store_order_create(l->ca.store, &who, &o);
	lab_await(l, STORE_DONE);
	*order_id = l->order.id;
	*authz_id = l->order.authzs[0].id;
	ident_release(&ident.ident);
	strlist_release(&ident.offered);
}

/* When the store and the client hear of an attempt: with its verdict, if that comes at once. On the real store. */
#include "ca/issue/lab.h"
#include "check.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "ca/dcv/dcv.h"
#include "net/mailbox.h"

static const char believing[] = "[test]\nalways_valid = yes\n";

/* What a client was told. */
struct told {
	bool answered, refused;
	enum store_outcome outcome;
	enum authz_status status;
	char attempt[16];
};

static void note(void *ctx, struct store_answer *a)
{
	struct told *t = ctx;

	t->answered = true;
	t->refused = a->error != NULL;
	t->outcome = a->outcome;
	if (a->authz_count == 0)
		return;
	t->status = a->authzs[0].status;
	(void)snprintf(t->attempt, sizeof(t->attempt), "%s",
		       a->authzs[0].attempt != NULL ? a->authzs[0].attempt : "none");
}

static void attempt(struct lab *l, int64_t authz_id, const char *type, struct told *t)
{
	char name[] = "example.org", token[] = "token", profile[] = "classic";
	AUTO(free) char *wanted = xstrdup(type);
	const struct dcv_account account = { .thumbprint = "print" };
	const struct store_asker who = { l->loop.mailbox, note, t };
	const struct store_authz a = {
		.id = authz_id,
		.account_id = l->id,
		.ident = { IDENT_DNS, name },
		.token = token,
		.profile = profile,
		.attempt = wanted,
	};

	*t = (struct told){ 0 };
	dcv_begin(l->loop.dcv, &a, &account, &who);
}

static void await(struct lab *l, const struct told *t)
{
	while (!t->answered)
		event_base_loop(l->loop.base, EVLOOP_ONCE);
}

/* As the store has it. */
static void see(struct lab *l, int64_t authz_id, struct told *t)
{
	const struct store_asker who = { l->loop.mailbox, note, t };

	*t = (struct told){ 0 };
	store_authz_by_id(l->ca.store, &who, authz_id);
	await(l, t);
}

/* A name server that never answers. */
static int silent_dns(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int64_t open_with_authz(struct lab *l, unsigned dns_port, const char *more)
{
	int64_t order_id, authz_id;

	lab_open(l, dns_port, more);
	lab_account(l);
	lab_order(l, "classic", &order_id, &authz_id);
	return authz_id;
}

static void a_verdict_at_once_is_what_is_told(void **state)
{
	struct lab l;
	struct told t;
	int64_t authz = open_with_authz(&l, LAB_NO_DNS, believing);

	(void)state;
	attempt(&l, authz, "http-01", &t);
	await(&l, &t);
	assert_int_equal(t.outcome, STORE_DONE);
	assert_int_equal(t.status, AUTHZ_VALID);
	assert_string_equal(t.attempt, "http-01");
	assert_int_equal(dcv_open_count(l.loop.dcv), 0);
	attempt(&l, authz, "dns-01", &t);
	await(&l, &t);
	assert_int_equal(t.outcome, STORE_TOO_LATE);
	lab_close(&l);
}

/* Patience ends, and the attempt is under way for all. */
static void without_a_verdict_the_store_hears_of_it(void **state)
{
	struct lab l;
	struct told t;
	unsigned port;
	int dns = silent_dns(&port);
	int64_t authz = open_with_authz(&l, port, NULL);

	(void)state;
	attempt(&l, authz, "http-01", &t);
	await(&l, &t);
	assert_int_equal(t.outcome, STORE_DONE);
	assert_int_equal(t.status, AUTHZ_PENDING);
	see(&l, authz, &t);
	assert_string_equal(t.attempt, "http-01");
	assert_int_equal(dcv_open_count(l.loop.dcv), 1);
	lab_close(&l);
	fd_close(dns);
}

static void of_two_at_once_the_first_counts(void **state)
{
	struct lab l;
	struct told one, other;
	unsigned port;
	int dns = silent_dns(&port);
	int64_t authz = open_with_authz(&l, port, NULL);

	(void)state;
	attempt(&l, authz, "http-01", &one);
	attempt(&l, authz, "dns-01", &other);
	await(&l, &other);
	assert_true(one.answered);
	assert_int_equal(one.outcome, STORE_DONE);
	assert_int_equal(other.outcome, STORE_CONFLICT);
	assert_string_equal(other.attempt, "http-01");
	assert_int_equal(dcv_open_count(l.loop.dcv), 1);
	lab_close(&l);
	fd_close(dns);
}

/* The verdict cannot be stored: as if nothing had been tried. */
static void a_store_that_is_not_well_costs_no_attempt(void **state)
{
	struct lab l;
	struct told t;
	int64_t authz = open_with_authz(&l, LAB_NO_DNS, believing);
	const char *path = l.ca.config->store.path;
	AUTO(free) char *aside = str_fmt("%s.aside", path);

	(void)state;
	assert_int_equal(rename(path, aside), 0);
	attempt(&l, authz, "http-01", &t);
	await(&l, &t);
	assert_true(t.refused);
	assert_int_equal(dcv_open_count(l.loop.dcv), 0);
	assert_int_equal(rename(aside, path), 0);
	see(&l, authz, &t);
	assert_string_equal(t.attempt, "none");
	attempt(&l, authz, "dns-01", &t);
	await(&l, &t);
	assert_int_equal(t.status, AUTHZ_VALID);
	assert_string_equal(t.attempt, "dns-01");
	lab_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_at_once_is_what_is_told),
		cmocka_unit_test(without_a_verdict_the_store_hears_of_it),
		cmocka_unit_test(of_two_at_once_the_first_counts),
		cmocka_unit_test(a_store_that_is_not_well_costs_no_attempt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/str.h"
#include "bench_store.h"
#include "load/usage.h"
#include "net/mailbox.h"

enum { DER_BYTES = 1100, CSR_BYTES = 500, RECORD_BYTES = 400 };

struct run {
	struct target *target;
	size_t wanted, started, done;
	float *step_ms;
	size_t steps;
	struct err *error;
};

struct asker {
	struct run *run;
	size_t step;
	double asked_at;
	int64_t order, authz;
	char serial[SERIAL_TEXT_MAX + 1];
	char name[64];
};

static char content[DER_BYTES + 1], issuer[] = "i1", profile[] = "classic";

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef void step_fn(struct asker *a, const struct store_asker *who);

static void begin_issuance(struct asker *a)
{
	uint64_t chance[2];

	world.random->bytes(world.random, chance, sizeof(chance));
	(void)snprintf(a->serial, sizeof(a->serial), "01%016llx%016llx",
		       (unsigned long long)chance[0], (unsigned long long)chance[1]);
	(void)snprintf(a->name, sizeof(a->name), "n%llx.bench.test", (unsigned long long)chance[0]);
	a->step = 0;
	a->run->started++;
}

static void create_order(struct asker *a, const struct store_asker *who)
{
	char http[] = "http-01", dns[] = "dns-01", alpn[] = "tls-alpn-01",
	     *types[] = { http, dns, alpn };
	time_t now = world_now(&world);
	struct store_order_ident ident = { .ident = { IDENT_DNS, a->name },
					   .token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
					   .offered = { types, ARRAY_LEN(types) } };
	struct store_order_new o = { .account_id = a->run->target->account,
				     .idents = &ident,
				     .ident_count = 1,
				     .profile = "classic",
				     .now = now,
				     .expires = now + 7 * 86400,
				     .authz_expires = now + 7 * 86400,
				     .reuse_order = true,
				     .reuse_authz_after = now + 3600 };

	store_order_create(a->run->target->store, who, &o);
}

static void read_authz(struct asker *a, const struct store_asker *who)
{
	store_authz_by_id(a->run->target->store, who, a->authz);
}

static void judge(struct asker *a, const struct store_asker *who)
{
	time_t now = world_now(&world);
	struct store_verdict v = { .authz_id = a->authz,
				   .attempt = "http-01",
				   .valid = true,
				   .record = content + DER_BYTES - RECORD_BYTES,
				   .now = now,
				   .expires = now + 30 * 86400 };

	store_authz_judge(a->run->target->store, who, &v);
}

static void read_order(struct asker *a, const struct store_asker *who)
{
	store_order_by_id(a->run->target->store, who, a->order);
}

static void finalize(struct asker *a, const struct store_asker *who)
{
	time_t now = world_now(&world);
	struct ident ident = { IDENT_DNS, a->name };
	struct store_finalize f = {
		.order_id = a->order, .csr = content, .csr_len = CSR_BYTES, .now = now
	};

	f.cert = (struct store_cert){ .serial = a->serial,
				      .issuer = issuer,
				      .profile = profile,
				      .idents = { &ident, 1 },
				      .not_before = now,
				      .not_after = now + 90 * 86400 };
	memcpy(f.cert.spki_sha256, a->serial + 2, sizeof(f.cert.spki_sha256));
	store_order_finalize(a->run->target->store, who, &f);
}

static void certify(struct asker *a, const struct store_asker *who)
{
	store_order_certify(a->run->target->store, who, a->order, content, DER_BYTES);
}

static void read_cert(struct asker *a, const struct store_asker *who)
{
	store_cert_by_serial(a->run->target->store, who, a->serial);
}

static step_fn *const steps[] = { create_order, read_authz, read_authz, judge,
				  read_order,   finalize,   certify,    read_cert };

static void answered(void *ctx, struct store_answer *answer);

static void ask(struct asker *a)
{
	const struct store_asker who = { a->run->target->mailbox, answered, a };

	a->asked_at = now_s();
	steps[a->step](a, &who);
}

static void note_time(struct asker *a)
{
	a->run->step_ms[a->run->steps++] = (float)((now_s() - a->asked_at) * 1e3);
}

static bool refused(struct run *r, struct store_answer *answer, size_t step)
{
	if (r->error != NULL)
		return true;
	if (answer->error != NULL)
		r->error = MOVE(answer->error);
	else if (answer->outcome != STORE_DONE)
		r->error = err_new(ERR_INTERNAL, "step %zu: outcome %d", step,
				   (int)answer->outcome);
	return r->error != NULL;
}

static void answered(void *ctx, struct store_answer *answer)
{
	struct asker *a = ctx;
	struct run *r = a->run;

	note_time(a);
	if (refused(r, answer, a->step)) {
		event_base_loopbreak(r->target->base);
		return;
	}
	if (a->step == 0) {
		a->order = answer->orders[0].id;
		a->authz = answer->orders[0].authzs[0].id;
	}
	if (++a->step < ARRAY_LEN(steps)) {
		ask(a);
		return;
	}
	if (++r->done == r->wanted)
		event_base_loopbreak(r->target->base);
	if (r->started < r->wanted) {
		begin_issuance(a);
		ask(a);
	}
}

/* --- runs */

static double own_cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double server_cpu_s(void)
{
	const char *text = getenv("STORE_SERVER_PID");
	int64_t number;

	if (text == NULL || !str_to_int(text, 1, INT_MAX, &number))
		return 0;
	int pid = (int)number;

	return usage_of(&pid, 1).cpu_s;
}

static struct cost used_so_far(void)
{
	return (struct cost){ .wall_s = now_s(),
			      .own_cpu_s = own_cpu_s(),
			      .server_cpu_s = server_cpu_s() };
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static struct cost since(const struct cost *begin, struct run *r)
{
	struct cost c = used_so_far();

	c.wall_s -= begin->wall_s;
	c.own_cpu_s -= begin->own_cpu_s;
	c.server_cpu_s -= begin->server_cpu_s;
	qsort(r->step_ms, r->steps, sizeof(*r->step_ms), by_size);
	c.p99_ms = (double)r->step_ms[r->steps * 99 / 100];
	c.longest_ms = (double)r->step_ms[r->steps - 1];
	return c;
}

static void start(struct run *r, struct asker *all, size_t askers)
{
	for (size_t i = 0; i < askers && r->started < r->wanted; i++) {
		all[i].run = r;
		begin_issuance(&all[i]);
		ask(&all[i]);
	}
}

struct err *issue(struct cost *out, struct target *t, size_t askers, size_t count)
{
	struct asker *all = xcalloc(askers, sizeof(*all));
	struct run r = { .target = t, .wanted = count };
	struct cost begin = used_so_far();

	memset(content, 'x', DER_BYTES);
	r.step_ms = xcalloc(count * ARRAY_LEN(steps), sizeof(*r.step_ms));
	start(&r, all, askers);
	event_base_dispatch(t->base);
	if (r.error == NULL)
		*out = since(&begin, &r);
	free(r.step_ms);
	free(all);
	return r.error;
}

/* --- the target */

static void account_made(void *ctx, struct store_answer *answer)
{
	struct run *r = ctx;

	r->error = MOVE(answer->error);
	if (answer->account_count > 0)
		r->target->account = answer->accounts[0].id;
	event_base_loopbreak(r->target->base);
}

static struct err *make_account(struct target *t)
{
	struct run r = { .target = t };
	const struct store_asker who = { t->mailbox, account_made, &r };
	struct store_account_new a = { .jwk = "{}", .thumbprint = "bench", .contacts = "[]" };

	store_account_create(t->store, &who, &a);
	event_base_dispatch(t->base);
	return r.error;
}

struct err *target_open(struct target *t)
{
	t->base = event_base_new();
	t->config.store.path = t->config.store.connection = t->where;
	TRY(mailbox_new(&t->mailbox, t->base));
	TRY(store_open(&t->store, &t->config, &world));
	return make_account(t);
}

void target_close(struct target *t)
{
	store_close(t->store);
	mailbox_free(t->mailbox);
	event_base_free(t->base);
}

/*
 * bench_store BACKEND WHERE [ISSUANCES [STORED]]: what an issuance costs in the store. BACKEND is sqlite or postgresql, WHERE a path or a
 * connection string of an empty database. An issuance is newOrder, a read of the authorization, begin, judge, a read of the order,
 * finalize, certify and a read of the certificate: five changes, each synced, and three reads. It is measured with 1, 8 and 64
 * askers over a small database and, when STORED is given, again when so many certificates are stored.
 */
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/str.h"
#include "ca/store/store.h"
#include "net/mailbox.h"

enum { DER_BYTES = 1100, CSR_BYTES = 500, FILLERS = 512 };

struct run {
	struct store *store;
	struct event_base *base;
	struct mailbox *mailbox;
	int64_t account;
	uint64_t next_serial;
	size_t wanted, started, done;
	struct err *error;
};

struct asker {
	struct run *run;
	size_t step;
	int64_t order, authz;
	char serial[SERIAL_TEXT_MAX + 1];
	char name[64];
};

static const struct world world = { .clock = &system_clock, .random = &system_random };
static char content[DER_BYTES], issuer[] = "i1", profile[] = "classic";

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
	struct store_order_new o = { .account_id = a->run->account,
				     .idents = &ident,
				     .ident_count = 1,
				     .profile = "classic",
				     .now = now,
				     .expires = now + 7 * 86400,
				     .authz_expires = now + 7 * 86400,
				     .reuse_order = true,
				     .reuse_authz_after = now + 3600 };

	store_order_create(a->run->store, who, &o);
}

static void read_authz(struct asker *a, const struct store_asker *who)
{
	store_authz_by_id(a->run->store, who, a->authz);
}

static void begin(struct asker *a, const struct store_asker *who)
{
	store_authz_begin(a->run->store, who, a->authz, "http-01", world_now(&world));
}

static void judge(struct asker *a, const struct store_asker *who)
{
	time_t now = world_now(&world);
	struct store_verdict v = { .authz_id = a->authz,
				   .valid = true,
				   .record = content + DER_BYTES - 400,
				   .now = now,
				   .expires = now + 30 * 86400 };

	store_authz_judge(a->run->store, who, &v);
}

static void read_order(struct asker *a, const struct store_asker *who)
{
	store_order_by_id(a->run->store, who, a->order);
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
	store_order_finalize(a->run->store, who, &f);
}

static void certify(struct asker *a, const struct store_asker *who)
{
	store_order_certify(a->run->store, who, a->order, content, DER_BYTES);
}

static void read_cert(struct asker *a, const struct store_asker *who)
{
	store_cert_by_serial(a->run->store, who, a->serial);
}

static step_fn *const steps[] = { create_order, read_authz, begin,   judge,
				  read_order,   finalize,   certify, read_cert };

static void answered(void *ctx, struct store_answer *answer);

static void ask(struct asker *a)
{
	const struct store_asker who = { a->run->mailbox, answered, a };

	steps[a->step](a, &who);
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

	if (refused(r, answer, a->step)) {
		event_base_loopbreak(r->base);
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
		event_base_loopbreak(r->base);
	if (r->started < r->wanted) {
		begin_issuance(a);
		ask(a);
	}
}

/* --- runs */

static double cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct err *issue(struct run *r, size_t askers, size_t count)
{
	struct asker *all = xcalloc(askers, sizeof(*all));

	r->wanted = count;
	r->started = r->done = 0;
	for (size_t i = 0; i < askers && r->started < count; i++) {
		all[i].run = r;
		begin_issuance(&all[i]);
		ask(&all[i]);
	}
	event_base_dispatch(r->base);
	free(all);
	return MOVE(r->error);
}

static struct err *measure(struct run *r, size_t askers, size_t count)
{
	int64_t before_ms = world_monotonic_ms(&world);
	double before_cpu = cpu_s();

	TRY(issue(r, askers, count));
	double wall = (double)(world_monotonic_ms(&world) - before_ms) / 1e3,
	       cpu = cpu_s() - before_cpu;

	printf("%6zu askers %8.0f issuances/s %8.1f us of CPU each\n", askers, (double)count / wall,
	       cpu / (double)count * 1e6);
	return NULL;
}

static struct err *measure_all(struct run *r, size_t count)
{
	TRY(measure(r, 1, count / 8));
	TRY(measure(r, 8, count / 2));
	return measure(r, 64, count);
}

static void account_made(void *ctx, struct store_answer *answer)
{
	struct run *r = ctx;

	r->error = MOVE(answer->error);
	if (answer->account_count > 0)
		r->account = answer->accounts[0].id;
	event_base_loopbreak(r->base);
}

static struct err *make_account(struct run *r)
{
	const struct store_asker who = { r->mailbox, account_made, r };
	struct store_account_new a = { .jwk = "{}", .thumbprint = "bench", .contacts = "[]" };

	store_account_create(r->store, &who, &a);
	event_base_dispatch(r->base);
	return MOVE(r->error);
}

static struct err *run_all(struct run *r, const struct ca_config *config, size_t count,
			   size_t stored)
{
	r->base = event_base_new();
	TRY(mailbox_new(&r->mailbox, r->base));
	TRY(store_open(&r->store, config, &world));
	TRY(make_account(r));
	TRY(measure_all(r, count));
	if (stored == 0)
		return NULL;
	TRY(issue(r, FILLERS, stored));
	printf("with %zu certificates more:\n", stored);
	return measure_all(r, count);
}

int main(int argc, char **argv)
{
	struct ca_config config = { 0 };
	struct run r = { 0 };
	int64_t count = 20000, stored = 0;

	if (argc < 3 || (argc > 3 && !str_to_int(argv[3], 8, 100000000, &count)) ||
	    (argc > 4 && !str_to_int(argv[4], 0, 100000000, &stored))) {
		fprintf(stderr,
			"usage: bench_store sqlite|postgresql WHERE [ISSUANCES [STORED]]\n");
		return 2;
	}
	memset(content, 'x', sizeof(content) - 1);
	config.store.backend = streq(argv[1], "sqlite") ? STORE_SQLITE : STORE_PGSQL;
	config.store.path = config.store.connection = argv[2];
	AUTO(err_free) struct err *e = run_all(&r, &config, (size_t)count, (size_t)stored);
	AUTO(free) char *text = e != NULL ? err_text(e) : NULL;

	if (e != NULL)
		fprintf(stderr, "bench_store: %s\n", text);
	store_close(r.store);
	mailbox_free(r.mailbox);
	event_base_free(r.base);
	return e != NULL;
}

/*
 * bench_va TOKEN THUMBPRINT JUDGMENTS AT_ONCE DNS_PORT HTTP_PORT [caa]: judges HTTP-01 by the validation authority's library, without a
 * CA around it, each name once, and prints one JSON object: judgments, and the CPU seconds of this process. The name
 * server and the web server on loopback are others' processes.
 */
#include <event2/event.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "base/world.h"
#include "dns/resolve.h"
#include "va/address.h"
#include "va/va.h"

struct bench {
	const struct world world;
	const char *token, *thumbprint;
	int64_t judgments, at_once, dns_port, http_port;
	bool caa;

	struct event_base *base;
	struct dns_resolver *resolver;
	struct address_policy *addresses;
	struct strlist issuer;
	struct va *va;
	int64_t begun, done;
	struct err *failure; /* the first verdict that was not valid */
};

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void begin(struct bench *b);

static void judged(void *ctx, struct err *problem, struct va_record *record)
{
	struct bench *b = ctx;

	va_record_free(record);
	b->done++;
	if (problem != NULL) {
		err_free(b->failure);
		b->failure = problem;
		event_base_loopbreak(b->base);
	} else if (b->begun < b->judgments) {
		begin(b);
	} else if (b->done == b->judgments) {
		event_base_loopbreak(b->base);
	}
}

/* Few names of one domain, as a CA meets them: it judges only so many of one at a time. */
static void begin(struct bench *b)
{
	AUTO(va_request_release)
	struct va_request q = {
		.ident = { .type = IDENT_DNS,
			   .value = str_fmt("n%lld.bench%lld.test", (long long)b->begun,
					    (long long)(b->begun % 1000)) },
		.challenge = xstrdup("http-01"),
		.token = xstrdup(b->token),
		.thumbprint = xstrdup(b->thumbprint),
		.account_url = xstrdup("https://ca.bench.test/acct/1"),
		.check_caa = b->caa,
	};

	b->begun++;
	(void)va_check(b->va, &q, judged, b);
}

static struct err *open_va(struct bench *b)
{
	AUTO(strlist_release) struct strlist allow = { 0 };
	struct address server;
	struct address_list servers = { .items = &server, .count = 1 };

	if (!address_parse(&server, "127.0.0.1", (unsigned)b->dns_port))
		return err_new(ERR_INTERNAL, "no address");
	b->base = event_base_new();
	TRY(dns_resolver_new(&b->resolver, b->base,
			     &(struct dns_options){ .world = &b->world, .servers = &servers }));
	strlist_add(&allow, "127.0.0.0/8");
	strlist_add(&b->issuer, "ca.bench.test");
	TRY(address_policy_new(&b->addresses, &allow));
	return va_new(&b->va, &(struct va_options){ .base = b->base,
						    .resolver = b->resolver,
						    .addresses = b->addresses,
						    .http_port = (unsigned)b->http_port,
						    .max_per_address = LIMIT_VA_OPEN,
						    .issuer_domains = &b->issuer });
}

static struct err *run(struct bench *b)
{
	TRY(open_va(b));
	double before = cpu_s();
	int64_t wall_ms = clock_now_ms(b->world.clock);

	while (b->begun < b->at_once && b->begun < b->judgments)
		begin(b);
	event_base_dispatch(b->base);
	double spent = cpu_s() - before;

	wall_ms = clock_now_ms(b->world.clock) - wall_ms;
	printf("{\"judgments\": %lld, \"cpu_s\": %.3f, \"wall_s\": %.3f, \"per_core_s\": %.0f}\n",
	       (long long)b->done, spent, (double)wall_ms / 1e3, (double)b->done / spent);
	return MOVE(b->failure);
}

static void close_va(struct bench *b)
{
	va_free(b->va);
	dns_resolver_free(b->resolver);
	address_policy_free(b->addresses);
	strlist_release(&b->issuer);
	event_base_free(b->base);
}

static bool parse(struct bench *b, int argc, char **argv)
{
	if (argc < 7 || argc > 8 || (argc == 8 && !streq(argv[7], "caa")))
		return false;
	b->token = argv[1];
	b->thumbprint = argv[2];
	b->caa = argc == 8;
	return str_to_int(argv[3], 1, INT32_MAX, &b->judgments) &&
	       str_to_int(argv[4], 1, LIMIT_VA_OPEN, &b->at_once) &&
	       str_to_int(argv[5], 1, 65535, &b->dns_port) &&
	       str_to_int(argv[6], 1, 65535, &b->http_port);
}

int main(int argc, char **argv)
{
	struct bench b = { .world = { .clock = &system_clock, .random = &system_random } };
	AUTO(err_free) struct err *e = NULL;

	if (!parse(&b, argc, argv)) {
		fprintf(stderr,
			"usage: bench_va TOKEN THUMBPRINT JUDGMENTS AT_ONCE DNS_PORT HTTP_PORT [caa]\n");
		return 2;
	}
	e = run(&b);
	close_va(&b);
	if (e == NULL)
		return 0;
	AUTO(free) char *text = err_text(e);

	fprintf(stderr, "bench_va: %s\n", text);
	return 1;
}

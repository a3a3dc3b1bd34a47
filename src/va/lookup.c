#include "va/lookup.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "proto/problem.h"
#include "va/dns_problem.h"

/* Both families, as the wire and sockets have them. */
struct family {
	uint16_t type;
	size_t bytes;
};

static const struct family families[] = { { DNS_A, 4 }, { DNS_AAAA, 16 } };
enum { V4, V6, FAMILIES };
static_assert(ARRAY_LEN(families) == FAMILIES, "a row for each family");

/* What one family has come to. */
struct side {
	struct va_lookup *lookup;
	const struct family *family;
	struct dns_query *query; /* NULL: done */
	struct address_list addresses;
	struct err *problem; /* NULL when there are addresses */
	char *refused;       /* the first address that may not be used, and why; NULL */
};

struct va_lookup {
	struct va_lookup_request request;
	char *host;
	struct side sides[FAMILIES];
	va_lookup_fn *done;
	void *ctx;
};

static struct address address_of(const struct dns_record *r, unsigned port)
{
	struct address a = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a.addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a.addr;

	if (r->type == DNS_A) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, r->data, sizeof(v4->sin_addr));
		a.len = sizeof(*v4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		memcpy(&v6->sin6_addr, r->data, sizeof(v6->sin6_addr));
		a.len = sizeof(*v6);
	}
	return a;
}

static void keep_address(struct side *s, const struct dns_record *r)
{
	struct address_list *l = &s->addresses;
	struct address a = address_of(r, s->lookup->request.port);
	const char *why = address_refused(s->lookup->request.policy, &a);

	if (why == NULL && l->count < LIMIT_VA_ADDRESSES) {
		l->items = xrealloc(l->items, l->count + 1, sizeof(*l->items));
		l->items[l->count++] = a;
	} else if (why != NULL && s->refused == NULL) {
		AUTO(free) char *text = address_text(&a);

		s->refused = str_fmt(" - %s is in a reserved address block: %s", text, why);
	}
}

static void judge(struct side *s, const struct dns_answer *a)
{
	char type[16];

	s->problem = dns_problem(a);
	if (s->problem != NULL)
		return;
	for (size_t i = 0; i < a->records.count; i++)
		if (a->records.items[i].len == s->family->bytes)
			keep_address(s, &a->records.items[i]);
	if (s->addresses.count == 0)
		s->problem = problem_new("dns", "no valid %s records found for %s%s",
					 dns_type_text(a->type, type), s->lookup->host,
					 s->refused != NULL ? s->refused : "");
}

static void lookup_free(struct va_lookup *l)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		dns_query_cancel(l->sides[i].query);
		address_list_release(&l->sides[i].addresses);
		err_free(l->sides[i].problem);
		free(l->sides[i].refused);
	}
	free(l->host);
	free(l);
}
AUTO_FREE(struct va_lookup, lookup_free)

static struct err *both_failed(const struct va_lookup *l)
{
	const struct err *v4 = l->sides[V4].problem, *v6 = l->sides[V6].problem;

	if (v4 == NULL || v6 == NULL)
		return NULL;
	return problem_new("dns", "%s; %s", v4->detail, v6->detail);
}

static void finish(struct va_lookup *finished)
{
	AUTO(lookup_free) struct va_lookup *l = finished;
	const struct va_addresses found = { .v6 = l->sides[V6].addresses,
					    .v4 = l->sides[V4].addresses };

	l->done(l->ctx, both_failed(l), &found);
}

static void answered(void *ctx, const struct dns_answer *a)
{
	struct side *s = ctx;
	struct va_lookup *l = s->lookup;

	s->query = NULL;
	if (l->request.witness.saw != NULL)
		l->request.witness.saw(l->request.witness.ctx, a);
	judge(s, a);
	if (l->sides[V4].query == NULL && l->sides[V6].query == NULL)
		finish(l);
}

struct va_lookup *va_lookup(const struct va_lookup_request *request, va_lookup_fn *done, void *ctx)
{
	struct va_lookup *l = xcalloc(1, sizeof(*l));

	l->request = *request;
	l->host = xstrdup(request->host);
	l->done = done;
	l->ctx = ctx;
	for (size_t i = 0; i < FAMILIES; i++) {
		struct side *s = &l->sides[i];

		s->lookup = l;
		s->family = &families[i];
		s->query = dns_query(request->resolver, l->host, families[i].type,
				     request->timeout_ms, answered, s);
	}
	return l;
}

void va_lookup_cancel(struct va_lookup *l)
{
	if (l != NULL)
		lookup_free(l);
}

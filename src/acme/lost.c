/* Finding an order whose URL was lost, through the account's list of orders (RFC 8555 §7.1.2.1). */
#include "acme/steps.h"
#include "net/header.h"
#include "proto/link.h"

#define PAGES_MAX 100
#define ORDERS_FETCHED_MAX 100

static struct err *read_page(struct acme_session *s, const char *url, struct strlist *orders,
			     struct strlist *next)
{
	AUTO(json_release) json_t *obj = NULL;
	AUTO(request_release) struct request r = { .what = "list of orders", .url = url };

	TRY(link_check(s->directory_url, url, "list of orders"));
	TRY(request_one(s, &r));
	TRY(request_json(&obj, &r));
	struct err *e = json_get_strings(orders, obj, "orders", JSON_REQUIRED);
	link_targets(next, &r.answer.headers, "next");
	return err_wrap_as(ERR_PROTOCOL, e, "list of orders");
}

/* Pages that lead in a circle are read once. */
static struct err *read_list(struct acme_session *s, const char *first, struct strlist *orders)
{
	AUTO(strlist_release) struct strlist pages = { 0 };

	strlist_add(&pages, first);
	for (size_t i = 0; i < pages.count && i < PAGES_MAX; i++) {
		AUTO(strlist_release) struct strlist next = { 0 };

		TRY(read_page(s, pages.items[i], orders, &next));
		for (size_t n = 0; n < next.count; n++)
			(void)strlist_add_unique(&pages, next.items[n]);
	}
	return NULL;
}

/* A CA need not say what an order's profile is. */
static bool has_other_profile(const struct order *o, const char *profile)
{
	return profile != NULL && o->profile != NULL && !streq(o->profile, profile);
}

static bool is_wanted(const struct order *o, const struct order_request *wanted)
{
	/* one that was finalized was for another key */
	bool unfinished = o->status == ORDER_PENDING || o->status == ORDER_READY;

	return unfinished && idents_same_set(&o->idents, &wanted->idents) && !has_other_profile(o, wanted->profile);
}

/* The one that expires last was made last. */
static void keep_newest(struct order **best, struct order *o)
{
	if (*best != NULL && (*best)->expires >= o->expires) {
		order_free(o);
		return;
	}
	order_free(*best);
	*best = o;
}

/* An order that cannot be read is not ours to go on with; a list may name some that are gone. */
static struct err *consider(struct acme_session *s, const char *url, const struct order_request *wanted,
			    struct order **best)
{
	struct order *o = NULL;
	struct err *e = order_fetch(s, url, &o);

	if (e != NULL && !err_is(e, ERR_PROBLEM) && !err_is(e, ERR_PROTOCOL))
		return e;
	if (e != NULL || !is_wanted(o, wanted)) {
		err_ignore(e);
		order_free(o);
		return NULL;
	}
	keep_newest(best, o);
	return NULL;
}

/* The newest are first in some CAs' lists and last in others': of a long one both ends are looked at. */
static const char *from_either_end(const struct strlist *urls, size_t i)
{
	return urls->items[i % 2 == 0 ? urls->count - 1 - i / 2 : i / 2];
}

struct err *acme_order_find(struct acme_session *s, const struct acme_order_request *r,
			    struct acme_order **out)
{
	AUTO(idents_release) struct idents idents = { 0 };
	AUTO(free) char *list_url = NULL;
	AUTO(strlist_release) struct strlist urls = { 0 };
	AUTO(order_free) struct order *best = NULL;

	TRY(order_identifiers(&idents, r));
	const struct order_request wanted = { .idents = idents, .profile = r->profile };

	TRY(session_orders_url(s, &list_url));
	if (list_url != NULL)
		TRY(read_list(s, list_url, &urls));
	for (size_t i = 0; i < urls.count && i < ORDERS_FETCHED_MAX; i++)
		TRY(consider(s, from_either_end(&urls, i), &wanted, &best));
	*out = best != NULL ? order_wrap(MOVE(best)) : NULL;
	return NULL;
}

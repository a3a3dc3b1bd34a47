#include "acme/steps.h"

#include "proto/link.h"
#include "proto/problem.h"

struct acme_order *order_wrap(struct order *data)
{
	struct acme_order *o = xcalloc(1, sizeof(*o));

	o->data = data;
	return o;
}

static void authz_release(struct acme_authz *a)
{
	if (a->first != a->data)
		authz_free(a->first);
	authz_free(a->data);
	free(a->challenges);
	err_free(a->failure);
}

void acme_order_free(struct acme_order *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->authz_count; i++)
		authz_release(&o->authzs[i]);
	free(o->authzs);
	order_free(o->data);
	free(o);
}

/* Through the reader of identifiers, so that what we ask for and what comes back look alike. */
static struct err *add_identifier(struct idents *l, enum ident_type type, const char *value)
{
	AUTO(free) char *copy = xstrdup(value);
	AUTO(json_release)
	json_t *obj = ident_render(&(struct ident){ .type = type, .value = copy });
	AUTO(ident_release) struct ident i = { 0 };
	struct err *e = ident_parse(&i, obj);

	if (e != NULL)
		return err_wrap_as(ERR_USAGE, e, "what is to be certified");
	idents_add(l, i.type, i.value);
	return NULL;
}

struct err *order_identifiers(struct idents *out, const struct acme_order_request *r)
{
	for (size_t i = 0; i < r->dns_count; i++)
		TRY(add_identifier(out, IDENT_DNS, r->dns[i]));
	for (size_t i = 0; i < r->ip_count; i++)
		TRY(add_identifier(out, IDENT_IP, r->ip[i]));
	if (out->count == 0)
		return err_new(ERR_USAGE, "an order needs at least one name");
	if (out->count > LIMIT_IDENTIFIERS)
		return err_new(ERR_LIMIT, "%zu names in one order, at most %d are taken",
			       out->count, LIMIT_IDENTIFIERS);
	return NULL;
}

static struct err *same_names(const struct order *o, const struct idents *wanted)
{
	AUTO(free) char *got = idents_summary(&o->idents);

	if (idents_same_set(&o->idents, wanted))
		return NULL;
	return err_new(ERR_PROTOCOL, "the CA's order %s is for other names (%s)", o->url, got);
}

static struct err *parse(struct order **out, const char *url, const struct request *r)
{
	AUTO(json_release) json_t *obj = NULL;

	TRY(request_json(&obj, r));
	return order_parse(out, url, obj);
}

/* RFC 8555 §7.4 */
static struct err *post_new(struct acme_session *s, const char *url,
			    const struct order_request *wanted, struct order **out)
{
	AUTO(free) char *payload = order_request_render(wanted);
	AUTO(free) char *location = NULL;
	AUTO(order_free) struct order *o = NULL;
	AUTO(request_release)
	struct request r = { .what = "new order",
			     .url = url,
			     .payload = payload,
			     .limit_is_final = true,
			     .once = true };

	TRY(request_one(s, &r));
	TRY(request_location(&location, s, &r));
	TRY(parse(&o, location, &r));
	TRY(same_names(o, &wanted->idents));
	*out = MOVE(o);
	return NULL;
}

struct err *acme_order_new(struct acme_session *s, const struct acme_order_request *r,
			   struct acme_order **out)
{
	AUTO(idents_release) struct idents idents = { 0 };
	const struct directory *d = NULL;
	struct order *o = NULL;

	TRY(order_identifiers(&idents, r));
	TRY(request_warm_up(s, idents.count));
	TRY(session_directory(s, &d));
	const struct order_request wanted = { .idents = idents,
					      .profile = r->profile,
					      .replaces = r->replaces };
	TRY(post_new(s, d->new_order, &wanted, &o));
	*out = order_wrap(o);
	return NULL;
}

struct err *order_fetch(struct acme_session *s, const char *url, struct order **out)
{
	AUTO(request_release) struct request r = { .what = "order", .url = url };

	TRY(link_check(s->directory_url, url, "order"));
	TRY(request_one(s, &r));
	return parse(out, url, &r);
}

struct err *acme_order_open(struct acme_session *s, const char *url, struct acme_order **out)
{
	struct order *o = NULL;

	TRY(order_fetch(s, url, &o));
	*out = order_wrap(o);
	return NULL;
}

/* RFC 8555 §7.1.6: an order does not go back, and does not become another one. */
static struct err *accept(struct acme_order *o, struct order *fresh)
{
	enum order_status from = o->data->status;
	enum order_status to = fresh->status;
	struct err *e = NULL;

	if (!order_may_become(from, to))
		e = err_new(ERR_PROTOCOL, "the CA's order %s went from %s to %s", o->data->url,
			    order_status_name(from), order_status_name(to));
	if (e == NULL)
		e = same_names(fresh, &o->data->idents);
	if (e != NULL) {
		order_free(fresh);
		return e;
	}
	order_free(o->data);
	o->data = fresh;
	return NULL;
}

struct err *order_take(struct acme_order *o, const struct request *r)
{
	struct order *fresh = NULL;

	TRY(parse(&fresh, o->data->url, r));
	return accept(o, fresh);
}

size_t order_add_look(struct request *r, const struct acme_session *s, const struct acme_order *o)
{
	int after_ms = wait_early_ms(s, o->data->idents.count);

	*r = (struct request){
		.what = "order", .url = o->data->url, .after_ms = after_ms, .waited = true
	};
	return after_ms > 0;
}

void order_take_look(struct acme_order *o, const struct request *r)
{
	if (r->err == NULL)
		err_ignore(order_take(o, r));
}

struct err *order_refresh(struct acme_session *s, struct acme_order *o, struct request *r)
{
	AUTO(free) char *url = xstrdup(o->data->url); /* the answer replaces the order */

	request_release(r);
	*r = (struct request){ .what = "order", .url = url };
	struct err *e = request_one(s, r);

	if (e == NULL)
		e = order_take(o, r);
	r->url = NULL;
	return e;
}

const char *acme_order_url(const struct acme_order *o)
{
	return o->data->url;
}

const char *acme_order_status(const struct acme_order *o)
{
	return order_status_name(o->data->status);
}

const char *acme_order_profile(const struct acme_order *o)
{
	return o->data->profile;
}

time_t acme_order_expires(const struct acme_order *o)
{
	return o->data->expires;
}

#include "proto/account.h"

#include "proto/link.h"

static json_t *strings(const struct strlist *l)
{
	json_t *array = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(array, json_string(l->items[i]));
	return array;
}

/* RFC 8555 §7.3: fields left out are not changed. */
char *account_request_render(const struct account_request *r)
{
	AUTO(json_release) json_t *obj = json_object();

	if (r->terms_agreed)
		json_object_set_new(obj, "termsOfServiceAgreed", json_true());
	if (r->only_existing)
		json_object_set_new(obj, "onlyReturnExisting", json_true());
	if (r->contacts != NULL)
		json_object_set_new(obj, "contact", strings(r->contacts));
	if (r->eab != NULL)
		json_object_set_new(obj, "externalAccountBinding", json_loads(r->eab, 0, NULL));
	if (r->deactivate)
		json_object_set_new(obj, "status", json_string("deactivated"));
	return json_compact(obj);
}

static struct err *parse(struct account *a, const json_t *obj)
{
	const char *status = NULL;
	const char *orders = NULL;

	TRY(json_get_string(&status, obj, "status", JSON_REQUIRED));
	TRY(account_status_parse(&a->status, status));
	TRY(json_get_strings(&a->contacts, obj, "contact", JSON_OPTIONAL));
	TRY(json_get_string(&orders, obj, "orders", JSON_OPTIONAL));
	if (orders == NULL)
		return NULL;
	TRY(link_check(a->url, orders, "orders"));
	a->orders_url = xstrdup(orders);
	return NULL;
}

struct err *account_parse(struct account **out, const char *url, const json_t *obj)
{
	AUTO(account_free) struct account *a = xcalloc(1, sizeof(*a));

	a->url = xstrdup(url);
	struct err *e = parse(a, obj);
	if (e != NULL)
		return err_wrap_as(ERR_PROTOCOL, e, "account %s", url);
	*out = MOVE(a);
	return NULL;
}

void account_free(struct account *a)
{
	if (a == NULL)
		return;
	free(a->url);
	free(a->orders_url);
	strlist_release(&a->contacts);
	free(a);
}

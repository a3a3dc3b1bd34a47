#include "ca/res/account_view.h"

#include <string.h>

#include "ca/config/config.h"
#include "ca/res/url.h"

/* What we stored ourselves; what does not parse any more is not shown. */
static void set_stored(json_t *obj, const char *name, const char *text)
{
	json_t *value = NULL;

	if (text == NULL)
		return;
	err_ignore(json_parse(&value, text, strlen(text), name));
	if (value != NULL)
		(void)json_object_set_new(obj, name, value);
}

static void set_by_rfc(json_t *obj, const struct ca_request *r, const struct store_account *a)
{
	AUTO(free) char *orders = url_orders(r, a->id);

	set_stored(obj, "contact", a->contacts);
	(void)json_object_set_new(obj, "orders", json_string(orders));
}

void account_view_answer(struct ca_request *r, int status, const struct store_account *a)
{
	json_t *obj = json_object();

	set_stored(obj, "key", a->jwk);
	(void)json_object_set_new(obj, "status", json_string(account_status_name(a->status)));
	if (r->ca->config->policy.quirks == QUIRKS_RFC)
		set_by_rfc(obj, r, a);
	set_stored(obj, "externalAccountBinding", a->eab);
	ca_answer_json(r, status, obj);
}

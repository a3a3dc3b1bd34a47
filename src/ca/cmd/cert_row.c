#include "ca/cmd/cert_row.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "ca/cmd/reason.h"

static char *names_of(const struct idents *l)
{
	struct strlist names = { 0 };

	for (size_t i = 0; i < l->count; i++)
		strlist_add(&names, l->items[i].value);
	char *text = strlist_join(&names, ",");

	strlist_release(&names);
	return text;
}

void cert_row(struct table *t, const struct store_cert *c)
{
	AUTO(free) char *names = names_of(&c->idents);

	table_text(t, "serial", c->serial);
	table_text(t, "status", c->revoked != 0 ? "revoked" : "good");
	table_number(t, "account", c->account_id);
	table_text(t, "issuer", c->issuer);
	table_text(t, "profile", c->profile);
	table_time(t, "not_before", c->not_before);
	table_time(t, "not_after", c->not_after);
	table_time(t, "revoked", c->revoked);
	table_text(t, "reason", c->revoked != 0 ? reason_name(c->reason) : NULL);
	table_text(t, "names", names);
	table_end_row(t);
}

char *cert_serial(const char *word)
{
	struct buf b = BUF_INIT(strlen(word) + 1);

	for (; *word != '\0'; word++)
		if (*word != ':')
			buf_addc(&b, *word);
	char *serial = buf_detach(&b);

	str_lower(serial);
	return serial;
}

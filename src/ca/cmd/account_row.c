#include "ca/cmd/account_row.h"

void account_row(struct table *t, const struct store_account *a)
{
	table_number(t, "id", a->id);
	table_text(t, "status", account_status_name(a->status));
	table_time(t, "created", a->created);
	table_text(t, "thumbprint", a->thumbprint);
	table_text(t, "contacts", a->contacts);
	table_end_row(t);
}

/* A contact of an account: what is taken is one plain address. */
#include <stdint.h>
#include <string.h>

#include "ca/config/config.h"
#include "ca/policy/contacts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_config config = { .accounts.max_contacts = 1 };
	AUTO(strlist_release) struct strlist l = { 0 };

	strlist_take(&l, xstrndup((const char *)data, size));
	const char *contact = l.items[0];
	AUTO(err_free) struct err *e = contacts_check(&config, &l);

	if (e != NULL)
		return 0;
	const char *at = strchr(contact, '@');

	if (!str_starts(contact, "mailto:") || at == NULL || strchr(at + 1, '@') != NULL ||
	    strpbrk(contact, "?#,;%<>\" \r\n") != NULL || strlen(contact) > 400)
		abort();
	return 0;
}

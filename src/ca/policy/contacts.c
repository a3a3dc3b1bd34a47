#include "ca/policy/contacts.h"

#include <string.h>

#include "base/limits.h"
#include "ca/config/config.h"
#include "ca/policy/hostname.h"
#include "proto/problem.h"

#define LOCAL_MAX 64 /* RFC 5321 §4.5.3.1.1 */

/* Let's Encrypt refuses addresses that people copy from documentation. */
static const char *const reserved[] = { "example.com", "example.net", "example.org" };

static struct err *invalid(const char *contact, const char *why)
{
	AUTO(free) char *shown = str_printable(contact, LIMIT_CA_CONTACT);

	return problem_new("invalidContact", "contact \"%s\": %s", shown, why);
}

/* RFC 5322 §3.2.3 dot-atom without what a mailto URL (RFC 6068 §2) would have to escape. */
static bool is_local_part(const char *text, size_t len)
{
	static const char atext[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789!$&'*+-/=^_`{|}~.";

	return len > 0 && len <= LOCAL_MAX && strspn(text, atext) >= len && text[0] != '.' &&
	       text[len - 1] != '.';
}

static bool is_reserved(const char *domain)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (streq(reserved[i], domain))
			return true;
	return false;
}

static struct err *check_domain(const struct ca_config *c, const char *contact, const char *domain)
{
	AUTO(free) char *lower = xstrdup(domain);

	str_lower(lower);
	AUTO(err_free) struct err *e = hostname_check(lower, !c->accounts.require_public_suffix);

	if (e != NULL || *lower == '*')
		return invalid(contact, e != NULL ? e->msg : "the domain is a wildcard");
	if (c->policy.quirks == QUIRKS_LETSENCRYPT && is_reserved(lower))
		return invalid(contact, "contacts at this domain are forbidden");
	return NULL;
}

static struct err *check_contact(const struct ca_config *c, const char *contact)
{
	static const char scheme[] = "mailto:";
	const char *address = contact + strlen(scheme);
	const char *at = strrchr(contact, '@');

	if (!str_starts(contact, scheme))
		return problem_new("unsupportedContact", "only contacts by \"mailto:\" are taken");
	if (strlen(contact) > LIMIT_CA_CONTACT)
		return invalid(contact, "it is too long");
	if (at == NULL || at < address)
		return invalid(contact, "there is no address");
	if (!is_local_part(address, (size_t)(at - address)))
		return invalid(contact, "it is no plain address without header fields");
	return check_domain(c, contact, at + 1);
}

struct err *contacts_check(const struct ca_config *c, const struct strlist *contacts)
{
	if ((int64_t)contacts->count > c->accounts.max_contacts)
		return problem_new("malformed", "%zu contacts are too many, %lld are taken",
				   contacts->count, (long long)c->accounts.max_contacts);
	for (size_t i = 0; i < contacts->count; i++)
		TRY(check_contact(c, contacts->items[i]));
	return NULL;
}

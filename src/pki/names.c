#include "pki/names.h"

#include <arpa/inet.h>
#include <string.h>

#include "pki/ext.h"

void cert_names_release(struct cert_names *n)
{
	strlist_release(&n->dns);
	strlist_release(&n->ip);
}

bool cert_names_same(const struct cert_names *a, const struct cert_names *b)
{
	return strlist_same_set(&a->dns, &b->dns) && strlist_same_set(&a->ip, &b->ip);
}

char *cert_names_text(const struct cert_names *n)
{
	struct strlist all = { 0 };

	strlist_add_all(&all, &n->dns);
	strlist_add_all(&all, &n->ip);
	char *text = all.count > 0 ? strlist_join(&all, ", ") : xstrdup("no name");

	strlist_release(&all);
	return text;
}

#define TAG_DNS DER_CONTEXT(2)
#define TAG_IP DER_CONTEXT(7)

static bool add_dns(struct cert_names *out, struct der name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] >= 0x7f)
			return false;
	if (name.len == 0)
		return false;
	char *text = xstrndup((const char *)name.at, name.len);

	str_lower(text);
	strlist_take(&out->dns, text);
	return true;
}

static bool add_ip(struct cert_names *out, struct der address)
{
	char text[INET6_ADDRSTRLEN];

	if (address.len != 4 && address.len != 16)
		return false;
	if (inet_ntop(address.len == 4 ? AF_INET : AF_INET6, address.at, text, sizeof(text)) ==
	    NULL)
		return false;
	strlist_add(&out->ip, text);
	return true;
}

bool cert_names_parse(struct cert_names *out, bool *others, struct der general_names)
{
	struct der list, name;
	unsigned tag;

	if (!der_take(&general_names, DER_SEQUENCE, &list) || general_names.len > 0)
		return false;
	while (list.len > 0) {
		if (!der_any(&list, &tag, &name))
			return false;
		if (tag == TAG_DNS ? !add_dns(out, name) : tag == TAG_IP && !add_ip(out, name))
			return false;
		if (tag != TAG_DNS && tag != TAG_IP)
			*others = true;
	}
	return true;
}

static struct err *write_ip(struct buf *b, const char *text)
{
	unsigned char address[16];

	if (inet_pton(AF_INET, text, address) == 1)
		der_add(b, TAG_IP, address, 4);
	else if (inet_pton(AF_INET6, text, address) == 1)
		der_add(b, TAG_IP, address, 16);
	else
		return err_new(ERR_USAGE, "%s is no IP address", text);
	return NULL;
}

struct err *cert_names_add(struct buf *b, const struct cert_names *n)
{
	size_t from = b->len;

	for (size_t i = 0; i < n->dns.count; i++)
		der_add(b, TAG_DNS, n->dns.items[i], strlen(n->dns.items[i]));
	for (size_t i = 0; i < n->ip.count; i++)
		TRY(write_ip(b, n->ip.items[i]));
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}

struct err *cert_names_add_extension(struct buf *b, const struct cert_names *n)
{
	static const struct der oid = OID_SUBJECT_ALT_NAME;
	size_t from = b->len;

	der_add(b, DER_OID, oid.at, oid.len);
	size_t value = b->len;

	TRY(cert_names_add(b, n));
	der_wrap(b, value, DER_OCTET_STRING);
	der_wrap(b, from, DER_SEQUENCE);
	return NULL;
}
